"""Engagements, and the gate that a deployment or a feature flag asks."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.http.decode import bad
from service.http.lists import BY_ID, Listing, Page, boolean, text, uuid
from service.http.request_context import RequestContext
from service.http.views import EngagementShown, engagement
from workflows.errors import NotFound
from workflows.gate import check as gate
from workflows.gate.verdict import Verdict

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
_ASKED: Final = {"agreement_id": uuid, "subprocessor_id": uuid, "country": text}


@get("/engagements", opt={"spans": True}, tags=["engagements"])
async def list_engagements(call: NamedDependency[RequestContext]) -> Response[Page[EngagementShown]]:
    """Who works for which agreement, where, since and until when, and by which notice or signature."""
    return await call.page(ENGAGEMENTS, engagement)


@get("/engagements/{id:uuid}", tags=["engagements"])
async def read_engagement(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[EngagementShown]:
    """One engagement."""
    async with call.reading() as connection:
        row = await connection.fetchrow(sql("read_engagement"), list(call.caller.processors), id)
    if row is None:
        raise NotFound("There is no such engagement; look at the list for its id.")
    return call.shown(engagement(row))


@get("/engagements/check", tags=["engagements"])
async def check(call: NamedDependency[RequestContext]) -> Response[Verdict]:
    """Whether a subprocessor may work for an agreement in a country now: no, unless a yes is on record.

    Takes `agreement_id`, `subprocessor_id` and `country` (absent: the subprocessor's own).
    """
    asked: dict[str, Any] = call.query(_ASKED)
    for name in ("agreement_id", "subprocessor_id"):
        if name not in asked:
            bad(name, "is required")
    async with call.reading() as connection:
        verdict = await gate.check(
            connection,
            call.parts.engine,
            call.caller.processors,
            asked["agreement_id"],
            asked["subprocessor_id"],
            asked.get("country"),
        )
    return call.shown(verdict)


ROUTES: Final = (list_engagements, check, read_engagement)
