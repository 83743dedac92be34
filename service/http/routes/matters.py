"""Matters between the parties: consents, places of storage, authorities, instructions, help. Silence is no answer."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from db.queries import sql
from service.http import subjects
from service.http.decode import bad
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, text, uuid
from service.http.request_context import RequestContext, WriteUnit
from workflows.intake.agreement_rows import at_hand
from workflows.intake.checks import in_utc
from workflows.intake.matters import new_matter, rule_for
from workflows.model.matter import Matter, MatterIn
from workflows.terms.countries import country_problem, in_region
from workflows.terms.law import ground, law_of


class MatterShown(Matter, frozen=True, kw_only=True):
    """A matter."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""


class PlaceVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether data of an agreement may be stored or processed in a country by the processor itself, and why."""

    allowed: bool
    since: datetime | None
    why: str
    matter_id: UUID | None = None


def shown(row: Any) -> MatterShown:
    """A row of `matter_shown`."""
    return MatterShown(
        **msgspec.structs.asdict(msgspec.json.decode(row["entity"], type=Matter)),
        state=row["state"],
        version=row["version"],
        actions=row["offered"],
        created_at=row["created_at"],
        set_apart=row["parked_why"],
    )


MATTERS: Final = subjects.Resource(
    kind="matter",
    read="read_matter",
    show=shown,
    shape=MatterShown,
    listing=Listing(
        block="list_matters",
        order=BY_ID,
        filters={"agreement_id": uuid, "customer_id": uuid, "kind": text, "outcome": text, "state": text},
    ),
)


@post("/matters", tags=["matters"])
async def create(call: NamedDependency[RequestContext], data: JSONBody[MatterIn]) -> Response[MatterShown]:
    """A matter is raised by whom the agreement has raise it; the other party is told or asked."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        new = await new_matter(
            unit.connection,
            unit.engine,
            unit.processors,
            in_utc(data),
            at=unit.at,
            now=unit.now,
        )
        (moved,) = await unit.create(new)
        return await MATTERS.answer(unit, moved.id, status=201)

    return await call.write(work)


@get("/places/check", tags=["matters"])
async def check_place(call: NamedDependency[RequestContext]) -> Response[PlaceVerdict]:
    """Whether the processor itself may store or process an agreement's data in `country`. No unless the country lies
    inside what the agreement allows, or a consent in the required form is on record."""
    asked = call.query({"agreement_id": uuid, "country": text})
    for name in ("agreement_id", "country"):
        if name not in asked:
            bad(name, "is required")
    if problem := country_problem(asked["country"]):
        bad("country", problem)
    async with call.reading() as connection:
        known = await at_hand(connection, call.parts.engine, call.caller.processors, asked["agreement_id"])
        row = await connection.fetchrow(
            sql("consent_for_place"), list(call.caller.processors), known.agreement.id, asked["country"]
        )
    region, law = known.terms.subprocessors.region, law_of(known.terms)
    inside = region.inside if region is not None else law.inside if law is not None else ()
    if in_region(asked["country"], inside):
        where = region.clause if region is not None else ground(known.terms, "transfer")
        return call.shown(
            PlaceVerdict(allowed=True, since=None, why=f"It lies inside what the agreement allows ({where}).")
        )
    rule = rule_for(known.terms, "storage_consent")
    where = f" ({rule.clause})" if rule.clause else ""
    if row is None:
        why = f"No consent is on record{where}; silence is none. Ask for it: POST matters, storage_consent."
        return call.shown(PlaceVerdict(allowed=False, since=None, why=why))
    why = f"The customer consented{where}."
    return call.shown(PlaceVerdict(allowed=True, since=row["answered_at"], why=why, matter_id=row["id"]))


ROUTES: Final = (*subjects.reading(MATTERS), create, check_place, *subjects.actions(MATTERS))
