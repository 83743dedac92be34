"""What a contact does on its own page that is no answer: correct itself, ask about the other contacts (P6).

A link belongs to a contact, not to an address: the old and the new address are told, links live on, and a
person looks, since whoever has the link may have sent it. Pure.
"""

from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace

from workflows.customer.context import CustomerStep
from workflows.machine.effects import CloseTasks, Effect, OpenTask, Send
from workflows.machine.messages import CONTACTS_CHANGED, READDRESSED
from workflows.machine.vocabulary import Outcome
from workflows.mail_address import same_mailbox
from workflows.model.notice import ContactsChanged, Resend
from workflows.model.parties import Contact, Customer
from workflows.model.replies import Bounced, Classified, ReplyIn, sealed
from workflows.model.task_words import task_words

CORRECTED = "contact_corrected"
ASKED = "contacts_asked"


class CorrectContact(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as it should be, by the contact itself; `form` is the showing of the page it came from."""

    contact_id: UUID
    name: str
    email: str
    phone: str | None = None
    form: str = ""


class AskContacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a contact asks about the contacts: roles, somebody more, somebody less."""

    contact_id: UUID
    words: str
    form: str = ""


def find(customer: Customer, contact: UUID) -> Contact | None:
    return next((one for one in customer.contacts if one.id == contact), None)


def another_has(customer: Customer, contact: UUID, email: str) -> bool:
    """Whether another contact of the customer has that address."""
    return any(one.id != contact and same_mailbox(one.email, email) for one in customer.contacts)


def correct(ctx: CustomerStep[CorrectContact]) -> Outcome[Customer]:
    """It counts at once; the old address and the new one are told, and where the address changed a person looks."""
    old = find(ctx.entity, ctx.data.contact_id)
    assert old is not None
    new = replace(old, name=ctx.data.name, email=ctx.data.email, phone=ctx.data.phone)
    fields = [name for name in ("name", "email", "phone") if getattr(old, name) != getattr(new, name)]
    entity = replace(ctx.entity, contacts=tuple(new if one.id == old.id else one for one in ctx.entity.contacts))
    effects: list[Effect] = [_letter(entity, new, new.email or "", "new", fields)]
    if "email" in fields:
        if old.email:
            effects.insert(0, _letter(entity, new, old.email, "old", fields))
        text = task_words("contact_corrected")
        effects.append(OpenTask(CORRECTED, text, ctx.id, key=str(old.id), data={"contact_id": str(old.id)}))
        # What came back from the old address goes out again, with a fresh link (P2).
        effects += [READDRESSED.to(one, Resend(contact_id=old.id)) for one in ctx.context.notices]
    return Outcome(
        entity,
        {"contact_id": old.id, "fields": fields, "channel": "link"},
        {"was": _event_fields(old), "contact": _event_fields(new), "form": ctx.data.form},
        tuple(effects),
    )


def ask(ctx: CustomerStep[AskContacts]) -> Outcome[Customer]:
    """Who else is a contact, and for what, is the processor's to enter: a person reads what is asked."""
    contact = find(ctx.entity, ctx.data.contact_id)
    assert contact is not None
    text = task_words("contacts_asked")
    data = {"contact_id": str(contact.id), "words": ctx.data.words, "form": ctx.data.form}
    task = OpenTask(ASKED, text, ctx.id, key=str(contact.id), data=data)
    letter = Send(
        ASKED, ctx.id, contact.id, contact.email or "", ctx.entity.language,
        {"words": ctx.data.words, "received_at": ctx.at.isoformat()},
    )  # fmt: skip
    return Outcome(
        ctx.entity,
        {"contact_id": contact.id, "channel": "link"},
        {"words": ctx.data.words, "form": ctx.data.form},
        (task, letter),
    )


def told_of_change(ctx: CustomerStep[Any], contacts: tuple[Contact, ...]) -> tuple[Effect, ...]:
    """Its notices hear who has another address now, who is new and whose part it is: what is open goes there too."""
    before = {one.id: one for one in ctx.entity.contacts}
    fresh = tuple(one.id for one in contacts if one.id not in before)
    moved = tuple(one.id for one in contacts if one.id in before and _moved(one, before[one.id]))
    parts = {one.id: before[one.id].roles for one in contacts if one.id in before and _gains(one, before[one.id])}
    if not (fresh or moved or parts or len(contacts) < len(before)):
        return ()
    return tuple(CONTACTS_CHANGED.to(one, ContactsChanged(moved, fresh, parts)) for one in ctx.context.notices)


def _gains(one: Contact, before: Contact) -> bool:
    return bool(set(one.roles) - set(before.roles))


def _moved(one: Contact, before: Contact) -> bool:
    return not same_mailbox(one.email, before.email)


def bounced(ctx: CustomerStep[Bounced]) -> Outcome[Customer]:
    """A message about the contacts came back; links live on, since they belong to no address."""
    text = task_words("customer_bounced")
    return Outcome(
        ctx.entity,
        {"contact_id": ctx.data.contact_id, **sealed(ctx.data.sha256)},
        {"words": ctx.data.words},
        (OpenTask("bounced", text, ctx.id, key=str(ctx.data.contact_id)),),
    )


def reply(ctx: CustomerStep[ReplyIn]) -> Outcome[Customer]:
    """P4: somebody answered such a message, perhaps that it was not them; or a message is this customer's, or may be,
    and nothing says which notice it is about."""
    text = task_words("customer_reply")
    if not ctx.data.sure:
        text = task_words("inbound_untied", why=ctx.data.why, id=ctx.data.inbound_id)
    task = OpenTask("classify_reply", text, ctx.id, ctx.data.due_at, key=str(ctx.data.inbound_id))
    return Outcome(ctx.entity, ctx.data.event_fields(), effects=(task,))


def classified(ctx: CustomerStep[Classified]) -> Outcome[Customer]:
    """A person said what a message is."""
    return Outcome(
        ctx.entity,
        {"inbound_id": ctx.data.inbound_id, "classified_as": ctx.data.classified_as},
        effects=(CloseTasks(("classify_reply",), key=str(ctx.data.inbound_id)),),
    )


def _letter(customer: Customer, contact: Contact, address: str, to: str, fields: list[str]) -> Send:
    data = {"to": to, "fields": fields}
    return Send(CORRECTED, customer.id, contact.id, address, customer.language, data)


def _event_fields(contact: Contact) -> dict[str, Any]:
    return {key: value for key, value in asdict(contact).items() if key in ("name", "email", "phone")}


def known_contact(ctx: CustomerStep[CorrectContact | AskContacts]) -> str | None:
    return None if find(ctx.entity, ctx.data.contact_id) else "This contact no longer belongs to the customer."


def differs(ctx: CustomerStep[CorrectContact]) -> str | None:
    old = find(ctx.entity, ctx.data.contact_id)
    if old is not None and (old.name, old.email, old.phone) == (ctx.data.name, ctx.data.email, ctx.data.phone):
        return "The contact is on record like this already."
    return None


def address_free(ctx: CustomerStep[CorrectContact]) -> str | None:
    if another_has(ctx.entity, ctx.data.contact_id, ctx.data.email):
        return "Another contact of this customer has that address."
    return None


def none_waits(ctx: CustomerStep[CorrectContact]) -> str | None:
    """A person looks at a new address before it can be changed by link again."""
    old = find(ctx.entity, ctx.data.contact_id)
    if old is not None and old.email != ctx.data.email and str(ctx.data.contact_id) in ctx.context.waiting:
        return "The address was changed by link before, and a person has not looked at that yet."
    return None
