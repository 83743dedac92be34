"""Whom a message goes to, and the message to each of them: the same for every kind of subject. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from workflows.machine.effects import Send
from workflows.model.parties import Contact, Customer

FIRST: Final = "first"
"""The receipt that counts is that of the first recipient."""


def named(contacts: Iterable[Contact], roles: Sequence[str]) -> tuple[Contact, ...]:
    """Contacts that have one of the roles, in the order in which the roles are named."""
    wanted = set(roles)
    found = [one for one in contacts if not wanted.isdisjoint(one.roles)]
    if len(found) > 1:
        order = {role: place for place, role in enumerate(roles)}
        found.sort(key=lambda one: min(order[role] for role in one.roles if role in order))
    return tuple(found)


def recipients(
    customer: Customer, *choices: Sequence[str], otherwise: Literal["everybody", "nobody"] = "everybody"
) -> tuple[Contact, ...]:
    """Contacts with an address, by the first of the choices of roles that reaches anybody.

    Where none does: everybody with an address, contacts for the contract first, or nobody, where only a contact whom
    the terms name can receive it (P1).
    """
    with_address = [one for one in customer.contacts if one.email]
    for roles in choices:
        if found := named(with_address, roles):
            return found
    if otherwise == "nobody":
        return ()
    return tuple(sorted(with_address, key=lambda one: "contract" not in one.roles))


def contact_with_address(customer: Customer, contact: UUID) -> Contact | None:
    """The contact with this id, where it is one of the customer's and a message reaches it."""
    return next((one for one in customer.contacts if one.id == contact and one.email), None)


def to_each(
    kind: str,
    customer: Customer,
    to: Iterable[Contact],
    data: dict[str, Any],
    *,
    counting: UUID | Literal["first"] | None = FIRST,
    together: UUID | None = None,
    reminds: bool = False,
) -> tuple[Send, ...]:
    """One message to each contact, in the customer's language; `counting` is whose receipt counts."""
    return tuple(
        Send(
            kind=kind,
            customer=customer.id,
            contact=one.id,
            address=one.email or "",
            language=customer.language,
            data=data,
            counts=place == 0 if counting == FIRST else one.id == counting,
            together=together,
            reminds=reminds,
        )
        for place, one in enumerate(to)
    )
