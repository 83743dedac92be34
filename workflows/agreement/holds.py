"""Legal holds (P27): placed, lifted, over by their own end, or overridden by a director. Pure.

What a hold let go of waits for a person: its order goes out only when the plan is approved once more.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from workflows.agreement.guards import At
from workflows.agreement.plan import approval, deadline, later, task, with_items, withdrawn
from workflows.deletion.hold_rules import holding, standing
from workflows.deletion.items import due_of
from workflows.machine.effects import (
    RANK_ERASE,
    ClearTimer,
    CloseTasks,
    Effect,
    OpenTask,
    SetTimer,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.model.deletion import Hold
from workflows.time import end_of_day, local_day


def hold(c: At) -> Outcome[Agreement]:
    """Data of these categories stay, on this ground, until a day; what is not named is asked for.

    Orders that are out are taken back: their tasks close and come again when the hold has ended.
    """
    one = Hold(categories=c.data.categories, ground=c.data.ground, until=c.data.until)
    entity = replace(c.entity, holds=(*c.entity.holds, one))
    stopped = [item for item in entity.plan if holding(entity, item) and not holding(c.entity, item)]
    entity = with_items(entity, (replace(item, ordered_at=None) for item in stopped))
    unnamed = [name for name, given in (("categories", one.categories), ("an end", one.until)) if not given]
    ask: tuple[Effect, ...] = ()
    if unnamed:
        text = f"A hold names its categories and its end: {' and '.join(unnamed)} not given yet ({one.ground})."
        ask = (OpenTask("hold_incomplete", text, c.id, key=one.ground[:100]),)
    said = {
        "categories": one.categories,
        "ground": one.ground,
        "until": one.until,
        "items": [str(item.id) for item in stopped],
    }
    return Outcome(entity, said, effects=(*withdrawn(stopped), *_timer(c, entity), *ask), event="held")


def release(c: At) -> Outcome[Agreement]:
    """Somebody lifts a hold, or all of them; nothing goes by that alone."""
    left = tuple(one for one in c.entity.holds if not _meant(c, one))
    said: dict[str, Any] = {"reason": c.data.reason} if c.data.reason else {}
    return _lifted(c, left, said, "released")


def hold_over(c: At) -> Outcome[Agreement]:
    """Its last day is over; a person approves the plan once more before anything goes."""
    left = tuple(one for one in c.entity.holds if not _over(c, one))
    gone = [one.ground for one in c.entity.holds if one not in left]
    return _lifted(c, left, {"grounds": gone}, "hold_over")


def override(c: At) -> Outcome[Agreement]:
    """A director lets data go in spite of a hold: the hold stays listed, and with it who overrode it and why."""
    marked = tuple(
        replace(one, overridden_at=c.at) if _meant(c, one) and one.overridden_at is None else one
        for one in c.entity.holds
    )
    grounds = [one.ground for one in standing(c.entity) if _meant(c, one)]
    return _lifted(c, marked, {"reason": c.data.reason, "grounds": grounds}, "hold_overridden")


def _meant(c: At, one: Hold) -> bool:
    return c.data.ground is None or one.ground == c.data.ground


def _over(c: At, one: Hold) -> bool:
    return one.until is not None and end_of_day(one.until, c.context.terms.zone) <= c.at


def _lifted(c: At, left: tuple[Hold, ...], said: dict[str, Any], event: str) -> Outcome[Agreement]:
    """Due instants are computed anew, not before now; tasks come back for a person, orders do not."""
    entity = replace(c.entity, holds=left)
    freed = {item.id for item in entity.plan if holding(c.entity, item) and not holding(entity, item)}
    effects: list[Effect] = []
    for one in entity.plan:
        if one.id in freed:
            entity, more = _free(c, entity, one.id)
            effects += more
    grounds = {one.ground for one in standing(entity)}
    done = [
        CloseTasks(("hold_incomplete",), key=one.ground[:100]) for one in c.entity.holds if one.ground not in grounds
    ]
    ask = approval(c, entity) if entity.plan else ()
    return Outcome(
        entity,
        {**said, "items": sorted(map(str, freed))},
        effects=(*done, *effects, *ask, *_timer(c, entity)),
        event=event,
    )


def _free(c: At, entity: Agreement, id: UUID) -> tuple[Agreement, tuple[Effect, ...]]:
    item = next(one for one in entity.plan if one.id == id)
    found = due_of(c.context.terms, entity, item)
    if found is not None:
        found = later(found, c.at, c.context.terms.zone)
        if found.due_at == c.at:
            found = replace(found, last_day=local_day(c.at, c.context.terms.zone))
    item = replace(item, freed_at=c.at, due_at=found.due_at if found is not None else item.due_at)
    again = (task(c, item),) if item.approved_at is not None else ()
    return with_items(entity, (item,)), (*deadline(c, item, found), *again)


def _timer(c: At, entity: Agreement) -> tuple[Effect, ...]:
    ends: list[datetime] = [
        end_of_day(one.until, c.context.terms.zone) for one in entity.holds if one.until is not None
    ]
    if not ends:
        return (ClearTimer("hold_over"),)
    return (SetTimer("hold_over", min(ends), "hold_over", RANK_ERASE, "irreversible"),)
