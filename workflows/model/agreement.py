"""What reaches an agreement, and what it may know besides its own fields."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.deletion import Hold, PlanItem
from workflows.model.evidence import Evidence
from workflows.model.joining import Joined
from workflows.model.parties import Channel, Customer, Engagement, Entity, Labels, Outage, Processor, Subprocessor
from workflows.model.terms_version import Adopting, NewText, TermsVersion
from workflows.terms.model import Ground, Terms


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


class Signature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which party signed, and when (UTC); by which way, and the SHA-256 (hex) of the text that it signed."""

    party: Literal["controller", "processor"]
    at: datetime
    channel: Channel | None = None
    text_sha256: str | None = None


class BoundText(msgspec.Struct, frozen=True, kw_only=True):
    """The file that is the text of the agreement."""

    id: UUID
    sha256: str
    name: str
    size: int

    @property
    def said(self) -> dict[str, Any]:
        """What an event says of it."""
        return {"id": self.id, "sha256": self.sha256}


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


class Cure(msgspec.Struct, frozen=True, kw_only=True):
    """A failure of the processor that it was told to put right, before the customer may end over it.

    `due_at`: until when (UTC), null where the terms give no number. `suspends`: processing rests until then.
    """

    told_at: datetime
    due_at: datetime | None = None
    suspends: bool = False
    cured_at: datetime | None = None


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
    terms_history: tuple[TermsVersion, ...] = ()
    """Versions that bound it, oldest first, once there were several."""
    adopting: Adopting | None = None
    end_noticed_at: datetime | None = None
    """When notice was given that it, or the last of its main contracts, ends; null where nobody gave any."""
    cure: Cure | None = None
    certificate_asked_at: datetime | None = None
    """When the customer asked for a certificate that its data are gone."""
    external_id: str | None = None
    """The processor's own number for it, unique among its agreements."""
    labels: Labels = ()
    joined: bool = False
    """The customer came by the processor's page: in force no sooner than both parties have signed."""
    choice_until: datetime | None = None
    """Until when (UTC) the customer may choose, where our outage made that later than its terms have it (P3)."""


class OpenRight(msgspec.Struct, frozen=True, kw_only=True):
    """A right to end that a notice of this agreement gives, with the services that its change is for and the instant
    (UTC) from which its subprocessor may work."""

    notice_id: UUID
    rule: str
    closes_at: datetime | None = None
    services: tuple[str, ...] = ()
    engages_at: datetime | None = None


class AgreementContext(msgspec.Struct, frozen=True, kw_only=True):
    """The rows around an agreement, read after its lock was taken."""

    customer: Customer
    processor: Processor
    terms: Terms
    subprocessors: tuple[Subprocessor, ...] = ()
    """Those it lists, and those that work or ever worked for it."""
    cleared: tuple[UUID, ...] = ()
    """Of those, the ones that left and confirmed that the data are gone."""
    worked: tuple[Engagement, ...] = ()
    """What worked for it until it ended, on a yes that still stands: should the end be taken back, it works on."""
    open_notices: tuple[UUID, ...] = ()
    rights: tuple[OpenRight, ...] = ()
    versions: dict[UUID, Terms] = {}
    """Every version of its terms that its processor may use."""
    new_texts: tuple[NewText, ...] = ()
    """Its live notices of a new version, oldest first."""
    outages: tuple[Outage, ...] = ()
    """Spans in which customers could not answer, where something of it may close for its customer (P3)."""
    text: BoundText | None = None
    """Its text, where its processor keeps one with the version of its terms."""


class Drafted(msgspec.Struct, frozen=True):
    """`customer_was_over`: the customer's data were to go, and are needed again. `source`: what its first event tells
    of where it was taken over from. `joined`: the customer came by the processor's page."""

    customer_was_over: bool = False
    source: dict[str, Any] = {}
    joined: Joined | None = None


class Sign(msgspec.Struct, frozen=True):
    """A party signed; `at` absent: now. `name` and `function` are the signer's.

    `text_sha256` is the text that was signed, for whoever wants to be sure of it: another one is refused.
    """

    party: Literal["controller", "processor"]
    at: datetime | None = None
    name: str = ""
    function: str = ""
    channel: Channel | None = None
    evidence: Evidence | None = None
    text_sha256: str | None = None


