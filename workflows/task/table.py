"""A task: what a person must do. It has an owner and an end, and points at what it is about.

Before its end it is spoken of again, and from its end on it is the director's. A task that reminds of a deadline
is driven by that deadline; any other by a timer of its own.
"""

from datetime import datetime

from msgspec.structs import replace

from workflows.machine.effects import (
    ClearTimer,
    Effect,
    SetTimer,
    Tell,
)
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import (
    Carrier,
    Outcome,
    Row,
    State,
    Table,
)
from workflows.model.reminders import Reminders, first, following, latest, of_task
from workflows.model.task import Assign, Done, Pressed, Task, TaskContext

REMIND = "remind"


At = Carrier[Task, TaskContext]

CONFIRMED_ELSEWHERE = frozenset({"erase", "return", "declare", "confirm_deletion"})
"""Done with evidence, by `confirm` on the agreement or change itself."""

STATES = (
    State("open", "Somebody has to do it.", frozenset({"open"})),
    State("done", "It was done.", final=True),
    State("dropped", "It is no longer wanted: what it was about moved on.", final=True),
)


def _done_here(c: At) -> str | None:
    if c.entity.kind in CONFIRMED_ELSEWHERE:
        return f"This task needs evidence: POST {c.entity.about_kind}s/{c.entity.about}/confirm with its task_id."
    if c.entity.kind == "approve_plan":
        return f"The plan itself is approved: POST agreements/{c.entity.about}/approve-plan."
    return None


def _driven(entity: Task) -> bool:
    return "deadline_id" in entity.data


def _level(c: At) -> int:
    if c.data.level is not None:
        return int(c.data.level)
    if c.entity.due_at is None:
        return 0
    step = latest(of_task(c.context.reminders, c.entity.due_at, c.context.timezone), c.now)
    return step.level if step is not None else 0


def _calm(c: At) -> str | None:
    return "its end is past, or close" if _level(c) else None


def _pressing(c: At) -> str | None:
    return None if _level(c) else "there is time left"


def first_reminder(
    entity: Task, chosen: Reminders | None, zone: str, at: datetime, now: datetime
) -> tuple[Effect, ...]:
    """The timer of a task that is opened at `now` for what happened `at` (UTC both), where it has an end."""
    if entity.due_at is None:
        return ()
    steps = of_task(chosen, entity.due_at, zone)
    when = following(steps, now) if entity.role == "director" else first(steps, entity.due_at, at, now)
    return (SetTimer(REMIND, max(when, now), REMIND),) if when is not None else ()


def _next_reminder(c: At) -> tuple[Effect, ...]:
    if c.entity.due_at is None or _driven(c.entity):
        return ()
    at = following(of_task(c.context.reminders, c.entity.due_at, c.context.timezone), c.now)
    return (SetTimer(REMIND, at, REMIND),) if at is not None else ()


def _no_reminder(c: At) -> tuple[Effect, ...]:
    return (ClearTimer(REMIND),) if c.entity.due_at is not None and not _driven(c.entity) else ()


def remind(c: At) -> Outcome[Task]:
    """Spoken of again; several that were missed are one."""
    return Outcome(c.entity, {"due_at": c.entity.due_at}, effects=_next_reminder(c), event="reminded")


def escalate(c: At) -> Outcome[Task]:
    """It is the director's from now on; whoever had taken it on still has."""
    entity = replace(c.entity, role="director", escalated_at=c.entity.escalated_at or c.at)
    said = {"due_at": c.entity.due_at, "level": _level(c)}
    return Outcome(entity, said, effects=_next_reminder(c), event="escalated")


def plan_reminders(c: At) -> Outcome[Task]:
    """The processor chose other reminders: the next one is found, and nothing is said now."""
    return Outcome(c.entity, effects=_next_reminder(c), event="reminders_planned")


def assign(c: At) -> Outcome[Task]:
    """Somebody takes it on."""
    return Outcome(replace(c.entity, owner=c.data.owner), {}, {"owner": c.data.owner}, event="assigned")


def done(c: At) -> Outcome[Task]:
    """Done; what waited for it is told."""
    tell: tuple[Effect, ...] = (Tell(c.entity.about, "mailbox_read"),) if c.entity.kind == "mailbox_read" else ()
    entity = replace(c.entity, done_at=c.at, note=c.data.note)
    return Outcome(entity, {}, {"note": c.data.note}, (*_no_reminder(c), *tell))


def drop(c: At) -> Outcome[Task]:
    """What it was about moved on."""
    return Outcome(replace(c.entity, done_at=c.at), effects=_no_reminder(c), event="dropped")


TASK = Workflow(
    Table(
        name="task",
        entity=Task,
        context=TaskContext,
        initial="open",
        states=STATES,
        rows=(
            Row("assign", ("open",), None, assign, data=Assign, action=True),
            Row("done", ("open",), "done", done, require=("done_here",), data=Done, action=True),
            Row("drop", ("open",), "dropped", drop),
            Row("remind", ("open",), None, remind, when=("calm",), data=Pressed),
            Row("remind", ("open",), None, escalate, when=("pressing",), data=Pressed),
            Row("plan_reminders", ("open",), None, plan_reminders),
        ),
        guards={"calm": _calm, "done_here": _done_here, "pressing": _pressing},
    )
)
