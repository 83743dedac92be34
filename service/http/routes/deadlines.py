"""Open deadlines, soonest first, as a list and as a calendar."""

from datetime import timedelta
from typing import Any, Final

from icalendar import Calendar, Event
from litestar import Response, get
from litestar.di import NamedDependency

from db import clock
from db.queries import sql
from service.http.call import Call
from service.http.lists import Filter, Listing, Page, boolean, instant, one_of, text, uuid
from service.http.views import DeadlineShown, deadline

_FILTERS: Final[dict[str, Filter]] = {
    "agreement_id": uuid,
    "subject": uuid,
    "rule": text,
    "party": one_of("controller", "processor"),
    "overdue": boolean,
}
DEADLINES: Final = Listing(block="list_deadlines", order={"due_at": instant, "id": uuid}, filters=_FILTERS)
MOST: Final = 2_000
"""Entries of a calendar: the soonest."""


@get("/deadlines", opt={"spans": True}, tags=["deadlines"])
async def list_deadlines(call: NamedDependency[Call]) -> Response[Page[DeadlineShown]]:
    """Every open deadline, soonest first."""
    return await call.page(DEADLINES, deadline)


@get("/deadlines.ics", opt={"spans": True}, tags=["deadlines"], media_type="text/calendar")
async def calendar(call: NamedDependency[Call]) -> Response[bytes]:
    """The soonest open deadlines as a calendar (RFC 5545); takes the filters of the list."""
    asked = call.query(_FILTERS)
    async with call.reading() as connection:
        rows = await connection.fetch(
            sql("list_deadlines"),
            list(call.caller.processors),
            MOST,
            None,
            None,
            *(asked.get(name) for name in _FILTERS),
        )
        now = await clock.now(connection)
    found = Calendar()
    found.add("prodid", "-//Termijn//Deadlines//EN")
    found.add("version", "2.0")
    for row in rows:
        found.add_component(_entry(deadline(row), now))
    return Response(
        found.to_ical(),
        media_type="text/calendar",
        headers={"Content-Disposition": 'attachment; filename="deadlines.ics"'},
    )


def _entry(one: DeadlineShown, now: Any) -> Event:
    """A whole last day is a day's entry; what is due at an instant stands at that instant."""
    entry = Event()
    entry.add("uid", f"{one.id}@termijn")
    entry.add("dtstamp", now)
    if one.boundary == "exclusive":
        entry.add("dtstart", one.last_day)
        entry.add("dtend", one.last_day + timedelta(days=1))
    else:
        entry.add("dtstart", one.due_at)
    entry.add("summary", f"{one.text}: {one.customer}" if one.customer else one.text)
    entry.add("description", f"{one.rule} ({one.clause}); {one.party} has to act. Due {one.due_at.isoformat()}.")
    entry.add("categories", [one.rule])
    return entry


ROUTES: Final = (list_deadlines, calendar)
