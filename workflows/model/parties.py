"""Who there is: processors, their customers and contacts, their subprocessors, and who works for which agreement."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.end_reason import EndReason
from workflows.model.evidence import Evidence
from workflows.model.reminders import Reminders
from workflows.words import Language as Language  # many know it from here

Wording = str | dict[Language, str]
"""A text that a processor types: one for everybody, or one for each language."""
WordingList = tuple[Wording, ...] | dict[Language, tuple[str, ...]]
"""Several of them, item by item or a list for each language."""


ContactRole = Literal["contract", "security", "privacy"]


Channel = Literal["link", "mail", "phone", "letter", "in_person"]


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    processor_id: UUID


class Joining(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The page on which strangers become customers: under which version of which terms, with what these leave blank,
    and in which languages, the first of them where none is asked for."""

    terms: str
    terms_version: str
    languages: tuple[Language, ...]
    facts: dict[str, Any] = {}


class Processor(Entity, frozen=True, kw_only=True):
    """A tenant. `notice_time`: its own period before engaging where terms give none (P7), ISO 8601;
    `breach_target`: its own period for telling of a breach where terms give none; `reminders` None: the defaults.
    `display_name` and `colour` (`#0b5d66`) are its own face, `logo` the digest of a PNG; None: plain. `address` is
    where it has its post, in lines as on an envelope; None where nobody has said."""

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
    display_name: str | None = None
    colour: str | None = None
    logo: str | None = None
    joining: Joining | None = None
    """Null: nobody becomes a customer by a page."""
    address: str | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person at the customer whom messages reach; personal data."""

    id: UUID
    name: str
    email: str | None = None
    phone: str | None = None
    roles: tuple[ContactRole, ...] = ()


Labels = tuple[str, ...]
"""Words by which the processor groups its customers, agreements and subprocessors."""


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
    manager_id: UUID | None = None
    """The user who looks after it; where nobody does, the processor's directors and managers."""
    deputy_id: UUID | None = None
    external_id: str | None = None
    """The processor's own number for it, unique among its customers."""
    address: str | None = None
    """Where it has its post, in lines as they stand on an envelope; null where nobody has said."""
    labels: Labels = ()


class Certification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That somebody is certified under a framework (`US:DPF`) for the transfer of data, both days included; `until`
    null: no end is known."""

    framework: str
    since: date
    until: date | None = None
    evidence: Evidence | None = None


class Subprocessor(Entity, frozen=True, kw_only=True):
    """Who works for the processor; `bound_on` is when it took on the same duties (P21)."""

    name: str
    service: str
    country: str | None
    """Where it works, ISO 3166-1 alpha-2; null where nobody has said."""
    aliases: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    address: str | None = None
    contact: str | None = None
    categories: tuple[str, ...] = ()
    transfer_basis: str | None = None
    bound_on: date | None = None
    bound_evidence: str | None = None
    duplicate_of: UUID | None = None
    """The record that had one of its names or aliases already when it was entered or last renamed."""
    service_in: dict[Language, str] = {}
    """The service in each language, where it was given so; `service` is what stands where a language lacks."""
    categories_in: dict[Language, tuple[str, ...]] = {}
    certifications: tuple[Certification, ...] = ()
    """Frameworks by which its place belongs to a group of countries; of one that is not here it is no part."""
    external_id: str | None = None
    """The processor's own number for it, unique among its subprocessors."""
    labels: Labels = ()

    def bound_by(self, day: date) -> bool:
        """Whether it has taken on the same duties by a day: before that no data go to it (P21)."""
        return self.bound_on is not None and self.bound_on <= day


class Engagement(Entity, frozen=True, kw_only=True):
    """A yes on record: this subprocessor may work for this agreement in this country."""

    agreement_id: UUID
    subprocessor_id: UUID
    country: str | None
    since: datetime
    until: datetime | None = None
    basis: Literal["signature", "notice"]
    notice_id: UUID | None = None
    change_id: UUID | None = None
    replaces_id: UUID | None = None
    ended_why: str | None = None
    """In words; `end_reason` is the same for programs."""
    end_reason: EndReason | None = None
    ended_by: UUID | None = None


