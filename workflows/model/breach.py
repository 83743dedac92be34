"""What a breach is: one incident, and for each agreement that it touches a case with a clock of its own. Pure."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from workflows.model.agreement import Agreement
from workflows.model.parties import Customer, Entity, Processor, Subprocessor, Wording, WordingList
from workflows.terms.model import BreachKind, Content, Terms
from workflows.words import Language

CallOutcome = Literal["spoken", "voicemail", "no_answer"]
InformedHow = Literal["call", "mail", "voicemail_and_mail", "answer"]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is known by now about one of the questions that agreements ask; `at` when it was written down, UTC."""

    id: str
    text: Wording
    at: datetime


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone call, answered or not: whom, when (UTC), and who wrote it down.

    `counts`: it was with somebody whom the agreement names, or `reason` says why it counts all the same.
    """

    contact: str
    at: datetime
    outcome: CallOutcome
    recorded_at: datetime
    recorded_by: str
    note: str = ""
    counts: bool = True
    reason: str = ""


class BreachReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A written message that arrived at a contact (UTC), and how that is known."""

    at: datetime
    contact_id: UUID
    how: str


class SentUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What was told after the first report; it moves no clock."""

    at: datetime
    text: Wording


class Breach(Entity, frozen=True, kw_only=True):
    """An incident. `discovered_at` (UTC) is when the processor discovered it, or learned of it from a supplier.

    `people_min` and `people_max` bound the number of data subjects. `contents` answer the questions of the
    agreements, as far as known by now. `phase` counts what was told: 1 is the first report.
    """

    discovered_at: datetime
    summary: str
    categories: tuple[str, ...] = ()
    people_min: int | None = None
    people_max: int | None = None
    subprocessor_id: UUID | None = None
    contents: tuple[Said, ...] = ()
    updates: tuple[SentUpdate, ...] = ()
    phase: int = 1
    notified_at: datetime | None = None
    closed_at: datetime | None = None
    conclusion: str = ""
    summary_in: dict[Language, str] = {}
    """The summary in each language, where it was given so; so with the others."""
    categories_in: dict[Language, tuple[str, ...]] = {}
    conclusion_in: dict[Language, str] = {}
    kind: str = ""
    """What was said last of all its agreements at once: one of the kinds that they name, or `breach` for none of them.
    What counts for one of them stands in its case."""


class BreachCase(Entity, frozen=True, kw_only=True):
    """A breach for one agreement: its own clock, channel and contents.

    `due_at` (UTC) is when the customer must have been informed, by the agreement or, where it gives no number,
    by the processor's own target (`own_target`). `informed_at` is the earliest instant at which it was, by what
    the agreement counts as telling.
    """

    breach_id: UUID
    agreement_id: UUID
    customer_id: UUID
    due_at: datetime | None = None
    own_target: bool = False
    notified_at: datetime | None = None
    informed_at: datetime | None = None
    informed_how: InformedHow | None = None
    late: bool = False
    authority_due_at: datetime | None = None
    calls: tuple[Call, ...] = ()
    receipts: tuple[BreachReceipt, ...] = ()
    answered_at: datetime | None = None
    told_phase: int = 0
    closed_at: datetime | None = None
    dropped_why: str = ""
    """Why the breach turned out not to touch this agreement; empty where it does."""
    report_due_at: datetime | None = None
    """By when the later report must be sent that the agreement asks for; null without one, or before its clock runs."""
    reported_at: datetime | None = None
    """When the first update was sent after the notice."""
    kind: str = ""
    """Of which of its agreement's own kinds the breach is, or `breach` for none; empty while nobody has said."""


class CaseRef(msgspec.Struct, frozen=True, kw_only=True):
    """A case, as its breach sees it; `contents` are the questions of its agreement."""

    id: UUID
    agreement_id: UUID
    open: bool
    notified: bool
    informed: bool
    dropped: bool = False
    contents: tuple[Content, ...] = ()
    kinds: tuple[BreachKind, ...] = ()
    kind: str = ""


class BreachContext(msgspec.Struct, frozen=True, kw_only=True):
    cases: tuple[CaseRef, ...] = ()


class UpdateMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to one contact with what is new, and when that was told (UTC); `stands` until it is known that it reached
    nobody."""

    at: datetime
    stands: bool


class CaseContext(msgspec.Struct, frozen=True, kw_only=True):
    breach: Breach
    agreement: Agreement
    customer: Customer
    processor: Processor
    terms: Terms
    subprocessor: Subprocessor | None = None
    updates: tuple[UpdateMail, ...] = ()


class Discovered(msgspec.Struct, frozen=True):
    """What a new breach touches: the agreements of the cases that begin with it."""

    agreements: tuple[UUID, ...] = ()


class BreachUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known by now. Absent fields stay; `contents` are answers by the id of their question; `text` says
    in words what is new; `agreements` turned out to be concerned too."""

    summary: Wording | None = None
    categories: WordingList | None = None
    people_min: int | None = None
    people_max: int | None = None
    contents: dict[str, Wording] = {}
    text: Wording = ""
    agreements: tuple[UUID, ...] = ()


class BreachCorrect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """P25: the instant of discovery was entered wrong."""

    discovered_at: datetime
    reason: str


class BreachOfKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of which kind it is: one that an agreement concerned names, or `breach` for none of them. `agreements`: those
    of which it is said; none named: all that name the kind, where their texts mean the same by it."""

    kind: str
    agreements: tuple[UUID, ...] = ()


class KindNamed(msgspec.Struct, frozen=True):
    """Of which of its agreement's kinds the incident is."""

    kind: str


class BreachClose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it ended, in words where there are any."""

    conclusion: Wording = ""


class BreachDrop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It turned out not to touch these agreements, for this reason; none named: those of which nobody was told."""

    reason: Wording
    agreements: tuple[UUID, ...] = ()


class BreachReopen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It was not settled after all, for this reason."""

    reason: Wording


class CallData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call about one agreement: whom (a contact's name, id or number, or a role), when, and how it went.

    `reason`: why a call with somebody else than the agreement names counts as telling all the same.
    """

    agreement_id: UUID
    contact: str
    at: datetime
    outcome: CallOutcome
    note: str = ""
    reason: str = ""


class Acknowledged(msgspec.Struct, frozen=True):
    """The customer itself says that it knows; `by` its contact."""

    by: str


class Updated(msgspec.Struct, frozen=True):
    """The incident has something new to tell; `text` says what, where somebody put it in words."""

    phase: int
    text: Wording = ""


class Closing(msgspec.Struct, frozen=True):
    conclusion: Wording = ""


class Dropped(msgspec.Struct, frozen=True):
    """The incident turned out not to touch this agreement."""

    reason: Wording


class Reopened(msgspec.Struct, frozen=True):
    """The incident goes on, or affects this agreement after all."""

    reason: Wording = ""
