"""Customers as they are entered and changed: contacts get ids and keep them."""

from typing import Literal
from uuid import UUID

import msgspec

from workflows.engine.senders import INVISIBLE
from workflows.ids import new_id
from workflows.intake.checks import Checks, postal_address
from workflows.intake.labels import checked_labels
from workflows.intake.phones import tidy_phone
from workflows.mail_address import same_mailbox
from workflows.model.parties import Contact, ContactIn, Customer, CustomerUpdate, Labels
from workflows.words import Language


class CustomerIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    country: str
    language: Language
    contacts: tuple[ContactIn, ...]
    role: Literal["controller", "processor"] = "controller"
    manager_id: UUID | None = None
    deputy_id: UUID | None = None
    external_id: str | None = None
    address: str | None = None
    labels: Labels = ()


class CustomerPatchIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes of a customer; absent fields stay, and `contacts` replaces the whole list."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    country: str | msgspec.UnsetType = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    role: Literal["controller", "processor"] | msgspec.UnsetType = msgspec.UNSET
    contacts: tuple[ContactIn, ...] | msgspec.UnsetType = msgspec.UNSET
    manager_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    deputy_id: UUID | msgspec.UnsetType | None = msgspec.UNSET
    external_id: str | msgspec.UnsetType | None = msgspec.UNSET
    address: str | msgspec.UnsetType | None = msgspec.UNSET
    labels: Labels | msgspec.UnsetType = msgspec.UNSET


def looked_after_by(given: CustomerIn | CustomerPatchIn) -> dict[str, UUID]:
    """The users that are named, by field: whether they are there is for who has a database to say."""
    named = {"manager_id": given.manager_id, "deputy_id": given.deputy_id}
    return {field: id for field, id in named.items() if isinstance(id, UUID)}


def new_customer(given: CustomerIn, processor: UUID) -> Customer:
    """Make the row of a new customer.

    Raises BadInput with everything that is wrong.
    """
    checks = Checks()
    checks.line("name", given.name)
    checks.country("country", given.country)
    checks.line("external_id", given.external_id)
    address = postal_address(checks, given.address)
    labels = checked_labels(checks, given.labels)
    contacts = checked_contacts(checks, given.contacts, ())
    checks.done()
    return Customer(
        id=new_id(),
        processor_id=processor,
        name=given.name,
        country=given.country,
        language=given.language,
        role=given.role,
        contacts=contacts,
        manager_id=given.manager_id,
        deputy_id=given.deputy_id,
        external_id=given.external_id,
        address=address,
        labels=labels,
    )


def customer_update(given: CustomerPatchIn, customer: Customer) -> CustomerUpdate:
    """Say what an update of `customer` has to carry.

    A contact without an `id` whose address the customer has already is that contact: its links live on.
    Raises BadInput with everything that is wrong.
    """
    checks = Checks()
    if given.name is not msgspec.UNSET:
        checks.line("name", given.name)
    if given.country is not msgspec.UNSET:
        checks.country("country", given.country)
    if given.external_id is not msgspec.UNSET:
        checks.line("external_id", given.external_id)
    address = given.address if given.address is msgspec.UNSET else postal_address(checks, given.address)
    labels = given.labels if given.labels is msgspec.UNSET else checked_labels(checks, given.labels)
    contacts: tuple[Contact, ...] | msgspec.UnsetType = msgspec.UNSET
    if given.contacts is not msgspec.UNSET:
        contacts = checked_contacts(checks, given.contacts, customer.contacts)
    checks.done()
    return CustomerUpdate(
        name=given.name,
        country=given.country,
        language=given.language,
        role=given.role,
        contacts=contacts,
        manager_id=given.manager_id,
        deputy_id=given.deputy_id,
        external_id=given.external_id,
        address=address,
        labels=labels,
    )


def checked_contacts(checks: Checks, given: tuple[ContactIn, ...], known: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """Turn contacts as given into rows with ids, noting in `checks` what is wrong with them.

    What cannot be seen in an address was pasted along: it is left out.
    """
    given = tuple(
        one if one.email is None else msgspec.structs.replace(one, email=INVISIBLE.sub("", one.email)) for one in given
    )
    checks.each("contacts", given, lambda path, one: _check_contact(checks, path, one))
    ids = {one.id for one in known}
    taken = {one.id for one in given if one.id is not None}
    contacts: list[Contact] = []
    for number, one in enumerate(given):
        if one.id is not None and one.id not in ids:
            checks.wrong(f"contacts[{number}].id", "is none of this customer's contacts: leave it out for a new one")
        same = next((old.id for old in known if one.email and same_mailbox(old.email, one.email)), None)
        kept = one.id or (same if same not in taken else None) or new_id()
        if any(other.id == kept for other in contacts):
            checks.wrong(f"contacts[{number}].id", "is given twice")
        taken.add(kept)
        contacts.append(
            Contact(
                id=kept,
                name=one.name,
                email=one.email,
                phone=tidy_phone(one.phone) if one.phone is not None else None,
                roles=tuple(dict.fromkeys(one.roles)),
            )
        )
    return tuple(contacts)


def _check_contact(checks: Checks, path: str, one: ContactIn) -> None:
    checks.line(f"{path}.name", one.name)
    checks.email(f"{path}.email", one.email)
    checks.phone(f"{path}.phone", one.phone)
