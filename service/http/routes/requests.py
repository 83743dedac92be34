"""Requests of data subjects, as far as they concern the processor."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from service.http import subjects
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, text, uuid
from service.http.request_context import RequestContext, WriteUnit
from workflows.intake.checks import in_utc
from workflows.intake.requests import new_request
from workflows.model.request import Request, RequestIn


class RequestShown(Request, frozen=True, kw_only=True):
    """A request of a data subject."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""


def shown(row: Any) -> RequestShown:
    """A row of `request_shown`."""
    entity = msgspec.json.decode(row["entity"], type=Request)
    return RequestShown(
        **msgspec.structs.asdict(entity),
        state=row["state"],
        version=row["version"],
        actions=row["offered"],
        created_at=row["created_at"],
        set_apart=row["parked_why"],
    )


REQUESTS: Final = subjects.Resource(
    kind="request",
    read="read_request",
    show=shown,
    shape=RequestShown,
    listing=Listing(
        block="list_requests",
        order=BY_ID,
        filters={"agreement_id": uuid, "customer_id": uuid, "kind": text, "received_from": text, "state": text},
    ),
)


@post("/requests", tags=["requests"])
async def create(call: NamedDependency[RequestContext], data: JSONBody[RequestIn]) -> Response[RequestShown]:
    """A request goes on record: helped with in the agreement's time, or passed on at once."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        new = await new_request(
            unit.connection,
            unit.engine,
            unit.processors,
            in_utc(data),
            at=unit.at,
            now=unit.now,
        )
        (moved,) = await unit.create(new)
        return await REQUESTS.answer(unit, moved.id, status=201)

    return await call.write(work)


ROUTES: Final = (*subjects.reading(REQUESTS), create, *subjects.actions(REQUESTS))
