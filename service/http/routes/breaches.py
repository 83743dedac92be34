"""Breaches: one incident, a case with its own clock for each agreement, and the register of all of them."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db import clock
from db.queries import sql
from db.session import Connection
from service.http import subjects
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, Page, instant, text, uuid
from service.http.offers import with_offers
from service.http.request_context import RequestContext, WriteUnit
from workflows.breach.case import BREACH_CASE
from workflows.breach.table import BREACH
from workflows.breach.words import known
from workflows.engine.engine import Engine
from workflows.errors import BadInput, Problem
from workflows.intake.breaches import BreachIn, check_update, more_cases, new_breach
from workflows.intake.checks import check_filled, in_utc
from workflows.machine.vocabulary import Command
from workflows.model.breach import Breach, BreachCase, BreachUpdate, CallData
from workflows.model.parties import Contact
from workflows.terms.model import Terms
from workflows.terms.penalty import PenaltyDue, penalty


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What an agreement wants to be told, and the answer by now; null while it is open."""

    id: str
    clause: str
    text: str
    answer: str | None


class CaseShown(BreachCase, frozen=True, kw_only=True):
    """A breach for one agreement, as it stands at `as_of` (UTC)."""

    state: str
    customer: str
    terms: str
    actions: tuple[str, ...]
    clause: str
    channels: tuple[str, ...]
    contacts: tuple[Contact, ...]
    """Whom the agreement wants to be told, in its order."""
    overdue: bool
    contents: tuple[Question, ...]
    authority: Literal["forbidden", "not_obliged", "assists"]
    """What the processor may do towards the authority; the report itself is the controller's."""
    penalty: PenaltyDue | None
    """What the agreement sets on being late; computed, never collected. Grows while nobody is informed."""


class BreachShown(Breach, frozen=True, kw_only=True):
    """A breach with its cases."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""
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


_ACTIONS: Final = ("record-call",)
_LISTING: Final = Listing(
    block="list_breaches", order=BY_ID, filters={"state": text, "subprocessor_id": uuid, "agreement_id": uuid}
)


def _row_of(record: Any) -> tuple[Breach, list[_CaseRow]]:
    return (
        msgspec.json.decode(record["entity"], type=Breach),
        msgspec.json.decode(record["cases"], type=list[_CaseRow]),
    )


async def _shown(connection: Connection, engine: Engine, record: Any, as_of: datetime) -> BreachShown:
    breach, rows = _row_of(record)
    terms = await engine.terms(connection, [one.terms_version_id for one in rows])
    (offered,) = await with_offers(connection, engine, BREACH.name, [record])
    actions = offered["offered"]
    return BreachShown(
        **msgspec.structs.asdict(breach),
        state=record["state"],
        version=record["version"],
        actions=(*actions, *_ACTIONS) if actions else _ACTIONS,
        created_at=record["created_at"],
        set_apart=record["parked_why"],
        agreements=tuple(one.case.agreement_id for one in rows),
        cases=tuple(_case(breach, one, terms[one.terms_version_id], as_of) for one in rows),
        as_of=as_of,
    )


def _case(breach: Breach, row: _CaseRow, terms: Terms, as_of: datetime) -> CaseShown:
    rules = terms.breach
    case = row.case
    roles = rules.told_first if rules is not None else terms.notice_contacts
    order = {role: place for place, role in enumerate(roles)}
    told = [one for one in row.contacts if set(one.roles) & set(roles)]
    until = min(as_of, case.informed_at) if case.informed_at is not None else as_of
    rule = terms.rules.get("breach.notice")
    return CaseShown(
        **msgspec.structs.asdict(case),
        state=row.state,
        customer=row.customer,
        terms=row.terms,
        actions=BREACH_CASE.offered(row.state, case),
        clause=rule.clause if rule is not None else "",
        channels=rules.told_by if rules is not None else ("email", "phone"),
        contacts=tuple(sorted(told, key=lambda one: min(order[role] for role in one.roles if role in order))),
        overdue=row.state == "running" and case.due_at is not None and as_of > case.due_at,
        contents=tuple(
            Question(id=one.id, clause=one.clause, text=one.text, answer=known(breach, one) or None)
            for one in (rules.contents if rules is not None else ())
        ),
        authority=rules.authority if rules is not None else "not_obliged",
        penalty=penalty(terms, "breach.penalty", case.due_at, until)
        if "breach.penalty" in terms.penalties and not case.own_target and case.due_at is not None
        else None,
    )


class BreachResource(subjects.Resource, frozen=True, kw_only=True):
    """A breach, whose cases need the terms of their agreements to be shown."""

    async def answer(self, unit: WriteUnit, id: UUID, *, status: int = 200) -> StoredAnswer:
        """The breach as it is now, as the answer to a write."""
        row = await self.row(unit.connection, unit.processors, id)
        found = await _shown(unit.connection, unit.engine, row, unit.now)
        place = f"{subjects.API}/breaches/{id}" if status == 201 else None
        return StoredAnswer(body=found, status=status, version=found.version, location=place)


BREACHES: Final = BreachResource(
    kind="breach",
    read="read_breach",
    show=_row_of,
    shape=BreachShown,
    whole=False,
    listing=_LISTING,
)


@get("/breaches", opt={"spans": True}, tags=["breaches"])
async def list_breaches(call: NamedDependency[RequestContext]) -> Response[Page[BreachShown]]:
    """The register: every breach, in the order of their ids."""
    rows, more = await call.rows(_LISTING)
    async with call.reading() as connection:
        now = await clock.now(connection)
        items = [await _shown(connection, call.parts.engine, row, now) for row in rows]
    return call.shown(Page(items=items, next=more))


@get("/breaches/{id:uuid}", tags=["breaches"])
async def read_breach(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[BreachShown]:
    """One breach. `at` (an instant) shows what was forfeited as of then; absent: now."""
    asked: datetime | None = call.query({"at": instant}).get("at")
    async with call.reading() as connection:
        row = await BREACHES.row(connection, call.caller.processors, id)
        as_of = asked or await clock.now(connection)
        found = await _shown(connection, call.parts.engine, row, as_of)
    return subjects.fresh(found, found.version)


@post("/breaches", tags=["breaches"])
async def create(call: NamedDependency[RequestContext], data: JSONBody[BreachIn]) -> Response[BreachShown]:
    """A breach goes on record: the clock of each agreement concerned runs from its discovery."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        given = in_utc(data)
        id, new = await new_breach(unit.connection, unit.engine, unit.processor, given, at=unit.at, now=unit.now)
        await unit.create(*new)
        return await BREACHES.answer(unit, id, status=201)

    return await call.write(work)


