"""Customers: entered and changed, merged into one another, and erased once nothing needs them (P26)."""

from typing import Any

import msgspec
from msgspec.structs import replace

from workflows.customer import contacts, erasure
from workflows.customer.context import CustomerContext, CustomerStep
from workflows.machine.effects import Effect, RevokeLinks
from workflows.machine.machine import Workflow
from workflows.machine.messages import CONTACTS_CHANGED, CUSTOMER_ERASE, MOVED, READDRESSED
from workflows.machine.vocabulary import BIRTH, AnyRow, Outcome, Row, State, StepInput, Table
from workflows.model.agreement import PassedOn
from workflows.model.parties import Coming, Customer, CustomerUpdate, Entered, Merge
from workflows.model.replies import Bounced, Classified, ReplyIn
from workflows.parties.table import given_fields


def entered(ctx: StepInput[Customer, object, Entered]) -> Outcome[Customer]:
    """Contacts and where it has its post are personal data: the event commits to them, the words stand beside the
    ledger."""
    said = msgspec.to_builtins(ctx.entity) | ctx.data.source
    personal = {name: found for name in ("contacts", "address") if (found := said.pop(name))}
    return Outcome(ctx.entity, said, personal)


def update_customer(ctx: CustomerStep[CustomerUpdate]) -> Outcome[Customer]:
    """As where it is entered, contacts and where it has its post stand beside the ledger."""
    given = given_fields(ctx.data)
    entity = replace(ctx.entity, **given)
    new = given.pop("contacts", None)
    effects: tuple[Effect, ...] = ()
    personal: dict[str, Any] = {}
    moved = "address" in given
    address = given.pop("address", None)
    public = msgspec.to_builtins(given)
    if moved:
        public["address"] = "known" if address else None
        personal = {"address": address} if address else {}
    if new is not None:
        kept = {one.id for one in new}
        gone = [one.id for one in ctx.entity.contacts if one.id not in kept]
        effects = (*(RevokeLinks(one, whole=True) for one in gone), *contacts.told_of_change(ctx, new))
        personal["contacts"] = msgspec.to_builtins(new)
        public["contacts"] = {"kept": sorted(map(str, kept)), "removed": sorted(map(str, gone))}
    return Outcome(entity, public, personal, effects)


def merge(ctx: CustomerStep[Merge]) -> Outcome[Customer]:
    """P26: its agreements pass to the other; history and links stay with what they were about."""
    moves = tuple(MOVED.to(one, PassedOn(customer_id=ctx.data.into)) for one in ctx.context.agreements)
    return Outcome(replace(ctx.entity, merged_into=ctx.data.into), {"into": ctx.data.into}, effects=moves)


def _another(ctx: CustomerStep[Merge]) -> str | None:
    return "A customer cannot merge into itself." if ctx.data.into == ctx.id else None


STATES = (
    State("current", "As it is now."),
    State("merged", "Another customer goes on in its place.", final=True),
    State("erased", "Nothing needed its contacts any more; what was personal is gone (P26).", final=True),
)

ROWS: tuple[AnyRow[Customer, CustomerContext], ...] = (
    Row("create", BIRTH, "current", entered, data=Entered, event="created"),
    Row("update", ("current",), None, update_customer, data=CustomerUpdate, event="updated"),
    Row("merge", ("current",), "merged", merge, require=(_another,), data=Merge, event="merged", action=True),
    Row("correct_contact", ("current",), None, contacts.correct,
        require=(contacts.known_contact, contacts.differs, contacts.address_free, contacts.none_waits),
        data=contacts.CorrectContact, event="contact_corrected"),
    Row("ask_contacts", ("current",), None, contacts.ask, require=(contacts.known_contact,),
        data=contacts.AskContacts, event="contacts_asked"),
    Row("bounced", ("current", "merged"), None, contacts.bounced, data=Bounced, event="message_bounced"),
    Row("reply", ("current",), None, contacts.reply, data=ReplyIn),
    Row("classified", ("current",), None, contacts.classified, data=Classified),
    Row("agreement_over", ("current",), None, erasure.over, when=(erasure.none_left,), event="over"),
    Row("agreement_made", ("current",), None, erasure.needed, when=(erasure.was_over,), event="needed"),
    Row("agreement_coming", ("current",), None, erasure.coming, when=(erasure.was_over,), data=Coming,
        event="awaits_agreement"),
    Row("erase", ("current", "merged"), "erased", erasure.erase, when=(erasure.may_go,), event="erased"),
    Row("erase", ("current", "merged"), None, erasure.wait, unless=(erasure.may_go,), event="erasure_waits"),
)  # fmt: skip

CUSTOMER = Workflow(
    Table(
        name="customer",
        entity=Customer,
        context=CustomerContext,
        states=STATES,
        rows=ROWS,
        timers=(erasure.ERASE,),
        tells=(CONTACTS_CHANGED, CUSTOMER_ERASE, MOVED, READDRESSED),
        path="customers",
    )
)
