"""What a subject is, besides its state: one frozen Struct a kind, field for field its table's row."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.reminders import Reminders
from workflows.model.text import Adopting, Text

Language = Literal["nl", "en"]
ContactRole = Literal["contract", "security", "privacy"]
Channel = Literal["link", "mail", "phone", "letter", "in_person"]
NoticeRule = Literal["objection", "consent", "information", "termination_right"]
ChangeKind = Literal["add", "replace", "remove", "relocate", "terms", "measure"]
Answered = Literal["object", "consent", "refuse", "acknowledge", "take-back", "terminate"]
ReceivedHow = Literal["direct", "delivery_report", "answer", "assumed", "deemed"]


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """What every kind has."""

    id: UUID
    processor_id: UUID


class Processor(Entity, frozen=True, kw_only=True):
    """A tenant. `notice_time`: its own period before engaging where terms give none (P7), ISO 8601;
    `breach_target`: its own period for telling of a breach where terms give none; `reminders` None: the defaults."""

    slug: str
    name: str
    country: str
    timezone: str
    language: Language
    terms: str
    reply_to: str | None = None
    notice_time: str = "P30D"
    retention: str = "P2Y"
    public: bool = False
    breach_target: str = "PT24H"
    reminders: Reminders | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person at the customer whom messages reach; personal data."""

    id: UUID
    name: str
    email: str | None = None
    phone: str | None = None
    roles: tuple[ContactRole, ...] = ()


class Customer(Entity, frozen=True, kw_only=True):
    """The other party; itself a controller, or a processor for others (P28)."""

    name: str
    country: str
    language: Language
    role: Literal["controller", "processor"] = "controller"
    contacts: tuple[Contact, ...] = ()
    merged_into: UUID | None = None
    over_at: datetime | None = None
    """When the last agreement that needed its contacts was over (P26); null while one needs them."""
    erased_at: datetime | None = None


class Subprocessor(Entity, frozen=True, kw_only=True):
    """Who works for the processor; `bound_on` is when it took on the same duties (P21)."""

    name: str
    service: str
    country: str
    aliases: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    address: str | None = None
    contact: str | None = None
    categories: tuple[str, ...] = ()
    transfer_basis: str | None = None
    bound_on: date | None = None
    bound_evidence: str | None = None


class MainContract(msgspec.Struct, frozen=True, kw_only=True):
    """The contract that the agreement accompanies. `ends_on` is its last day, whole (I-14)."""

    reference: str
    starts_on: date
    ends_on: date | None = None
    renews: str | None = None
    ending: bool = False
    """Somebody ended it: it renews no more."""
    ended_from: date | None = None
    """Its last day before that, to go back to where the end is taken back."""
    renewed_from: date | None = None
    """Its first last day: each renewal is counted from it, so that a month's end does not drift (I-04)."""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Which party signed, and when (UTC)."""

    party: Literal["controller", "processor"]
    at: datetime


class PlanItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has to go: what, who holds it, by when, by which clause, and who confirmed."""

    id: UUID
    kind: Literal["return", "erase", "declare", "confirm_subprocessor"]
    text: str
    text_nl: str = ""
    """The same in Dutch, where a customer reads it; empty shows `text`."""
    holder: str
    clause: str
    due_at: datetime | None = None
    category: str = ""
    may_end_unconfirmed: bool = False
    done_at: datetime | None = None
    how: Literal["confirmed", "not_confirmed"] | None = None
    evidence: str = ""
    by: str = ""
    rule: str = ""
    """The rule of the terms that its due instant comes from; empty where no rule gives one."""
    service: str = ""
    """The service whose own end it belongs to; empty for the end of the agreement."""
    confirms: Literal["processor", "subprocessor", "customer"] = "processor"
    """Who has to confirm it: whoever holds the data, or whoever gets them back."""
    subprocessor_id: UUID | None = None
    approved_at: datetime | None = None
    """When a person approved it (P23)."""
    ordered_at: datetime | None = None
    """When its order went out; null while it waits, is held, or was freed of a hold and not approved anew."""
    freed_at: datetime | None = None
    """When a hold on it ended that nobody has approved it after: no order goes out before that (P27)."""
    refused_at: datetime | None = None
    """When whoever holds the data last refused; it stays open."""
    kept: tuple[str, ...] = ()
    """Categories that a hold kept out of it when it was confirmed; each has an item of its own."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold on categories (P27); `categories` empty, or `all` among them, holds all."""

    categories: tuple[str, ...]
    ground: str
    until: date | None = None
    overridden_at: datetime | None = None
    """When a director overrode it: it stays listed and holds nothing any more."""


