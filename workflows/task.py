"""A task: what a person must do. It has an owner and an end, and points at what it is about."""

import msgspec
from msgspec.structs import replace

from workflows.entities import Task
from workflows.machine import Workflow
from workflows.step import Carrier, Effect, Outcome, Row, State, Table, Tell


class TaskContext(msgspec.Struct, frozen=True):
    """A task needs to know nothing besides its own fields."""


class Assign(msgspec.Struct, frozen=True):
    """Who does it."""

    owner: str


class Done(msgspec.Struct, frozen=True):
    """What was done."""

    note: str = ""


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


def assign(c: At) -> Outcome[Task]:
    """Somebody takes it on."""
    return Outcome(replace(c.entity, owner=c.data.owner), {}, {"owner": c.data.owner}, event="assigned")


def done(c: At) -> Outcome[Task]:
    """Done; what waited for it is told."""
    tell: tuple[Effect, ...] = (Tell(c.entity.about, "mailbox_read"),) if c.entity.kind == "mailbox_read" else ()
    return Outcome(replace(c.entity, done_at=c.at, note=c.data.note), {}, {"note": c.data.note}, tell)


def drop(c: At) -> Outcome[Task]:
    """What it was about moved on."""
    return Outcome(replace(c.entity, done_at=c.at), event="dropped")


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
        ),
        guards={"done_here": _done_here},
    )
)
