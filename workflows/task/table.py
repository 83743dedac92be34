"""A task: what a person must do. It has an owner and an end, and points at what it is about.

Before its end it is spoken of again, and from its end on it is the director's. A task that reminds of a deadline
is driven by that deadline; any other by a timer of its own.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from workflows.errors import NotAllowed
from workflows.machine.effects import Effect
from workflows.machine.machine import Workflow
from workflows.machine.messages import MAILBOX_READ, UNCHOSEN
from workflows.machine.signals import Timer
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.reminders import first, following, latest, of_task
from workflows.model.task import Assign, Done, Opened, Pressed, Task, TaskContext

REMIND = Timer("remind", Pressed)

TaskStep = StepInput[Task, TaskContext, D_co]

CONFIRMED_ELSEWHERE = frozenset({"erase", "return", "declare", "confirm_deletion"})
"""Done with evidence, by `confirm` on the agreement or change itself."""

NOT_BY_HAND = CONFIRMED_ELSEWHERE | {"approve_plan", "joined"}
"""What is not marked as done: the action on its subject ends it."""

WAITING: Final = {"mailbox_read": MAILBOX_READ, "ask_choice": UNCHOSEN}
"""What a task is about that waits for it to be done."""

STATES = (
    State("open", "Somebody has to do it.", frozenset({"open"})),
    State("done", "It was done.", final=True),
    State("dropped", "It is no longer wanted: what it was about moved on.", final=True),
)


def _done_here(ctx: Standing[Task, object]) -> str | None:
    if ctx.entity.kind in CONFIRMED_ELSEWHERE:
        return f"This task needs evidence: POST {ctx.entity.about_kind}s/{ctx.entity.about}/confirm with its task_id."
    if ctx.entity.kind == "approve_plan":
        return f"The plan itself is approved: POST agreements/{ctx.entity.about}/approve-plan."
    if ctx.entity.kind == "joined":
        return "Look who that is, then sign the agreement for the processor, or withdraw it: either ends this task."
    return None


def of_director(role: str, escalated_at: datetime | None) -> bool:
    """Whether a task was the director's from the first."""
    return role == "director" and escalated_at is None


def _its_own_role(ctx: Standing[Task, object]) -> str | None:
    """What was the director's from the first is nobody else's to close; one that grew late stays its owner's, too."""
    if of_director(ctx.entity.role, ctx.entity.escalated_at) and ctx.role not in ("director", "admin"):
        raise NotAllowed("This task is the director's: a key with the role director closes it.")
    return None


def _driven(entity: Task) -> bool:
    return "deadline_id" in entity.data


def _level(ctx: TaskStep[Pressed]) -> int:
    if ctx.data.level is not None:
        return ctx.data.level
    if ctx.entity.due_at is None:
        return 0
    step = latest(of_task(ctx.context.reminders, ctx.entity.due_at, ctx.context.timezone), ctx.now)
    return step.level if step is not None else 0


def _pressing(ctx: TaskStep[Pressed]) -> str | None:
    return None if _level(ctx) else "there is time left"


def opened(ctx: TaskStep[Opened]) -> Outcome[Task]:
    """It is spoken of again before its end; one that reminds of a deadline, by that deadline."""
    entity = ctx.entity
    said = {"about": entity.about, "kind": entity.kind}
    if _driven(entity):
        return Outcome(entity, {**said, "rule": entity.data["rule"], "due_at": entity.due_at, "level": ctx.data.level})
    return Outcome(entity, said, effects=_first_reminder(ctx))


def _first_reminder(ctx: TaskStep) -> tuple[Effect, ...]:
    entity = ctx.entity
    if entity.due_at is None:
        return ()
    steps = of_task(ctx.context.reminders, entity.due_at, ctx.context.timezone)
    when = following(steps, ctx.now) if entity.role == "director" else first(steps, entity.due_at, ctx.at, ctx.now)
    return (REMIND.at(max(when, ctx.now), Pressed()),) if when is not None else ()


def _next_reminder(ctx: TaskStep) -> tuple[Effect, ...]:
    if ctx.entity.due_at is None or _driven(ctx.entity):
        return ()
    at = following(of_task(ctx.context.reminders, ctx.entity.due_at, ctx.context.timezone), ctx.now)
    return (REMIND.at(at, Pressed()),) if at is not None else ()


def _no_reminder(ctx: TaskStep) -> tuple[Effect, ...]:
    return (REMIND.clear(),) if ctx.entity.due_at is not None and not _driven(ctx.entity) else ()


def remind(ctx: TaskStep) -> Outcome[Task]:
    """Spoken of again; several that were missed are one."""
    return Outcome(ctx.entity, {"due_at": ctx.entity.due_at}, effects=_next_reminder(ctx))


def escalate(ctx: TaskStep[Pressed]) -> Outcome[Task]:
    """It is the director's from now on; whoever had taken it on still has."""
    entity = ctx.entity
    if entity.role != "director":
        entity = replace(entity, role="director", escalated_at=ctx.at)
    said = {"due_at": ctx.entity.due_at, "level": _level(ctx)}
    return Outcome(entity, said, effects=_next_reminder(ctx))


def plan_reminders(ctx: TaskStep) -> Outcome[Task]:
    """The processor chose other reminders: the next one is found, and nothing is said now."""
    return Outcome(ctx.entity, effects=_next_reminder(ctx))


def assign(ctx: TaskStep[Assign]) -> Outcome[Task]:
    return Outcome(replace(ctx.entity, owner=ctx.data.owner), {}, {"owner": ctx.data.owner})


def done(ctx: TaskStep[Done]) -> Outcome[Task]:
    """Done; what waited for it is told."""
    waiting = WAITING.get(ctx.entity.kind)
    tell: tuple[Effect, ...] = (waiting.to(ctx.entity.about),) if waiting is not None else ()
    entity = replace(ctx.entity, done_at=ctx.at, note=ctx.data.note)
    return Outcome(entity, {}, {"note": ctx.data.note}, (*_no_reminder(ctx), *tell))


def drop(ctx: TaskStep) -> Outcome[Task]:
    """What it was about moved on."""
    return Outcome(replace(ctx.entity, done_at=ctx.at), effects=_no_reminder(ctx))


TASK = Workflow(
    Table(
        name="task",
        entity=Task,
        context=TaskContext,
        states=STATES,
        rows=(
            Row("open", BIRTH, "open", opened, data=Opened, event="opened"),
            Row("assign", ("open",), None, assign, data=Assign, event="assigned", action=True),
            Row("done", ("open",), "done", done, require=(_its_own_role, _done_here), data=Done, action=True),
            Row("drop", ("open",), "dropped", drop, event="dropped"),
            Row("remind", ("open",), None, remind, unless=(_pressing,), data=Pressed, event="reminded"),
            Row("remind", ("open",), None, escalate, when=(_pressing,), data=Pressed, event="escalated"),
            Row("plan_reminders", ("open",), None, plan_reminders, event="reminders_planned"),
        ),
        timers=(REMIND,),
        tells=tuple(WAITING.values()),
        path="tasks",
        parent="about",
    )
)
