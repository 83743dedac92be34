"""Conditions of an agreement's beginning and of corrections, and what all its guards share. Pure.

Each says why not, or None where it holds.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from workflows.errors import BadInput
from workflows.machine.vocabulary import Carrier
from workflows.model.agreement import (
    Agreement,
    AgreementContext,
    MainContract,
    Signature,
)
from workflows.terms.model import TerminationRight, Terms
from workflows.time import end_of_day, parse_period, start_of_day

At = Carrier[Agreement, AgreementContext]
SPOKEN = frozenset({"phone", "in_person"})
CORRECTABLE = (
    "main_contracts", "signatures", "facts", "services", "customer_id", "cancelled_services", "terminates_at",
)  # fmt: skip


def ends_at(c: At, contracts: tuple[MainContract, ...]) -> datetime | None:
    """The instant after the last day of the last main contract (CI-A6), or None while one goes on."""
    days = [one.ends_on for one in contracts]
    if not days or any(day is None for day in days):
        return None
    return end_of_day(max(day for day in days if day is not None), c.context.terms.zone)


def find_contract(c: At, reference: str | None) -> MainContract | None:
    """The contract named, or the only one."""
    contracts = c.entity.main_contracts
    if reference is None:
        return contracts[0] if len(contracts) == 1 else None
    return next((one for one in contracts if one.reference == reference), None)


def right_for(c: At, ground: str) -> TerminationRight | None:
    """The terms' own right to end on this ground."""
    return next((one for one in c.context.terms.ending.rights if one.ground == ground), None)


def signed_by_all(signatures: tuple[Signature, ...]) -> datetime | None:
    """The last of both parties' signatures (I-18), or None while one is missing."""
    parties = {one.party for one in signatures}
    return max(one.at for one in signatures) if parties == {"controller", "processor"} else None


def corrected(c: At) -> Agreement:
    """The entity with the corrected fields. Raises BadInput where they do not fit."""
    known = {name: c.data.data[name] for name in CORRECTABLE if name in c.data.data}
    try:
        whole = {**msgspec.to_builtins(c.entity), **known}
        return msgspec.convert(whole, Agreement)
    except msgspec.ValidationError as error:
        raise BadInput(f"The corrected data do not fit: {error}.") from error


def facts_missing(terms: Terms, facts: Mapping[str, Any]) -> list[str]:
    """What the terms leave blank and the facts do not say (or say in no usable form)."""
    missing = []
    for field in terms.fields:
        value = facts.get(field.name)
        if value is None and field.required:
            missing.append(f"facts[{field.name!r}] ({field.clause}: {field.text})")
        elif value is not None and field.kind == "duration":
            try:
                parse_period(str(value))
            except BadInput as error:
                missing.append(f"facts[{field.name!r}]: {error.detail}")
    return missing


def _facts_given(c: At) -> str | None:
    missing = facts_missing(c.context.terms, c.entity.facts)
    return f"The agreement leaves blank what it must say: {'; '.join(missing)}." if missing else None


def _contacts_given(c: At) -> str | None:
    contacts = c.context.customer.contacts
    if not any(one.email for one in contacts):
        return "The customer has no contact with an e-mail address: add one first."
    for need in c.context.terms.contact_needs:
        if not any(need.role in one.roles and getattr(one, need.channel) for one in contacts):
            return (
                f"{need.text} ({need.clause}): the customer needs a contact with role {need.role!r} and {need.channel}."
            )
    return None


def _has_contract(c: At) -> str | None:
    return None if c.entity.main_contracts else "Name the main contract first: its reference and first day."


def _signed_by_now(c: At) -> str | None:
    if c.data.at is not None and c.data.at > c.now:
        return "A signature cannot lie in the future; give the instant it was set."
    return None


def _period_before_entry(c: At) -> str | None:
    return None if c.context.terms.entry.period is not None else "the terms give no period before entry"


def _no_period_before_entry(c: At) -> str | None:
    return "the terms give a period before entry" if _period_before_entry(c) is None else None


def _may_start(c: At) -> str | None:
    entry = c.context.terms.entry
    if entry.event == "last_signature" and signed_by_all(c.entity.signatures) is None:
        return "both parties have to sign first"
    if entry.period is not None and c.entity.entry_closes_at is None:
        return "its window has not begun"
    return None


def _correctable(c: At) -> str | None:
    if not any(name in c.data.data for name in CORRECTABLE):
        return f"Nothing to correct: `data` may hold {', '.join(CORRECTABLE)}."
    if not c.data.reason.strip():
        return "Say in `reason` why it is corrected."
    stays = {one.service for one in corrected(c).cancelled_services if one in c.entity.cancelled_services}
    for one in c.entity.plan:
        if one.service and one.service not in stays and one.how == "confirmed":
            return f"Data of {one.service} have been erased: when it ended cannot be corrected any more."
    return None


def _start_moves_ahead(c: At) -> str | None:
    contracts = corrected(c).main_contracts
    if c.context.terms.entry.event != "main_contract_start" or contracts == c.entity.main_contracts or not contracts:
        return "the start is not what is corrected"
    starts = start_of_day(min(one.starts_on for one in contracts), c.context.terms.zone)
    return None if starts > c.now else "the corrected start is past too"


def _start_stays(c: At) -> str | None:
    return "the corrected start lies ahead" if _start_moves_ahead(c) is None else None


GUARDS: dict[str, Callable[[At], str | None]] = {
    "contacts_given": _contacts_given,
    "correctable": _correctable,
    "facts_given": _facts_given,
    "has_contract": _has_contract,
    "may_start": _may_start,
    "no_period_before_entry": _no_period_before_entry,
    "period_before_entry": _period_before_entry,
    "start_moves_ahead": _start_moves_ahead,
    "start_stays": _start_stays,
    "signed_by_now": _signed_by_now,
}
