"""Engagements, and the gate that a deployment or a feature flag asks."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
from workflows.intake.labels import as_kept
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
    async with call.reading(by_id=True) as unit:
        row = await unit.connection.fetchrow(sql("read_engagement"), unit.processors, id)
    if row is None:
        raise NotFound("There is no such engagement; look at the list for its id.")
    return call.shown(shown(row))


@get("/engagements/check", opt=_GATE, tags=["engagements"])
async def check_engagement(call: NamedDependency[RequestContext]) -> Response[Verdict]:
    """Whether a subprocessor may work for an agreement in a country now: no, unless a yes is on record."""
    asked = call.asked
    async with call.reading(by_id=True) as unit:
        question = GateQuestion(asked["agreement_id"], asked["subprocessor_id"], asked.get("country"))
        verdict = await check(unit.connection, unit.engine, unit.processors, question)
    return call.shown(verdict)


MOST_CHECKS: Final = 1_000
LABEL: Final = "label:"
MOST_LABELS: Final = 100
_ID_LENGTH: Final = len(str(UUID(int=0)))


class CheckIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question to the gate."""

    agreement_id: str
    """The agreement, or `external:` and your own number for it, or `label:` and a label: all that have it and are not
    over."""
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
    label: str | msgspec.UnsetType = msgspec.UNSET
    """Of a question by label: the label. It is allowed where the gate says yes to each of its agreements, and there is
    one."""
    agreements: list[Verdict] | msgspec.UnsetType = msgspec.UNSET
    """What the gate says to each agreement with that label."""
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
    """The same for up to 1,000 at once, answered in their order; `label:` asks of all agreements with a label.

    What is wrong with one stops no other: it has an `error` of its own. Nothing is written.
    """
    if len(data.checks) > MOST_CHECKS:
        bad("checks", f"has {len(data.checks)} entries: at most {MOST_CHECKS:,} are taken at once")
    async with call.reading() as unit:
        numbers = Numbers(await _numbers(unit.connection, unit.processors, data.checks), ())
        questions: list[_Asked] = [*_plain(data.checks)] or [_question(one, numbers) for one in data.checks]
        labels = {one.label for one in questions if isinstance(one, LabelQuestion)}
        if len(labels) > MOST_LABELS:
            bad("checks", f"names {len(labels)} labels: at most {MOST_LABELS} are taken at once")
        labelled = await _labelled(unit.connection, unit.processors, labels)
        if sum(len(labelled[one.label]) if isinstance(one, LabelQuestion) else 1 for one in questions) > MOST_CHECKS:
            bad("checks", f"asks of more than {MOST_CHECKS:,} agreements at once: name fewer labels")
        asked = [one for each in questions for one in _asked_of(each, labelled)]
        answers = iter(await check_many(unit.connection, unit.engine, unit.processors, asked))
    return call.shown({"items": [_answer(one, answers, labelled) for one in questions]})


class LabelQuestion(msgspec.Struct, frozen=True):
    """A question about all agreements with a label."""

    label: str
    subprocessor: UUID
    country: str | None


_Asked = GateQuestion | LabelQuestion | TermijnError


async def _labelled(
    connection: Connection, processors: Sequence[UUID], labels: Collection[str]
) -> dict[str, list[UUID]]:
    """The agreements with each label, one more than may be asked where there are more."""
    found: dict[str, list[UUID]] = {one: [] for one in labels}
    if labels:
        for row in await connection.fetch(sql("agreements_labelled"), list(processors), list(labels), MOST_CHECKS + 1):
            found[row["label"]].append(row["id"])
    return found


def _asked_of(one: _Asked, labelled: Mapping[str, Sequence[UUID]]) -> list[GateQuestion]:
    match one:
        case GateQuestion():
            return [one]
        case LabelQuestion():
            return [GateQuestion(id, one.subprocessor, one.country) for id in labelled[one.label]]
        case _:
            return []


def _answer(
    one: _Asked, answers: Iterator[Verdict | TermijnError], labelled: Mapping[str, Sequence[UUID]]
) -> Verdict | CheckShown:
    match one:
        case GateQuestion():
            return _said(next(answers))
        case LabelQuestion():
            return _by_label(one.label, [next(answers) for _ in labelled[one.label]])
        case _:
            return _said(one)


def _by_label(label: str, found: Sequence[Verdict | TermijnError]) -> CheckShown:
    """The one answer to a question about all agreements with a label: yes where each is, and there is one."""
    if wrong := [one for one in found if isinstance(one, TermijnError)]:
        return msgspec.structs.replace(_refused(wrong[0]), label=label)
    verdicts = [one for one in found if isinstance(one, Verdict)]
    no = [one for one in verdicts if not one.allowed]
    if not verdicts:
        why = f"No agreement that is not over has the label {label!r}, so none says yes."
    elif no:
        why = f"{len(no)} of {len(verdicts)} agreements with the label {label!r} say no. The first: {no[0].why}"
    else:
        why = f"Each agreement with the label {label!r} says yes: {len(verdicts)} of {len(verdicts)}."
    since = max((one.since for one in verdicts if one.since is not None), default=None)
    return CheckShown(
        allowed=bool(verdicts) and not no, since=None if no else since, why=why, label=label, agreements=verdicts
    )


async def _numbers(
    connection: Connection, processors: Sequence[UUID], checks: Sequence[Any]
) -> dict[tuple[str, str], list[UUID]]:
    named = set(_named(checks))
    return await look_up(connection, processors, named) if named else {}


def _plain(checks: Sequence[Any]) -> list[GateQuestion]:
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


def _question(given: Any, numbers: Numbers) -> _Asked:
    try:
        one = _check_in(given)
        if one.agreement_id.startswith(LABEL):
            label = as_kept(one.agreement_id.removeprefix(LABEL))
            if not label:
                bad("agreement_id", f"names no label: {LABEL} is followed by one")
            return LabelQuestion(label, _id("subprocessor_id", one.subprocessor_id, numbers), one.country)
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
    return _refused(found)


def _refused(found: TermijnError) -> CheckShown:
    problem = problems.encoded(problems.of_domain(found))
    return CheckShown(allowed=False, error=msgspec.json.decode(problem))


ROUTES: Final = (list_engagements, check_engagement, check_engagements, read_engagement)
