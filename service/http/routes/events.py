"""The ledger of events, oldest first."""

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.http.call import Call
from service.http.lists import Listing, Page, text, uuid, whole
from service.http.views import EventShown, event
from workflows.errors import NotFound

EVENTS: Final = Listing(block="list_events", order={"id": whole}, filters={"subject": uuid, "type": text})
_LARGEST: Final = 2**63 - 1


@get("/events", opt={"spans": True}, tags=["events"])
async def list_events(call: NamedDependency[Call]) -> Response[Page[EventShown]]:
    """Events, oldest first; never one while an older one may still appear."""
    return await call.page(EVENTS, event)


@get("/events/{id:int}", tags=["events"])
async def read_event(call: NamedDependency[Call], id: FromPath[int]) -> Response[EventShown]:
    """One event."""
    async with call.reading() as connection:
        known = 0 < id <= _LARGEST
        row = await connection.fetchrow(sql("read_event"), list(call.caller.processors), id) if known else None
    if row is None:
        raise NotFound("There is no such event; look at the list for its id.")
    return call.shown(event(row))


ROUTES: Final = (list_events, read_event)
