"""What has no clock but a history: processors, customers, subprocessors. Each change of them is an event."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace

from workflows.entities import Contact, ContactRole, Customer, Language, Processor, Subprocessor
from workflows.machine import Workflow
from workflows.step import Carrier, Effect, Outcome, RevokeLinks, Row, State, Table, Tell


class NoContext(msgspec.Struct, frozen=True):
    """Nothing besides its own fields."""


class CustomerContext(msgspec.Struct, frozen=True):
    """The agreements that pass on when a customer merges into another."""

    agreements: tuple[UUID, ...] = ()


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


class CustomerUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a customer; `contacts` replaces the whole list."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    role: Literal["controller", "processor"] | msgspec.UnsetType = msgspec.UNSET
    contacts: tuple[Contact, ...] | msgspec.UnsetType = msgspec.UNSET


class Merge(msgspec.Struct, frozen=True):
    """The customer that goes on."""

    into: UUID


class SubprocessorUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a subprocessor; a move of its place is a change of kind `relocate`."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    aliases: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    service: str | msgspec.UnsetType = msgspec.UNSET
    services: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    countries: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    address: str | msgspec.UnsetType | None = msgspec.UNSET
    contact: str | msgspec.UnsetType | None = msgspec.UNSET
    categories: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    transfer_basis: str | msgspec.UnsetType | None = msgspec.UNSET
    bound_on: date | msgspec.UnsetType | None = msgspec.UNSET
    bound_evidence: str | msgspec.UnsetType | None = msgspec.UNSET


def _given(data: Any) -> dict[str, Any]:
    return {key: value for key, value in asdict(data).items() if value is not msgspec.UNSET}


def update(c: Carrier[Any, Any]) -> Outcome[Any]:
    """Each field given takes the place of the old."""
    given = _given(c.data)
    return Outcome(replace(c.entity, **given), msgspec.to_builtins(given), event="updated")


def update_customer(c: Carrier[Customer, CustomerContext]) -> Outcome[Customer]:
    """Contacts are personal data: the event commits to them, the words stand beside the ledger."""
    given = _given(c.data)
    entity = replace(c.entity, **given)
    contacts = given.pop("contacts", None)
    effects: tuple[Effect, ...] = ()
    personal: dict[str, Any] = {}
    public = msgspec.to_builtins(given)
    if contacts is not None:
        kept = {one.id for one in contacts}
        gone = [one.id for one in c.entity.contacts if one.id not in kept]
        effects = tuple(RevokeLinks(one, whole=True) for one in gone)
        personal = {"contacts": msgspec.to_builtins(contacts)}
        public["contacts"] = {"kept": sorted(map(str, kept)), "removed": sorted(map(str, gone))}
    return Outcome(entity, public, personal, effects, event="updated")


def merge(c: Carrier[Customer, CustomerContext]) -> Outcome[Customer]:
    """P26: its agreements pass to the other; history and links stay with what they were about."""
    moves = tuple(Tell(one, "moved", {"customer_id": str(c.data.into)}) for one in c.context.agreements)
    return Outcome(replace(c.entity, merged_into=c.data.into), {"into": c.data.into}, effects=moves, event="merged")


def _another(c: Carrier[Customer, CustomerContext]) -> str | None:
    return "A customer cannot merge into itself." if c.data.into == c.id else None


CURRENT = State("current", "As it is now.")


def _record(name: str, entity: Any, shape: type[msgspec.Struct]) -> Workflow:
    return Workflow(
        Table(
            name=name,
            entity=entity,
            context=NoContext,
            initial="current",
            states=(State("current", "As it is now.", final=True),),
            rows=(Row("update", ("current",), None, update, data=shape),),
            guards={},
        )
    )


PROCESSOR = _record("processor", Processor, ProcessorUpdate)
SUBPROCESSOR = _record("subprocessor", Subprocessor, SubprocessorUpdate)
CUSTOMER = Workflow(
    Table(
        name="customer",
        entity=Customer,
        context=CustomerContext,
        initial="current",
        states=(CURRENT, State("merged", "Another customer goes on in its place.", final=True)),
        rows=(
            Row("update", ("current",), None, update_customer, data=CustomerUpdate),
            Row("merge", ("current",), "merged", merge, require=("another",), data=Merge, action=True),
        ),
        guards={"another": _another},
    )
)
