"""Signing in by OpenID Connect: to the provider, and back with who one is."""

import base64
import binascii
import hmac
import logging
import time
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.connection import Request
from litestar.datastructures import Cookie

from db.queries import sql
from db.session import transaction
from service.board.door import PUBLIC, count
from service.board.render import go, show
from service.http.services import Services, parts_of
from service.http.session_cookie import cookie_of
from service.pages.render import HEADERS
from service.people.oidc import Attempt, Proven, Provider, ProviderError
from service.people.sessions import begin_session, end_session, find_session
from service.people.sign_in import make_link, safe_back, sign_in_token
from workflows.errors import NotFound
from workflows.mail_address import BadAddress, one_address
from workflows.secret_key import keys_of

log = logging.getLogger(__name__)

LIFE: Final = 600
"""Seconds that somebody may take at the provider."""
_NAME: Final = "termijn-oidc"
_OURS: Final = "Termijn"
"""For whom an admin signs in."""
_SCOPE: Final = b"termijn oidc\0"
_MAC: Final = 32
_TIME: Final = 6


@get("/in/oidc", opt=PUBLIC, guards=[count])
async def go_to_provider(request: Request[Any, Any, Any]) -> Response[Any]:
    """To the provider, with what it has to come back with."""
    parts, provider = parts_of(request), _provider(request)
    asked = request.query_params
    attempt = Attempt.new(safe_back(asked.get("back", "")), again="again" in asked)
    try:
        where = await provider.ask(attempt)
    except ProviderError as error:
        return _failed(request, error)
    cookie = _cookie(parts, _sealed(parts.settings.secret_key, attempt, time.time()), LIFE)
    return Response(b"", status_code=303, headers={**HEADERS, "Location": where}, cookies=[cookie])


@get("/in/oidc/back", opt=PUBLIC, guards=[count])
async def come_back(request: Request[Any, Any, Any]) -> Response[Any]:
    """With a code, which says who it is: a session begins where there is a user with that verified address."""
    parts, provider = parts_of(request), _provider(request)
    asked = request.query_params
    kept = request.cookies.get(_cookie_name(parts), "")
    attempt = _opened(parts.settings.secret_key, kept, time.time())
    code, state = asked.get("code", ""), asked.get("state", "")
    if attempt is None or not code or not hmac.compare_digest(attempt.state.encode(), state.encode()):
        return _failed(request, ProviderError("the answer is to no question of this browser"))
    try:
        proven = await provider.prove(attempt, code, asked.get("iss", ""))
        address = one_address(proven.email)
    except (ProviderError, BadAddress) as error:
        return _failed(request, error)
    return await _let_in(request, attempt, proven, address)


async def _let_in(request: Request[Any, Any, Any], attempt: Attempt, proven: Proven, address: str) -> Response[Any]:
    parts = parts_of(request)
    forget = _cookie(parts, "", 0)
    cookie = cookie_of(parts.settings.base_url)
    async with transaction(parts.pool, admin=True) as connection:
        rows = await connection.fetch(sql("users_at"), address)
        if len(rows) == 1:
            secret = await begin_session(connection, rows[0]["id"], rows[0]["processor_id"], proven.at or 0.0)
        else:
            mine = [row["processor_id"] for row in rows if row["processor_id"] is not None]
            called = {one["id"]: one["name"] for one in await connection.fetch(sql("processors_to_choose"), mine)}
            links = [(row, await make_link(connection, row["id"], row["processor_id"], attempt.back)) for row in rows]
    if not rows:
        return show(request, "oidc_nobody.html", 403, email=address)
    if len(rows) > 1:
        # Somebody who signs in for several processors says for which; a link of each lets in once, as a mailed one.
        tokens = [sign_in_token(parts.settings.secret_key, link) for _, link in links]
        names = [called.get(row["processor_id"], _OURS) for row, _ in links]
        shown = show(request, "oidc_several.html", choices=list(zip(names, tokens, strict=True)))
        shown.set_cookie(forget)
        return shown
    before = await find_session(parts.pool, request.cookies.get(cookie.name, ""))
    if before is not None:
        await end_session(parts.pool, before)
    return go(request, attempt.back, cookies=[cookie.holding(secret), forget])


def _provider(request: Request[Any, Any, Any]) -> Provider:
    found = parts_of(request).provider
    if found is None:
        raise NotFound("Nobody signs in by OpenID Connect here.")
    return found


def _failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.warning("a sign-in by OpenID Connect failed: %s", error if isinstance(error, ProviderError) else "no address")
    shown = show(request, "oidc_failed.html", 403)
    shown.set_cookie(_cookie(parts_of(request), "", 0))
    return shown


def _cookie_name(parts: Services) -> str:
    return cookie_of(parts.settings.base_url, _NAME).name


def _cookie(parts: Services, value: str, seconds: int) -> Cookie:
    """Lax, since the provider's redirect brings it back."""
    found = cookie_of(parts.settings.base_url, _NAME)
    return Cookie(
        key=found.name, value=value, max_age=seconds, path="/", secure=found.secure, httponly=True, samesite="lax"
    )


def _sealed(secret: str, attempt: Attempt, now: float) -> str:
    body = int(now).to_bytes(_TIME, "big") + msgspec.json.encode(attempt)
    return base64.urlsafe_b64encode(hmac.digest(secret.encode(), _SCOPE + body, "sha256") + body).decode()


def _opened(secret: str, text: str, now: float) -> Attempt | None:
    """What we sealed within the last minutes; None for anything else."""
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    mac, body = raw[:_MAC], raw[_MAC:]
    ours = [hmac.digest(key.encode(), _SCOPE + body, "sha256") for key in keys_of(secret)]
    if not any([hmac.compare_digest(mac, one) for one in ours]):
        return None
    if now - int.from_bytes(body[:_TIME], "big") > LIFE:
        return None
    return msgspec.json.decode(body[_TIME:], type=Attempt)


ROUTES: Final = (go_to_provider, come_back)
