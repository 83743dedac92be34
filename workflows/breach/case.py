"""A breach for one agreement: its clock, its channel and what its customer must hear.

    running → informed → closed; a closed case goes on where the breach does.

Timely means received: a call that was answered by whom the agreement names, a message that arrived (I-08). The
controller's own hours are shown and never acted on: nothing goes to an authority or to a data subject from here.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from workflows.breach.calls import counts
from workflows.breach.words import answers, open_questions, summary
from workflows.machine.effects import (
    CloseDeadline,
    CloseTasks,
    Effect,
    OpenDeadline,
    OpenTask,
    Send,
    SetTimer,
)
from workflows.machine.machine import Workflow
from workflows.machine.recipients import recipients, to_each
from workflows.machine.signals import NoData, Timer
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.breach import (
    Acknowledged,
    BreachCase,
    BreachReceipt,
    Call,
    CallData,
    CaseContext,
    Closing,
    Dropped,
    InformedHow,
    Reopened,
    Updated,
)
from workflows.model.parties import Contact, Wording
from workflows.model.per_language import base_of, say
from workflows.model.replies import Bounced, Receipt
from workflows.terms.due import due
from workflows.terms.law import AUTHORITY, law_of, rule_of
from workflows.terms.model import BreachRules as BreachTerms
from workflows.terms.model import Due
from workflows.time import calendar_for, count, parse_period

CaseStep = StepInput[BreachCase, CaseContext, D_co]
CaseStanding = Standing[BreachCase, CaseContext]

NOTICE = "breach.notice"
TARGET = "breach.target"
_JUST_AFTER = timedelta(microseconds=1)
LATE = Timer("late", NoData)

STATES = (
    State(
        "running", "Its clock runs: nobody at the customer is on record as informed.", frozenset({"live", "running"})
    ),
    State("informed", "The customer knows, by what its agreement counts as telling.", frozenset({"live"})),
    State("closed", "The breach is settled, or turned out not to touch this agreement.", final=True),
)


def ways(ctx: CaseStanding) -> BreachTerms:
    """How the agreement wants to be told; where it says nothing, by telephone or in writing."""
    return ctx.context.terms.breach or BreachTerms(
        clause="",
        contacts=("security", "privacy", "contract"),
        channels=("email", "phone"),
        authority="not_obliged",
        authority_clause="",
    )


def clock(ctx: CaseStanding, discovered_at: datetime) -> Due:
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


def begun(ctx: CaseStep) -> Outcome[BreachCase]:
    """A case for one agreement; nobody is told yet."""
    entity, effects = _run(ctx, ctx.entity, ctx.now)
    agreement = ctx.context.agreement
    said = {
        "breach_id": entity.breach_id,
        "agreement_id": entity.agreement_id,
        "due_at": entity.due_at,
        "own_target": entity.own_target,
        "terms": f"{agreement.terms} {agreement.terms_version}",
    }
    return Outcome(entity, said, effects=effects)


def _run(ctx: CaseStanding, case: BreachCase, now: datetime) -> tuple[BreachCase, tuple[Effect, ...]]:
    """A case as its clock starts to run, and the deadlines that come with it."""
    found = clock(ctx, ctx.context.breach.discovered_at)
    entity = replace(case, due_at=found.due_at, own_target=found.rule == TARGET)
    effects: list[Effect] = [OpenDeadline(found, "Inform the customer of the breach", ctx.context.agreement.id)]
    if found.due_at is not None:
        effects.append(LATE.at(max(found.due_at + _JUST_AFTER, now)))
    entity, more = _authority(ctx, entity, from_discovery=True)
    return entity, (*effects, *more)


def _authority(ctx: CaseStanding, entity: BreachCase, *, from_discovery: bool) -> tuple[BreachCase, tuple[Effect, ...]]:
    """The controller's own hours, once the event that the terms count them from has happened."""
    rule = rule_of(ctx.context.terms, AUTHORITY)
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


