"""What everybody chooses for themselves: their language, what they are told, a calendar. And where what was done to a
user leads: back to the settings."""

from typing import Any, Final, get_args

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from db.queries import sql
from service.board.door import SIGNED_IN
from service.board.forms.deeds import deeds
from service.board.forms.words import form_words
from service.board.render import go, show, words_for
from service.http.auth import session_of
from service.http.idempotency import StoredAnswer
from service.http.request_context import RequestContext, WriteUnit
from service.http.routes.users import calendar_made
from service.pages.forms import LARGEST_FORM, read_form
from service.people.managing import Managing, UserChange
from service.people.sessions import Session
from service.people.users import user_of
from workflows.errors import BadInput
from workflows.model.users import Hears, When
from workflows.words import Language

ANYBODY: Final = SIGNED_IN | {"role": "auditor", "tenant": False}
"""Of oneself, whatever one's role is."""
USERS: Final = "users"


@get(["/users", "/users/{id:uuid}"], opt=SIGNED_IN)
async def lead_to_settings(request: Request[Any, Any, Any]) -> Response[Any]:
    """The people stand in the settings, and there it is said what was done to one."""
    done = request.query_params.get("done", "")
    said = f"?list={USERS}&done={done}" if (USERS, done) in deeds() else ""
    return go(request, f"/board/settings{said}#people")


@get("/settings/mine", opt=ANYBODY)
async def ask_mine(request: Request[Any, Any, Any]) -> Response[Any]:
    """What one may change of oneself."""
    context, session = RequestContext(request), _session(request)
    async with context.reading() as unit:
        row = await unit.connection.fetchrow(sql("read_user"), unit.processors, session.user_id)
    f = form_words(words_for(request).lang)
    topics = [(one, f(f"field.Hears.{one}"), f(f"help.Hears.{one}")) for one in Hears.__struct_fields__]
    chosen = user_of(row)
    return show(
        request, "mine.html", f=f, languages=get_args(Language), topics=topics, whens=get_args(When),
        language=chosen.language, hears={one: getattr(chosen.hears, one) for one in Hears.__struct_fields__},
    )  # fmt: skip


@post("/settings/mine", opt=ANYBODY, request_max_body_size=LARGEST_FORM)
async def take_mine(request: Request[Any, Any, Any]) -> Response[Any]:
    """Change it, with its event, as a director's form does."""
    context, session, form = RequestContext(request), _session(request), await read_form(request)
    try:
        hears = msgspec.convert({one: form[one] for one in Hears.__struct_fields__}, Hears)
        language = msgspec.convert(form["language"], Language)
    except msgspec.ValidationError:
        raise BadInput("A choice is none of those that the form offers.") from None

    async def work(unit: WriteUnit) -> StoredAnswer:
        managing = Managing(unit.connection, unit.engine, unit.acting)
        if (mine := await managing.hold(session.user_id)) is not None:
            await managing.change(mine, UserChange(language=language, hears=hears))
        return StoredAnswer(status=204)

    await context.write(work)
    return go(request, f"/board/settings?list={USERS}&done=update")


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


ROUTES: Final = (lead_to_settings, ask_mine, take_mine, make_calendar)