class EndMainContract(msgspec.Struct, frozen=True):
    """The last day of a main contract, whole (I-14); `reference` where there are several."""

    on: date
    reference: str | None = None
    noticed_at: datetime | None = None
    """When notice of the end was given; absent: now."""


class Reasoned(msgspec.Struct, frozen=True):
    reason: str


class CancelEnd(msgspec.Struct, frozen=True):
    """Why an end is taken back: of the agreement, or of the one service named."""

    reason: str
    service: str | None = None


class Noted(msgspec.Struct, frozen=True):
    """Why, where somebody wants to say it."""

    reason: str = ""


class CancelService(msgspec.Struct, frozen=True):
    service: str
    on: date


class Terminate(msgspec.Struct, frozen=True):
    """Ending on a right of the terms (P10, P11). `effective_on` absent: on receipt.

    `party` is who ends it; `broken_by` who broke the law, where that is the ground. Where the customer ends it,
    `channel` is how that reached us and `by` who said so. `services`: those that end, where the right is to end only
    these; absent: those that the change is for.
    """

    ground: Ground
    reason: str = ""
    party: Literal["controller", "processor"] = "controller"
    effective_on: date | None = None
    channel: Channel | None = None
    received_at: datetime | None = None
    by: str | None = None
    evidence: Evidence | None = None
    grounds: str | None = None
    notice_id: UUID | None = None
    broken_by: Literal["controller", "processor"] | None = None
    services: tuple[str, ...] = ()


class Choose(msgspec.Struct, frozen=True, kw_only=True):
    """Return or erasure (P24), how that reached us and who said so (P10)."""

    data: Literal["return", "erase"]
    channel: Channel
    by: str
    format: str | None = None
    received_at: datetime | None = None
    evidence: Evidence | None = None
    grounds: str | None = None


class HoldOn(msgspec.Struct, frozen=True):
    """Data of these categories stay, on a law or the customer's written instruction, until a day (P27).

    Without categories all stay; what is not named yet is asked for in a task.
    """

    ground: str
    categories: tuple[str, ...] = ()
    until: date | None = None


class Release(msgspec.Struct, frozen=True):
    """Why a hold is lifted: the one on this ground, or all."""

    reason: str = ""
    ground: str | None = None


class Override(msgspec.Struct, frozen=True):
    """Why data go in spite of a hold: the one on this ground, or all. A director's word."""

    reason: str
    ground: str | None = None


class ConfirmItem(msgspec.Struct, frozen=True):
    """A task of the deletion plan was done, with its proof; or why it ends without one, or was refused.

    `kept` names the categories that a hold kept out of it.
    """

    task_id: UUID
    evidence: Evidence
    outcome: Literal["confirmed", "not_confirmed", "refused"] = "confirmed"
    kept: tuple[str, ...] = ()


class Correct(msgspec.Struct, frozen=True):
    """What was entered wrongly, and why it is put right (P25): a command that appends."""

    reason: str
    data: dict[str, Any]
    event_id: UUID | None = None


class Transfer(msgspec.Struct, frozen=True):
    """The agreement passes to another customer (P26); `on` absent: now."""

    customer_id: UUID
    on: date | None = None


class DraftUpdate(msgspec.Struct, frozen=True, omit_defaults=True):
    """What may still be written while it is a draft; `external_id` and `labels` also later."""

    main_contracts: tuple[MainContract, ...] | None = None
    services: tuple[str, ...] | None = None
    subprocessors: tuple[UUID, ...] | None = None
    facts: dict[str, Any] | None = None
    external_id: str | msgspec.UnsetType | None = msgspec.UNSET
    labels: Labels | msgspec.UnsetType = msgspec.UNSET


class PassedOn(msgspec.Struct, frozen=True):
    """The day has come on which it passes to another customer."""

    customer_id: UUID


class EndedService(msgspec.Struct, frozen=True):
    """The day has come on which a service ends."""

    service: str
