"""Breaches: one incident, a case with its own clock for each agreement, and the register of all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.foresight.told import ActionForeseen
from service.http.auth import Role
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, instant, state_of, tried_out, uuid
from service.http.offers import with_offers
from service.http.request_context import Locked, ReadUnit, RequestContext, WriteUnit
from service.http.routes.letters import posted, written
from service.http.shown import SubjectShown, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.breach.case import BREACH_CASE
from workflows.breach.clock import ways_of
from workflows.breach.table import BREACH
from workflows.breach.words import kind_here, known
from workflows.errors import BadInput, Problem
from workflows.intake.breaches import BreachIn, check_update, more_cases, new_breach
from workflows.intake.checks import check_filled, in_utc
from workflows.kinds import states_of
from workflows.machine.recipients import named
from workflows.model.breach import Breach, BreachCase, BreachUpdate, CallData
from workflows.model.parties import Contact, Wording, WordingList
from workflows.model.per_language import as_given
from workflows.model.posting import RecordPosting, WriteLetter
from workflows.terms.law import rule_of, towards_authority
from workflows.terms.model import Terms
from workflows.terms.names import NOTICE, OF_KIND, PLAIN
from workflows.terms.penalty import PenaltyDue, penalty


class QuestionShown(msgspec.Struct, frozen=True, kw_only=True):
    """What an agreement wants to be told, and the answer by now; null while it is open."""

    id: str
    clause: str
    text: str
    answer: str | None


class KindShown(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of breach for which the agreement has a clock of its own."""

    id: str
    clause: str
    text: str


class CaseShown(BreachCase, frozen=True, kw_only=True):
    """A breach for one agreement, as it stands at `as_of` (UTC)."""

    state: Annotated[str, states_of("breach_case")]
    customer: str
    terms: str
    actions: tuple[str, ...]
    clause: str
    channels: tuple[str, ...]
    contacts: tuple[Contact, ...]
    """Whom the agreement wants to be told, in its order."""
    overdue: bool
    contents: tuple[QuestionShown, ...]
    authority: Literal["forbidden", "not_obliged", "assists"] | None
    """What the processor may do towards the authority; the report itself is the controller's. Null where neither the
    agreement nor a law that it names says so."""
    kinds: tuple[KindShown, ...]
    penalty: PenaltyDue | None
    """What the agreement sets on being late; computed, never collected. Grows while nobody is informed."""


class BreachShown(Breach, SubjectShown, frozen=True, kw_only=True):
    """A breach with its cases; texts as they were given, once or in each language."""

    summary: Wording  # type: ignore[assignment]  # wider than what stands for everybody
    categories: WordingList = ()  # type: ignore[assignment]  # the same
    conclusion: Wording = ""  # type: ignore[assignment]  # the same

    agreements: tuple[UUID, ...]
    cases: tuple[CaseShown, ...]
    as_of: datetime


class _CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    state: str
    customer: str
    terms: str
    terms_version_id: UUID
    contacts: tuple[Contact, ...]
    case: BreachCase


_ACTIONS: Final = ("record-call", "write-letter", "record-posting")


def _row_of(record: Any) -> tuple[Breach, list[_CaseRow]]:
    return (
        msgspec.json.decode(record["entity"], type=Breach),
        msgspec.json.decode(record["cases"], type=list[_CaseRow]),
    )


def _case(breach: Breach, row: _CaseRow, terms: Terms, as_of: datetime, role: Role) -> CaseShown:
    rules = ways_of(terms)
    case = row.case
    until = min(as_of, case.informed_at) if case.informed_at is not None else as_of
    kind = kind_here(terms, case.kind)
    rule = rule_of(terms, f"{OF_KIND}{kind}" if kind not in ("", PLAIN) else NOTICE)
    return CaseShown(
        **{**msgspec.structs.asdict(case), "kind": kind},
        state=row.state,
        customer=row.customer,
        terms=row.terms,
        actions=BREACH_CASE.offered(row.state, case, role=role),
        clause=rule.clause if rule is not None else "",
        channels=rules.told_by,
        contacts=named(row.contacts, rules.told_first),
        overdue=row.state == "running" and case.due_at is not None and as_of > case.due_at,
        contents=tuple(
            QuestionShown(id=one.id, clause=one.clause, text=one.text, answer=known(breach, one) or None)
            for one in rules.contents
        ),
        authority=towards_authority(terms),
        kinds=tuple(KindShown(id=one.id, clause=one.clause, text=one.text) for one in rules.kinds),
        penalty=penalty(terms, "breach.penalty", case.due_at, until)
        if "breach.penalty" in terms.penalties and not (case.own_target or case.dropped_why) and case.due_at is not None
        else None,
    )


class BreachResource(Resource, frozen=True, kw_only=True):
    """A breach, whose cases need the terms of their agreements to be shown."""

    async def shown(self, unit: ReadUnit, rows: Sequence[Any]) -> list[BreachShown]:
        as_of = await unit.instant()
        return [await _shown(unit, row, as_of) for row in rows]

    async def shown_alone(self, unit: ReadUnit, row: Any, asked: Mapping[str, Any]) -> BreachShown:
        """The breach as it stands, or stood at the instant that is asked for."""
        return await _shown(unit, row, asked.get("at") or await unit.instant())


BREACHES: Final = BreachResource(
    kind="breach",
    read="read_breach",
    show=_row_of,
    shape=BreachShown,
    whole=False,
    listing=Listing(
        block="list_breaches",
        order=BY_ID,
        filters={"state": state_of("breach"), "subprocessor_id": uuid, "agreement_id": uuid},
    ),
    query={"at": instant},
    note="`at` (an instant) shows what was forfeited as of then; absent: now.",
)


