"""What reaches a notice, and what it may know besides its own fields."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.entities import Agreement, Change, Channel, Customer, Outage, Processor, Subprocessor
from workflows.terms.model import Terms


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
    engaged: tuple[tuple[UUID, str], ...] = ()
    """(subprocessor, country) pairs that work for the agreement on another ground than this notice."""
    versions: dict[UUID, Terms] = {}
    """The version of the terms that its change leads to."""


class Receipt(msgspec.Struct, frozen=True):
    """A message reached a contact (or, for `handed_over`, a relay)."""

    contact_id: UUID
    how: Literal["direct", "delivery_report", "answer"] = "direct"
    copy: bool = False
    """A further copy, beside the message that counts."""


class Bounce(msgspec.Struct, frozen=True):
    """A message came back, with the server's words."""

    contact_id: UUID
    words: str = ""
    copy: bool = False


class DeemedReceived(msgspec.Struct, frozen=True):
    """A manager's proof that it arrived, though no server said so (P2)."""

    at: datetime
    reason: str
    evidence: str


class NotReceived(msgspec.Struct, frozen=True):
    """A manager knows that it did not reach the customer (P2)."""

    reason: str


class Resend(msgspec.Struct, frozen=True):
    """Send again, to one contact or to all."""

    contact_id: UUID | None = None


class Answering(msgspec.Struct, frozen=True):
    """An answer, by whom and how it came (P10). `received_at` absent: now."""

    grounds: str | None = None
    channel: Channel = "link"
    received_at: datetime | None = None
    by: str | None = None
    evidence: str | None = None
    effective_on: date | None = None
    contact_id: UUID | None = None


class Decide(msgspec.Struct, frozen=True):
    """What the processor makes of an objection (P8)."""

    decision: Literal["uphold", "overrule"]
    reason: str
    engage_not_before: date | None = None


class ReplyIn(msgspec.Struct, frozen=True):
    """A message came back from a person and waits to be read (P4)."""

    inbound_id: UUID
    received_at: datetime


class Classified(msgspec.Struct, frozen=True):
    """A person said what a reply is."""

    inbound_id: UUID
    classified_as: str


class Agreed(msgspec.Struct, frozen=True):
    """Both parties agreed on the new text in writing: it binds `since` (UTC), whatever this notice waited for."""

    since: datetime


class Amended(msgspec.Struct, frozen=True):
    """The change's text was replaced in substance (P17)."""

    revision: int
    fields: dict[str, Any] = {}
