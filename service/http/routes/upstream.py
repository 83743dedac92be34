"""What subprocessors announce to the processor itself."""

from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from service.http.lists import BY_ID, Listing, state_of, uuid, words_of
from service.http.request_context import WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Making, Resource, routes
from workflows.intake.upstream import UpstreamIn, new_upstream
from workflows.model.parties import Processor
from workflows.model.upstream import Upstream, UpstreamKind


class UpstreamShown(Upstream, SubjectShown, frozen=True, kw_only=True):
    """A notice from a subprocessor. `shortfalls` name the customers who must be given longer than it gives."""


def shown(row: Any) -> UpstreamShown:
    """A row of `upstream_shown`."""
    return UpstreamShown(**own_fields(row, Upstream), **standing("upstream", row))


UPSTREAM_NOTICES: Final = Resource(
    kind="upstream",
    read="read_upstream_notice",
    show=shown,
    shape=UpstreamShown,
    listing=Listing(
        block="list_upstream_notices",
        order=BY_ID,
        filters={"subprocessor_id": uuid, "kind": words_of(UpstreamKind), "state": state_of("upstream")},
    ),
)


async def _new(unit: WriteUnit, data: UpstreamIn) -> UUID:
    """A subprocessor's notice goes on record, with a draft change for the customers where one is given."""
    row = await unit.connection.fetchrow(sql("load_processor"), [unit.processor], [unit.processor])
    assert row is not None
    zone = msgspec.json.decode(row["entity"], type=Processor).timezone
    new = await new_upstream(unit.connection, unit.engine, unit.acting, unit.processor, zone, data)
    return (await unit.create(new))[0].id


ROUTES: Final = routes(UPSTREAM_NOTICES, create=Making(UpstreamIn, _new))