async def _shown(unit: ReadUnit, record: Any, as_of: datetime) -> BreachShown:
    breach, rows = _row_of(record)
    terms = await unit.engine.terms(unit.connection, [one.terms_version_id for one in rows])
    (offered,) = await with_offers(unit.connection, unit.engine, BREACH.name, [record], unit.role)
    cases = tuple(_case(breach, one, terms[one.terms_version_id], as_of, unit.role) for one in rows)
    calls = tuple(action for action in _ACTIONS if any(action in one.actions for one in cases))
    fields = msgspec.structs.asdict(breach)
    for name in ("summary", "categories", "conclusion"):
        fields[name] = as_given(fields[name], fields[f"{name}_in"])
    return BreachShown(
        **fields,
        **standing("breach", {**offered, "offered": (*offered["offered"], *calls)}),
        agreements=tuple(one.case.agreement_id for one in rows),
        cases=cases,
        as_of=as_of,
    )


async def _new(unit: WriteUnit, data: BreachIn) -> UUID:
    """A breach goes on record: the clock of each agreement concerned runs from its discovery."""
    id, new = await new_breach(unit.connection, unit.engine, unit.acting, unit.processor, data)
    await unit.create(*new)
    return id


@post(
    "/breaches/{id:uuid}/record-call",
    status_code=200,
    opt={"versioned": True, **tried_out(ActionForeseen)},
    tags=["breaches"],
)
async def record_call(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[CallData]
) -> Response[BreachShown]:
    """A call to one customer, answered or not; `contact` is a contact's name, id or number, or a role.

    It counts where the agreement names that person, or `reason` says why it counts all the same.
    """

    async def work(unit: WriteUnit) -> StoredAnswer:
        await unit.hold("breach", id)
        check_filled(data)
        given = in_utc(data)
        row = await _case_of(unit, id, given.agreement_id)
        contacts = msgspec.json.decode(row["contacts"], type=tuple[Contact, ...])
        name = next((one.name for one in contacts if str(one.id) == given.contact), given.contact)
        command = unit.acting.command(
            row["id"], "record-call", msgspec.structs.replace(given, contact=name), requested=True
        )
        await unit.engine.run(unit.connection, unit.processors, [command])
        return await BREACHES.answer(unit, id)

    return await call.write(work)


async def _case_of(unit: WriteUnit, breach: UUID, agreement: UUID) -> Any:
    """The case of one agreement. Raises BadInput where the breach does not touch it."""
    row = await unit.connection.fetchrow(sql("breach_case_of"), unit.processors, breach, agreement)
    if row is None:
        message = "is none of the agreements that this breach touches; `cases` names them"
        raise BadInput(f"agreement_id {message}.", (Problem("agreement_id", message),))
    return row


class WriteCaseLetter(WriteLetter, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which agreement's customer a letter about the breach is made, and for which of its contacts."""

    agreement_id: UUID


class RecordCasePosting(RecordPosting, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter about the breach was posted to one agreement's customer."""

    agreement_id: UUID


async def _by_post(unit: WriteUnit, id: UUID, trigger: str, given: WriteCaseLetter | RecordCasePosting) -> StoredAnswer:
    await unit.hold("breach", id)
    said = in_utc(await unit.attested(given))
    check_filled(said)
    case = (await _case_of(unit, id, said.agreement_id))["id"]
    entity, context = (await unit.engine.surroundings(unit.connection, BREACH_CASE.name, unit.processors, [case]))[case]
    data = (
        await written(unit, BREACH_CASE.name, entity, context, said)
        if isinstance(said, WriteCaseLetter)
        else await posted(unit, entity, context, said)
    )
    command = unit.acting.command(case, trigger, data, requested=True)
    await unit.engine.run(unit.connection, unit.processors, [command])
    return await BREACHES.answer(unit, id)


_LETTERS: Final[dict[str, Any]] = {
    "status_code": 200,
    "opt": {"versioned": True, **tried_out(ActionForeseen)},
    "tags": ["breaches"],
}


@post("/breaches/{id:uuid}/write-letter", **_LETTERS)
async def write_breach_letter(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[WriteCaseLetter]
) -> Response[BreachShown]:
    """Make a letter of what one customer is told of the breach; `GET letters` has it. Nobody is told by that."""
    return await call.write(lambda unit: _by_post(unit, id, "write-letter", data))


@post("/breaches/{id:uuid}/record-posting", **_LETTERS)
async def record_breach_posting(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[RecordCasePosting]
) -> Response[BreachShown]:
    """A letter about the breach was posted. The clock runs on until the customer is informed by what counts."""
    return await call.write(lambda unit: _by_post(unit, id, "record-posting", data))


async def _update(unit: WriteUnit, locked: Locked, data: BreachUpdate) -> BreachUpdate:
    """More agreements get their cases first; the step tells those that were told before."""
    breach, cases = _row_of(await BREACHES.row(unit, locked.id))
    known_terms = await unit.engine.terms(unit.connection, [one.terms_version_id for one in cases])
    check_update(known_terms.values(), data)
    if data.agreements:
        await unit.create(
            *await more_cases(unit.connection, unit.engine, breach, data.agreements, tuple(known_terms.values()))
        )
    return data


ROUTES: Final = (
    *routes(BREACHES, create=Making(BreachIn, _new), actions={"update": Preparation(prepare=_update)}),
    record_call,
    write_breach_letter,
    record_breach_posting,
)