class Outage(msgspec.Struct, frozen=True):
    """A span in which customers could not answer (P3), by the clock, UTC."""

    began_at: datetime
    ended_at: datetime


class NoContext(msgspec.Struct, frozen=True):
    """The context of a kind whose steps look at its own fields alone."""


class ContactIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contact as it is given; `id` where it exists already."""

    name: str
    email: str | None = None
    phone: str | None = None
    roles: tuple[ContactRole, ...] = ()
    id: UUID | None = None


class ProcessorUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a processor; absent fields stay."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    timezone: str | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    terms: str | msgspec.UnsetType = msgspec.UNSET
    reply_to: str | msgspec.UnsetType | None = msgspec.UNSET
    notice_time: str | msgspec.UnsetType = msgspec.UNSET
    retention: str | msgspec.UnsetType = msgspec.UNSET
    public: bool | msgspec.UnsetType = msgspec.UNSET
    breach_target: str | msgspec.UnsetType = msgspec.UNSET
    reminders: Reminders | msgspec.UnsetType | None = msgspec.UNSET
    display_name: str | msgspec.UnsetType | None = msgspec.UNSET
    colour: str | msgspec.UnsetType | None = msgspec.UNSET
    logo: str | msgspec.UnsetType | None = msgspec.UNSET
    """The digest of the picture, which stands beside the ledger."""
    joining: Joining | msgspec.UnsetType | None = msgspec.UNSET
    address: str | msgspec.UnsetType | None = msgspec.UNSET


ChatKind = Literal["slack", "teams"]


class ChatNoted(msgspec.Struct, frozen=True):
    """Where a processor's people are told together from now on; `kind` None: nowhere."""

    kind: ChatKind | None
    host: str


class CustomerUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a customer; `contacts` replaces the whole list."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    role: Literal["controller", "processor"] | msgspec.UnsetType = msgspec.UNSET
    contacts: tuple[Contact, ...] | msgspec.UnsetType = msgspec.UNSET
    manager_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    deputy_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    external_id: str | msgspec.UnsetType | None = msgspec.UNSET
    address: str | msgspec.UnsetType | None = msgspec.UNSET
    labels: Labels | msgspec.UnsetType = msgspec.UNSET


class Merge(msgspec.Struct, frozen=True):
    into: UUID


class SubprocessorUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a subprocessor; a move of its place is a change of kind `relocate`."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    aliases: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    service: Wording | msgspec.UnsetType = msgspec.UNSET
    services: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    countries: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    address: str | msgspec.UnsetType | None = msgspec.UNSET
    contact: str | msgspec.UnsetType | None = msgspec.UNSET
    categories: WordingList | msgspec.UnsetType = msgspec.UNSET
    transfer_basis: str | msgspec.UnsetType | None = msgspec.UNSET
    bound_on: date | msgspec.UnsetType | None = msgspec.UNSET
    bound_evidence: Evidence | msgspec.UnsetType | None = msgspec.UNSET
    certifications: tuple[Certification, ...] | msgspec.UnsetType = msgspec.UNSET
    external_id: str | msgspec.UnsetType | None = msgspec.UNSET
    labels: Labels | msgspec.UnsetType = msgspec.UNSET


class SubprocessorEdit(SubprocessorUpdate, frozen=True, kw_only=True):
    """An update with what follows from it; `told_without_place` are the changes that customers may still answer and
    were told of without the place that becomes known."""

    duplicate_of: UUID | msgspec.UnsetType | None = msgspec.UNSET
    service_in: dict[Language, str] | msgspec.UnsetType = msgspec.UNSET
    categories_in: dict[Language, tuple[str, ...]] | msgspec.UnsetType = msgspec.UNSET
    told_without_place: tuple[UUID, ...] = ()


class Entered(msgspec.Struct, frozen=True):
    """Where it was taken over from, as its first event tells it; empty where somebody entered it here."""

    source: dict[str, Any] = {}


class Coming(msgspec.Struct, frozen=True):
    """An agreement passes to this customer at an instant (UTC)."""

    at: datetime
