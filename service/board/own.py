"""What people do for themselves, and where what was done to a user leads: back to the settings."""

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from service.board.door import SIGNED_IN
from service.board.render import go, show
from service.http.auth import session_of
from service.http.request_context import RequestContext
from service.http.routes.users import calendar_made
from service.http.services import parts_of
from service.http.session_cookie import cookie_of
from service.people.sessions import Session
from service.people.users import end_sessions

ANYBODY: Final = SIGNED_IN | {"role": "auditor", "tenant": False}
"""Of oneself, whatever one's role is."""


@get(["/users", "/users/{id:uuid}"], opt=SIGNED_IN)
async def lead_to_settings(request: Request[Any, Any, Any]) -> Response[Any]:
    """The people stand in the settings."""
    return go(request, "/board/settings#people")


@post("/settings/sessions", opt=ANYBODY)
async def sign_out_everywhere(request: Request[Any, Any, Any]) -> Response[Any]:
    """All sessions of whoever asks end, this one too, and links that were mailed let nobody in."""
    parts, session = parts_of(request), _session(request)
    context = RequestContext(request)
    async with context.caller.transaction(parts.pool) as connection:
        await end_sessions(connection, list(session.processors), session.user_id)
    return go(request, "/board/in", cookies=[cookie_of(parts.settings.base_url).gone()])


@post("/settings/calendar", opt=ANYBODY, status_code=200)
async def make_calendar(request: Request[Any, Any, Any]) -> Response[Any]:
    """A new address for one's own calendar program, shown this once; the one before opens nothing any more."""
    context, session = RequestContext(request), _session(request)
    settings = context.parts.settings
    answer = await context.write(lambda unit: calendar_made(unit, settings, session.user_id))
    return show(request, "calendar_address.html", url=msgspec.json.decode(answer.content)["url"])


def _session(request: Request[Any, Any, Any]) -> Session:
    found = session_of(request)
    assert found is not None, "the door lets nobody else in"
    return found


ROUTES: Final = (lead_to_settings, sign_out_everywhere, make_calendar)
