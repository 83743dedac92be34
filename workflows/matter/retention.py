"""How long the controller wants, or has, to keep data: the days that it names, and what follows from them."""

from datetime import date
from typing import Final

from workflows.errors import Problem
from workflows.machine.effects import Effect, OpenDeadline, OpenTask
from workflows.machine.messages import HOLD
from workflows.machine.vocabulary import UNBORN, Standing
from workflows.model.agreement import HoldOn
from workflows.model.matter import Matter, MatterContext
from workflows.model.task_words import task_words
from workflows.terms.model import Due, MatterKind
from workflows.time import calendar_for, end_of_day

ERASURE: Final = "matter.erasure"
TASK: Final = "matter_erase"
_TEXT: Final = "Erase the data of which the controller named the day"


def days_problem(kind: MatterKind, erase_by: date | None, keep_until: date | None, today: date) -> Problem | None:
    """What is wrong with the days that were named, None where they can be acted on."""
    for name, day in (("erase_by", erase_by), ("keep_until", keep_until)):
        if day is not None and kind != "retention_terms":
            return Problem(name, "has no meaning here: a day for the data belongs to retention_terms alone")
        if day is not None and day < today:
            return Problem(name, "lies in the past: name the day as the controller did, today or later")
    if erase_by is not None and keep_until is not None and erase_by < keep_until:
        return Problem("erase_by", "lies before keep_until: data that are to be kept do not go before")
    return None


def named(ctx: Standing[Matter, MatterContext], matter: Matter) -> tuple[Effect, ...]:
    """What follows from the days that this matter names and that were not named before."""
    effects: list[Effect] = []
    if matter.erase_by is not None and _new(ctx, matter.erase_by, ctx.entity.erase_by):
        effects.append(OpenDeadline(_due(ctx, matter, matter.erase_by), _TEXT, matter.agreement_id))
    if matter.keep_until is not None and _new(ctx, matter.keep_until, ctx.entity.keep_until):
        ground = matter.text or matter.subject
        held = HoldOn(ground=f"{ground} ({matter.clause})" if matter.clause else ground, until=matter.keep_until)
        effects.append(HOLD.to(matter.agreement_id, held))
    return tuple(effects)


def still_to_erase(matter: Matter) -> tuple[OpenTask, ...]:
    """What an answer leaves to be done, where it does not say that it is done."""
    if matter.erase_by is None:
        return ()
    rests_on = f" ({matter.clause})" if matter.clause else ""
    text = task_words("erase_named", day=matter.erase_by, rests_on=rests_on)
    return (OpenTask(TASK, text, matter.id, matter.due_at),)


def _new(ctx: Standing[Matter, MatterContext], day: date, before: date | None) -> bool:
    return ctx.state == UNBORN or day != before


def _due(ctx: Standing[Matter, MatterContext], matter: Matter, day: date) -> Due:
    terms = ctx.context.terms
    return Due(
        rule=ERASURE, due_at=end_of_day(day, terms.zone), last_day=day, boundary="exclusive", clause=matter.clause,
        steps=(f"The controller named {day}, that whole day included.",), party="processor",
        reading="named by the controller, not a number of the agreement", zone=terms.zone,
        calendar=calendar_for(terms.calendar).version,
    )  # fmt: skip
