"""Subscribing to a public page by mail: asked on the page, confirmed and ended by the link of a mail.

Fetching the link changes nothing; its page has one button.
"""

from typing import Any, Final

from litestar import Response, get, post
from litestar.connection import Request
from litestar.params import FromPath

from db import clock
from db.session import transaction
from service.http.services import parts_of
from service.pages.forms import from_elsewhere, read_form
from service.pages.read import open_public
from service.pages.render import page, plain
from service.pages.words import words_in
from service.subscriptions import ask, confirm, end, opened
from workflows.mail_address import BadAddress, one_address
from workflows.words import LANGUAGES

_ONE_CLICK: Final = "One-Click"


@post("/s/{slug:str}", status_code=200)
async def subscribe(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """An address is asked by mail whether it wants to be told. The answer is the same whoever it is."""
    form, parts = await read_form(request), parts_of(request)
    if from_elsewhere(request):
        return plain(request, "form", 403)
    who = parts.limiter.address_of(request.scope)
    await parts.limiter.take("link", f"subscribe {who}", request.scope)
    try:
        address = one_address(form["address"])
    except BadAddress:
        return plain(request, "subscribe_wrong", 422)
    language = next((one for one in LANGUAGES if one == form["lang"]), None)
    async with transaction(parts.pool) as connection:
        found = await open_public(connection, slug)
        if found is None:
            return plain(request, "not_found", 404)
        mine = found.processor
        now = await clock.now(connection)
        await ask(connection, parts.settings.secret_key, mine.id, address, language or mine.language, now)
    await parts.doorbell.ring()
    return plain(request, "subscribe_asked", 200)


@get("/u/{token:str}")
async def show_subscription(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """One button: it confirms what was asked, or ends what was confirmed."""
    parts = parts_of(request)
    async with transaction(parts.pool, readonly=True) as connection:
        found = await opened(connection, parts.settings.secret_key, token)
    if found is None:
        return plain(request, "not_found", 404)
    if found.ended_at is not None:
        return plain(request, "unsubscribed", 200)
    return page("subscription.html", words_in(found.language), subscription=found, token=token)


@post("/u/{token:str}", status_code=200)
async def answer_subscription(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """What the button says. A mail program's own button (RFC 8058) ends it."""
    form, parts = await read_form(request), parts_of(request)
    if from_elsewhere(request):
        return plain(request, "form", 403)
    await parts.limiter.take("link", f"subscription {token}", request.scope)
    asked = "end" if form["List-Unsubscribe"] == _ONE_CLICK else form["do"]
    async with transaction(parts.pool) as connection:
        found = await opened(connection, parts.settings.secret_key, token)
        if found is None:
            return plain(request, "not_found", 404)
        now = await clock.now(connection)
        if asked == "confirm" and found.ended_at is None:
            await confirm(connection, parts.settings.secret_key, found, now)
            return plain(request, "subscribed", 200)
        if asked == "end":
            await end(connection, found, now)
            return plain(request, "unsubscribed", 200)
    return plain(request, "form", 400)
