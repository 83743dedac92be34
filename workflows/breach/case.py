"""A breach for one agreement: its clock, its channel and what its customer must hear.

    running → informed → closed

Timely means received: a call that was answered, a message that arrived (I-08). The controller's own hours are
shown and never acted on: nothing goes to an authority or to a data subject from here.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from workflows.breach.words import answers, open_questions
from workflows.machine.effects import (
    ClearTimer,
    CloseDeadline,
    CloseTasks,
    Effect,
    OpenDeadline,
    OpenTask,
    Send,
    SetTimer,
)
from workflows.machine.machine import Workflow
from workflows.machine.recipients import addressed
from workflows.machine.vocabulary import (
    Carrier,
    Outcome,
    Row,
    State,
    Table,
)
from workflows.model.breach import (
    Acknowledged,
    BreachCase,
    Call,
    CallData,
    CameBack,
    CaseContext,
    Closing,
    Delivered,
    InformedHow,
    Receipt,
    Updated,
)
from workflows.model.parties import Contact
from workflows.terms.due import due
from workflows.terms.model import Breach as BreachTerms
from workflows.terms.model import Due
from workflows.time import calendar_for, count, parse_period

At = Carrier[BreachCase, CaseContext]

NOTICE = "breach.notice"
TARGET = "breach.target"
AUTHORITY = "breach.authority"
_JUST_AFTER = timedelta(microseconds=1)

STATES = (
    State(
        "running", "Its clock runs: nobody at the customer is on record as informed.", frozenset({"live", "running"})
    ),
    State("informed", "The customer knows, by what its agreement counts as telling.", frozenset({"live"})),
    State("closed", "The breach is settled.", final=True),
)


def ways(c: At) -> BreachTerms:
    """How the agreement wants to be told; where it says nothing, by telephone or in writing."""
    return c.context.terms.breach or BreachTerms(
        clause="",
        contacts=("security", "privacy", "contract"),
        channels=("email", "phone"),
        authority="not_obliged",
        authority_clause="",
    )


def clock(c: At, discovered_at: datetime) -> Due:
    """By when the customer must be informed: the agreement's period, else the processor's own target."""
    found = due(c.context.terms, NOTICE, discovered_at, c.context.agreement.facts)
    if found.due_at is not None:
        return found
    zone = c.context.terms.zone
    target = parse_period(c.context.processor.breach_target)
    counted = count(
        target, discovered_at, zone=zone, calendar=calendar_for(c.context.terms.calendar), party="processor"
    )
    own = "The agreement gives no number; this is the processor's own target and no term of the agreement."
    return Due(
        rule=TARGET,
        due_at=counted.due_at,
        last_day=counted.last_day,
        boundary=counted.boundary,
        clause=found.clause,
        steps=(*found.steps, own, *counted.steps),
        party="processor",
        reading=own,
        zone=zone,
        calendar=found.calendar,
    )


def begin(c: At) -> tuple[BreachCase, tuple[Effect, ...]]:
    """A case as its clock starts to run, and the deadlines that come with it."""
    found = clock(c, c.context.breach.discovered_at)
    entity = replace(c.entity, due_at=found.due_at, own_target=found.rule == TARGET)
    effects: list[Effect] = [OpenDeadline(found, "Inform the customer of the breach", c.context.agreement.id)]
    if found.due_at is not None:
        effects.append(SetTimer("late", max(found.due_at + _JUST_AFTER, c.now), "late"))
    entity, more = _authority(c, entity, from_discovery=True)
    return entity, (*effects, *more)


def _authority(c: At, entity: BreachCase, *, from_discovery: bool) -> tuple[BreachCase, tuple[Effect, ...]]:
    """The controller's own hours, once the event that the terms count them from has happened."""
    rule = c.context.terms.rules.get(AUTHORITY)
    if rule is None or (rule.starts == "discovery") != from_discovery:
        return entity, ()
    at = c.context.breach.discovered_at if from_discovery else entity.informed_at
    if at is None:
        return entity, ()
    facts: dict[str, Any] = {"discovered_at": c.context.breach.discovered_at.isoformat()}
    if entity.informed_at is not None:
        facts["informed_at"] = entity.informed_at.isoformat()
    found = due(c.context.terms, AUTHORITY, at, {**c.context.agreement.facts, **facts})
    if found.due_at is None:
        return entity, ()
    text = "Report to the authority, where the controller decides that it must"
    shown = OpenDeadline(found, text, c.context.agreement.id)
    return replace(entity, authority_due_at=found.due_at), (shown,)


