"""When data go after an agreement has ended: what each clock of its terms runs from, and when that ends. Pure."""

from datetime import date, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from workflows.deletion.hold_rules import BACKUPS, holding
from workflows.model.agreement import Agreement
from workflows.model.deletion import PlanItem
from workflows.model.outages import held_step, last_day_before
from workflows.terms.due import due, root_of
from workflows.terms.model import Due, Terms
from workflows.terms.names import DECLARATION
from workflows.time import due_at_once, end_of_day, local_day

CHOICE: Final = "end.choice"
RETURN: Final = "end.return"
ERASURE: Final = "end.erasure"
CERTIFICATE: Final = "end.certificate"
BACKUP: Final = "retention.backup"


def end_event(agreement: Agreement, zone: str) -> date | datetime:
    """What periods after the end run from: a main contract's last day, whole (I-14), or the instant (UTC) at
    which a termination took effect (I-16)."""
    assert agreement.ended_on is not None
    if agreement.ended_at is not None and agreement.ended_at < end_of_day(agreement.ended_on, zone):
        return agreement.ended_at
    return agreement.ended_on


def event_of(terms: Terms, agreement: Agreement, rule: str) -> date | datetime | None:
    """What the clock of a rule of these terms runs from once the agreement has ended; None where that has not happened.

    A request made before the end counts from the end: until then the data are still needed.
    """
    match root_of(terms, rule).starts:
        case "request":
            choice, ended_at = agreement.choice, agreement.ended_at
            if choice is None:
                return None
            early = ended_at is not None and choice.received_at < ended_at
            return end_event(agreement, terms.zone) if early else choice.received_at
        case "notice_of_ending":
            return agreement.end_noticed_at
        case _:
            return end_event(agreement, terms.zone)


def by_rule(terms: Terms, agreement: Agreement, rule: str) -> Due | None:
    """When a rule on the data is due after the end of the agreement, as far as that can be said now.

    None where the terms have no such rule, or what it runs from has not happened.
    """
    return _by_rule(terms, agreement, rule, "")


def due_after(terms: Terms, agreement: Agreement, rule: str, last_day: date) -> Due | None:
    """When a rule on the data is due if that is the last day, as its customer is told; None as `by_rule` has it."""
    if rule not in terms.rules:
        return None
    event: date | datetime | None = last_day
    match root_of(terms, rule).starts:
        case "request" if agreement.choice is None or agreement.ended_on is not None:
            event = event_of(terms, agreement, rule)
        case "notice_of_ending":
            event = agreement.end_noticed_at
    if event is None:
        return None
    found = due(terms, rule, event, agreement.facts)
    return _held_open(terms, agreement, found) if agreement.ended_on == last_day else found


def due_of(terms: Terms, agreement: Agreement, item: PlanItem) -> Due | None:
    """When an item is due and why, by its own rule; None where the terms give no number, or none yet.

    Where the rule says from when on (`boundary` `from`) that is the instant, and nothing is late after it.
    """
    found = _due(terms, agreement, item.rule, item.service)
    return found if found is not None and found.due_at is not None else None


def erasure_due(terms: Terms, agreement: Agreement) -> Due | None:
    """When all data of an agreement that has ended go, and why; None where its terms have no such rule."""
    return _due(terms, agreement, ERASURE, "")


def last_instant(found: Due | None) -> datetime | None:
    """The instant (UTC) after which it is late; None where there is none, or nothing is ever late."""
    return found.due_at if found is not None and found.boundary != "from" else None


def _due(terms: Terms, agreement: Agreement, rule: str, service: str) -> Due | None:
    found = _by_rule(terms, agreement, rule, service)
    apart = bool(service) or rule == DECLARATION
    if apart or found is None or found.due_at is None or terms.end.data != "return_first":
        return found
    return _on_request(terms, agreement, found)


def _on_request(terms: Terms, agreement: Agreement, found: Due) -> Due:
    """What goes back unasked and is then destroyed goes at once where the customer asks for that (CO-A9)."""
    choice, ended_at = agreement.choice, agreement.ended_at
    if choice is None or choice.data != "erase" or ended_at is None or found.due_at is None:
        return found
    at = max(choice.received_at, ended_at)
    if at >= found.due_at:
        return found
    asked = (
        f"The customer asked for destruction at {choice.received_at.isoformat()} ({terms.end.clause}): "
        "due then, and not before the agreement has ended."
    )
    counted = due_at_once(at, zone=terms.zone)
    return replace(
        found, due_at=counted.due_at, last_day=counted.last_day, boundary=counted.boundary,
        steps=(*found.steps, asked, *counted.steps),
    )  # fmt: skip


