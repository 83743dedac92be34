"""Signing in and out: the address is asked for, the mailed link has one button, and signing out ends the session."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.connection import Request
from litestar.params import FromPath

from db import clock
from db.session import transaction
from service.board.door import PUBLIC, SIGNED_IN, count
from service.board.render import go, show
from service.http.auth import session_of
from service.http.services import Services, parts_of
from service.http.session_cookie import cookie_of
from service.pages.forms import LARGEST_FORM, read_form
from service.people.sessions import end_session, find_session
from service.people.sign_in import ask_to_sign_in, opened, safe_back, sign_in
from workflows.mail_address import BadAddress, one_address

_OF_A_PEER: Final = 10
"""Times the limit of an address that one peer may ask for, whatever addresses it names."""


@get("/in", opt=PUBLIC, guards=[count])
async def show_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Asks for the address; of somebody who is signed in and has to do it once more it is known."""
    asked, parts = request.query_params, parts_of(request)
    again = "again" in asked
    secret = request.cookies.get(cookie_of(parts.settings.base_url).name, "")
    before = await find_session(parts.pool, secret) if again else None
    email = before.email if before is not None else ""
    return show(
        request,
        "in.html",
        back=safe_back(asked.get("back", "")),
        wrong=False,
        again=again,
        email=email,
        provider=_provider(request),
    )


@post("/in", opt=PUBLIC, guards=[count], status_code=200, request_max_body_size=LARGEST_FORM)
async def take_address(request: Request[Any, Any, Any]) -> Response[Any]:
    """A link goes to everybody with this address; the answer is the same, and as quick, where there is nobody."""
    form, limiter = await read_form(request), parts_of(request).limiter
    back = safe_back(form["back"])
    try:
        address = one_address(form["email"])
    except BadAddress:
        return show(
            request,
            "in.html",
            422,
            back=back,
            wrong=True,
            again=False,
            email=form["email"],
            provider=_provider(request),
        )
    await limiter.take("sign_in", f"from {limiter.address_of(request.scope)}", request.scope, times=_OF_A_PEER)
    await limiter.take("sign_in", address.casefold(), request.scope)
    answer = show(request, "asked.html")
    answer.background = BackgroundTask(_ask, parts_of(request), address, back)
    return answer


@get("/in/{token:str}", opt=PUBLIC, guards=[count])
async def show_link(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """One button; fetching this changes nothing."""
    parts = parts_of(request)
    async with transaction(parts.pool, readonly=True, admin=True) as connection:
        link = await opened(connection, parts.settings.secret_key, token)
    if link is None:
        return show(request, "link_gone.html", 404)
    return show(request, "link.html", lang=link.language, name=link.name, token=token)


@post("/in/{token:str}", opt=PUBLIC, guards=[count], request_max_body_size=LARGEST_FORM)
async def take_link(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The button: the link is used up, and a session begins, whatever session there was before."""
    parts = parts_of(request)
    await parts.limiter.take("link", f"sign in {token}", request.scope)
    cookie = cookie_of(parts.settings.base_url)
    async with transaction(parts.pool, admin=True) as connection:
        link = await opened(connection, parts.settings.secret_key, token)
        secret = await sign_in(connection, link) if link is not None else None
    if link is None or secret is None:
        return show(request, "link_gone.html", 404)
    before = await find_session(parts.pool, request.cookies.get(cookie.name, ""))
    if before is not None:
        await end_session(parts.pool, before)
    return go(request, link.back, cookies=[cookie.holding(secret)])


@post("/out", opt=SIGNED_IN | {"role": "auditor", "tenant": False})
async def sign_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """Ends the session."""
    session, parts = session_of(request), parts_of(request)
    assert session is not None, "nobody else comes here"
    await end_session(parts.pool, session)
    return go(request, "/board/in", cookies=[cookie_of(parts.settings.base_url).gone()])


def _provider(request: Request[Any, Any, Any]) -> str:
    """What the provider is called that people may sign in with; empty where there is none."""
    found = parts_of(request).provider
    return found.host if found is not None else ""


async def _ask(parts: Services, address: str, back: str) -> None:
    async with transaction(parts.pool, admin=True) as connection:
        await ask_to_sign_in(connection, address, back, await clock.now(connection))
    await parts.doorbell.ring()


ROUTES: Final = (show_sign_in, take_address, show_link, take_link, sign_out)
