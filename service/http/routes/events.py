"""The ledger of events, oldest first."""

from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.http.history import EventShown, event
from service.http.lists import Listing, Page, text, uuid, whole
from service.http.request_context import RequestContext
from workflows.errors import NotFound

EVENTS: Final = Listing(
    block="list_events",
    order={"place": whole},
    filters={"subject": uuid, "type": text},
    turned={"recorded_at": "list_events", "-recorded_at": "list_events_newest"},
)


@get("/events", opt={"spans": True, "query": EVENTS.query, "newest": True}, tags=["events"])
async def list_events(call: NamedDependency[RequestContext]) -> Response[Page[EventShown]]:
    """Events, oldest first unless `sort` says otherwise; never one while an older one may still appear."""
    async with call.reading() as unit:
        settled = await call.parts.watermark.shown(unit.connection)
        rows, more = await call.rows(unit, EVENTS, passing=[settled])
    return call.shown({"items": [event(row) for row in rows], "next": more})


@get("/events/{id:uuid}", tags=["events"])
async def read_event(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[EventShown]:
    """One event."""
    async with call.reading() as unit:
        row = await unit.connection.fetchrow(sql("read_event"), unit.processors, id)
    if row is None:
        raise NotFound("There is no such event; look at the list for its id.")
    return call.shown(event(row))


ROUTES: Final = (list_events, read_event)
