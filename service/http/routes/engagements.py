"""Engagements, and the gate that a deployment or a feature flag asks."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from db.session import Connection
from service.http import problems
from service.http.decode import bad, shaped
from service.http.external_ids import Numbers, look_up
from service.http.lists import BY_ID, Listing, Page, boolean, place, text, uuid
from service.http.request_context import RequestContext
from service.http.shown import own_fields
from workflows.errors import NotFound, TermijnError
from workflows.gate.many import GateQuestion, check, check_many
from workflows.gate.verdict import Reason, Verdict
from workflows.intake.external_ids import PREFIX
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
        question = GateQuestion(asked["agreement_id"], asked["subprocessor_id"], asked.get("country"))
        verdict = await check(unit.connection, unit.engine, unit.processors, question)
    return call.shown(verdict)


MOST_CHECKS: Final = 1_000
_ID_LENGTH: Final = len(str(UUID(int=0)))


class CheckIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question to the gate."""

    agreement_id: str
    """The agreement, or `external:` and your own number for it."""
    subprocessor_id: str
    """The subprocessor, or `external:` and your own number for it."""
    country: str | None = None
    """Where it would work, as a country's code; absent: the subprocessor's own country."""


class ChecksIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions to the gate: at most 1,000. What is wrong with one of them is answered beside the others' answers."""

    checks: Annotated[list[Any], msgspec.Meta(extra_json_schema={"items": {}})]
    """Each with `agreement_id`, `subprocessor_id` and, where it is not the subprocessor's own, `country`."""


class CheckShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate says to one of several questions, or what is wrong with it: the others have their answers."""

    allowed: bool
    since: datetime | msgspec.UnsetType | None = msgspec.UNSET
    reason: Reason | msgspec.UnsetType = msgspec.UNSET
    why: str | msgspec.UnsetType = msgspec.UNSET
    clause: str | msgspec.UnsetType | None = msgspec.UNSET
    notice_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    change_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    agreement_id: UUID | msgspec.UnsetType = msgspec.UNSET
    subprocessor_id: UUID | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType | None = msgspec.UNSET
    asked_at: datetime | msgspec.UnsetType = msgspec.UNSET
    error: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    """The problem that it would be answered with alone; then `allowed` is false and nothing else is said."""


class ChecksShown(msgspec.Struct, frozen=True):
    """What the gate says, in the order in which it was asked."""

    items: list[CheckShown]


@post(
    "/engagements/check",
    opt={"role": "auditor", "keyed": False, "own_numbers": True},
    status_code=200,
    request_max_body_size=1024 * 1024,
    tags=["engagements"],
)
async def check_engagements(call: NamedDependency[RequestContext], data: JSONBody[ChecksIn]) -> Response[ChecksShown]:
    """The same for up to 1,000 at once, answered in their order.

    What is wrong with one stops no other: it has an `error` of its own. Nothing is written.
    """
    if len(data.checks) > MOST_CHECKS:
        bad("checks", f"has {len(data.checks)} entries: at most {MOST_CHECKS:,} are taken at once")
    async with call.reading() as unit:
        numbers = Numbers(await _numbers(unit.connection, unit.processors, data.checks), ())
        questions = _plain(data.checks) or [_question(one, numbers) for one in data.checks]
        asked = [one for one in questions if isinstance(one, GateQuestion)]
        answers = iter(await check_many(unit.connection, unit.engine, unit.processors, asked))
    found = [next(answers) if isinstance(one, GateQuestion) else one for one in questions]
    return call.shown({"items": [_said(one) for one in found]})


async def _numbers(
    connection: Connection, processors: Sequence[UUID], checks: Sequence[Any]
) -> dict[tuple[str, str], list[UUID]]:
    named = set(_named(checks))
    return await look_up(connection, processors, named) if named else {}


def _plain(checks: Sequence[Any]) -> list[GateQuestion | TermijnError]:
    """The questions where all are ids as they are written, read at once; none where one wants a look of its own."""
    try:
        given = msgspec.convert(checks, list[CheckIn])
        ids = [(one.agreement_id, one.subprocessor_id) for one in given]
        if any(len(a) != _ID_LENGTH or len(b) != _ID_LENGTH for a, b in ids):
            return []
        found = msgspec.convert(ids, list[tuple[UUID, UUID]])
    except msgspec.ValidationError:
        return []
    return [GateQuestion(*both, one.country) for both, one in zip(found, given, strict=True)]


def _named(checks: Sequence[Any]) -> Iterator[str]:
    for one in checks:
        if isinstance(one, dict):
            for value in (one.get("agreement_id"), one.get("subprocessor_id")):
                if isinstance(value, str) and value.startswith(PREFIX):
                    yield value


def _question(given: Any, numbers: Numbers) -> GateQuestion | TermijnError:
    try:
        one = _check_in(given)
        agreement = _id("agreement_id", one.agreement_id, numbers)
        return GateQuestion(agreement, _id("subprocessor_id", one.subprocessor_id, numbers), one.country)
    except TermijnError as error:
        return error


def _check_in(given: Any) -> CheckIn:
    try:
        return msgspec.convert(given, CheckIn)
    except msgspec.ValidationError:
        return shaped(given, CheckIn)  # which says in our words what is wrong


def _id(name: str, value: str, numbers: Numbers) -> UUID:
    if value.startswith(PREFIX):
        return numbers.id(name, name, value)
    try:
        found: UUID = uuid(value)
    except ValueError as error:
        bad(name, str(error))
    return found


def _said(found: Verdict | TermijnError) -> Verdict | CheckShown:
    if isinstance(found, Verdict):
        return found
    problem = problems.encoded(problems.of_domain(found))
    return CheckShown(allowed=False, error=msgspec.json.decode(problem))


ROUTES: Final = (list_engagements, check_engagement, check_engagements, read_engagement)
