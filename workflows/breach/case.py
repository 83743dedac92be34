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
from workflows.machine.vocabulary import Outcome, Row, State, StepInput, Table
from workflows.model.breach import (
    Acknowledged,
    BreachCase,
    BreachReceipt,
    Call,
    CallData,
    CameBack,
    CaseContext,
    Closing,
    Delivered,
    InformedHow,
    Updated,
)
from workflows.model.parties import Contact
from workflows.terms.due import due
from workflows.terms.model import BreachRules as BreachTerms
from workflows.terms.model import Due
from workflows.time import calendar_for, count, parse_period

CaseStep = StepInput[BreachCase, CaseContext]

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


def ways(ctx: CaseStep) -> BreachTerms:
    """How the agreement wants to be told; where it says nothing, by telephone or in writing."""
    return ctx.context.terms.breach or BreachTerms(
        clause="",
        contacts=("security", "privacy", "contract"),
        channels=("email", "phone"),
        authority="not_obliged",
        authority_clause="",
    )


def clock(ctx: CaseStep, discovered_at: datetime) -> Due:
    """By when the customer must be informed: the agreement's period, else the processor's own target."""
    found = due(ctx.context.terms, NOTICE, discovered_at, ctx.context.agreement.facts)
    if found.due_at is not None:
        return found
    zone = ctx.context.terms.zone
    target = parse_period(ctx.context.processor.breach_target)
    counted = count(
        target, discovered_at, zone=zone, calendar=calendar_for(ctx.context.terms.calendar), party="processor"
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


def begin(ctx: CaseStep) -> tuple[BreachCase, tuple[Effect, ...]]:
    """A case as its clock starts to run, and the deadlines that come with it."""
    found = clock(ctx, ctx.context.breach.discovered_at)
    entity = replace(ctx.entity, due_at=found.due_at, own_target=found.rule == TARGET)
    effects: list[Effect] = [OpenDeadline(found, "Inform the customer of the breach", ctx.context.agreement.id)]
    if found.due_at is not None:
        effects.append(SetTimer("late", max(found.due_at + _JUST_AFTER, ctx.now), "late"))
    entity, more = _authority(ctx, entity, from_discovery=True)
    return entity, (*effects, *more)


def _authority(ctx: CaseStep, entity: BreachCase, *, from_discovery: bool) -> tuple[BreachCase, tuple[Effect, ...]]:
    """The controller's own hours, once the event that the terms count them from has happened."""
    rule = ctx.context.terms.rules.get(AUTHORITY)
    if rule is None or (rule.starts == "discovery") != from_discovery:
        return entity, ()
    at = ctx.context.breach.discovered_at if from_discovery else entity.informed_at
    if at is None:
        return entity, ()
    facts: dict[str, Any] = {"discovered_at": ctx.context.breach.discovered_at.isoformat()}
    if entity.informed_at is not None:
        facts["informed_at"] = entity.informed_at.isoformat()
    found = due(ctx.context.terms, AUTHORITY, at, {**ctx.context.agreement.facts, **facts})
    if found.due_at is None:
        return entity, ()
    text = "Report to the authority, where the controller decides that it must"
    shown = OpenDeadline(found, text, ctx.context.agreement.id)
    return replace(entity, authority_due_at=found.due_at), (shown,)


def addressees(ctx: CaseStep) -> tuple[Contact, ...]:
    """Whom the terms want to be told, in their order; else those for notices."""
    return addressed(ctx.context.customer, ways(ctx).contacts, ctx.context.terms.notice_contacts)


def letters(ctx: CaseStep, kind: str, entity: BreachCase, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact, with what is known and what is still open, in the customer's language."""
    lang = ctx.context.customer.language
    rules, breach = ways(ctx), ctx.context.breach
    authority = ctx.context.terms.rules.get(AUTHORITY)
    data: dict[str, Any] = {
        "clause": ctx.context.terms.rules[NOTICE].clause if NOTICE in ctx.context.terms.rules else rules.clause,
        "discovered_at": breach.discovered_at.isoformat(),
        "summary": breach.summary,
        "supplier": ctx.context.subprocessor.name if ctx.context.subprocessor is not None else "",
        "answers": [list(pair) for pair in answers(breach, rules.contents, lang)],
        "open": list(open_questions(breach, rules.contents, lang)),
        "authority": rules.authority,
        "authority_clause": authority.clause if authority is not None else rules.authority_clause,
        "authority_due_at": entity.authority_due_at.isoformat() if entity.authority_due_at is not None else None,
        "authority_from": authority.starts if authority is not None else "",
        **(more or {}),
    }
    return tuple(
        Send(kind, ctx.context.customer.id, one.id, one.email or "", lang, data, counts=place == 0)
        for place, one in enumerate(addressees(ctx))
    )


def notify(ctx: CaseStep) -> Outcome[BreachCase]:
    """The first report: in writing to every contact, and by telephone where the agreement has it so."""
    entity = replace(ctx.entity, notified_at=ctx.at, told_phase=ctx.context.breach.phase)
    effects: list[Effect] = list(letters(ctx, "breach_notice", entity))
    if "phone" in ways(ctx).channels and ctx.entity.informed_at is None:
        role = ways(ctx).contacts[0]
        text = (
            f"Telephone the customer's contact for {role} about the breach ({ways(ctx).clause}) and record the call, "
            "also one that nobody answers."
        )
        effects.append(OpenTask("breach_call", text, ctx.id, ctx.entity.due_at))
    if not addressees(ctx):
        text = "No contact of the customer has an e-mail address: inform it of the breach in another way."
        effects.append(OpenTask("breach_no_address", text, ctx.id, ctx.entity.due_at))
    return Outcome(entity, {"channels": ways(ctx).channels, "due_at": entity.due_at}, effects=tuple(effects))


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


def _settle(ctx: CaseStep, entity: BreachCase) -> tuple[BreachCase, tuple[Effect, ...]]:
    """What follows once the customer is known to be informed, or known to have been earlier."""
    found = told(entity, ways(ctx))
    if found is None or found[0] == ctx.entity.informed_at:
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
    entity, more = _authority(ctx, entity, from_discovery=False)
    return entity, (*effects, *more)


def _recorded(
    ctx: CaseStep, entity: BreachCase, event: str, said: dict[str, Any], personal: dict[str, Any]
) -> Outcome[BreachCase]:
    entity, effects = _settle(ctx, entity)
    if entity.informed_at is not None:
        said = {**said, "informed_at": entity.informed_at, "how": entity.informed_how, "late": entity.late}
    return Outcome(entity, said, personal, effects, event=event)


def _with_call(ctx: CaseStep) -> BreachCase:
    data: CallData = ctx.data
    call = Call(
        contact=data.contact, at=data.at, outcome=data.outcome, note=data.note, recorded_at=ctx.now,
        recorded_by=ctx.command.actor,
    )  # fmt: skip
    return replace(ctx.entity, calls=(*ctx.entity.calls, call))


def record_call(ctx: CaseStep) -> Outcome[BreachCase]:
    """A call, answered or not, goes on record; an answered one informs where the agreement counts calls."""
    said = {"at": ctx.data.at, "outcome": ctx.data.outcome}
    personal = {key: value for key, value in (("contact", ctx.data.contact), ("note", ctx.data.note)) if value}
    return _recorded(ctx, _with_call(ctx), "called", said, personal)


def _with_receipt(ctx: CaseStep) -> BreachCase:
    return replace(
        ctx.entity,
        receipts=(*ctx.entity.receipts, BreachReceipt(at=ctx.at, contact_id=ctx.data.contact_id, how=ctx.data.how)),
    )


def received(ctx: CaseStep) -> Outcome[BreachCase]:
    """The written report arrived at a contact."""
    said = {"contact_id": ctx.data.contact_id, "received_how": ctx.data.how}
    return _recorded(ctx, _with_receipt(ctx), "received", said, {})


def _with_answer(ctx: CaseStep) -> BreachCase:
    return replace(ctx.entity, answered_at=min(ctx.at, ctx.entity.answered_at or ctx.at))


def acknowledge(ctx: CaseStep) -> Outcome[BreachCase]:
    """The customer itself says that it knows: better proof than any channel."""
    return _recorded(ctx, _with_answer(ctx), "acknowledged", {}, {"by": ctx.data.by})


def bounced(ctx: CaseStep) -> Outcome[BreachCase]:
    """A written report came back: somebody must reach the customer otherwise."""
    text = "A report of the breach came back undelivered: reach the customer in another way and mend the address."
    task = OpenTask("breach_bounced", text, ctx.id, ctx.entity.due_at, key=str(ctx.data.contact_id))
    return Outcome(ctx.entity, {"contact_id": ctx.data.contact_id}, {"words": ctx.data.words}, (task,))


def bounced_after(ctx: CaseStep) -> Outcome[BreachCase]:
    """A bounce of a message that had counted as received: it no longer does (P2)."""
    kept = tuple(one for one in ctx.entity.receipts if one.contact_id != ctx.data.contact_id)
    entity = replace(ctx.entity, receipts=kept)
    back = told(entity, ways(ctx))
    outcome = bounced(ctx)
    if back is not None:
        entity = replace(entity, informed_at=back[0], informed_how=back[1])
        entity = replace(entity, late=entity.due_at is not None and back[0] > entity.due_at)
        return replace(outcome, entity=entity)
    ctx.entity = replace(entity, informed_at=None, informed_how=None, late=False, authority_due_at=None)
    entity, again = begin(ctx)
    return replace(outcome, entity=entity, effects=(*outcome.effects, CloseDeadline(AUTHORITY, "dropped"), *again))


def late(ctx: CaseStep) -> Outcome[BreachCase]:
    """The period is over and nobody is on record as informed: from here on it is late."""
    text = "The customer is not on record as informed of the breach, and the period is over: inform it now."
    return Outcome(
        replace(ctx.entity, late=True),
        {"due_at": ctx.entity.due_at, "own_target": ctx.entity.own_target},
        effects=(OpenTask("breach_late", text, ctx.id, ctx.entity.due_at, role="director"),),
    )


def updated(ctx: CaseStep) -> Outcome[BreachCase]:
    """More is known: told to every contact. The clock is not touched."""
    entity = replace(ctx.entity, told_phase=ctx.data.phase)
    return Outcome(
        entity, {"phase": ctx.data.phase}, effects=letters(ctx, "breach_update", entity, {"text": ctx.data.text})
    )


def rediscovered(ctx: CaseStep) -> Outcome[BreachCase]:
    """The instant of discovery was corrected: the clock runs from there, what was received stands (P25)."""
    entity, effects = begin(ctx)
    was = told(entity, ways(ctx))
    if was is not None:
        entity = replace(entity, late=entity.due_at is not None and was[0] > entity.due_at)
        met = (CloseDeadline(NOTICE, "met"), CloseDeadline(TARGET, "met"))
        effects = (*(one for one in effects if not isinstance(one, SetTimer)), *met)
    return Outcome(entity, {"due_at": entity.due_at, "late": entity.late}, effects=effects)


def close(ctx: CaseStep) -> Outcome[BreachCase]:
    """The breach is settled; whoever was told of it is told how it ended."""
    entity = replace(ctx.entity, closed_at=ctx.at)
    mails = letters(ctx, "breach_closed", entity, {"conclusion": ctx.data.conclusion}) if ctx.entity.notified_at else ()
    over = tuple(CloseDeadline(rule, "dropped") for rule in (NOTICE, TARGET, AUTHORITY))
    tasks = CloseTasks(("breach_call", "breach_no_address", "breach_late", "breach_bounced"))
    return Outcome(entity, effects=(*over, ClearTimer("late"), tasks, *mails))


def _informs(ctx: CaseStep) -> str | None:
    match ctx.command.trigger:
        case "record-call":
            entity = _with_call(ctx)
        case "received":
            entity = _with_receipt(ctx)
        case _:
            entity = _with_answer(ctx)
    return None if told(entity, ways(ctx)) is not None else "the agreement does not count this as telling"


def _no_telling(ctx: CaseStep) -> str | None:
    return "it informs the customer" if _informs(ctx) is None else None


def _by_now(ctx: CaseStep) -> str | None:
    if ctx.data.at > ctx.now:
        return "The call lies in the future: give the instant at which it was made, up to now."
    return None


def _after_discovery(ctx: CaseStep) -> str | None:
    if ctx.data.at < ctx.context.breach.discovered_at:
        return "The call lies before the discovery of the breach: correct one of the two."
    return None


def _rested_on_it(ctx: CaseStep) -> str | None:
    mine = any(one.contact_id == ctx.data.contact_id for one in ctx.entity.receipts)
    return None if mine and _left(ctx) is None else "the customer is informed without that message"


def _another_way(ctx: CaseStep) -> str | None:
    return "nothing else informed the customer" if _rested_on_it(ctx) is None else None


def _left(ctx: CaseStep) -> tuple[datetime, InformedHow] | None:
    kept = tuple(one for one in ctx.entity.receipts if one.contact_id != ctx.data.contact_id)
    return told(replace(ctx.entity, receipts=kept), ways(ctx))


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
