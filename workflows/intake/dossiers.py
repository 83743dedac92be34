"""Requests of data subjects and audits as they are entered: whose they are, and what may be said of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.audit.table import AUDIT
from workflows.audit.table import begin as begin_audit
from workflows.engine.engine import Engine, New
from workflows.errors import BadInput, NotFound, Problem
from workflows.ids import new_id
from workflows.intake.checks import Checks
from workflows.machine.vocabulary import Carrier, Command
from workflows.model.audit import Audit, AuditContext, AuditIn
from workflows.model.entities import Agreement, Customer, Processor
from workflows.model.request import Request, RequestContext, RequestIn
from workflows.request.table import REQUEST
from workflows.request.table import begin as begin_request
from workflows.terms.model import Terms
from workflows.time import local_day, start_of_day

_NOT_YET: Final = frozenset({"editable", "coming"})


class AtHand(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement with all that something new about it needs."""

    agreement: Agreement
    customer: Customer
    processor: Processor
    terms: Terms
    tags: frozenset[str]


async def at_hand(connection: Connection, engine: Engine, processors: Sequence[UUID], id: UUID) -> AtHand:
    """The agreement that something new is about.

    Raises NotFound where there is none, BadInput where it is not in force yet.
    """
    row = await connection.fetchrow(sql("agreement_at_hand"), list(processors), id)
    if row is None:
        raise NotFound(f"There is no agreement with the id {id}; look at /api/v1/agreements for its id.")
    if set(row["tags"]) & _NOT_YET:
        message = "is not in force yet: nothing can be asked under it"
        raise BadInput(f"agreement_id {message}.", (Problem("agreement_id", message),))
    version: UUID = row["terms_version_id"]
    return AtHand(
        agreement=msgspec.json.decode(row["agreement"], type=Agreement),
        customer=msgspec.json.decode(row["customer"], type=Customer),
        processor=msgspec.json.decode(row["processor"], type=Processor),
        terms=(await engine.terms(connection, [version]))[version],
        tags=frozenset(row["tags"]),
    )


async def new_request(
    connection: Connection,
    engine: Engine,
    processors: Sequence[UUID],
    given: RequestIn,
    *,
    actor: str,
    at: datetime,
    now: datetime,
    origin: str = "",
) -> New:
    """A new request with its clocks. Raises BadInput, NotFound."""
    checks = Checks()
    checks.past("received_at", given.received_at, now)
    checks.past("controller_received_at", given.controller_received_at, now)
    if given.reference:
        checks.line("reference", given.reference)
    checks.words("note", given.note)
    received_at = given.received_at or at
    if given.received_from == "customer" and (given.controller_received_at or received_at) > received_at:
        checks.wrong("controller_received_at", "lies after received_at: the customer had it before it passed it on")
    checks.done()
    known = await at_hand(connection, engine, processors, given.agreement_id)
    fresh = Request(
        id=new_id(),
        processor_id=known.processor.id,
        agreement_id=known.agreement.id,
        customer_id=known.customer.id,
        kind=given.kind,
        received_at=received_at,
        received_from=given.received_from,
        channel=given.channel,
        controller_received_at=given.controller_received_at,
        reference=given.reference,
        note=given.note,
        origin=origin,
    )
    carrier: Carrier[Request, RequestContext] = Carrier(
        state=REQUEST.table.initial,
        id=fresh.id,
        processor=known.processor.id,
        entity=fresh,
        context=RequestContext(
            agreement=known.agreement, customer=known.customer, processor=known.processor, terms=known.terms
        ),
        command=Command(subject=fresh.id, trigger="begin", at=at, now=now, actor=actor),
        data=None,
    )
    entity, effects = begin_request(carrier)
    said = {
        "agreement_id": entity.agreement_id,
        "kind": entity.kind,
        "received_from": entity.received_from,
        "received_at": entity.received_at,
        "channel": entity.channel,
        "due_at": entity.due_at,
        "answer_due_at": entity.answer_due_at,
    }
    personal = {key: value for key, value in (("reference", entity.reference), ("note", entity.note)) if value}
    return New(kind="request", entity=entity, parent=entity.agreement_id, data=said, personal=personal, effects=effects)


async def new_audit(
    connection: Connection,
    engine: Engine,
    processors: Sequence[UUID],
    given: AuditIn,
    *,
    actor: str,
    at: datetime,
    now: datetime,
    origin: str = "",
) -> New:
    """A new audit with what the terms have to say to it. Raises BadInput, NotFound."""
    checks = Checks()
    checks.past("requested_at", given.requested_at, now)
    for name, value in (("indications", given.indications), ("authority", given.authority)):
        checks.words(name, value)
    if given.auditor:
        checks.line("auditor", given.auditor)
    checks.done()
    known = await at_hand(connection, engine, processors, given.agreement_id)
    requested_at = given.requested_at or at
    fresh = Audit(
        id=new_id(),
        processor_id=known.processor.id,
        agreement_id=known.agreement.id,
        customer_id=known.customer.id,
        requested_at=requested_at,
        channel=given.channel,
        indications=given.indications,
        authority=given.authority,
        auditor=given.auditor,
        origin=origin,
    )
    others = await _same_year(connection, processors, known, requested_at)
    carrier: Carrier[Audit, AuditContext] = Carrier(
        state=AUDIT.table.initial,
        id=fresh.id,
        processor=known.processor.id,
        entity=fresh,
        context=AuditContext(
            agreement=known.agreement,
            customer=known.customer,
            processor=known.processor,
            terms=known.terms,
            same_year=others,
        ),
        command=Command(subject=fresh.id, trigger="begin", at=at, now=now, actor=actor),
        data=None,
    )
    entity, effects = begin_audit(carrier)
    said = {
        "agreement_id": entity.agreement_id,
        "requested_at": entity.requested_at,
        "channel": entity.channel,
        "warnings": entity.warnings,
    }
    words: dict[str, Any] = {
        "indications": entity.indications, "authority": entity.authority, "auditor": entity.auditor
    }  # fmt: skip
    personal = {key: value for key, value in words.items() if value}
    return New(kind="audit", entity=entity, parent=entity.agreement_id, data=said, personal=personal, effects=effects)


async def _same_year(
    connection: Connection, processors: Sequence[UUID], known: AtHand, at: datetime
) -> tuple[UUID, ...]:
    """Audits of the same calendar year, in the agreement's zone (I-17)."""
    zone = known.terms.zone
    year = local_day(at, zone).year
    first, last = start_of_day(date(year, 1, 1), zone), start_of_day(date(year + 1, 1, 1), zone)
    rows = await connection.fetch(sql("audits_since"), list(processors), known.agreement.id, first, last)
    return tuple(row["id"] for row in rows)
