"""Engagements, and the gate that a deployment or a feature flag asks."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.http.lists import BY_ID, Listing, Page, boolean, place, text, uuid
from service.http.request_context import RequestContext
from service.http.shown import own_fields
from workflows.errors import NotFound
from workflows.gate import check as gate
from workflows.gate.verdict import Verdict
from workflows.model.parties import Engagement

ENGAGEMENTS: Final = Listing(
    block="list_engagements",
    order=BY_ID,
    filters={
        "agreement_id": uuid,
        "subprocessor_id": uuid,
        "country": text,
        "notice_id": uuid,
        "change_id": uuid,
        "current": boolean,
    },
)
_GATE: Final = {
    "query": {
        "agreement_id": uuid,
        "subprocessor_id": uuid,
        "country": place.saying("Where it would work, as a country's code; absent: the subprocessor's own country."),
    },
    "required": ("agreement_id", "subprocessor_id"),
}


class EngagementShown(Engagement, frozen=True, kw_only=True):
    """An engagement, with the subprocessor's name."""

    subprocessor: str


def shown(row: Any) -> EngagementShown:
    """A row of `list_engagements`."""
    return EngagementShown(**own_fields(row, Engagement), subprocessor=row["subprocessor"])


@get("/engagements", opt={"spans": True, "query": ENGAGEMENTS.query}, tags=["engagements"])
async def list_engagements(call: NamedDependency[RequestContext]) -> Response[Page[EngagementShown]]:
    """Who works for which agreement, where, since and until when, and by which notice or signature."""
    return await call.page(ENGAGEMENTS, shown)


@get("/engagements/{id:uuid}", tags=["engagements"])
async def read_engagement(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[EngagementShown]:
    """One engagement."""
    async with call.reading() as unit:
        row = await unit.connection.fetchrow(sql("read_engagement"), unit.processors, id)
    if row is None:
        raise NotFound("There is no such engagement; look at the list for its id.")
    return call.shown(shown(row))


@get("/engagements/check", opt=_GATE, tags=["engagements"])
async def check_engagement(call: NamedDependency[RequestContext]) -> Response[Verdict]:
    """Whether a subprocessor may work for an agreement in a country now: no, unless a yes is on record."""
    asked = call.asked
    async with call.reading() as unit:
        verdict = await gate.check(
            unit.connection,
            unit.engine,
            unit.processors,
            asked["agreement_id"],
            asked["subprocessor_id"],
            asked.get("country"),
        )
    return call.shown(verdict)


ROUTES: Final = (list_engagements, check_engagement, read_engagement)
