"""Conditions of the agreement: each says why not, or None where it holds. Pure."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from workflows.agreement_data import AgreementContext, Terminate
from workflows.deletion import end_event
from workflows.entities import Agreement, MainContract, Signature
from workflows.errors import BadInput
from workflows.scope import AMENDMENT
from workflows.step import Carrier
from workflows.terms.due import due
from workflows.terms.model import TerminationRight
from workflows.time import end_of_day, parse_period, start_of_day

At = Carrier[Agreement, AgreementContext]
SPOKEN = frozenset({"phone", "in_person"})
CORRECTABLE = ("main_contracts", "signatures", "facts", "services", "customer_id")


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


def missing_facts(c: At) -> list[str]:
    """What the terms leave blank and the agreement does not say (or says in no usable form)."""
    missing = []
    for field in c.context.terms.fields:
        value = c.entity.facts.get(field.name)
        if value is None and field.required:
            missing.append(f"facts[{field.name!r}] ({field.clause}: {field.text})")
        elif value is not None and field.kind == "duration":
            try:
                parse_period(str(value))
            except BadInput as error:
                missing.append(f"facts[{field.name!r}]: {error.detail}")
    return missing


def _facts_given(c: At) -> str | None:
    missing = missing_facts(c)
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


def _new_reference(c: At) -> str | None:
    if any(one.reference == c.data.reference for one in c.entity.main_contracts):
        return f"The main contract {c.data.reference!r} is listed already."
    return None


def _known_contract(c: At) -> str | None:
    if find_contract(c, c.data.reference) is not None:
        return None
    known = ", ".join(one.reference for one in c.entity.main_contracts)
    if c.data.reference is None:
        return f"There are several main contracts: name one in `reference` ({known})."
    return f"No main contract {c.data.reference!r}; known: {known}."


def _ends_after_start(c: At) -> str | None:
    contract = find_contract(c, c.data.reference)
    if contract is not None and c.data.on < contract.starts_on:
        return f"It cannot end before it starts ({contract.starts_on.isoformat()})."
    return None


def _services_apart(c: At) -> str | None:
    ending = c.context.terms.ending
    if ending.services_separately:
        return None
    return f"Under these terms a service does not end apart from its contract ({ending.clause})."


def _known_service(c: At) -> str | None:
    if c.data.service in c.entity.services:
        return None
    return f"No service {c.data.service!r}; this agreement has: {', '.join(c.entity.services) or 'none'}."


def _renews(c: At) -> str | None:
    for one in c.entity.main_contracts:
        if one.renews and not one.ending and one.ends_on is not None:
            return None
    return "nothing renews"


def _all_ended(c: At) -> str | None:
    end = ends_at(c, c.entity.main_contracts)
    if _renews(c) is not None and end is not None and end <= c.now:
        return None
    return "a main contract goes on"


def _ground_given(c: At) -> str | None:
    assert isinstance(c.data, Terminate)
    right = right_for(c, c.data.ground)
    if right is not None and (right.party == "either" or c.data.party == right.party):
        return None
    if right is not None:
        return f"This right to end is the {right.party}'s ({right.clause})."
    ending = c.context.terms.ending
    where = ending.separate_clause or ending.clause
    return (
        f"These terms give no right to end on the ground {c.data.ground!r} ({where}). "
        "The agreement ends with its main contract: end-main-contract."
    )


def _right_open(c: At) -> str | None:
    data = c.data
    arrived = data.received_at or c.at
    match data.ground:
        case "breach_of_law":
            return None
        case "overruled_objection":
            if any(one.rule == "overruled.termination" for one in c.context.rights):
                return None
            return "No objection of this customer was overruled, so this right is not open."
        case "amendment":
            mine = [one for one in c.context.rights if one.rule == AMENDMENT]
            if any(one.closes_at is None or arrived < one.closes_at for one in mine):
                return None
            if mine:
                return "The period for ending after this change is over."
            return "No notice of a change gives this right now."
    return "Unknown ground."


def _ending_reasoned(c: At) -> str | None:
    right = right_for(c, c.data.ground)
    if right is not None and right.reasons and not (c.data.reason or c.data.grounds or "").strip():
        return f"Ending on this ground needs reasons ({right.clause})."
    return None


def _ending_in_form(c: At) -> str | None:
    right = right_for(c, c.data.ground)
    if right is not None and right.form == "written" and c.data.channel in SPOKEN:
        return f"Ending on this ground must be in writing ({right.clause})."
    return None


def _end_planned(c: At) -> str | None:
    if any(one.ending for one in c.entity.main_contracts) or c.entity.end_ground is not None:
        return None
    return "No end is planned, so there is none to take back."


def _nothing_gone(c: At) -> str | None:
    if any(one.kind == "erase" and one.how == "confirmed" for one in c.entity.plan):
        return "Data have been erased: the end cannot be taken back any more."
    return None


def _choice_given(c: At) -> str | None:
    end = c.context.terms.end
    if c.data.data == "erase" and end.data != "choice":
        return f"The data go by themselves under these terms ({end.clause}): there is nothing to choose."
    return None


def _return_asked(c: At) -> str | None:
    return None if c.data.data == "return" else "erasure is asked"


def _erasure_asked(c: At) -> str | None:
    return None if c.data.data == "erase" else "return is asked"


def choice_due(c: At) -> datetime | None:
    """Until when the customer may ask for return, or None where the terms give no period."""
    if c.context.terms.end.data != "choice" or c.entity.ended_on is None:
        return None
    return due(c.context.terms, "end.choice", end_event(c.entity, c.context.terms.zone), c.entity.facts).due_at


def _choice_timely(c: At) -> str | None:
    end = choice_due(c)
    arrived = c.data.received_at or c.at
    if end is not None and arrived >= end:
        return f"The period for asking return ended at {end.isoformat()}."
    return _choice_in_form(c)


def _choice_in_form(c: At) -> str | None:
    if c.context.terms.end.return_form == "written" and c.data.channel in SPOKEN:
        return f"The choice must be in writing ({c.context.terms.end.clause})."
    return None


def _return_open(c: At) -> str | None:
    if any(one.kind == "return" and one.done_at is None for one in c.entity.plan):
        return None
    return "no return is open"


def _no_return_open(c: At) -> str | None:
    return "a return is open" if _return_open(c) is None else None


def _hold_ahead(c: At) -> str | None:
    if not c.data.ground.strip():
        return "Name the law or the customer's written instruction in `ground`."
    if c.data.until is not None and end_of_day(c.data.until, c.context.terms.zone) <= c.now:
        return "A hold ends on a day that is still to come: give a later `until`."
    return None


def _held(c: At) -> str | None:
    return None if c.entity.holds else "Nothing is held."


def _not_approved(c: At) -> str | None:
    return "The plan was approved already." if c.entity.plan_approved_at is not None else None


def _mailbox_was_read(c: At) -> str | None:
    if c.context.terms.end.data != "choice" or c.entity.choice is not None:
        return None
    if c.entity.mailbox_read_at is None:
        return (
            "Before erasing for want of a choice a person confirms that the mailbox was read: "
            "do the task `mailbox_read` first."
        )
    return None


def _known_task(c: At) -> str | None:
    if any(one.id == c.data.task_id and one.done_at is None for one in c.entity.plan):
        return None
    return "No open task of the deletion plan has this id."


def _is_return(c: At) -> str | None:
    if any(one.id == c.data.task_id and one.kind == "return" for one in c.entity.plan):
        return None
    return "Only a return can be confirmed before deletion begins."


def _open_after(c: At) -> int:
    return sum(1 for one in c.entity.plan if one.done_at is None and one.id != c.data.task_id)


def _last_task(c: At) -> str | None:
    left = _open_after(c)
    return f"{left} tasks are still open" if left else None


def _more_tasks(c: At) -> str | None:
    return "it is the last one" if _last_task(c) is None else None


def _approved(c: At) -> str | None:
    if c.entity.plan_approved_at is None and _is_return(c) is not None:
        return "Nothing goes before a person has approved the plan: approve-plan first."
    return None


def _not_held(c: At) -> str | None:
    item = next((one for one in c.entity.plan if one.id == c.data.task_id), None)
    if item is None or item.kind != "erase":
        return None
    for hold in c.entity.holds:
        if hold.until is not None and end_of_day(hold.until, c.context.terms.zone) <= c.now:
            continue
        if not hold.categories or not item.category or item.category in hold.categories:
            return f"These data are held: {hold.ground}. Release the hold first."
    return None


def _in_order(c: At) -> str | None:
    item = next((one for one in c.entity.plan if one.id == c.data.task_id), None)
    if item is not None and item.kind == "declare" and _open_after(c):
        return "The declaration comes last: confirm the other tasks first."
    if item is not None and item.kind == "erase" and _return_open(c) is None:
        return "The data go back first: confirm the return before anything is erased."
    return None


def _may_be_unconfirmed(c: At) -> str | None:
    item = next((one for one in c.entity.plan if one.id == c.data.task_id), None)
    if c.data.outcome == "not_confirmed" and item is not None and not item.may_end_unconfirmed:
        return f"The terms do not allow this to end unconfirmed ({item.clause})."
    if not c.data.evidence.strip():
        return "Say in `evidence` what proves it."
    return None


def _correctable(c: At) -> str | None:
    if not any(name in c.data.data for name in CORRECTABLE):
        return f"Nothing to correct: `data` may hold {', '.join(CORRECTABLE)}."
    if not c.data.reason.strip():
        return "Say in `reason` why it is corrected."
    corrected(c)
    return None


def _end_moves_ahead(c: At) -> str | None:
    contracts = corrected(c).main_contracts
    if contracts == c.entity.main_contracts:
        return "the end is not what is corrected"
    end = ends_at(c, contracts)
    return None if end is None or end > c.now else "the corrected end is past too"


def _start_moves_ahead(c: At) -> str | None:
    contracts = corrected(c).main_contracts
    if c.context.terms.entry.event != "main_contract_start" or contracts == c.entity.main_contracts or not contracts:
        return "the start is not what is corrected"
    starts = start_of_day(min(one.starts_on for one in contracts), c.context.terms.zone)
    return None if starts > c.now else "the corrected start is past too"


def _start_stays(c: At) -> str | None:
    return "the corrected start lies ahead" if _start_moves_ahead(c) is None else None


def _end_stays(c: At) -> str | None:
    return "the corrected end lies ahead" if _end_moves_ahead(c) is None else None


GUARDS: dict[str, Callable[[At], str | None]] = {
    "all_ended": _all_ended,
    "approved": _approved,
    "choice_given": _choice_given,
    "choice_in_form": _choice_in_form,
    "choice_timely": _choice_timely,
    "contacts_given": _contacts_given,
    "correctable": _correctable,
    "end_moves_ahead": _end_moves_ahead,
    "end_planned": _end_planned,
    "end_stays": _end_stays,
    "ending_in_form": _ending_in_form,
    "ending_reasoned": _ending_reasoned,
    "ends_after_start": _ends_after_start,
    "erasure_asked": _erasure_asked,
    "facts_given": _facts_given,
    "ground_given": _ground_given,
    "has_contract": _has_contract,
    "held": _held,
    "hold_ahead": _hold_ahead,
    "in_order": _in_order,
    "is_return": _is_return,
    "known_contract": _known_contract,
    "known_service": _known_service,
    "known_task": _known_task,
    "last_task": _last_task,
    "mailbox_was_read": _mailbox_was_read,
    "may_be_unconfirmed": _may_be_unconfirmed,
    "may_start": _may_start,
    "more_tasks": _more_tasks,
    "new_reference": _new_reference,
    "no_period_before_entry": _no_period_before_entry,
    "no_return_open": _no_return_open,
    "not_approved": _not_approved,
    "not_held": _not_held,
    "nothing_gone": _nothing_gone,
    "period_before_entry": _period_before_entry,
    "renews": _renews,
    "return_asked": _return_asked,
    "return_open": _return_open,
    "right_open": _right_open,
    "start_moves_ahead": _start_moves_ahead,
    "start_stays": _start_stays,
    "services_apart": _services_apart,
    "signed_by_now": _signed_by_now,
}
