"""Legal holds (P27): placed, lifted, over by their own end, or overridden by a director. Pure.

What a hold let go of waits for a person: its order goes out only when the plan is approved once more.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from workflows.agreement.guards import AgreementStanding, AgreementStep
from workflows.agreement.plan import approval, deadline, later, task, with_items, withdrawn
from workflows.agreement.timers import HOLD_OVER
from workflows.deletion.clocks import due_of
from workflows.deletion.hold_rules import holding, standing
from workflows.deletion.items import dated
from workflows.machine.effects import CloseTasks, Effect, OpenTask
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, HoldOn, Override, Release
from workflows.model.deletion import Hold
from workflows.model.task_words import clause_words, task_words
from workflows.time import end_of_day, local_day

RESTRICT: Final = "restrict_held"
"""The task of restricting data that stay, where the agreement asks for that."""


def hold(ctx: AgreementStep[HoldOn]) -> Outcome[Agreement]:
    """Data of these categories stay, on this ground, until a day; what is not named is asked for.

    Orders that are out are taken back: their tasks close and come again when the hold has ended.
    """
    one = Hold(categories=ctx.data.categories, ground=ctx.data.ground, until=ctx.data.until)
    entity = replace(ctx.entity, holds=(*ctx.entity.holds, one))
    stopped = [item for item in entity.plan if holding(entity, item) and not holding(ctx.entity, item)]
    entity = with_items(entity, (replace(item, ordered_at=None) for item in stopped))
    lacks = [name for name, given in (("categories", one.categories), ("end", one.until)) if not given]
    unnamed = task_words(f"hold_{'_and_'.join(lacks)}") if lacks else None
    ask: tuple[Effect, ...] = ()
    if unnamed:
        text = task_words("hold_incomplete", unnamed=unnamed, ground=one.ground)
        ask = (OpenTask("hold_incomplete", text, ctx.id, key=one.ground[:100]),)
    if clause := ctx.context.terms.end.restricted_clause:
        text = task_words("restrict_held", ground=one.ground, clause=clause_words(ctx.context.terms, clause))
        ask = (*ask, OpenTask(RESTRICT, text, ctx.id, key=one.ground[:100]))
    said = {
        "categories": one.categories,
        "ground": one.ground,
        "until": one.until,
        "items": [str(item.id) for item in stopped],
    }
    return Outcome(entity, said, effects=(*withdrawn(stopped), *_timer(ctx, entity), *ask))


def release(ctx: AgreementStep[Release]) -> Outcome[Agreement]:
    """Somebody lifts a hold, or all of them; nothing goes by that alone."""
    left = tuple(one for one in ctx.entity.holds if not _meant(ctx, one))
    said: dict[str, Any] = {"reason": ctx.data.reason} if ctx.data.reason else {}
    return _lifted(ctx, left, said)


def hold_over(ctx: AgreementStep) -> Outcome[Agreement]:
    """Its last day is over; a person approves the plan once more before anything goes."""
    left = tuple(one for one in ctx.entity.holds if not _over(ctx, one))
    gone = [one.ground for one in ctx.entity.holds if one not in left]
    return _lifted(ctx, left, {"grounds": gone})


def override(ctx: AgreementStep[Override]) -> Outcome[Agreement]:
    """A director lets data go in spite of a hold: the hold stays listed, and with it who overrode it and why."""
    marked = tuple(
        replace(one, overridden_at=ctx.at) if _meant(ctx, one) and one.overridden_at is None else one
        for one in ctx.entity.holds
    )
    grounds = [one.ground for one in standing(ctx.entity) if _meant(ctx, one)]
    return _lifted(ctx, marked, {"reason": ctx.data.reason, "grounds": grounds})


def _meant(ctx: AgreementStep[Release | Override], one: Hold) -> bool:
    return ctx.data.ground is None or one.ground == ctx.data.ground


def _over(ctx: AgreementStep, one: Hold) -> bool:
    return one.until is not None and end_of_day(one.until, ctx.context.terms.zone) <= ctx.at


def _lifted(ctx: AgreementStep, left: tuple[Hold, ...], said: dict[str, Any]) -> Outcome[Agreement]:
    """Due instants are computed anew, not before now; tasks come back for a person, orders do not."""
    entity = replace(ctx.entity, holds=left)
    freed = {item.id for item in entity.plan if holding(ctx.entity, item) and not holding(entity, item)}
    effects: list[Effect] = []
    for one in entity.plan:
        if one.id in freed:
            entity, more = _free(ctx, entity, one.id)
            effects += more
    grounds = {one.ground for one in standing(entity)}
    done = [
        CloseTasks(("hold_incomplete", RESTRICT), key=one.ground[:100])
        for one in ctx.entity.holds
        if one.ground not in grounds
    ]
    ask = approval(ctx, entity) if entity.plan else ()
    return Outcome(
        entity,
        {**said, "items": sorted(map(str, freed))},
        effects=(*done, *effects, *ask, *_timer(ctx, entity)),
    )


def _free(ctx: AgreementStep, entity: Agreement, id: UUID) -> tuple[Agreement, tuple[Effect, ...]]:
    item = next(one for one in entity.plan if one.id == id)
    found = due_of(ctx.context.terms, entity, item)
    if found is not None:
        found = later(found, ctx.at, ctx.context.terms.zone)
        if found.due_at == ctx.at:
            found = replace(found, last_day=local_day(ctx.at, ctx.context.terms.zone))
    item = replace(dated(item, found) if found is not None else item, freed_at=ctx.at)
    again = (task(ctx, entity, item),) if item.approved_at is not None else ()
    return with_items(entity, (item,)), (*deadline(ctx.id, item, found), *again)


def _timer(ctx: AgreementStanding, entity: Agreement) -> tuple[Effect, ...]:
    ends: list[datetime] = [
        end_of_day(one.until, ctx.context.terms.zone) for one in entity.holds if one.until is not None
    ]
    if not ends:
        return (HOLD_OVER.clear(),)
    return (HOLD_OVER.at(min(ends)),)