class CancelledService(msgspec.Struct, frozen=True, kw_only=True):
    """A service that ends apart from the agreement (P22): `on` is its last day, whole."""

    service: str
    on: date
    ended_at: datetime | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer chose for its data, and how it reached us."""

    data: Literal["return", "erase"]
    received_at: datetime
    channel: Channel
    format: str | None = None


class Agreement(Entity, frozen=True, kw_only=True):
    """A data processing agreement with one customer under one version of its terms."""

    customer_id: UUID
    terms: str
    terms_version: str
    terms_version_id: UUID
    main_contracts: tuple[MainContract, ...]
    services: tuple[str, ...] = ()
    subprocessors: tuple[UUID, ...] = ()
    facts: dict[str, Any] = {}
    signatures: tuple[Signature, ...] = ()
    entry_closes_at: datetime | None = None
    in_force_since: datetime | None = None
    ended_at: datetime | None = None
    ended_on: date | None = None
    end_ground: str | None = None
    terminates_at: datetime | None = None
    """When a termination takes effect, or took effect (P11)."""
    choice: Choice | None = None
    plan: tuple[PlanItem, ...] = ()
    plan_approved_at: datetime | None = None
    mailbox_read_at: datetime | None = None
    holds: tuple[Hold, ...] = ()
    deleted_at: datetime | None = None
    cancelled_services: tuple[CancelledService, ...] = ()
    terms_history: tuple[Text, ...] = ()
    """Versions that bound it, oldest first, once there were several."""
    adopting: Adopting | None = None


class Change(Entity, frozen=True, kw_only=True):
    """What the processor wants to change for its customers."""

    kind: ChangeKind
    subprocessor_id: UUID | None = None
    replaces_id: UUID | None = None
    country: str | None = None
    from_country: str | None = None
    terms: str | None = None
    to_version: str | None = None
    services: tuple[str, ...] = ()
    reason: str = ""
    effective_on: date | None = None
    not_before: datetime | None = None
    announced_at: datetime | None = None
    active_at: datetime | None = None
    ends_on: date | None = None
    delete_by: date | None = None
    """Once it ended: the last day on which the subprocessor confirms that the data are gone; the processor's own."""
    withdrawn_why: str | None = None
    revision: int = 1
    plan: tuple[PlanItem, ...] = ()
    announcement_id: UUID | None = None
    """The announcement it was sent with (P19)."""
    to_version_id: UUID | None = None
    significant: bool | None = None
    """Whether a new text weighs, where nothing on the agreement's own list changes; null: nobody has said (CI-A3)."""


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer may do about a notice, until when (null: no period) and in which form."""

    rule: str
    clause: str
    closes_at: datetime | None = None
    last_day: date | None = None
    form: Literal["any", "written"] = "any"


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
    late: bool = False
    revision: int = 1
    """The revision of the change it answered (P17)."""
    counts: bool = True
    """False once the text it answered was replaced in substance (P17), or the form was not the one required."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came back and waits for a person to say what it is (P4)."""

    id: UUID
    received_at: datetime
    classified_as: str | None = None


class Notice(Entity, frozen=True, kw_only=True):
    """One change told to one agreement.

    `running`: a window, or the processor's own period, runs or is still to begin (P12).
    """

    change_id: UUID
    agreement_id: UUID
    customer_id: UUID
    rule: NoticeRule
    clause: str
    form: Literal["any", "written"] = "any"
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
    from_version_id: UUID | None = None
    """The version that a change of terms was laid beside when the customer was told."""


class Task(Entity, frozen=True, kw_only=True):
    """What a person must do about a subject, and by when. `escalated_at`: when it first became the director's."""

    about: UUID
    about_kind: str
    kind: str
    key: str = ""
    text: str
    role: Literal["manager", "director"] = "manager"
    owner: str | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    note: str | None = None
    data: dict[str, Any] = {}
    escalated_at: datetime | None = None


class Engagement(Entity, frozen=True, kw_only=True):
    """A yes on record: this subprocessor may work for this agreement in this country."""

    agreement_id: UUID
    subprocessor_id: UUID
    country: str
    since: datetime
    until: datetime | None = None
    basis: Literal["signature", "notice"]
    notice_id: UUID | None = None
    change_id: UUID | None = None
    replaces_id: UUID | None = None
    ended_why: str | None = None
    ended_by: UUID | None = None


class Outage(msgspec.Struct, frozen=True):
    """A span in which customers could not answer (P3), by the clock, UTC."""

    began_at: datetime
    ended_at: datetime
