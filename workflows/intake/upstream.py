"""A subprocessor's own notice as it is entered: a draft for the customers, and what falls short of their rights."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine, New
from workflows.errors import NotFound
from workflows.ids import new_id
from workflows.intake.changes import ChangeIn, create_change
from workflows.intake.checks import Checks
from workflows.machine.acting import Acting
from workflows.model.upstream import CameIn, Shortfall, Upstream, UpstreamKind
from workflows.reach.preview import preview
from workflows.reach.previewed import Preview
from workflows.time import end_of_day, start_of_day

MOST: Final = 500
"""How many agreements that fall short are named; the warning counts all."""


class UpstreamIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A notice from a subprocessor. `object_by`: its last day for objections, whole. `change`: what the
    processor's own customers are to be told; drafted here and announced by a person."""

    subprocessor_id: UUID
    kind: UpstreamKind
    text: str
    received_at: datetime | None = None
    effective_on: date | None = None
    object_by: date | None = None
    change: ChangeIn | None = None


async def new_upstream(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    processor: UUID,
    zone: str,
    given: UpstreamIn,
) -> New:
    """The notice, with its draft written and looked at. Raises BadInput, NotFound."""
    checks = Checks()
    checks.words("text", given.text, required=True)
    checks.past("received_at", given.received_at, acting.now)
    checks.day("effective_on", given.effective_on)
    checks.day("object_by", given.object_by)
    checks.done()
    if await connection.fetchrow(sql("load_subprocessor"), [processor], [given.subprocessor_id]) is None:
        raise NotFound(
            f"There is no subprocessor with the id {given.subprocessor_id}; look at /api/v1/subprocessors for its id."
        )
    until = end_of_day(given.object_by, zone) if given.object_by is not None else None
    change = None
    looked: Preview | None = None
    if given.change is not None:
        change = await create_change(connection, engine, acting, processor, given.change)
        looked = await preview(connection, engine, processor, change.id, acting.now)
    short, warning = _short(looked, given, until, zone)
    entity = Upstream(
        id=new_id(),
        processor_id=processor,
        subprocessor_id=given.subprocessor_id,
        kind=given.kind,
        text=given.text,
        received_at=given.received_at or acting.at,
        effective_on=given.effective_on,
        object_until=until,
        change_id=change.id if change is not None else None,
        earliest=looked.earliest_go_live if looked is not None else None,
        shortfalls=short[:MOST],
        warning=warning,
    )
    return New(kind="upstream", entity=entity, data=CameIn(short=len(short)))


def _short(
    looked: Preview | None, given: UpstreamIn, until: datetime | None, zone: str
) -> tuple[tuple[Shortfall, ...], str]:
    """The agreements whose customers must be given longer than the subprocessor's window or wished day leaves."""
    if looked is None:
        return (), ""
    begins = start_of_day(given.effective_on, zone) if given.effective_on is not None else None
    found = []
    for one in looked.agreements:
        ends = one.closes_at or one.proceeds_at
        why = ""
        if until is not None and (ends is None or ends > until):
            why = "its customer may answer until after the subprocessor's own last moment"
        elif begins is not None and one.earliest_go_live is not None and one.earliest_go_live > begins:
            why = "it may begin for this customer only after the subprocessor's wished day"
        if why:
            found.append(
                Shortfall(
                    agreement_id=one.agreement_id,
                    customer_id=one.customer_id,
                    clause=one.clause,
                    earliest=one.earliest_go_live,
                    why=why,
                )
            )
    if not found:
        return (), ""
    words = (
        f"The subprocessor gives less time than {len(found)} of the customers must be given: object in its own time, "
        "or ask it for more, before its window is over."
    )
    return tuple(found), words
