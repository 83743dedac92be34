"""What reaches a notice, and what it may know besides its own fields."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.agreement import Agreement
from workflows.model.change import Change
from workflows.model.evidence import Evidence
from workflows.model.parties import Channel, ContactRole, Customer, Entity, Outage, Processor, Subprocessor
from workflows.model.replies import Reply
from workflows.terms.model import Form, Terms

NoticeRule = Literal["objection", "consent", "information", "termination_right"]


Answered = Literal["object", "consent", "refuse", "acknowledge", "take-back", "terminate"]


ReceivedHow = Literal["direct", "delivery_report", "answer", "assumed", "deemed", "published"]
"""`published`: by its agreement the customer counts as told once the page is updated."""


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer may do about a notice, until when (null: no period) and in which form."""

    rule: str
    clause: str
    closes_at: datetime | None = None
    last_day: date | None = None
    form: Form = "any"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer ever given. `received_at` decides whether it is late, `recorded_at` never (P5)."""

    answer: Answered
    by: str | None
    channel: Channel
    received_at: datetime
    recorded_at: datetime
    recorded_by: str
    grounds: str | None = None
    evidence: str | None = None
    files: tuple[UUID, ...] | msgspec.UnsetType = msgspec.UNSET
    late: bool = False
    revision: int = 1
    """The revision of the change it answered (P17)."""
    counts: bool = True
    """False once the text it answered was replaced in substance (P17), or the form was not the one required."""


class Notice(Entity, frozen=True, kw_only=True):
    """One change told to one agreement.

    `running`: a window, or the processor's own period, runs or is still to begin (P12).
    """

    change_id: UUID
    agreement_id: UUID
    customer_id: UUID
    rule: NoticeRule
    clause: str
    form: Form = "any"
    grounds: Literal["none", "asked", "required"] = "none"
    rights: tuple[Right, ...] = ()
    own_period: bool = False
    closes_at: datetime | None = None
    last_day: date | None = None
    proceeds_at: datetime | None = None
    sent_at: datetime | None = None
    received_at: datetime | None = None
    received_how: ReceivedHow | None = None
    counting_contact: UUID | None = None
    outcome: str | None = None
    answers: tuple[Answer, ...] = ()
    replies: tuple[Reply, ...] = ()
    running: bool = False
    engages_at: datetime | None = None
    engage_not_before: date | None = None
    engaged_at: datetime | None = None
    revision: int = 1
    first_revision: int = 1
    """The text of the change that the customer was told first: one that joins later never knew an earlier one (P15)."""
    from_version_id: UUID | None = None
    """The version that a change of terms was laid beside when the customer was told."""
    emergency: bool = False
    """The subprocessor began before anybody was told, as the agreement lets it in an emergency."""
    alternative_until: datetime | None = None
    """Until when, after an objection, a solution is sought; the processor may not go on before."""
    delayed_at: datetime | None = None
    """When a server last said that the message that counts had not arrived yet; null once it did, or is sent anew."""


class NoticeContext(msgspec.Struct, frozen=True, kw_only=True):
    """The rows around a notice, read after its lock was taken."""

    change: Change
    agreement: Agreement
    customer: Customer
    processor: Processor
    subprocessor: Subprocessor | None
    terms: Terms
    arrival: Literal["direct", "relay"]
    outages: tuple[Outage, ...] = ()
    engaged: tuple[tuple[UUID, str | None], ...] = ()
    """(subprocessor, country) pairs that work for the agreement on another ground than this notice."""
    versions: dict[UUID, Terms] = {}
    """The version of the terms that its change leads to."""


class DeemedReceived(msgspec.Struct, frozen=True):
    """A manager's proof that it arrived, though no server said so (P2)."""

    at: datetime
    reason: str
    evidence: Evidence


class NotReceived(msgspec.Struct, frozen=True):
    """A manager knows that it did not reach the customer (P2)."""

    reason: str


class Resend(msgspec.Struct, frozen=True):
    """Send again, to one contact or to all."""

    contact_id: UUID | None = None


class ContactsChanged(msgspec.Struct, frozen=True):
    """Contacts of its customer that have another address now (`moved`), those that it did not have before, and those
    that have another part now: the roles that each had (`parts`)."""

    moved: tuple[UUID, ...] = ()
    fresh: tuple[UUID, ...] = ()
    parts: dict[UUID, tuple[ContactRole, ...]] = {}


class Answering(msgspec.Struct, frozen=True):
    """An answer, by whom and how it came (P10). `received_at` absent: now."""

    grounds: str | None = None
    channel: Channel = "link"
    received_at: datetime | None = None
    by: str | None = None
    evidence: Evidence | None = None
    effective_on: date | None = None
    contact_id: UUID | None = None


class Decide(msgspec.Struct, frozen=True):
    """What the processor makes of an objection (P8)."""

    decision: Literal["uphold", "overrule"]
    reason: str
    engage_not_before: date | None = None


class Agreed(msgspec.Struct, frozen=True):
    """Both parties agreed on the new text in writing: it binds `since` (UTC), whatever this notice waited for."""

    since: datetime


class Amended(msgspec.Struct, frozen=True):
    """The change's text was replaced in substance (P17)."""

    revision: int
    fields: dict[str, Any] = {}
