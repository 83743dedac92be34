"""One's own calendar, and where what was done to a user leads: back to the settings."""

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from service.board.door import SIGNED_IN
from service.board.forms.deeds import deeds
from service.board.render import go, show
from service.http.auth import session_of
from service.http.request_context import RequestContext
from service.http.routes.users import calendar_made
from service.people.sessions import Session

ANYBODY: Final = SIGNED_IN | {"role": "auditor", "tenant": False}
"""Of oneself, whatever one's role is."""
USERS: Final = "users"


@get(["/users", "/users/{id:uuid}"], opt=SIGNED_IN)
async def lead_to_settings(request: Request[Any, Any, Any]) -> Response[Any]:
    """The people stand in the settings, and there it is said what was done to one."""
    done = request.query_params.get("done", "")
    said = f"?list={USERS}&done={done}" if (USERS, done) in deeds() else ""
    return go(request, f"/board/settings{said}#people")


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


ROUTES: Final = (lead_to_settings, make_calendar)
