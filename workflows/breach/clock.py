"""The clock of a breach's case: by when the customer must be informed, and since when it is. Pure."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from workflows.breach.words import kind_here
from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask
from workflows.machine.signals import NoData, Timer
from workflows.machine.vocabulary import D_co, Standing, StepInput
from workflows.model.breach import BreachCase, CaseContext, InformedHow
from workflows.model.task_words import clause_words, task_words
from workflows.terms.due import due, kinds_of
from workflows.terms.law import AUTHORITY, rule_of
from workflows.terms.model import BreachRules as BreachTerms
from workflows.terms.model import Due, Terms
from workflows.terms.names import KIND_FACT, NOTICE, OF_KIND, REPORT
from workflows.time import calendar_for, count, parse_period

CaseStep = StepInput[BreachCase, CaseContext, D_co]
CaseStanding = Standing[BreachCase, CaseContext]

TARGET = "breach.target"
TO_REPORT = "breach_report"
LATE = Timer("late", NoData)
_JUST_AFTER = timedelta(microseconds=1)


def ways(ctx: CaseStanding) -> BreachTerms:
    """How the agreement wants a breach told; by e-mail or telephone where it says nothing."""
    return ways_of(ctx.context.terms)


def ways_of(terms: Terms) -> BreachTerms:
    """How these terms want a breach told; by e-mail or telephone where they say nothing."""
    said = terms.breach
    return (
        said
        if said is not None and said.rule == "told"
        else BreachTerms(
            clause="",
            contacts=("security", "privacy", "contract"),
            channels=("email", "phone"),
        )
    )


def clock(ctx: CaseStanding, kind: str, discovered_at: datetime) -> Due:
    """By when the customer must be informed: the agreement's period, else the processor's own target."""
    facts: dict[str, Any] = dict(ctx.context.agreement.facts)
    if kinds_of(ctx.context.terms):
        facts[KIND_FACT] = kind_here(ctx.context.terms, kind)
    found = due(ctx.context.terms, NOTICE, discovered_at, facts)
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


def notice_rules(terms: Terms) -> tuple[str, ...]:
    """Every rule by which a customer may have to be informed, the processor's own target last."""
    return (NOTICE, *(f"{OF_KIND}{one}" for one in kinds_of(terms)), TARGET)


def met(terms: Terms) -> tuple[CloseDeadline, ...]:
    """The customer is informed: whichever clock ran is met."""
    return tuple(CloseDeadline(one, "met") for one in notice_rules(terms))


def start_clock(ctx: CaseStanding, case: BreachCase, now: datetime) -> tuple[BreachCase, tuple[Effect, ...]]:
    """A case as its clock starts to run, and the deadlines that come with it."""
    found = clock(ctx, case.kind, ctx.context.breach.discovered_at)
    entity = replace(case, due_at=found.due_at, own_target=found.rule == TARGET)
    effects: list[Effect] = []
    if kinds_of(ctx.context.terms):  # another clock may have run before somebody said of which kind it is
        effects += [CloseDeadline(one, "dropped") for one in notice_rules(ctx.context.terms) if one != found.rule]
    effects.append(OpenDeadline(found, "Inform the customer of the breach", ctx.context.agreement.id))
    if found.due_at is not None:
        effects.append(LATE.at(max(found.due_at + _JUST_AFTER, now)))
    entity, more = authority_hours(ctx, entity, from_discovery=True)
    entity, later = report_clock(ctx, entity, from_discovery=True)
    return entity, (*effects, *more, *later)


def report_clock(
    ctx: CaseStanding, entity: BreachCase, *, from_discovery: bool
) -> tuple[BreachCase, tuple[Effect, ...]]:
    """The later report that the agreement asks for, once the event that its time is counted from has happened."""
    rule = ctx.context.terms.rules.get(REPORT)
    if rule is None or entity.reported_at is not None or (rule.starts == "informed") == from_discovery:
        return entity, ()
    at = ctx.context.breach.discovered_at if from_discovery else entity.informed_at
    if at is None:
        return entity, ()
    found = due(ctx.context.terms, REPORT, at, ctx.context.agreement.facts)
    text = task_words(TO_REPORT, clause=clause_words(ctx.context.terms, found.clause))
    task = OpenTask(TO_REPORT, text, ctx.id, found.due_at)
    shown = OpenDeadline(found, "Send the later report of the breach", ctx.context.agreement.id)
    return replace(entity, report_due_at=found.due_at), (shown, CloseTasks((TO_REPORT,)), task)


def authority_hours(
    ctx: CaseStanding, entity: BreachCase, *, from_discovery: bool
) -> tuple[BreachCase, tuple[Effect, ...]]:
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


def too_late(case: BreachCase, at: datetime) -> bool:
    """Whether being informed at `at` is late: against the agreement's period, never the processor's own target."""
    return not case.own_target and case.due_at is not None and at > case.due_at


def informed(
    ctx: CaseStanding, entity: BreachCase, found: tuple[datetime, InformedHow]
) -> tuple[BreachCase, tuple[Effect, ...]]:
    """Informed at another instant than was known: the controller's hours go by it. None are shown of a closed case."""
    at, how = found
    entity = replace(entity, informed_at=at, informed_how=how, late=too_late(entity, at))
    if at == ctx.entity.informed_at:
        return entity, ()
    entity, shown = authority_hours(ctx, entity, from_discovery=False)
    entity, later = report_clock(ctx, entity, from_discovery=False)
    return entity, (*shown, *later) if "live" in ctx.tags else ()


def owes_report(ctx: CaseStanding) -> bool:
    """Whether the agreement asks for a later report."""
    return REPORT in ctx.context.terms.rules
