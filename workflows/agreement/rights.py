"""What a right to end brings to its end where that is less than all, and from when. Pure."""

from datetime import date, datetime, timedelta
from typing import Any

from workflows.agreement.guards import AgreementStep
from workflows.agreement.services import cancelled
from workflows.agreement.shared import letters
from workflows.deletion.items import live_services
from workflows.machine.effects import CloseDeadline, Effect, OpenTask
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, CancelledService, OpenRight, Terminate
from workflows.model.task_words import clause_words, task_words
from workflows.names import name_keys
from workflows.terms.model import TerminationRight
from workflows.terms.names import ENDS
from workflows.time import calendar_for, count, end_of_day, local_day, parse_period


def end_services(ctx: AgreementStep[Terminate], right: TerminationRight) -> Outcome[Agreement]:
    """Only the services that the change is for end; the agreement goes on. Where nobody has said which they are, a
    person is asked."""
    zone, arrived = ctx.context.terms.zone, ctx.data.received_at or ctx.at
    on = local_day(takes_effect(ctx, right, arrived) - timedelta(microseconds=1), zone)
    on = max(on, local_day(arrived, zone), ctx.data.effective_on or date.min)
    names = _affected(ctx)
    entity, timers = cancelled(ctx, tuple(CancelledService(service=one, on=on) for one in names))
    public, personal = ending_fields(ctx, right, arrived)
    effects: list[Effect] = [*timers, *refund(ctx, right)]
    effects += (CloseDeadline(rule, "met") for rule, ground in ENDS.items() if ground == ctx.data.ground)
    clause = clause_words(ctx.context.terms, right.clause)
    if names:
        text = task_words("service_ends", services=", ".join(names), day=on, clause=clause)
        effects.append(OpenTask("service_end", text, ctx.id, end_of_day(on, zone), key=",".join(names)))
    else:
        effects.append(OpenTask("service_end", task_words("service_unsaid", clause=clause), ctx.id))
    said = {"ground": ctx.data.ground, "services": list(names), "on": on.isoformat(), "refund": right.refund}
    mails = letters(ctx, "end_confirmed", {**said, "ends_at": end_of_day(on, zone).isoformat()})
    return Outcome(entity, {**public, "services": list(names), "on": on}, personal, (*effects, *mails))


def takes_effect(ctx: AgreementStep[Terminate], right: TerminationRight, arrived: datetime) -> datetime:
    """The instant (UTC) from which the ending holds, as the right has it; a later day that the customer names counts
    all the same."""
    terms = ctx.context.terms
    match right.takes_effect:
        case "receipt":
            return arrived
        case "after":
            assert right.effect_period is not None
            period, calendar = parse_period(right.effect_period), calendar_for(terms.calendar)
            return count(period, arrived, zone=terms.zone, calendar=calendar, party="processor").due_at
        case "engagement":
            known = (one.engages_at for one in _rights(ctx))
            return max((arrived, *(one for one in known if one is not None)))


def refund(ctx: AgreementStep[Terminate], right: TerminationRight) -> tuple[Effect, ...]:
    """Where the text pays back what was paid ahead, somebody does it."""
    if right.refund != "prepaid":
        return ()
    text = task_words("refund", clause=clause_words(ctx.context.terms, right.refund_clause))
    return (OpenTask("refund", text, ctx.id, key=right.ground),)


def ending_fields(
    ctx: AgreementStep[Terminate], right: TerminationRight, arrived: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the event tells of an ending on a right, and the personal part that stands beside the ledger."""
    data = ctx.data
    public: dict[str, Any] = {
        "ground": data.ground,
        "clause": right.clause,
        "party": data.party,
        "received_at": arrived,
        **({"broken_by": data.broken_by} if data.broken_by else {}),
    }
    given = (("reason", data.reason or data.grounds), ("by", data.by), ("evidence", data.evidence))
    return public, {key: value for key, value in given if value}


def _rights(ctx: AgreementStep[Terminate]) -> list[OpenRight]:
    """The rights of notices that this ending rests on."""
    mine = [one for one in ctx.context.rights if ENDS[one.rule] == ctx.data.ground]
    named = [one for one in mine if one.notice_id == ctx.data.notice_id]
    return named or mine


def _affected(ctx: AgreementStep[Terminate]) -> tuple[str, ...]:
    """The services that end: those that are named, else those of the agreement that the change is for."""
    live = live_services(ctx.entity)
    if ctx.data.services:
        return ctx.data.services
    about = {key for one in _rights(ctx) for key in name_keys(one.services)}
    return tuple(one for one in live if set(name_keys((one,))) & about)