def addressees(ctx: CaseStanding) -> tuple[Contact, ...]:
    """Whom the terms want to be told, in their order; else those for notices."""
    return recipients(ctx.context.customer, ways(ctx).told_first, ctx.context.terms.notice_contacts)


def letters(ctx: CaseStanding, kind: str, entity: BreachCase, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact, with what is known and what is still open, in the customer's language."""
    lang = ctx.context.customer.language
    rules, breach = ways(ctx), ctx.context.breach
    authority = rule_of(ctx.context.terms, AUTHORITY)
    reported = ctx.context.terms.breach is not None or law_of(ctx.context.terms) is not None
    data: dict[str, Any] = {
        "clause": ctx.context.terms.rules[NOTICE].clause if NOTICE in ctx.context.terms.rules else rules.clause,
        "discovered_at": breach.discovered_at.isoformat(),
        "summary": summary(breach, lang),
        "supplier": ctx.context.subprocessor.name if ctx.context.subprocessor is not None else "",
        "answers": [list(pair) for pair in answers(breach, rules.contents, lang)],
        "open": list(open_questions(breach, rules.contents, lang)),
        "authority": rules.authority if reported else "",
        "authority_clause": authority.clause if authority is not None else rules.authority_clause,
        "authority_due_at": entity.authority_due_at.isoformat() if entity.authority_due_at is not None else None,
        "authority_from": authority.starts if authority is not None else "",
        "authority_period": (authority.period if authority is not None else None) or "",
        **(more or {}),
    }
    return to_each(kind, ctx.context.customer, addressees(ctx), data)


def notify(ctx: CaseStep) -> Outcome[BreachCase]:
    """The first report: in writing to every contact, and by telephone where the agreement has it so."""
    entity = replace(ctx.entity, notified_at=ctx.at, told_phase=ctx.context.breach.phase)
    effects: list[Effect] = list(letters(ctx, "breach_notice", entity))
    if "phone" in ways(ctx).told_by and ctx.entity.informed_at is None:
        role = ways(ctx).told_first[0]
        rests_on = f" ({ways(ctx).clause})" if ways(ctx).clause else ""
        text = (
            f"Telephone the customer's contact for {role} about the breach{rests_on} and record the call, "
            "also one that nobody answers."
        )
        effects.append(OpenTask("breach_call", text, ctx.id, ctx.entity.due_at))
    if ways(ctx).rhythm_clause:
        text = (
            f"Agree with the customer how often it hears how the breach goes on ({ways(ctx).rhythm_clause}), "
            "and note what you agreed."
        )
        effects.append(OpenTask("breach_rhythm", text, ctx.id))
    if not addressees(ctx):
        text = "No contact of the customer has an e-mail address: inform it of the breach in another way."
        effects.append(OpenTask("breach_no_address", text, ctx.id, ctx.entity.due_at))
    return Outcome(entity, {"channels": ways(ctx).told_by, "due_at": entity.due_at}, effects=tuple(effects))


def told(case: BreachCase, rules: BreachTerms) -> tuple[datetime, InformedHow] | None:
    """The earliest instant (UTC) at which the customer was informed by what the agreement counts, or None."""
    found: list[tuple[datetime, InformedHow]] = []
    written = min((one.at for one in case.receipts), default=None)
    if "phone" in rules.told_by:
        calls = [one for one in case.calls if one.counts]
        found += [(one.at, "call") for one in calls if one.outcome == "spoken"]
        if rules.voicemail == "with_writing" and written is not None:
            found += [(max(one.at, written), "voicemail_and_mail") for one in calls if one.outcome == "voicemail"]
    if "email" in rules.told_by and written is not None:
        found.append((written, "mail"))
    if case.answered_at is not None:
        found.append((case.answered_at, "answer"))
    return min(found, key=lambda one: one[0], default=None)


def _too_late(case: BreachCase, at: datetime) -> bool:
    """Whether being informed at `at` is late: against the agreement's period, never the processor's own target."""
    return not case.own_target and case.due_at is not None and at > case.due_at


def _settle(ctx: CaseStanding, entity: BreachCase) -> tuple[BreachCase, tuple[Effect, ...]]:
    """What follows once the customer is known to be informed, or known to have been earlier."""
    found = told(entity, ways(ctx))
    if found is None or found[0] == ctx.entity.informed_at:
        return entity, ()
    at, how = found
    entity = replace(entity, informed_at=at, informed_how=how, late=_too_late(entity, at))
    effects: tuple[Effect, ...] = (
        CloseDeadline(NOTICE, "met"),
        CloseDeadline(TARGET, "met"),
        LATE.clear(),
        CloseTasks(("breach_call", "breach_no_address", "breach_late")),
    )
    entity, more = _authority(ctx, entity, from_discovery=False)
    return entity, (*effects, *more)


def _recorded(ctx: CaseStep, entity: BreachCase, said: dict[str, Any], personal: dict[str, Any]) -> Outcome[BreachCase]:
    entity, effects = _settle(ctx, entity)
    if entity.informed_at is not None:
        said = {**said, "informed_at": entity.informed_at, "how": entity.informed_how, "late": entity.late}
    return Outcome(entity, said, personal, effects)


def _with_call(ctx: CaseStep[CallData]) -> BreachCase:
    data = ctx.data
    call = Call(
        contact=data.contact, at=data.at, outcome=data.outcome, note=data.note, recorded_at=ctx.now,
        recorded_by=ctx.command.actor, reason=data.reason,
        counts=bool(data.reason.strip())
        or counts(data.contact, ctx.context.customer.contacts, ways(ctx).told_first, ctx.context.terms.notice_contacts),
    )  # fmt: skip
    return replace(ctx.entity, calls=(*ctx.entity.calls, call))


def record_call(ctx: CaseStep[CallData]) -> Outcome[BreachCase]:
    """A call, answered or not, goes on record; one that its contact answered informs where the agreement has it so."""
    entity = _with_call(ctx)
    said = {"at": ctx.data.at, "outcome": ctx.data.outcome, "counts": entity.calls[-1].counts}
    words = (("contact", ctx.data.contact), ("note", ctx.data.note), ("reason", ctx.data.reason))
    return _recorded(ctx, entity, said, {key: value for key, value in words if value})


def _with_receipt(ctx: CaseStep[Receipt]) -> BreachCase:
    return replace(
        ctx.entity,
        receipts=(*ctx.entity.receipts, BreachReceipt(at=ctx.at, contact_id=ctx.data.contact_id, how=ctx.data.how)),
    )


def received(ctx: CaseStep[Receipt]) -> Outcome[BreachCase]:
    """The written report arrived at a contact."""
    said = {"contact_id": ctx.data.contact_id, "received_how": ctx.data.how}
    return _recorded(ctx, _with_receipt(ctx), said, {})


def _with_answer(ctx: CaseStep) -> BreachCase:
    return replace(ctx.entity, answered_at=min(ctx.at, ctx.entity.answered_at or ctx.at))


def acknowledge(ctx: CaseStep[Acknowledged]) -> Outcome[BreachCase]:
    """The customer itself says that it knows: better proof than any channel."""
    return _recorded(ctx, _with_answer(ctx), {}, {"by": ctx.data.by})


def bounced(ctx: CaseStep[Bounced]) -> Outcome[BreachCase]:
    """A written report came back: somebody must reach the customer otherwise."""
    text = "A report of the breach came back undelivered: reach the customer in another way and mend the address."
    task = OpenTask("breach_bounced", text, ctx.id, ctx.entity.due_at, key=str(ctx.data.contact_id))
    return Outcome(ctx.entity, {"contact_id": ctx.data.contact_id}, {"words": ctx.data.words}, (task,))


def bounced_after(ctx: CaseStep[Bounced]) -> Outcome[BreachCase]:
    """A bounce of a message that had counted as received: it no longer does (P2)."""
    kept = tuple(one for one in ctx.entity.receipts if one.contact_id != ctx.data.contact_id)
    entity = replace(ctx.entity, receipts=kept)
    back = told(entity, ways(ctx))
    outcome = bounced(ctx)
    if back is not None:
        late = _too_late(entity, back[0])
        return replace(outcome, entity=replace(entity, informed_at=back[0], informed_how=back[1], late=late))
    entity = replace(entity, informed_at=None, informed_how=None, late=False, authority_due_at=None)
    entity, again = _run(ctx, entity, ctx.now)
    return replace(outcome, entity=entity, effects=(*outcome.effects, CloseDeadline(AUTHORITY, "dropped"), *again))


def late(ctx: CaseStep) -> Outcome[BreachCase]:
    """The period is over and nobody is on record as informed: from here on it is late.

    The processor's own target is no period: a person hears that it passed, and nothing is late.
    """
    over = "the period is over"
    if ctx.entity.own_target:
        over = "the processor's own target has passed (the agreement gives no number of hours)"
    text = f"The customer is not on record as informed of the breach, and {over}: inform it now."
    return Outcome(
        replace(ctx.entity, late=not ctx.entity.own_target),
        {"due_at": ctx.entity.due_at, "own_target": ctx.entity.own_target},
        effects=(OpenTask("breach_late", text, ctx.id, ctx.entity.due_at, role="director"),),
    )


def updated(ctx: CaseStep[Updated]) -> Outcome[BreachCase]:
    """More is known: told to every contact. The clock is not touched."""
    entity = replace(ctx.entity, told_phase=ctx.data.phase)
    return Outcome(
        entity, {"phase": ctx.data.phase}, effects=letters(ctx, "breach_update", entity, {"text": ctx.data.text})
    )


def rediscovered(ctx: CaseStep) -> Outcome[BreachCase]:
    """The instant of discovery was corrected: the clock runs from there, what was received stands (P25)."""
    entity, effects = _run_again(ctx, ctx.entity)
    return Outcome(entity, {"due_at": entity.due_at, "late": entity.late}, effects=effects)


def _run_again(ctx: CaseStep, case: BreachCase) -> tuple[BreachCase, tuple[Effect, ...]]:
    """The clock from the discovery; met already where the customer is on record as informed."""
    entity, effects = _run(ctx, case, ctx.now)
    was = told(entity, ways(ctx))
    if was is None:
        return entity, effects
    met = (CloseDeadline(NOTICE, "met"), CloseDeadline(TARGET, "met"))
    kept = (one for one in effects if not isinstance(one, SetTimer))
    return replace(entity, late=_too_late(entity, was[0])), (*kept, *met)


def close(ctx: CaseStep[Closing]) -> Outcome[BreachCase]:
    """The breach is settled; whoever was told of it is told how it ended."""
    return Outcome(replace(ctx.entity, closed_at=ctx.at), effects=_over(ctx, ctx.data.conclusion))


def drop(ctx: CaseStep[Dropped]) -> Outcome[BreachCase]:
    """The breach turned out not to touch this agreement; a customer that was told of it hears so."""
    entity = replace(ctx.entity, closed_at=ctx.at, dropped_why=base_of(ctx.data.reason)[0])
    return Outcome(entity, {}, {"reason": ctx.data.reason}, _over(ctx, ctx.data.reason))


def _over(ctx: CaseStep, conclusion: Wording) -> tuple[Effect, ...]:
    told_of_it = ctx.entity.notified_at is not None
    words = {"conclusion": say(conclusion, ctx.context.customer.language)}
    mails = letters(ctx, "breach_closed", ctx.entity, words) if told_of_it else ()
    over = tuple(CloseDeadline(rule, "dropped") for rule in (NOTICE, TARGET, AUTHORITY))
    tasks = CloseTasks(("breach_call", "breach_no_address", "breach_late", "breach_bounced", "breach_rhythm"))
    return (*over, LATE.clear(), tasks, *mails)


def reopen(ctx: CaseStep[Reopened]) -> Outcome[BreachCase]:
    """The breach goes on, or touches this agreement after all: its clock runs as it ran, from the discovery."""
    entity, effects = _run_again(ctx, replace(ctx.entity, closed_at=None, dropped_why=""))
    if entity.informed_at is not None:
        entity, more = _authority(ctx, entity, from_discovery=False)
        effects = (*effects, *more)
    words = {"text": say(ctx.data.reason, ctx.context.customer.language)}
    news = letters(ctx, "breach_update", entity, words) if entity.notified_at is not None else ()
    return Outcome(entity, {"due_at": entity.due_at}, {}, (*effects, *news))


def _call_informs(ctx: CaseStep[CallData]) -> str | None:
    return _counts(ctx, _with_call(ctx))


def _receipt_informs(ctx: CaseStep[Receipt]) -> str | None:
    return _counts(ctx, _with_receipt(ctx))


def _known_to_be_informed(ctx: CaseStanding) -> str | None:
    return None if ctx.entity.informed_at is not None else "the customer is not on record as informed"


def _counts(ctx: CaseStanding, case: BreachCase) -> str | None:
    return None if told(case, ways(ctx)) is not None else "the agreement does not count this as telling"


def _by_now(ctx: CaseStep[CallData]) -> str | None:
    if ctx.data.at > ctx.now:
        return "The call lies in the future: give the instant at which it was made, up to now."
    return None


def _after_discovery(ctx: CaseStep[CallData]) -> str | None:
    if ctx.data.at < ctx.context.breach.discovered_at:
        return "The call lies before the discovery of the breach: correct one of the two."
    return None


def _rested_on_it(ctx: CaseStep[Bounced]) -> str | None:
    mine = any(one.contact_id == ctx.data.contact_id for one in ctx.entity.receipts)
    kept = tuple(one for one in ctx.entity.receipts if one.contact_id != ctx.data.contact_id)
    left = told(replace(ctx.entity, receipts=kept), ways(ctx))
    return None if mine and left is None else "the customer is informed without that message"


BREACH_CASE = Workflow(
    Table(
        name="breach_case",
        entity=BreachCase,
        context=CaseContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "running", begun, event="created"),
            Row("notify", ("running", "informed"), None, notify),
            Row("received", ("running",), "informed", received, when=(_receipt_informs,), data=Receipt),
            Row("received", ("running",), None, received, unless=(_receipt_informs,), data=Receipt),
            Row("received", ("informed", "closed"), None, received, data=Receipt),
            Row("bounced", ("running",), None, bounced, data=Bounced),
            Row("bounced", ("informed",), "running", bounced_after, when=(_rested_on_it,), data=Bounced),
            Row("bounced", ("informed",), None, bounced_after, unless=(_rested_on_it,), data=Bounced),
            Row("record-call", ("running",), "informed", record_call, when=(_call_informs,),
                require=(_by_now, _after_discovery), data=CallData, event="called", action=True),
            Row("record-call", ("running",), None, record_call, unless=(_call_informs,),
                require=(_by_now, _after_discovery), data=CallData, event="called", action=True),
            Row("record-call", ("informed", "closed"), None, record_call, require=(_by_now, _after_discovery),
                data=CallData, event="called", action=True),
            Row("acknowledge", ("running",), "informed", acknowledge, data=Acknowledged, event="acknowledged",
                action=True),
            Row("acknowledge", ("informed",), None, acknowledge, data=Acknowledged, event="acknowledged",
                action=True),
            Row("late", ("running",), None, late),
            Row("updated", ("running", "informed"), None, updated, data=Updated),
            Row("rediscovered", ("running", "informed"), None, rediscovered),
            Row("close", ("running", "informed"), "closed", close, data=Closing),
            Row("drop", ("running", "informed"), "closed", drop, data=Dropped, event="dropped"),
            Row("reopen", ("closed",), "informed", reopen, when=(_known_to_be_informed,), data=Reopened,
                event="reopened"),
            Row("reopen", ("closed",), "running", reopen, unless=(_known_to_be_informed,), data=Reopened,
                event="reopened"),
        ),
        timers=(LATE,),
        parent="agreement_id",
        reads_messages_first=True,
        receipts=frozenset({"breach_notice"}),
    )
)  # fmt: skip