@post("/breaches/{id:uuid}/record-call", status_code=200, tags=["breaches"])
async def record_call(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[CallData]
) -> Response[BreachShown]:
    """A call to one customer, answered or not; `contact` is a contact's name, id or number, or a role.

    It counts where the agreement names that person, or `reason` says why it counts all the same.
    """

    async def work(unit: WriteUnit) -> StoredAnswer:
        await BREACHES.row(unit.connection, unit.processors, id)
        check_filled(data)
        given = in_utc(data)
        row = await unit.connection.fetchrow(sql("breach_case_of"), unit.processors, id, given.agreement_id)
        if row is None:
            message = "is none of the agreements that this breach touches; `cases` names them"
            raise BadInput(f"agreement_id {message}.", (Problem("agreement_id", message),))
        contacts = msgspec.json.decode(row["contacts"], type=tuple[Contact, ...])
        name = next((one.name for one in contacts if str(one.id) == given.contact), given.contact)
        command = Command(
            subject=row["id"],
            trigger="record-call",
            at=unit.at,
            now=unit.now,
            actor=unit.caller.actor,
            data=msgspec.structs.replace(given, contact=name),
            requested=True,
            role=unit.caller.role,
        )
        await unit.engine.run(unit.connection, unit.processors, [command])
        return await BREACHES.answer(unit, id)

    return await call.write(work)


async def _update(unit: WriteUnit, row: Any, data: BreachUpdate) -> BreachUpdate:
    """More agreements get their cases first; the step tells those that were told before."""
    breach, cases = _row_of(row)
    known_terms = await unit.engine.terms(unit.connection, [one.terms_version_id for one in cases])
    check_update(known_terms.values(), data)
    if data.agreements:
        await unit.create(*await more_cases(unit.connection, unit.engine, breach, data.agreements))
    return data


ROUTES: Final = (
    list_breaches,
    read_breach,
    create,
    record_call,
    *subjects.actions(BREACHES, prepare={"update": _update}, patched=()),
)
