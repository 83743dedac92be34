"""Matters between the parties: consents, places of storage, authorities, instructions, help. Silence is no answer."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from db.queries import sql
from service.http.decode import bad
from service.http.lists import BY_ID, Listing, place, state_of, uuid, words_of
from service.http.request_context import RequestContext, WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.intake.agreement_rows import read_agreement_rows
from workflows.intake.answers import matter_answer_lacks
from workflows.intake.matters import new_matter, rule_for
from workflows.model.matter import Matter, MatterAnswer, MatterIn
from workflows.terms.countries import country_problem, in_region
from workflows.terms.law import ground, law_of
from workflows.terms.model import MatterKind
from workflows.terms.selected import region_of
from workflows.time import local_day


class MatterShown(Matter, SubjectShown, frozen=True, kw_only=True):
    """A matter."""


class PlaceVerdictShown(msgspec.Struct, frozen=True, kw_only=True):
    """Whether data of an agreement may be stored or processed in a country by the processor itself, and why."""

    allowed: bool
    since: datetime | None
    why: str
    matter_id: UUID | None = None


def shown(row: Any) -> MatterShown:
    """A row of `matter_shown`."""
    return MatterShown(**own_fields(row, Matter), **standing("matter", row))


MATTERS: Final = Resource(
    kind="matter",
    read="read_matter",
    show=shown,
    shape=MatterShown,
    listing=Listing(
        block="list_matters",
        order=BY_ID,
        filters={
            "agreement_id": uuid,
            "customer_id": uuid,
            "kind": words_of(MatterKind),
            "outcome": words_of(MatterAnswer),
            "state": state_of("matter"),
        },
    ),
)
_PLACE: Final = {"query": {"agreement_id": uuid, "country": place}, "required": ("agreement_id", "country")}


async def _new(unit: WriteUnit, data: MatterIn) -> UUID:
    """A matter is raised by whom the agreement has raise it; the other party is told or asked."""
    new = await new_matter(unit.connection, unit.engine, unit.acting, data)
    return (await unit.create(new))[0].id


@get("/places/check", opt=_PLACE, tags=["matters"])
async def check_place(call: NamedDependency[RequestContext]) -> Response[PlaceVerdictShown]:
    """Whether the processor itself may store or process an agreement's data in `country`. No unless the country lies
    inside what the agreement allows, or a consent in the required form is on record."""
    country: str = call.asked["country"]
    if problem := country_problem(country):
        bad("country", problem)
    async with call.reading() as unit:
        known = await read_agreement_rows(unit.connection, unit.engine, unit.processors, call.asked["agreement_id"])
        row = await unit.connection.fetchrow(sql("consent_for_place"), unit.processors, known.agreement.id, country)
        now = await unit.instant()
    region, law = region_of(known.terms, known.agreement.facts), law_of(known.terms)
    inside = region.inside if region is not None else law.inside if law is not None else ()
    if in_region(country, inside, local_day(now, known.terms.zone)):
        where = region.clause if region is not None else ground(known.terms, "transfer")
        return call.shown(
            PlaceVerdictShown(allowed=True, since=None, why=f"It lies inside what the agreement allows ({where}).")
        )
    rule = rule_for(known.terms, "storage_consent")
    where = f" ({rule.clause})" if rule.clause else ""
    if row is None:
        why = f"No consent is on record{where}; silence is none. Ask for it: POST matters, storage_consent."
        return call.shown(PlaceVerdictShown(allowed=False, since=None, why=why))
    why = f"The customer consented{where}."
    return call.shown(PlaceVerdictShown(allowed=True, since=row["answered_at"], why=why, matter_id=row["id"]))


_ANSWER: Final = Preparation(lacks=lambda locked, given: matter_answer_lacks(locked.entity, given))

ROUTES: Final = (*routes(MATTERS, create=Making(MatterIn, _new), actions={"answer": _ANSWER}), check_place)
