"""The contacts on a contact's own page: who they are, correcting oneself, asking for something else (P6)."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from markupsafe import Markup

from db.queries import sql
from service.pages.forms import LONGEST_GROUNDS, Trouble
from service.pages.read import ContactPage
from service.pages.sections.contact_questions import asked_before
from service.pages.sections.section import Section, Taking
from service.pages.words import Words
from workflows.customer.contacts import ASKED, AskContacts, CorrectContact, another_has, find
from workflows.intake.checks import Checks
from workflows.mail_address import same_mailbox
from workflows.model.parties import Contact, Customer


class ContactOnPage(msgspec.Struct, frozen=True, kw_only=True):
    """A contact for the list; `mine` is the one whose page it is."""

    contact: Contact
    roles: tuple[Markup, ...]
    mine: bool


class ContactsView(msgspec.Struct, frozen=True, kw_only=True):
    """The people, and what the form for oneself begins with; `waits`: a new address is still to be looked at."""

    people: tuple[ContactOnPage, ...]
    name: str
    email: str
    phone: str
    needs_phone: bool
    waits: bool


def _view(p: ContactPage, rows: Sequence[Any], w: Words) -> ContactsView:
    me = p.contact
    return ContactsView(
        people=tuple(
            ContactOnPage(contact=one, roles=_roles(one, w), mine=one.id == me.id) for one in p.customer.contacts
        ),
        name=me.name,
        email=me.email or "",
        phone=me.phone or "",
        needs_phone="security" in me.roles and bool(me.phone),
        waits=bool(rows),
    )


def _roles(contact: Contact, w: Words) -> tuple[Markup, ...]:
    return tuple(w(f"contact.role_{role}") for role in contact.roles) or (w("contact.no_role"),)


async def _take(t: Taking) -> Trouble | None:
    """Which of the two forms it is, says its field `wish`."""
    await t.engine.lock(t.connection, [t.page.link.processor], [t.page.customer.id])
    return await (_ask(t) if t.form["wish"] == "ask" else _correct(t))


async def _correct(t: Taking) -> Trouble | None:
    raw = await t.connection.fetchval(sql("one_customer"), [t.page.link.processor], t.page.customer.id)
    customer = msgspec.json.decode(raw, type=Customer)
    me = find(customer, t.page.contact.id)
    name, email, phone = t.form["name"], t.form["email"], t.form["phone"] or None
    if me is None or (me.name, me.email, me.phone) == (name, email, phone):
        return None  # the same form again, or nothing changed
    for field, key, wrong in (
        ("person-name", "error.person_name", _wrong(lambda c: c.line("name", name))),
        ("person-email", "error.person_email", _wrong(lambda c: c.email("email", email))),
        ("person-phone", "error.person_phone", _wrong(lambda c: c.phone("phone", phone))),
        ("person-phone", "error.person_phone_needed", phone is None and "security" in me.roles and bool(me.phone)),
        ("person-email", "error.person_taken", another_has(customer, me.id, email)),
    ):
        if wrong:
            return Trouble(status=422, message=t.w(key), field=field)
    processors = [t.page.link.processor]
    if not same_mailbox(me.email, email) and await t.connection.fetchval(
        sql("only_asked_for"), processors, customer.id
    ):
        # Whoever came by the processor's page has proven this mailbox alone, and no mail goes to another one yet.
        return Trouble(status=409, message=t.w("error.person_asked"), field="person-email")
    data = CorrectContact(contact_id=me.id, name=name, email=email, phone=phone, form=t.seal.nonce)
    await t.act(customer.id, "correct_contact", data)
    return None


def _wrong(check: Any) -> bool:
    checks = Checks()
    check(checks)
    return bool(checks.found)


async def _ask(t: Taking) -> Trouble | None:
    words = t.form["words"]
    if not words:
        return Trouble(status=422, message=t.w("error.ask_words"), field="ask-words")
    if len(words) > LONGEST_GROUNDS:
        return Trouble(status=422, message=t.w("error.words_long", count=LONGEST_GROUNDS), field="ask-words")
    match await asked_before(t, t.page.customer.id, ASKED):
        case "same":
            return None
        case "open":
            return Trouble(status=409, message=t.w("error.asked_before"), field="ask-words")
        case "no":
            data = AskContacts(contact_id=t.page.contact.id, words=words, form=t.seal.nonce)
            await t.act(t.page.customer.id, "ask_contacts", data)
            return None


CONTACTS: Final = Section(name="contacts", block="contact_waits", view=_view, take=_take)
