"""What a declaration says, as data: computed from the agreement, its plan, its terms and the ledger. Pure.

The bytes of these facts are kept beside the document; their SHA-256 is its number, so that whoever has both can
see that the words were made from these facts and no others.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from workflows.deletion.clocks import CERTIFICATE
from workflows.deletion.duties import binds, last_day_of
from workflows.deletion.items import item_in_words
from workflows.model.agreement import Agreement
from workflows.model.deletion import PlanItem
from workflows.model.parties import Customer, Processor
from workflows.terms.clauses import in_words
from workflows.terms.model import Terms
from workflows.terms.own import own_or_other
from workflows.terms.telling.quoting import quoted
from workflows.time import local_day
from workflows.words import Language

FORM: Final = 2
"""Which facts there are; raised when that changes."""


class Party(msgspec.Struct, frozen=True):
    """A party by its name and the ISO 3166-1 code of its country."""

    name: str
    country: str


class Contract(msgspec.Struct, frozen=True):
    """A main contract that the agreement accompanied; days are whole."""

    reference: str
    starts_on: date
    ends_on: date | None


class DeclaredLine(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the plan. `how` is null for what was neither confirmed nor listed as not confirmed."""

    kind: str
    text: str
    holder: str
    clause: str
    category: str
    due_at: datetime | None
    done_at: datetime | None
    how: Literal["confirmed", "not_confirmed"] | None
    by: str
    evidence: str
    confirms: str
    """Who has to confirm it: `processor`, `subprocessor` or `customer`."""
    subprocessor: UUID | None
    kept: tuple[str, ...]
    """Categories that a hold kept out of it."""


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """Data that are held: which, on what ground, until when (P27). No categories: all."""

    categories: tuple[str, ...]
    ground: str
    until: date | None


class DeclaredDuty(msgspec.Struct, frozen=True):
    """A duty that goes on; `until` is its last day, null where it has none."""

    text: str
    clause: str
    until: date | None = None


class Engaged(msgspec.Struct, frozen=True, kw_only=True):
    """A subprocessor that worked for the agreement, and where."""

    id: UUID
    name: str
    country: str | None
    """Null where nobody has said the place."""
    since: datetime
    until: datetime | None


class Chosen(msgspec.Struct, frozen=True):
    data: Literal["return", "erase"]
    received_at: datetime
    format: str | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a declaration is made from. Instants are UTC, days are in `zone`."""

    form: int = FORM
    language: Language
    zone: str
    processor: Party
    customer: Party
    agreement: UUID
    terms: str
    terms_title: str
    terms_version: str
    terms_sha256: str
    contracts: tuple[Contract, ...]
    in_force_since: datetime | None
    ended_on: date | None
    end_ground: str
    chosen: Chosen | None
    declared_at: datetime
    clause: str
    """Of the duty to declare; empty where the terms have none and the processor declares of its own accord."""
    plan: tuple[DeclaredLine, ...]
    kept: tuple[Stay, ...]
    duties: tuple[DeclaredDuty, ...]
    subprocessors: tuple[Engaged, ...]
    retention: str
    """How long the processor itself keeps the evidence, ISO 8601."""
    events: int
    """The event of the agreement's own chain with which it became deleted: everything up to it is in here."""
    head: str
    """The hash of that event, hex."""


class Closing(msgspec.Struct, frozen=True):
    """The event of the agreement's chain with which it became deleted."""

    seq: int
    hash: bytes


def facts_of(
    agreement: Agreement,
    customer: Customer,
    processor: Processor,
    terms: Terms,
    terms_sha256: bytes,
    engaged: Sequence[Engaged],
    closing: Closing,
) -> Facts:
    """The facts of an agreement that is deleted. Raises ValueError where it is not."""
    if agreement.deleted_at is None:
        raise ValueError("only an agreement whose data are gone is declared so")
    day = local_day(agreement.deleted_at, terms.zone)
    language = customer.language
    return Facts(
        language=language,
        zone=terms.zone,
        processor=Party(processor.name, processor.country),
        customer=Party(customer.name, customer.country),
        agreement=agreement.id,
        terms=terms.id,
        terms_title=terms.title,
        terms_version=terms.version,
        terms_sha256=terms_sha256.hex(),
        contracts=tuple(Contract(one.reference, one.starts_on, one.ends_on) for one in agreement.main_contracts),
        in_force_since=agreement.in_force_since,
        ended_on=agreement.ended_on,
        end_ground=agreement.end_ground or "",
        chosen=_chosen(agreement),
        declared_at=agreement.deleted_at,
        clause=in_words(terms, _wanted_by(agreement, terms), language),
        plan=tuple(_line(one, terms, language) for one in agreement.plan),
        kept=tuple(
            Stay(categories=one.categories, ground=one.ground, until=one.until)
            for one in agreement.holds
            if one.overridden_at is None and (one.until is None or one.until >= day)
        ),
        duties=tuple(
            DeclaredDuty(
                str(quoted(*own_or_other(terms, one, "duty", language), language)),
                in_words(terms, one.clause, language),
                last_day_of(one, agreement),
            )
            for one in terms.ending.survives
            if one.until != "data_gone" and binds(one, agreement, day)
        ),
        subprocessors=tuple(engaged),
        retention=processor.retention,
        events=closing.seq,
        head=closing.hash.hex(),
    )


def _wanted_by(agreement: Agreement, terms: Terms) -> str:
    """The clause by which it is declared, unasked or because the customer asked; empty where neither is so."""
    end, asked = terms.end, terms.rules.get(CERTIFICATE)
    if end.declaration:
        return end.declaration_clause or end.clause
    return asked.clause if asked is not None and agreement.certificate_asked_at is not None else ""


def encoded(facts: Facts) -> bytes:
    """The facts as the JSON that is kept and hashed."""
    return msgspec.json.encode(facts, order="deterministic")


def number_of(kept: bytes) -> str:
    """The number of a declaration made from these bytes: their SHA-256, hex."""
    return hashlib.sha256(kept).hexdigest()


def _chosen(agreement: Agreement) -> Chosen | None:
    choice = agreement.choice
    return Chosen(choice.data, choice.received_at, choice.format) if choice is not None else None


def _line(item: PlanItem, terms: Terms, language: Language) -> DeclaredLine:
    return DeclaredLine(
        kind=item.kind,
        text=str(item_in_words(item, language)),
        holder=item.holder,
        clause=in_words(terms, item.clause, language),
        category=item.category,
        due_at=item.due_at,
        done_at=item.done_at,
        how=item.how,
        by=item.by,
        evidence=item.evidence,
        confirms=item.confirms,
        subprocessor=item.subprocessor_id,
        kept=item.kept,
    )
