"""What several actions of an agreement share: whom to write to, and when it enters into force. Pure."""

from datetime import datetime
from typing import Any

from workflows.agreement_guards import At, signed_by_all
from workflows.entities import Agreement, Contact
from workflows.step import (
    RANK_START,
    Effect,
    Send,
    SetTimer,
)
from workflows.time import start_of_day


def letters(c: At, kind: str, data: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact the terms name, the first `contract` contact's being the one that counts."""
    to = contacts(c)
    return tuple(
        Send(
            kind=kind,
            customer=c.context.customer.id,
            contact=one.id,
            address=one.email or "",
            language=c.context.customer.language,
            data=data or {},
            counts=one is to[0],
        )
        for one in to
    )


def contacts(c: At) -> tuple[Contact, ...]:
    """Contacts with an address whom the terms name; where none has such a role, all with an address."""
    with_address = [one for one in c.context.customer.contacts if one.email]
    named = [one for one in with_address if set(one.roles) & set(c.context.terms.notice_contacts)]
    return tuple(sorted(named or with_address, key=lambda one: 0 if "contract" in one.roles else 1))


def start_at(c: At, entity: Agreement) -> datetime | None:
    """When it enters into force by its terms (P0), or None while that is not known."""
    zone = c.context.terms.zone
    match c.context.terms.entry.event:
        case "main_contract_start":
            days = [one.starts_on for one in entity.main_contracts]
            return start_of_day(min(days), zone) if days else None
        case "last_signature":
            return signed_by_all(entity.signatures)


def start_timer(c: At, entity: Agreement) -> tuple[Effect, ...]:
    """The timer that brings it into force, as soon as that instant is known.

    Where the terms give a period before entry, not before that period has run from receipt.
    """
    at = start_at(c, entity)
    if at is None:
        return ()
    if c.context.terms.entry.period is not None:
        if entity.entry_closes_at is None:
            return ()
        at = max(at, entity.entry_closes_at)
    return (SetTimer("start", at, "start", RANK_START),)
