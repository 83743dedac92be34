"""What a change is, what reaches it, and what it may know besides its own fields."""

from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from workflows.model.deletion import PlanItem
from workflows.model.evidence import Evidence
from workflows.model.parties import Entity, Processor, Subprocessor, SubprocessorEdit, Wording, WordingList
from workflows.words import Language

ChangeKind = Literal["add", "replace", "remove", "relocate", "terms", "measure"]


class AnnouncedSubprocessor(msgspec.Struct, frozen=True, kw_only=True):
    """A subprocessor as customers are told of it; `countries` are those besides the one that is announced."""

    id: UUID
    name: str
    service: str
    country: str | None
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    address: str | None = None
    contact: str | None = None
    categories: tuple[str, ...] = ()
    transfer_basis: str | None = None
    service_in: dict[Language, str] = {}
    categories_in: dict[Language, tuple[str, ...]] = {}


class AnnouncedText(msgspec.Struct, frozen=True, kw_only=True):
    """What customers are told of a change, as the records stood when it was announced or amended (`at`, UTC).

    Later edits of the records change nothing of it. `why` is the reason of an amendment.
    """

    revision: int
    at: datetime
    subprocessor: AnnouncedSubprocessor | None = None
    replaced: AnnouncedSubprocessor | None = None
    country: str | None = None
    from_country: str | None = None
    to_version: str | None = None
    services: tuple[str, ...] = ()
    reason: str = ""
    effective_on: date | None = None
    why: str = ""
    reason_in: dict[Language, str] = {}
    """The reason in each language, where it was given so; `reason` is what stands where a language lacks."""
    why_in: dict[Language, str] = {}
    place_known_at: datetime | None = None
    """When `country` became known, where nobody had said it when it was announced."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """That a revision of a change stands on a page that anybody can read: since when (UTC), where, and who put it
    there."""

    revision: int
    at: datetime
    by: str
    url: str
    file_id: UUID
    """The bytes of the page, as a file that is kept."""
    sha256: str


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
    announced: tuple[AnnouncedText, ...] = ()
    """What customers were told, oldest first; the last one is what may go on."""
    significant: bool | None = None
    """Whether a new text weighs, where nothing on the agreement's own list changes; null: nobody has said (CI-A3)."""
    reason_in: dict[Language, str] = {}
    """The reason in each language, where it was given so."""
    withdrawn_why_in: dict[Language, str] = {}
    emergency_since: datetime | None = None
    """Since when its subprocessor has had to work, where that could not wait; counts where an agreement knows it."""
    publications: tuple[Publication, ...] = ()
    """Where and when it was published, oldest first."""


class ChangeContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a change may know besides its own fields, read after its lock was taken."""

    processor: Processor
    subprocessor: Subprocessor | None = None
    replaced: Subprocessor | None = None
    spreading: bool = False
    """A fan-out of it is still under way."""
    received: bool = False
    """At least one notice was received or answered."""
    running: bool = False
    """A window or an own period runs, or is still to begin (P12)."""
    engaged: bool = False
    """At least one engagement exists that rests on it."""
    waiting: str | None = None
    """The key of the task that says that nobody is engaged, where it is open already."""
    asked: bool = False
    """At least one agreement has a notice of it."""
    laws: tuple[str, ...] = ()
    """Once it ends: the laws that the agreements are made under for which it engaged somebody."""


class Notify(msgspec.Struct, frozen=True):
    """Announce: the digest of the preview that was looked at, and an instant before which nobody is told (P20)."""

    preview: str | None = None
    not_before: datetime | None = None


class AnnouncedWith(msgspec.Struct, frozen=True):
    """The announcement that carries it, beside others (P19)."""

    announcement_id: UUID


class ChangeFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What may be amended: the change's own fields, and what customers were told of its subprocessor (`FACTS`)."""

    subprocessor_id: UUID | None = None
    replaces_id: UUID | None = None
    country: str | None = None
    to_version: str | None = None
    services: tuple[str, ...] | None = None
    reason: Wording | None = None
    effective_on: date | None = None
    significant: bool | None = None
    name: str | None = None
    service: Wording | None = None
    categories: WordingList | None = None
    countries: tuple[str, ...] | None = None
    address: str | None = None
    contact: str | None = None
    transfer_basis: str | None = None


FACTS: Final = ("name", "service", "categories", "countries", "address", "contact", "transfer_basis")
"""What may be amended of the subprocessor that a change is about, besides its place."""


class AmendChangeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """New text (P17). In substance: windows start anew; else only the words change."""

    fields: ChangeFields
    substance: bool
    reason: Wording


class Amend(msgspec.Struct, frozen=True):
    """The same with the version of the terms that it comes to, where it names one, and the records that it names."""

    fields: ChangeFields
    substance: bool
    reason: Wording
    to_version_id: UUID | None = None
    from_country: str | None = None
    subprocessor: Subprocessor | None = None
    replaced: Subprocessor | None = None
    record: SubprocessorEdit | None = None
    """What goes into the subprocessor's record as well: nothing that another change announces otherwise."""


class PlaceKnownSince(msgspec.Struct, frozen=True):
    """The place of its subprocessor, which nobody had said when it was announced."""

    country: str


class Publish(msgspec.Struct, frozen=True):
    """A page that anybody can read tells of it since `at` (UTC): where, and the bytes that are kept."""

    at: datetime
    url: str
    file_id: UUID
    sha256: str


class Withdraw(msgspec.Struct, frozen=True):
    reason: Wording


class End(msgspec.Struct, frozen=True):
    """The last day on which it holds, and the last on which the subprocessor confirms that the data are gone.

    `delete_by` absent: the processor's own notice time after the last day.
    """

    on: date
    delete_by: date | None = None


class Confirm(msgspec.Struct, frozen=True):
    """A task of the plan was done, with its proof; or it was refused."""

    task_id: UUID
    evidence: Evidence
    outcome: Literal["confirmed", "not_confirmed", "refused"] = "confirmed"
