"""What our own outage does to the choice about the data: on its last day it is our risk (P3). Pure."""

from msgspec.structs import replace

from workflows.agreement.data_guards import choice_due
from workflows.agreement.guards import AgreementStep
from workflows.agreement.plan import deadline_of_all, deadline_of_choice
from workflows.agreement.shared import letters
from workflows.agreement.timers import SETTLE
from workflows.deletion.clocks import CHOICE, by_rule, erasure_due
from workflows.machine.effects import Effect
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.model.outages import held_from, last_day_before, outage_on


def hold_choice_open(ctx: AgreementStep) -> Outcome[Agreement]:
    """Open through the next open day after customers could answer again; what becomes of the data is settled then."""
    terms, before = ctx.context.terms, choice_due(ctx)
    assert before is not None
    back_at = outage_on(before, ctx.context.outages, terms.zone)
    assert back_at is not None
    held = held_from(back_at, terms)
    entity = replace(ctx.entity, choice_until=held.until)
    effects: list[Effect] = [SETTLE.at(held.until), *deadline_of_choice(ctx, by_rule(terms, entity, CHOICE))]
    by = erasure_due(terms, entity)
    if by != erasure_due(terms, ctx.entity):
        effects += deadline_of_all(ctx, by)
    days = {
        "closes_at": held.until.isoformat(),
        "last_day": held.last_day.isoformat(),
        "last_day_before": last_day_before(before, terms.zone).isoformat(),
    }
    if held.until > ctx.now:  # else nobody can choose any more
        effects += letters(ctx, "choice_held_open", days)
    return Outcome(entity, {**days, "back_at": back_at}, effects=tuple(effects))


def held_as_before(ctx: AgreementStep, entity: Agreement) -> Agreement:
    """The agreement as it is corrected: what becomes another end of the choice is held open for its own sake only."""
    terms = ctx.context.terms
    was, found = (by_rule(terms, replace(one, choice_until=None), CHOICE) for one in (ctx.entity, entity))
    same = was is not None and found is not None and was.due_at == found.due_at
    return entity if same else replace(entity, choice_until=None)
