"""A page on which strangers become customers: set up by its processor, and what comes of one who signs there."""

from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine, New
from workflows.errors import BadInput, Problem
from workflows.intake.agreements import AgreementIn, MainContractIn, PinnedTerms, create_agreement, find_terms
from workflows.intake.checks import Checks
from workflows.intake.customers import CustomerIn, new_customer
from workflows.machine.acting import Acting
from workflows.model.agreement import BoundText, Sign
from workflows.model.joining import Applied, Joined
from workflows.model.parties import Customer, Joining, Processor
from workflows.words import Language

_FIELD: Final = "joining"


class JoiningIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page on which strangers become customers: under which terms (`terms_version` absent: the latest), with all that
    these leave blank, and in which languages."""

    terms: str
    languages: tuple[Language, ...]
    terms_version: str | None = None
    facts: dict[str, Any] = {}


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What such a page offers now: the version of the terms, and its text."""

    joining: Joining
    pinned: PinnedTerms
    text: BoundText


class SignedUp(msgspec.Struct, frozen=True, kw_only=True):
    """Who has become a customer, and the agreement that waits for the processor's signature."""

    customer: Customer
    agreement: UUID


async def checked_joining(connection: Connection, engine: Engine, processor: UUID, given: JoiningIn) -> Joining:
    """The setting as it is stored, its version named. Raises BadInput with all that it lacks."""
    try:
        pinned = await find_terms(connection, engine, processor, given.terms, given.terms_version)
    except BadInput as error:
        raise BadInput(error.detail, tuple(_within(one) for one in error.problems)) from None
    checks = Checks()
    checks.facts(f"{_FIELD}.facts", pinned.terms, given.facts)
    if not given.languages or len(set(given.languages)) != len(given.languages):
        checks.wrong(f"{_FIELD}.languages", "names the languages of the page, at least one, and each once")
    if await _text(connection, processor, pinned.id) is None:
        checks.wrong(
            f"{_FIELD}.terms_version",
            "has no text yet, and a text is what is signed: hand one in for this version, or have it made of its rules",
        )
    checks.done()
    return Joining(terms=pinned.terms.id, terms_version=pinned.version, facts=given.facts, languages=given.languages)


def _within(one: Problem) -> Problem:
    return Problem(f"{_FIELD}.{one.path}", one.message)


async def offered(connection: Connection, engine: Engine, processor: Processor) -> Offer | None:
    """What the processor's page offers; None where it has none."""
    joining = processor.joining
    if joining is None:
        return None
    pinned = await find_terms(connection, engine, processor.id, joining.terms, joining.terms_version)
    text = await _text(connection, processor.id, pinned.id)
    return Offer(joining=joining, pinned=pinned, text=text) if text is not None else None


async def _text(connection: Connection, processor: UUID, version: UUID) -> BoundText | None:
    row = await connection.fetchrow(sql("terms_text"), [processor], version)
    if row is None:
        return None
    return BoundText(id=row["id"], sha256=row["sha256"].hex(), name=row["name"], size=row["size"])


def as_customer(applied: Applied, processor: UUID) -> Customer:
    """The customer that a stranger would be. Raises BadInput with all that is wrong of it."""
    given = CustomerIn(
        name=applied.name,
        country=applied.country,
        language=applied.language,
        role=applied.role,
        contacts=applied.contacts,
    )
    return new_customer(given, processor)


async def sign_up(
    connection: Connection, engine: Engine, acting: Acting, offer: Offer, applied: Applied, signed: Sign
) -> SignedUp:
    """Make the customer and the agreement, send it, and sign it for the customer; the caller commits.

    The agreement waits for the processor: whoever came by a page is never in force by themselves. Raises BadInput,
    Refused.
    """
    [processor] = acting.processors
    customer = as_customer(applied, processor)
    like = await _alike(connection, processor, customer)
    await engine.create(connection, [New(kind="customer", entity=customer)], acting)
    made = await create_agreement(
        connection,
        engine,
        acting,
        processor,
        AgreementIn(
            customer_id=customer.id,
            terms=offer.joining.terms,
            terms_version=offer.joining.terms_version,
            main_contract=MainContractIn(reference=applied.reference, starts_on=applied.starts_on),
            facts=offer.joining.facts,
        ),
        joined=Joined(customer=customer.name, looks_like=like),
    )
    for trigger, data in (("send", None), ("sign", signed)):
        command = acting.command(made.id, trigger, data, requested=True)
        await engine.run(connection, [processor], [command])
    return SignedUp(customer=customer, agreement=made.id)


async def _alike(connection: Connection, processor: UUID, customer: Customer) -> dict[UUID, str]:
    """Customers that it may be already; nobody but the processor's own people is told.

    Until the caller commits nobody else joins that processor: of two who come at once, the second sees the first.
    """
    await connection.execute(sql("lock_joining"), str(processor))
    addresses = [one.email.lower() for one in customer.contacts if one.email]
    rows = await connection.fetch(sql("customers_like"), [processor], customer.name, addresses)
    return {row["id"]: row["name"] for row in rows}
