"""What a processor's own people were told of: a director's and an admin's to read."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.http.lists import Listing, Page, uuid
from service.http.request_context import RequestContext
from workflows.errors import NotFound

TOLD: Final = Listing(block="list_told", order={"id": uuid})


class ToldShown(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a user was told of, or is to be; `text` is what it says now."""

    id: UUID
    occasion: Literal["new", "soon", "overdue"]
    """It came up, its end comes near, or it passed."""
    kind: Literal["task", "deadline", "breach"]
    concern_id: UUID
    """The task, the deadline or the breach."""
    subject: UUID | None
    text: str
    due_at: datetime | None
    digest: bool
    """In the one mail of a morning, not at once."""
    state: Literal["told", "waits", "in_vain", "over"]
    """The mail is out, it waits, it was given up, or it was settled before."""
    told_at: datetime | None


@get(
    "/users/{id:uuid}/told",
    opt={"role": "director", "tenant": False, "query": TOLD.query},
    tags=["users"],
)
async def list_told(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[Page[ToldShown]]:
    """What a user was told of, newest first, one who was removed too."""
    async with call.reading() as unit:
        user = await unit.connection.fetchrow(sql("read_user"), unit.processors, id)
        if user is None:
            raise NotFound("There is no such user; look at the list for its id.")
        rows, more = await call.rows(unit, TOLD, id)
    return call.shown({"items": [told_shown(row) for row in rows], "next": more})


def told_shown(row: Any) -> ToldShown:
    """A row of `list_told`."""
    return ToldShown(**{name: row[name] for name in ToldShown.__struct_fields__})


ROUTES: Final = (list_told,)
