"""A task: what a person must do. It has an owner and an end, and points at what it is about.

Before its end it is spoken of again, and from its end on it is the director's. A task that reminds of a deadline
is driven by that deadline; any other by a timer of its own.
"""

from datetime import datetime

from msgspec.structs import replace

from workflows.machine.effects import ClearTimer, Effect, SetTimer, Tell
from workflows.machine.machine import Workflow
from workflows.machine.vocabulary import Outcome, Row, State, StepInput, Table
from workflows.model.reminders import Reminders, first, following, latest, of_task
from workflows.model.task import Assign, Done, Pressed, Task, TaskContext

REMIND = "remind"


TaskStep = StepInput[Task, TaskContext]

CONFIRMED_ELSEWHERE = frozenset({"erase", "return", "declare", "confirm_deletion"})
"""Done with evidence, by `confirm` on the agreement or change itself."""

STATES = (
    State("open", "Somebody has to do it.", frozenset({"open"})),
    State("done", "It was done.", final=True),
    State("dropped", "It is no longer wanted: what it was about moved on.", final=True),
)


def _done_here(ctx: TaskStep) -> str | None:
    if ctx.entity.kind in CONFIRMED_ELSEWHERE:
        return f"This task needs evidence: POST {ctx.entity.about_kind}s/{ctx.entity.about}/confirm with its task_id."
    if ctx.entity.kind == "approve_plan":
        return f"The plan itself is approved: POST agreements/{ctx.entity.about}/approve-plan."
    return None


def _driven(entity: Task) -> bool:
    return "deadline_id" in entity.data


def _level(ctx: TaskStep) -> int:
    if ctx.data.level is not None:
        return int(ctx.data.level)
    if ctx.entity.due_at is None:
        return 0
    step = latest(of_task(ctx.context.reminders, ctx.entity.due_at, ctx.context.timezone), ctx.now)
    return step.level if step is not None else 0


def _calm(ctx: TaskStep) -> str | None:
    return "its end is past, or close" if _level(ctx) else None


def _pressing(ctx: TaskStep) -> str | None:
    return None if _level(ctx) else "there is time left"


def first_reminder(
    entity: Task, chosen: Reminders | None, zone: str, at: datetime, now: datetime
) -> tuple[Effect, ...]:
    """The timer of a task that is opened at `now` for what happened `at` (UTC both), where it has an end."""
    if entity.due_at is None:
        return ()
    steps = of_task(chosen, entity.due_at, zone)
    when = following(steps, now) if entity.role == "director" else first(steps, entity.due_at, at, now)
    return (SetTimer(REMIND, max(when, now), REMIND),) if when is not None else ()


def _next_reminder(ctx: TaskStep) -> tuple[Effect, ...]:
    if ctx.entity.due_at is None or _driven(ctx.entity):
        return ()
    at = following(of_task(ctx.context.reminders, ctx.entity.due_at, ctx.context.timezone), ctx.now)
    return (SetTimer(REMIND, at, REMIND),) if at is not None else ()


def _no_reminder(ctx: TaskStep) -> tuple[Effect, ...]:
    return (ClearTimer(REMIND),) if ctx.entity.due_at is not None and not _driven(ctx.entity) else ()


def remind(ctx: TaskStep) -> Outcome[Task]:
    """Spoken of again; several that were missed are one."""
    return Outcome(ctx.entity, {"due_at": ctx.entity.due_at}, effects=_next_reminder(ctx), event="reminded")


def escalate(ctx: TaskStep) -> Outcome[Task]:
    """It is the director's from now on; whoever had taken it on still has."""
    entity = replace(ctx.entity, role="director", escalated_at=ctx.entity.escalated_at or ctx.at)
    said = {"due_at": ctx.entity.due_at, "level": _level(ctx)}
    return Outcome(entity, said, effects=_next_reminder(ctx), event="escalated")


def plan_reminders(ctx: TaskStep) -> Outcome[Task]:
    """The processor chose other reminders: the next one is found, and nothing is said now."""
    return Outcome(ctx.entity, effects=_next_reminder(ctx), event="reminders_planned")


def assign(ctx: TaskStep) -> Outcome[Task]:
    """Somebody takes it on."""
    return Outcome(replace(ctx.entity, owner=ctx.data.owner), {}, {"owner": ctx.data.owner}, event="assigned")


def done(ctx: TaskStep) -> Outcome[Task]:
    """Done; what waited for it is told."""
    tell: tuple[Effect, ...] = (Tell(ctx.entity.about, "mailbox_read"),) if ctx.entity.kind == "mailbox_read" else ()
    entity = replace(ctx.entity, done_at=ctx.at, note=ctx.data.note)
    return Outcome(entity, {}, {"note": ctx.data.note}, (*_no_reminder(ctx), *tell))


def drop(ctx: TaskStep) -> Outcome[Task]:
    """What it was about moved on."""
    return Outcome(replace(ctx.entity, done_at=ctx.at), effects=_no_reminder(ctx), event="dropped")


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
