"""What an agreement's penalties amount to as of an instant: reckoned from what is on record, never collected."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.http.lists import instant
from service.http.request_context import RequestContext
from workflows.errors import NotFound
from workflows.model.breach import BreachCase
from workflows.terms.penalty import PenaltyDue, penalty


class ForfeitedShown(msgspec.Struct, frozen=True, kw_only=True):
    """One penalty: what it is for, and what it amounts to."""

    what: str
    """`breach`, `violation`."""
    id: UUID
    """The breach's case, or the event that put the violation on record."""
    at: datetime
    penalty: PenaltyDue


class PenaltiesShown(msgspec.Struct, frozen=True, kw_only=True):
    """All of an agreement's, as of an instant (UTC)."""

    agreement_id: UUID
    as_of: datetime
    items: list[ForfeitedShown]


class _Said(msgspec.Struct, frozen=True):
    rule: str
    at: datetime


class _Body(msgspec.Struct, frozen=True):
    data: _Said


@get("/agreements/{id:uuid}/penalties", opt={"query": {"at": instant}}, tags=["agreements"])
async def list_penalties(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[PenaltiesShown]:
    """What was forfeited as of `at` (an instant; absent: now), each with its steps and the reading taken."""
    asked: datetime | None = call.asked.get("at")
    async with call.reading() as unit:
        connection, processors = unit.connection, unit.processors
        row = await connection.fetchrow(sql("agreement_at_hand"), processors, id)
        if row is None:
            raise NotFound(f"There is no agreement with the id {id}; look at /api/v1/agreements for its id.")
        version: UUID = row["terms_version_id"]
        terms = (await unit.engine.terms(connection, [version]))[version]
        as_of = asked or await unit.instant()
        cases = await connection.fetch(sql("breach_cases_of_agreement"), processors, id)
        events = await connection.fetch(sql("violations_of_agreement"), processors, id)
    items = []
    if "breach.penalty" in terms.penalties:
        for one in (msgspec.json.decode(row["entity"], type=BreachCase) for row in cases):
            if one.due_at is None or one.own_target or one.dropped_why:  # one that was dropped was owed no report
                continue
            until = min(as_of, one.informed_at) if one.informed_at is not None else as_of
            found = penalty(terms, "breach.penalty", one.due_at, until)
            items.append(ForfeitedShown(what="breach", id=one.id, at=one.due_at, penalty=found))
    for event in events:
        said = msgspec.json.decode(event["body"], type=_Body).data
        if said.rule in terms.penalties and said.at <= as_of:
            found = penalty(terms, said.rule, said.at, as_of)
            items.append(ForfeitedShown(what="violation", id=event["id"], at=said.at, penalty=found))
    return call.shown(PenaltiesShown(agreement_id=id, as_of=as_of, items=items))


ROUTES: Final = (list_penalties,)
