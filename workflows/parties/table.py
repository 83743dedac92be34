"""What has no clock but a history: processors, customers, subprocessors. Each change of them is an event."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace

from workflows.customer import contacts as people
from workflows.customer import erasure as own
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import Carrier, Effect, Outcome, RevokeLinks, Row, State, Table, Tell
from workflows.model.agreement import Bounced
from workflows.model.entities import Contact, ContactRole, Customer, Language, Processor, Subprocessor
from workflows.model.notice import Classified, ReplyIn
from workflows.model.reminders import Reminders


class NoContext(msgspec.Struct, frozen=True):
    """Nothing besides its own fields."""


class CustomerContext(msgspec.Struct, frozen=True):
    """The agreements that pass on when a customer merges into another.

    `notices` are those that still live; `waiting` the contacts whose new address a person has not looked at yet.
    """

    agreements: tuple[UUID, ...] = ()
    notices: tuple[UUID, ...] = ()
    waiting: tuple[str, ...] = ()
    needs: own.Needs = own.Needs()


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
        states=(
            CURRENT,
            State("merged", "Another customer goes on in its place.", final=True),
            State("erased", "Nothing needed its contacts any more; what was personal is gone (P26).", final=True),
        ),
        rows=(
            Row("update", ("current",), None, update_customer, data=CustomerUpdate),
            Row("merge", ("current",), "merged", merge, require=("another",), data=Merge, action=True),
            Row(
                "correct_contact",
                ("current",),
                None,
                people.correct,
                require=("known_contact", "differs", "address_free", "none_waits"),
                data=people.CorrectContact,
            ),
            Row("ask_contacts", ("current",), None, people.ask, require=("known_contact",), data=people.AskContacts),
            Row("bounced", ("current",), None, people.bounced, data=Bounced),
            Row("reply", ("current",), None, people.reply, data=ReplyIn),
            Row("classified", ("current",), None, people.classified, data=Classified),
            Row("agreement_over", ("current",), None, own.over, when=("none_left",)),
            Row("agreement_made", ("current",), None, own.needed, when=("was_over",)),
            Row("agreement_coming", ("current",), None, own.coming, when=("was_over",), data=own.Coming),
            Row("erase", ("current", "merged"), "erased", own.erase, when=("may_go",)),
            Row("erase", ("current", "merged"), None, own.wait, when=("may_not_go",)),
        ),
        guards={"another": _another, **people.GUARDS, **own.ERASURE_GUARDS},
    )
)