def addressees(c: At) -> tuple[Contact, ...]:
    """Whom the terms want to be told, in their order; else those for notices."""
    return addressed(c.context.customer, ways(c).contacts, c.context.terms.notice_contacts)


def letters(c: At, kind: str, entity: BreachCase, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact, with what is known and what is still open, in the customer's language."""
    lang = c.context.customer.language
    rules, breach = ways(c), c.context.breach
    authority = c.context.terms.rules.get(AUTHORITY)
    data: dict[str, Any] = {
        "clause": c.context.terms.rules[NOTICE].clause if NOTICE in c.context.terms.rules else rules.clause,
        "discovered_at": breach.discovered_at.isoformat(),
        "summary": breach.summary,
        "supplier": c.context.subprocessor.name if c.context.subprocessor is not None else "",
        "answers": [list(pair) for pair in answers(breach, rules.contents, lang)],
        "open": list(open_questions(breach, rules.contents, lang)),
        "authority": rules.authority,
        "authority_clause": authority.clause if authority is not None else rules.authority_clause,
        "authority_due_at": entity.authority_due_at.isoformat() if entity.authority_due_at is not None else None,
        "authority_from": authority.starts if authority is not None else "",
        **(more or {}),
    }
    return tuple(
        Send(kind, c.context.customer.id, one.id, one.email or "", lang, data, counts=place == 0)
        for place, one in enumerate(addressees(c))
    )


def notify(c: At) -> Outcome[BreachCase]:
    """The first report: in writing to every contact, and by telephone where the agreement has it so."""
    entity = replace(c.entity, notified_at=c.at, told_phase=c.context.breach.phase)
    effects: list[Effect] = list(letters(c, "breach_notice", entity))
    if "phone" in ways(c).channels and c.entity.informed_at is None:
        role = ways(c).contacts[0]
        text = (
            f"Telephone the customer's contact for {role} about the breach ({ways(c).clause}) and record the call, "
            "also one that nobody answers."
        )
        effects.append(OpenTask("breach_call", text, c.id, c.entity.due_at))
    if not addressees(c):
        text = "No contact of the customer has an e-mail address: inform it of the breach in another way."
        effects.append(OpenTask("breach_no_address", text, c.id, c.entity.due_at))
    return Outcome(entity, {"channels": ways(c).channels, "due_at": entity.due_at}, effects=tuple(effects))


def told(case: BreachCase, rules: BreachTerms) -> tuple[datetime, InformedHow] | None:
    """The earliest instant (UTC) at which the customer was informed by what the agreement counts, or None."""
    found: list[tuple[datetime, InformedHow]] = []
    written = min((one.at for one in case.receipts), default=None)
    if "phone" in rules.channels:
        found += [(one.at, "call") for one in case.calls if one.outcome == "spoken"]
        if rules.voicemail == "with_writing" and written is not None:
            found += [(max(one.at, written), "voicemail_and_mail") for one in case.calls if one.outcome == "voicemail"]
    if "email" in rules.channels and written is not None:
        found.append((written, "mail"))
    if case.answered_at is not None:
        found.append((case.answered_at, "answer"))
    return min(found, key=lambda one: one[0], default=None)


def _settle(c: At, entity: BreachCase) -> tuple[BreachCase, tuple[Effect, ...]]:
    """What follows once the customer is known to be informed, or known to have been earlier."""
    found = told(entity, ways(c))
    if found is None or found[0] == c.entity.informed_at:
        return entity, ()
    at, how = found
    late = entity.due_at is not None and at > entity.due_at
    entity = replace(entity, informed_at=at, informed_how=how, late=late)
    effects: tuple[Effect, ...] = (
        CloseDeadline(NOTICE, "met"),
        CloseDeadline(TARGET, "met"),
        ClearTimer("late"),
        CloseTasks(("breach_call", "breach_no_address", "breach_late")),
    )
    entity, more = _authority(c, entity, from_discovery=False)
    return entity, (*effects, *more)


def _recorded(
    c: At, entity: BreachCase, event: str, said: dict[str, Any], personal: dict[str, Any]
) -> Outcome[BreachCase]:
    entity, effects = _settle(c, entity)
    if entity.informed_at is not None:
        said = {**said, "informed_at": entity.informed_at, "how": entity.informed_how, "late": entity.late}
    return Outcome(entity, said, personal, effects, event=event)


def _with_call(c: At) -> BreachCase:
    data: CallData = c.data
    call = Call(
        contact=data.contact, at=data.at, outcome=data.outcome, note=data.note, recorded_at=c.now,
        recorded_by=c.command.actor,
    )  # fmt: skip
    return replace(c.entity, calls=(*c.entity.calls, call))


def record_call(c: At) -> Outcome[BreachCase]:
    """A call, answered or not, goes on record; an answered one informs where the agreement counts calls."""
    said = {"at": c.data.at, "outcome": c.data.outcome}
    personal = {key: value for key, value in (("contact", c.data.contact), ("note", c.data.note)) if value}
    return _recorded(c, _with_call(c), "called", said, personal)


def _with_receipt(c: At) -> BreachCase:
    return replace(
        c.entity, receipts=(*c.entity.receipts, Receipt(at=c.at, contact_id=c.data.contact_id, how=c.data.how))
    )


def received(c: At) -> Outcome[BreachCase]:
    """The written report arrived at a contact."""
    said = {"contact_id": c.data.contact_id, "received_how": c.data.how}
    return _recorded(c, _with_receipt(c), "received", said, {})


def _with_answer(c: At) -> BreachCase:
    return replace(c.entity, answered_at=min(c.at, c.entity.answered_at or c.at))


def acknowledge(c: At) -> Outcome[BreachCase]:
    """The customer itself says that it knows: better proof than any channel."""
    return _recorded(c, _with_answer(c), "acknowledged", {}, {"by": c.data.by})


def bounced(c: At) -> Outcome[BreachCase]:
    """A written report came back: somebody must reach the customer otherwise."""
    text = "A report of the breach came back undelivered: reach the customer in another way and mend the address."
    task = OpenTask("breach_bounced", text, c.id, c.entity.due_at, key=str(c.data.contact_id))
    return Outcome(c.entity, {"contact_id": c.data.contact_id}, {"words": c.data.words}, (task,))


def bounced_after(c: At) -> Outcome[BreachCase]:
    """A bounce of a message that had counted as received: it no longer does (P2)."""
    kept = tuple(one for one in c.entity.receipts if one.contact_id != c.data.contact_id)
    entity = replace(c.entity, receipts=kept)
    back = told(entity, ways(c))
    outcome = bounced(c)
    if back is not None:
        entity = replace(entity, informed_at=back[0], informed_how=back[1])
        entity = replace(entity, late=entity.due_at is not None and back[0] > entity.due_at)
        return replace(outcome, entity=entity)
    c.entity = replace(entity, informed_at=None, informed_how=None, late=False, authority_due_at=None)
    entity, again = begin(c)
    return replace(outcome, entity=entity, effects=(*outcome.effects, CloseDeadline(AUTHORITY, "dropped"), *again))


def late(c: At) -> Outcome[BreachCase]:
    """The period is over and nobody is on record as informed: from here on it is late."""
    text = "The customer is not on record as informed of the breach, and the period is over: inform it now."
    return Outcome(
        replace(c.entity, late=True),
        {"due_at": c.entity.due_at, "own_target": c.entity.own_target},
        effects=(OpenTask("breach_late", text, c.id, c.entity.due_at, role="director"),),
    )


def updated(c: At) -> Outcome[BreachCase]:
    """More is known: told to every contact. The clock is not touched."""
    entity = replace(c.entity, told_phase=c.data.phase)
    return Outcome(entity, {"phase": c.data.phase}, effects=letters(c, "breach_update", entity, {"text": c.data.text}))


def rediscovered(c: At) -> Outcome[BreachCase]:
    """The instant of discovery was corrected: the clock runs from there, what was received stands (P25)."""
    entity, effects = begin(c)
    was = told(entity, ways(c))
    if was is not None:
        entity = replace(entity, late=entity.due_at is not None and was[0] > entity.due_at)
        met = (CloseDeadline(NOTICE, "met"), CloseDeadline(TARGET, "met"))
        effects = (*(one for one in effects if not isinstance(one, SetTimer)), *met)
    return Outcome(entity, {"due_at": entity.due_at, "late": entity.late}, effects=effects)


def close(c: At) -> Outcome[BreachCase]:
    """The breach is settled; whoever was told of it is told how it ended."""
    entity = replace(c.entity, closed_at=c.at)
    mails = letters(c, "breach_closed", entity, {"conclusion": c.data.conclusion}) if c.entity.notified_at else ()
    over = tuple(CloseDeadline(rule, "dropped") for rule in (NOTICE, TARGET, AUTHORITY))
    tasks = CloseTasks(("breach_call", "breach_no_address", "breach_late", "breach_bounced"))
    return Outcome(entity, effects=(*over, ClearTimer("late"), tasks, *mails))


def _informs(c: At) -> str | None:
    match c.command.trigger:
        case "record-call":
            entity = _with_call(c)
        case "received":
            entity = _with_receipt(c)
        case _:
            entity = _with_answer(c)
    return None if told(entity, ways(c)) is not None else "the agreement does not count this as telling"


def _no_telling(c: At) -> str | None:
    return "it informs the customer" if _informs(c) is None else None


def _by_now(c: At) -> str | None:
    if c.data.at > c.now:
        return "The call lies in the future: give the instant at which it was made, up to now."
    return None


def _after_discovery(c: At) -> str | None:
    if c.data.at < c.context.breach.discovered_at:
        return "The call lies before the discovery of the breach: correct one of the two."
    return None


def _rested_on_it(c: At) -> str | None:
    mine = any(one.contact_id == c.data.contact_id for one in c.entity.receipts)
    return None if mine and _left(c) is None else "the customer is informed without that message"


def _another_way(c: At) -> str | None:
    return "nothing else informed the customer" if _rested_on_it(c) is None else None


def _left(c: At) -> tuple[datetime, InformedHow] | None:
    kept = tuple(one for one in c.entity.receipts if one.contact_id != c.data.contact_id)
    return told(replace(c.entity, receipts=kept), ways(c))


BREACH_CASE = Workflow(
    Table(
        name="breach_case",
        entity=BreachCase,
        context=CaseContext,
        initial="running",
        states=STATES,
        rows=(
            Row("notify", ("running", "informed"), None, notify),
            Row("received", ("running",), "informed", received, when=("informs",), data=Delivered),
            Row("received", ("running",), None, received, when=("no_telling",), data=Delivered),
            Row("received", ("informed", "closed"), None, received, data=Delivered),
            Row("bounced", ("running",), None, bounced, data=CameBack),
            Row("bounced", ("informed",), "running", bounced_after, when=("rested_on_it",), data=CameBack),
            Row("bounced", ("informed",), None, bounced_after, when=("another_way",), data=CameBack),
            Row("record-call", ("running",), "informed", record_call, when=("informs",),
                require=("by_now", "after_discovery"), data=CallData, action=True),
            Row("record-call", ("running",), None, record_call, when=("no_telling",),
                require=("by_now", "after_discovery"), data=CallData, action=True),
            Row("record-call", ("informed", "closed"), None, record_call, require=("by_now", "after_discovery"),
                data=CallData, action=True),
            Row("acknowledge", ("running",), "informed", acknowledge, data=Acknowledged, action=True),
            Row("acknowledge", ("informed",), None, acknowledge, data=Acknowledged, action=True),
            Row("late", ("running",), None, late),
            Row("updated", ("running", "informed"), None, updated, data=Updated),
            Row("rediscovered", ("running", "informed"), None, rediscovered),
            Row("close", ("running", "informed"), "closed", close, data=Closing),
        ),
        guards={
            "informs": _informs,
            "no_telling": _no_telling,
            "by_now": _by_now,
            "after_discovery": _after_discovery,
            "rested_on_it": _rested_on_it,
            "another_way": _another_way,
        },
    )
)  # fmt: skip
