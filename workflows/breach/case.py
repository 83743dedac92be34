"""A breach for one agreement: its clock, its channel and what its customer must hear.

    running → informed → closed; a closed case goes on where the breach does.

Timely means received: a call that was answered by whom the agreement names, a message that arrived (I-08). The
controller's own hours are shown and never acted on: nothing goes to an authority or to a data subject from here.
"""

from typing import Any

from msgspec.structs import replace

from workflows.breach import posting, returned
from workflows.breach.authority import told_of_authority
from workflows.breach.calls import counts
from workflows.breach.clock import (
    LATE,
    TO_REPORT,
    CaseStanding,
    CaseStep,
    authority_hours,
    informed,
    met,
    notice_rules,
    owes_report,
    report_clock,
    start_clock,
    told,
    too_late,
    ways,
)
from workflows.breach.mails import REPORT, UPDATE
from workflows.breach.words import answers, kind_words, open_questions, summary
from workflows.machine.effects import (
    CloseDeadline,
    CloseTasks,
    Effect,
    OpenTask,
    Send,
    SetTimer,
)
from workflows.machine.machine import Workflow
from workflows.machine.posting import POSTED, WRITTEN
from workflows.machine.recipients import recipients, to_each
from workflows.machine.vocabulary import BIRTH, Outcome, Row, State, Table
from workflows.model.breach import (
    Acknowledged,
    BreachCase,
    BreachReceipt,
    Call,
    CallData,
    CaseContext,
    Closing,
    Dropped,
    KindNamed,
    Reopened,
    Updated,
)
from workflows.model.parties import Contact, Wording
from workflows.model.per_language import base_of, say
from workflows.model.posting import LetterPosted, LetterWritten
from workflows.model.replies import Bounced, Receipt
from workflows.model.task_words import InEach, clause_words, rests_on, task_words
from workflows.terms.law import AUTHORITY, rule_of
from workflows.terms.names import NOTICE, OF_KIND
from workflows.terms.names import REPORT as BREACH_REPORT

STATES = (
    State(
        "running", "Its clock runs: nobody at the customer is on record as informed.", frozenset({"live", "running"})
    ),
    State("informed", "The customer knows, by what its agreement counts as telling.", frozenset({"live"})),
    State("closed", "The breach is settled, or turned out not to touch this agreement.", final=True),
)


def begun(ctx: CaseStep) -> Outcome[BreachCase]:
    """A case for one agreement; nobody is told yet."""
    entity, effects = start_clock(ctx, ctx.entity, ctx.now)
    agreement = ctx.context.agreement
    said = {
        "breach_id": entity.breach_id,
        "agreement_id": entity.agreement_id,
        "due_at": entity.due_at,
        "own_target": entity.own_target,
        "terms": f"{agreement.terms} {agreement.terms_version}",
    }
    return Outcome(entity, said, effects=effects)


def addressees(ctx: CaseStanding) -> tuple[Contact, ...]:
    """Whom the terms want to be told, in their order; else those for notices."""
    return recipients(ctx.context.customer, ways(ctx).told_first, ctx.context.terms.notice_contacts)


