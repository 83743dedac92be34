"""Audits as they are entered: whose they are, and what may be said of them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine, New
from workflows.ids import new_id
from workflows.intake.agreement_rows import AgreementRows, read_agreement_rows
from workflows.intake.checks import Checks
from workflows.machine.acting import Acting
from workflows.model.audit import Audit, AuditContext, AuditIn
from workflows.time import local_day, start_of_day


async def new_audit(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    given: AuditIn,
    *,
    origin: str = "",
) -> New:
    """A new audit. Raises BadInput, NotFound."""
    checks = Checks()
    checks.past("requested_at", given.requested_at, acting.now)
    for name, value in (("indications", given.indications), ("authority", given.authority)):
        checks.words(name, value)
    if given.auditor:
        checks.line("auditor", given.auditor)
    checks.done()
    known = await read_agreement_rows(connection, engine, acting.processors, given.agreement_id)
    requested_at = given.requested_at or acting.at
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
    context = AuditContext(
        agreement=known.agreement,
        customer=known.customer,
        processor=known.processor,
        terms=known.terms,
        same_year=await _same_year(connection, acting.processors, known, requested_at),
        last_at=await connection.fetchval(
            sql("last_audit_before"), list(acting.processors), known.agreement.id, requested_at
        ),
    )
    return New(kind="audit", entity=fresh, context=context)


async def _same_year(
    connection: Connection, processors: Sequence[UUID], known: AgreementRows, at: datetime
) -> tuple[UUID, ...]:
    """Audits of the same calendar year, in the agreement's zone (I-17)."""
    zone = known.terms.zone
    year = local_day(at, zone).year
    first, last = start_of_day(date(year, 1, 1), zone), start_of_day(date(year + 1, 1, 1), zone)
    rows = await connection.fetch(sql("audits_since"), list(processors), known.agreement.id, first, last)
    return tuple(row["id"] for row in rows)
