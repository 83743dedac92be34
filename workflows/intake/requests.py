"""Requests of data subjects as they are entered: whose they are, and what may be said of them."""

from db.session import Connection
from workflows.engine.engine import Engine, New
from workflows.ids import new_id
from workflows.intake.agreement_rows import read_agreement_rows
from workflows.intake.checks import Checks
from workflows.machine.acting import Acting
from workflows.model.request import Request, RequestContext, RequestIn


async def new_request(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    given: RequestIn,
    *,
    origin: str = "",
) -> New:
    """A new request. Raises BadInput, NotFound."""
    checks = Checks()
    checks.past("received_at", given.received_at, acting.now)
    checks.past("controller_received_at", given.controller_received_at, acting.now)
    if given.reference:
        checks.line("reference", given.reference)
    checks.words("note", given.note)
    received_at = given.received_at or acting.at
    if given.received_from == "customer" and (given.controller_received_at or received_at) > received_at:
        checks.wrong("controller_received_at", "lies after received_at: the customer had it before it passed it on")
    checks.done()
    known = await read_agreement_rows(connection, engine, acting.processors, given.agreement_id)
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
    context = RequestContext(
        agreement=known.agreement, customer=known.customer, processor=known.processor, terms=known.terms
    )
    return New(kind="request", entity=fresh, context=context)
