"""What subprocessors announce to the processor itself."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from db.queries import sql
from service.http import subjects
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, text, uuid
from service.http.request_context import RequestContext, WriteUnit
from workflows.intake.checks import in_utc
from workflows.intake.upstream import UpstreamIn, new_upstream
from workflows.model.parties import Processor
from workflows.model.upstream import Upstream


class UpstreamShown(Upstream, frozen=True, kw_only=True):
    """A notice from a subprocessor. `shortfalls` name the customers who must be given longer than it gives."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""


def shown(row: Any) -> UpstreamShown:
    """A row of `upstream_shown`."""
    return UpstreamShown(
        **msgspec.structs.asdict(msgspec.json.decode(row["entity"], type=Upstream)),
        state=row["state"],
        version=row["version"],
        actions=row["offered"],
        created_at=row["created_at"],
        set_apart=row["parked_why"],
    )


UPSTREAM_NOTICES: Final = subjects.Resource(
    kind="upstream",
    read="read_upstream_notice",
    show=shown,
    shape=UpstreamShown,
    listing=Listing(
        block="list_upstream_notices", order=BY_ID, filters={"subprocessor_id": uuid, "kind": text, "state": text}
    ),
)


@post("/upstream-notices", tags=["upstream-notices"])
async def create(call: NamedDependency[RequestContext], data: JSONBody[UpstreamIn]) -> Response[UpstreamShown]:
    """A subprocessor's notice goes on record, with a draft change for the customers where one is given."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        row = await unit.connection.fetchrow(sql("load_processor"), [unit.processor], [unit.processor])
        assert row is not None
        zone = msgspec.json.decode(row["entity"], type=Processor).timezone
        new = await new_upstream(
            unit.connection,
            unit.engine,
            unit.processor,
            zone,
            in_utc(data),
            actor=unit.caller.actor,
            at=unit.at,
            now=unit.now,
        )
        (moved,) = await unit.create(new)
        return await UPSTREAM_NOTICES.answer(unit, moved.id, status=201)

    return await call.write(work)


ROUTES: Final = (*subjects.reading(UPSTREAM_NOTICES), create, *subjects.actions(UPSTREAM_NOTICES))
