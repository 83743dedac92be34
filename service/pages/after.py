"""What the pages that a link opens have in common: a form is counted, sealed, and leads on."""

import time
from typing import Any

from litestar import Response
from litestar.connection import ASGIConnection, Request
from litestar.params import FromPath

from service.http.services import Services, parts_of
from service.pages.read import OpenLink
from service.pages.render import HEADERS, plain
from service.pages.run_command import NotOurs, Taken, Unsure
from service.pages.seal import make_seal


def after(
    request: Request[Any, Any, Any], outcome: Taken | NotOurs | Unsure | None, token: FromPath[str]
) -> Response[Any]:
    """Where a form leads."""
    match outcome:
        case None:
            return plain(request, "not_found", 404)
        case NotOurs():
            return plain(request, "form", 403)
        case Unsure(seal=seal):
            return plain(request, "unsure", 503, {"Retry-After": "1"}, link=f"{token}?asked={seal}#noted")
        case Taken(nonce=nonce, what=what, token=other):
            path = token if other is None else f"../p/{other}"
            where = f"{path}?noted={nonce}{f'&what={what}' if what else ''}#noted"
            return Response(b"", status_code=303, headers={**HEADERS, "Location": where})


def seal_of(parts: Services, link: OpenLink) -> str:
    """The hidden field of a page of this link, as it is shown now."""
    return make_seal(parts.settings.secret_key, link.id, time.time())


async def count_form(request: Request[Any, Any, Any], token: str) -> None:
    """A form that may be taken. Raises 429."""
    await parts_of(request).limiter.take("link", window_of(request, token), request.scope)


def window_of(connection: ASGIConnection[Any, Any, Any, Any], token: str) -> str:
    """A year on a simulated clock takes minutes: there each of its minutes is counted alone."""
    simulated = parts_of(connection).arrivals.mode == "simulated"
    return f"{token} {connection.scope['state']['arrived']:%FT%R}" if simulated else token
