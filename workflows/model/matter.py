"""What the parties owe each other besides notices, breaches, requests and audits: a question and its answer. Pure."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from workflows.model.agreement import Agreement
from workflows.model.evidence import Evidence
from workflows.model.parties import Channel, Customer, Entity, Processor
from workflows.terms.model import Form, MatterKind, Party, Terms

MatterAnswer = Literal["consent", "refuse", "agree", "done", "noted"]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer ever given; `counts` False where its form was not the one required (P10).

    `by` and `channel` are null where the processor answers what the customer raised.
    """

    answer: MatterAnswer
    by: str | None = None
    channel: Channel | None = None
    received_at: datetime
    recorded_at: datetime
    recorded_by: str
    text: str = ""
    evidence: str = ""
    files: tuple[UUID, ...] | msgspec.UnsetType = msgspec.UNSET
    counts: bool = True


class Matter(Entity, frozen=True, kw_only=True):
    """Something that one party asks of, or owes to, the other under an agreement.

    `raised_by` is who asks or tells. `country` (ISO 3166-1 alpha-2) is the place that a consent is about.
    `outcome` is the answer that counts, null while there is none; silence never is one. `erase_by` is the last day
    on which data may be there, `keep_until` the last day until which the law wants them kept, as the controller
    named them.
    """

    agreement_id: UUID
    customer_id: UUID
    kind: MatterKind
    raised_by: Literal["controller", "processor"]
    clause: str
    subject: str
    text: str = ""
    country: str | None = None
    form: Form = "any"
    erase_by: date | None = None
    keep_until: date | None = None
    raised_at: datetime
    channel: Channel | None = None
    origin: str = ""
    due_at: datetime | None = None
    answers: tuple[Given, ...] = ()
    outcome: MatterAnswer | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    closed_why: str = ""


class MatterContext(msgspec.Struct, frozen=True, kw_only=True):
    agreement: Agreement
    customer: Customer
    processor: Processor
    terms: Terms


class MatterIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new matter. `raised_by` where either party may raise it, else whoever the agreement or its law has raise it.
    `country` for a consent to a place; the days for what the controller says of keeping data."""

    agreement_id: UUID
    kind: MatterKind
    raised_by: Party | None = None
    subject: str
    text: str = ""
    country: str | None = None
    erase_by: date | None = None
    keep_until: date | None = None
    raised_at: datetime | None = None
    channel: Channel | None = None


class MatterReply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer; where it is the customer's, how it reached us and who gave it (P10).

    `erase_by` and `keep_until` are days that became known with it.
    """

    answer: MatterAnswer
    by: str | None = None
    channel: Channel | None = None
    received_at: datetime | None = None
    text: str = ""
    evidence: Evidence = ""
    erase_by: date | None = None
    keep_until: date | None = None


class TakeBack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The customer takes back its consent: why, how that reached us and who said so (P10)."""

    reason: str
    channel: Channel
    by: str
    evidence: Evidence = ""


class Why(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: str
