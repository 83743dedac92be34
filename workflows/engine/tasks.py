"""The tasks that a batch of steps opens and closes, in the order in which the steps asked.

Each is a subject of its own and goes through its own table: opened once, dropped where no longer wanted.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.batch import Batch, Subject
from workflows.engine.reminder_plan import Settings, read_settings
from workflows.engine.steps import New, begin, take
from workflows.ids import new_id
from workflows.machine.effects import CloseTasks, OpenTask
from workflows.machine.vocabulary import Command
from workflows.model.task import Task, TaskContext
from workflows.model.task_words import InEach
from workflows.task.table import TASK

SYSTEM = "system"

Key = tuple[UUID, str, str]
"""What a task is about, its kind and its key: one open task each."""
Opening = tuple[Subject, OpenTask, datetime]


async def settle_tasks(connection: Connection, batch: Batch) -> None:
    """Gather what becomes of tasks; a task opened and closed in one batch was never there."""
    if not batch.tasks:
        return
    standing: dict[Key, Subject | Opening] = {}
    known: dict[Key, Task] = {}
    for subject, task in await _on_record(connection, batch):
        key = (task.about, task.kind, task.key)
        standing[key], known[key] = subject, task
    dropped: list[tuple[Subject, Task, datetime]] = []
    for about, effect, at in batch.tasks:
        match effect:
            case OpenTask():
                standing.setdefault((about.id, effect.kind, effect.key), (about, effect, at))
            case CloseTasks():
                for key in [one for one in standing if _closes(about.id, effect, one)]:
                    there = standing.pop(key)
                    if isinstance(there, Subject):
                        dropped.append((there, known[key], at))
    # Dropped ones first: one of the same kind that opens anew takes their place.
    for subject, task, at in dropped:
        _drop(batch, subject, task, at)
    fresh = [one for one in standing.values() if not isinstance(one, Subject)]
    ending = {about.processor_id for about, effect, _ in fresh if effect.due_at is not None}
    settings = await read_settings(connection, ending) if ending else {}
    for about, effect, at in fresh:
        _open(batch, about, effect, at, settings.get(about.processor_id))


def _closes(about: UUID, close: CloseTasks, key: Key) -> bool:
    return key[0] == about and key[1] in close.kinds and close.key in (None, key[2])


async def _on_record(connection: Connection, batch: Batch) -> list[tuple[Subject, Task]]:
    """The open tasks that may be closed, locked, or that stand in the way of opening the same again."""
    asked = {
        (about.id, kind, key)
        for about, effect, _ in batch.tasks
        for kind, key in (
            [(effect.kind, effect.key)]
            if isinstance(effect, OpenTask)
            else [(kind, effect.key) for kind in effect.kinds]
        )
    }
    tenants = list({about.processor_id for about, _, _ in batch.tasks})
    wanted = msgspec.json.encode([{"about": about, "kind": kind, "key": key} for about, kind, key in asked]).decode()
    locked = await connection.fetch(sql("lock_open_tasks"), tenants, wanted)
    if not locked:
        return []
    # Read by a second statement: what the locks were waited for is seen.
    rows = await connection.fetch(sql("load_task"), tenants, list({row["id"] for row in locked}))
    tasks = {row["id"]: msgspec.json.decode(row["entity"], type=Task) for row in rows}
    subjects = {row["id"]: _subject(row) for row in locked}
    found = []
    for id, subject in subjects.items():
        # One that moves in this very batch is where the batch has brought it.
        now = batch.subjects.get(id, subject)
        moved = batch.entities.get(TASK.name, {}).get(id)
        if now.open:
            found.append((now, moved if isinstance(moved, Task) else tasks[id]))
    return found


def _subject(row: Any) -> Subject:
    return Subject(
        id=row["id"],
        processor_id=row["processor_id"],
        kind=TASK.name,
        parent_id=row["parent_id"],
        state=row["state"],
        version=row["version"],
        head=row["head"],
        was=row["version"],
    )


def _drop(batch: Batch, subject: Subject, task: Task, at: datetime) -> None:
    command = Command(subject=subject.id, trigger="drop", at=at, now=batch.now, actor=SYSTEM)
    take(batch, subject, {subject.id: (task, TaskContext())}, command)


def _open(batch: Batch, about: Subject, effect: OpenTask, at: datetime, settings: Settings | None) -> None:
    text = effect.text
    task = Task(
        id=new_id(),
        processor_id=about.processor_id,
        about=about.id,
        about_kind=about.kind,
        kind=effect.kind,
        key=effect.key,
        text=text.en if isinstance(text, InEach) else text,
        role=effect.role,
        due_at=effect.due_at,
        data={**effect.data, **text.data()} if isinstance(text, InEach) else effect.data,
    )
    chosen = TaskContext(timezone=settings.timezone, reminders=settings.reminders) if settings else TaskContext()
    begin(batch, New(kind=TASK.name, entity=task, context=chosen), actor=SYSTEM, at=at)