def _by_rule(terms: Terms, agreement: Agreement, rule: str, service: str) -> Due | None:
    found = _by_terms(terms, agreement, rule, service)
    return _held_open(terms, agreement, found) if found is not None and not service else found


def _held_open(terms: Terms, agreement: Agreement, found: Due) -> Due:
    """With the choice held open after an outage of ours (P3), which gives us ourselves no more time.

    What we owe stays as the terms count it, also where that is counted from the end of the choice: its own, not the
    moved one. One thing alone moves what falls in the time that was given: while the customer may still choose, no
    data are erased and none go back unasked. So what was to be done before, or might begin then, is due or begins once
    the choice is over: when the customer has chosen, or when nobody has until the moved end.
    """
    until = agreement.choice_until
    if until is None or found.due_at is None or found.due_at >= until:
        return found
    if found.rule == CHOICE:
        held = last_day_before(until, terms.zone)
        return replace(found, due_at=until, last_day=held, steps=(*found.steps, held_step(held)))
    over = min(agreement.choice.received_at, until) if agreement.choice is not None else until
    if found.due_at >= over:
        return found
    waited = f"The choice was held open after an outage, and nothing goes before it is over: {over.isoformat()}."
    return replace(
        found,
        due_at=over,
        last_day=local_day(over - timedelta(microseconds=1), terms.zone),
        boundary="from" if found.boundary == "from" else "inclusive",
        steps=(*found.steps, waited),
    )


def _by_terms(terms: Terms, agreement: Agreement, rule: str, service: str) -> Due | None:
    if rule not in terms.rules:
        return None
    if service:
        apart = next((one for one in agreement.cancelled_services if one.service == service), None)
        if apart is None:
            return None
        event: date | datetime = apart.on
    else:
        begun = event_of(terms, agreement, rule)
        if begun is None:
            return None
        event = begun
    if rule in (ERASURE, RETURN):
        return _asked(terms, agreement, due(terms, rule, event, agreement.facts))
    if rule == DECLARATION and root_of(terms, rule).starts == "erasure":
        gone_at = live_until(agreement)
        return due(terms, rule, local_day(gone_at, terms.zone), agreement.facts) if gone_at is not None else None
    if rule == BACKUP:
        live = due(terms, ERASURE, event, agreement.facts) if service else by_rule(terms, agreement, ERASURE)
        return _backup(terms, agreement, live)
    return due(terms, rule, event, {**agreement.facts, "cancelled_at": event.isoformat()})


def _asked(terms: Terms, agreement: Agreement, found: Due) -> Due:
    """An erasure that was asked goes by another rule's clock, where the terms say so."""
    other, choice = terms.end.erasure_asked, agreement.choice
    if found.rule != ERASURE or not other or choice is None or choice.data != "erase":
        return found
    event = event_of(terms, agreement, other)
    return replace(due(terms, other, event, agreement.facts), rule=ERASURE) if event is not None else found


def _backup(terms: Terms, agreement: Agreement, erasure: Due | None) -> Due | None:
    """Backups go by their own retention from the day on which the data have left the live systems.

    Until that is confirmed, from the last instant for it; where there is none, no date is known yet. Where the
    agreement says no retention of its own they go with the rest.
    """
    field = terms.rules[BACKUP].field
    if field is not None and agreement.facts.get(field) is None:
        return replace(erasure, rule=BACKUP) if erasure is not None else None
    left_at = live_until(agreement)
    if left_at is not None:
        return due(terms, BACKUP, local_day(left_at, terms.zone), agreement.facts)
    last = last_instant(erasure)
    if last is None:
        return None
    start = local_day(last - timedelta(microseconds=1), terms.zone)
    return due(terms, BACKUP, start, agreement.facts)


def live_until(agreement: Agreement) -> datetime | None:
    """When the last of the data that are not held left the live systems (UTC), or None while some are there."""
    live = [one for one in agreement.plan if one.kind == "erase" and one.holder != BACKUPS and not one.service]
    ends = [one.done_at for one in live if one.done_at is not None]
    if not ends or any(one.done_at is None and holding(agreement, one) is None for one in live):
        return None
    return max(ends)
