"""Whom a message goes to: contacts with an address, in the order in which roles are named. Pure."""

from collections.abc import Sequence

from workflows.model.parties import Contact, Customer


def addressed(customer: Customer, *choices: Sequence[str]) -> tuple[Contact, ...]:
    """Contacts with an address who have one of the roles, by the first of the choices that reaches anybody, in the
    order of its roles; where none does, everybody with an address."""
    with_address = [one for one in customer.contacts if one.email]
    for roles in choices:
        order = {role: place for place, role in enumerate(roles)}
        named = [one for one in with_address if set(one.roles) & set(roles)]
        if named:
            return tuple(sorted(named, key=lambda one: min(order[role] for role in one.roles if role in order)))
    return tuple(with_address)
