"""Customers: entered and changed, merged into one another, and erased once nothing needs them (P26)."""

from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from workflows.customer import contacts as people
from workflows.customer import erasure as own
from workflows.machine.effects import Effect, RevokeLinks, Tell
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import Outcome, Row, State, StepInput, Table
from workflows.model.parties import Customer, CustomerUpdate, Merge
from workflows.model.replies import Bounced, Classified, ReplyIn
from workflows.parties.table import _given


class CustomerContext(msgspec.Struct, frozen=True):
    """The agreements that pass on when a customer merges into another.

    `notices` are those that still live; `waiting` the contacts whose new address a person has not looked at yet.
    """

    agreements: tuple[UUID, ...] = ()
    notices: tuple[UUID, ...] = ()
    waiting: tuple[str, ...] = ()
    needs: own.Needs = own.Needs()


def update_customer(ctx: StepInput[Customer, CustomerContext]) -> Outcome[Customer]:
    """Contacts are personal data: the event commits to them, the words stand beside the ledger."""
    given = _given(ctx.data)
    entity = replace(ctx.entity, **given)
    contacts = given.pop("contacts", None)
    effects: tuple[Effect, ...] = ()
    personal: dict[str, Any] = {}
    public = msgspec.to_builtins(given)
    if contacts is not None:
        kept = {one.id for one in contacts}
        gone = [one.id for one in ctx.entity.contacts if one.id not in kept]
        effects = tuple(RevokeLinks(one, whole=True) for one in gone)
        personal = {"contacts": msgspec.to_builtins(contacts)}
        public["contacts"] = {"kept": sorted(map(str, kept)), "removed": sorted(map(str, gone))}
    return Outcome(entity, public, personal, effects, event="updated")


def merge(ctx: StepInput[Customer, CustomerContext]) -> Outcome[Customer]:
    """P26: its agreements pass to the other; history and links stay with what they were about."""
    moves = tuple(Tell(one, "moved", {"customer_id": str(ctx.data.into)}) for one in ctx.context.agreements)
    return Outcome(
        replace(ctx.entity, merged_into=ctx.data.into), {"into": ctx.data.into}, effects=moves, event="merged"
    )


def _another(ctx: StepInput[Customer, CustomerContext]) -> str | None:
    return "A customer cannot merge into itself." if ctx.data.into == ctx.id else None


CURRENT = State("current", "As it is now.")


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