def letters(ctx: CaseStanding, kind: str, entity: BreachCase, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact, with what is known and what is still open, in the customer's language."""
    return to_each(kind, ctx.context.customer, addressees(ctx), {**report(ctx, entity), **(more or {})})


def report(ctx: CaseStanding, entity: BreachCase) -> dict[str, Any]:
    """What is known and what is still open, in the customer's language, for the words of mails and letters."""
    lang = ctx.context.customer.language
    rules, breach = ways(ctx), ctx.context.breach
    terms, said = ctx.context.terms, kind_words(ctx.context.terms, entity.kind, lang)
    notice = rule_of(terms, f"{OF_KIND}{entity.kind}" if said is not None else NOTICE)
    return {
        "clause": notice.clause if notice is not None else rules.clause,
        "discovered_at": breach.discovered_at.isoformat(),
        "summary": summary(breach, lang),
        **({"kind": str(said)} if said is not None else {}),
        "supplier": ctx.context.subprocessor.name if ctx.context.subprocessor is not None else "",
        "answers": [[str(one), answer] for one, answer in answers(ctx.context.terms, breach, rules.contents, lang)],
        "open": [str(one) for one in open_questions(ctx.context.terms, breach, rules.contents, lang)],
        **told_of_authority(ctx.context.terms, entity.authority_due_at, rules.authority_clause, lang),
    }


def _found(ctx: CaseStanding, clause: str) -> InEach:
    return clause_words(ctx.context.terms, clause)


def notify(ctx: CaseStep) -> Outcome[BreachCase]:
    """The first report: in writing to every contact, and by telephone where the agreement has it so."""
    entity = replace(ctx.entity, notified_at=ctx.at, told_phase=ctx.context.breach.phase)
    effects: list[Effect] = list(letters(ctx, REPORT, entity))
    effects += _to_telephone(ctx, entity)
    if ways(ctx).rhythm_clause:
        text = task_words("breach_rhythm", clause=_found(ctx, ways(ctx).rhythm_clause))
        effects.append(OpenTask("breach_rhythm", text, ctx.id))
    if not addressees(ctx):
        text = task_words("breach_no_address")
        effects.append(OpenTask("breach_no_address", text, ctx.id, ctx.entity.due_at))
    return Outcome(entity, {"channels": ways(ctx).told_by, "due_at": entity.due_at}, effects=tuple(effects))


def _to_telephone(ctx: CaseStanding, case: BreachCase) -> tuple[Effect, ...]:
    """The call that the agreement wants, until the customer is informed."""
    if "phone" not in ways(ctx).told_by or case.informed_at is not None:
        return ()
    role = ways(ctx).told_first[0]
    clause = rests_on(ctx.context.terms, ways(ctx).clause)
    text = task_words("breach_call", role=task_words(f"role_{role}"), rests_on=clause)
    return (OpenTask("breach_call", text, ctx.id, case.due_at),)


def _settle(ctx: CaseStanding, entity: BreachCase) -> tuple[BreachCase, tuple[Effect, ...]]:
    """What follows once the customer is known to be informed, or known to have been earlier."""
    found = told(entity, ways(ctx))
    if found is None or found[0] == ctx.entity.informed_at:
        return entity, ()
    entity, more = informed(ctx, entity, found)
    effects: tuple[Effect, ...] = (
        *met(ctx.context.terms),
        LATE.clear(),
        CloseTasks(("breach_call", "breach_no_address", "breach_late")),
    )
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


def late(ctx: CaseStep) -> Outcome[BreachCase]:
    """The period is over and nobody is on record as informed: from here on it is late.

    The processor's own target is no period: a person hears that it passed, and nothing is late.
    """
    over = task_words("period_over")
    if ctx.entity.own_target:
        over = task_words("own_target_over")
    text = task_words("breach_late", over=over)
    return Outcome(
        replace(ctx.entity, late=not ctx.entity.own_target),
        {"due_at": ctx.entity.due_at, "own_target": ctx.entity.own_target},
        effects=(OpenTask("breach_late", text, ctx.id, ctx.entity.due_at, role="director"),),
    )


def updated(ctx: CaseStep[Updated]) -> Outcome[BreachCase]:
    """More is known: told to every contact. The clock is not touched."""
    sent = letters(ctx, UPDATE, ctx.entity, {"text": ctx.data.text, "reported_at": ctx.at.isoformat()})
    first = bool(sent) and ctx.entity.reported_at is None
    entity = replace(ctx.entity, told_phase=ctx.data.phase, reported_at=ctx.at if first else ctx.entity.reported_at)
    done = (CloseDeadline(BREACH_REPORT, "met"), CloseTasks((TO_REPORT,))) if first and owes_report(ctx) else ()
    return Outcome(entity, {"phase": ctx.data.phase}, effects=(*sent, *done))


def rediscovered(ctx: CaseStep) -> Outcome[BreachCase]:
    """The instant of discovery was corrected: the clock runs from there, what was received stands (P25)."""
    entity, effects = _run_again(ctx, ctx.entity)
    return Outcome(entity, {"due_at": entity.due_at, "late": entity.late}, effects=effects)


def kind_named(ctx: CaseStep[KindNamed]) -> Outcome[BreachCase]:
    """Somebody said of which kind the breach is: the clock is the one of that kind, from the discovery."""
    entity, effects = _run_again(ctx, replace(ctx.entity, kind=ctx.data.kind))
    said = {"kind": entity.kind, "due_at": entity.due_at, "before": ctx.entity.due_at, "late": entity.late}
    return Outcome(entity, said, effects=effects)


def kind_noted(ctx: CaseStep[KindNamed]) -> Outcome[BreachCase]:
    """The same once its customer is informed: its clock is met, and runs by that kind should it run again."""
    return Outcome(replace(ctx.entity, kind=ctx.data.kind), {"kind": ctx.data.kind})


def _run_again(ctx: CaseStep, case: BreachCase) -> tuple[BreachCase, tuple[Effect, ...]]:
    """The clock from the discovery; met already where the customer is on record as informed."""
    entity, effects = start_clock(ctx, case, ctx.now)
    was = told(entity, ways(ctx))
    if was is None:
        if entity.notified_at is not None:
            effects = (*effects, CloseTasks(("breach_call",)), *_to_telephone(ctx, entity))
        if entity.due_at is None or entity.due_at > ctx.now:
            return replace(entity, late=False), (*effects, CloseTasks(("breach_late",)))
        return entity, effects
    kept = (one for one in effects if not isinstance(one, SetTimer))
    return replace(entity, late=too_late(entity, was[0])), (*kept, *met(ctx.context.terms))


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
    reports = (BREACH_REPORT,) if owes_report(ctx) else ()
    over = tuple(CloseDeadline(one, "dropped") for one in (*notice_rules(ctx.context.terms), AUTHORITY, *reports))
    tasks = CloseTasks(
        ("breach_call", "breach_no_address", "breach_late", "breach_bounced", "breach_rhythm", TO_REPORT)
    )
    return (*over, LATE.clear(), tasks, *mails)


def reopen(ctx: CaseStep[Reopened]) -> Outcome[BreachCase]:
    """The breach goes on, or touches this agreement after all: its clock runs as it ran, from the discovery."""
    entity, effects = _run_again(ctx, replace(ctx.entity, closed_at=None, dropped_why=""))
    if entity.informed_at is not None:
        entity, more = authority_hours(ctx, entity, from_discovery=False)
        entity, later = report_clock(ctx, entity, from_discovery=False)
        effects = (*effects, *more, *later)
    words = {"text": say(ctx.data.reason, ctx.context.customer.language)}
    news = letters(ctx, UPDATE, entity, words) if entity.notified_at is not None else ()
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
            Row("bounced", ("running",), None, returned.bounced, data=Bounced),
            Row("bounced", ("informed",), "running", returned.bounced_after, when=(returned.rested_on_it,),
                data=Bounced),
            Row("bounced", ("informed",), None, returned.bounced_after, unless=(returned.rested_on_it,), data=Bounced),
            Row("bounced", ("closed",), None, returned.bounced_after, data=Bounced),
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
            Row("write-letter", ("running", "informed"), None, posting.written, data=LetterWritten, event=WRITTEN,
                action=True),
            Row("record-posting", ("running", "informed", "closed"), None, posting.posted,
                require=(posting.posted_by_now, posting.posted_once), data=LetterPosted, event=POSTED, action=True),
            Row("late", ("running",), None, late),
            Row("updated", ("running", "informed"), None, updated, data=Updated),
            Row("rediscovered", ("running", "informed"), None, rediscovered),
            Row("kind_named", ("running",), None, kind_named, data=KindNamed, event="kind_named"),
            Row("kind_named", ("informed",), None, kind_noted, data=KindNamed, event="kind_named"),
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
        receipts=frozenset({REPORT}),
    )
)  # fmt: skip
