"""What our own outage does to the time before entry into force, and to that for the choice about the data: on the last
day it is our risk (P3). Pure."""

from datetime import datetime

from msgspec.structs import replace

from workflows.agreement.data_guards import choice_due
from workflows.agreement.guards import AgreementStep
from workflows.agreement.plan import deadline_of_all, deadline_of_choice
from workflows.agreement.shared import letters, start_timer
from workflows.agreement.timers import SETTLE
from workflows.deletion.clocks import CHOICE, by_rule, erasure_due
from workflows.machine.effects import Effect
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.model.outages import HeldOpen, held_from, last_day_before, outage_on


def hold_entry_open(ctx: AgreementStep) -> Outcome[Agreement]:
    """The period before entry into force, which only then may be over."""
    closes_at = ctx.entity.entry_closes_at
    held = _held(ctx, closes_at)
    entity = replace(ctx.entity, entry_closes_at=held.until)
    days = _days(ctx, closes_at, held)
    return Outcome(
        entity,
        {**days, "back_at": held.back_at},
        effects=(*start_timer(ctx, entity, ctx.now), *_told(ctx, "entry_held_open", days, held)),
    )


def hold_choice_open(ctx: AgreementStep) -> Outcome[Agreement]:
    """Open through the next open day after customers could answer again; what becomes of the data is settled then."""
    terms, before = ctx.context.terms, choice_due(ctx)
    held = _held(ctx, before)
    entity = replace(ctx.entity, choice_until=held.until)
    effects: list[Effect] = [SETTLE.at(held.until), *deadline_of_choice(ctx, by_rule(terms, entity, CHOICE))]
    by = erasure_due(terms, entity)
    if by != erasure_due(terms, ctx.entity):
        effects += deadline_of_all(ctx, by)
    days = _days(ctx, before, held)
    effects += _told(ctx, "choice_held_open", days, held)
    return Outcome(entity, {**days, "back_at": held.back_at}, effects=tuple(effects))


def _held(ctx: AgreementStep, closes_at: datetime | None) -> HeldOpen:
    back_at = outage_on(closes_at, ctx.context.outages, ctx.context.terms.zone)
    assert back_at is not None
    return held_from(back_at, ctx.context.terms)


def _days(ctx: AgreementStep, closes_at: datetime | None, held: HeldOpen) -> dict[str, str]:
    """The last moment that was and the one that is, as events and mails say them."""
    assert closes_at is not None
    return {
        "closes_at": held.until.isoformat(),
        "last_day": held.last_day.isoformat(),
        "last_day_before": last_day_before(closes_at, ctx.context.terms.zone).isoformat(),
    }


def _told(ctx: AgreementStep, kind: str, days: dict[str, str], held: HeldOpen) -> tuple[Effect, ...]:
    """Nobody is told of more time that is over, too."""
    return letters(ctx, kind, days) if held.until > ctx.now else ()


def held_as_before(ctx: AgreementStep, entity: Agreement) -> Agreement:
    """The agreement as it is corrected: what becomes another end of the choice is held open for its own sake only."""
    terms = ctx.context.terms
    was, found = (by_rule(terms, replace(one, choice_until=None), CHOICE) for one in (ctx.entity, entity))
    same = was is not None and found is not None and was.due_at == found.due_at
    return entity if same else replace(entity, choice_until=None)
