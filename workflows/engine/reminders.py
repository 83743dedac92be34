"""The sweep of reminders: finds the deadlines whose next step has come, and speaks of each once.

A customer's deadline is told to the subject it stands on, whose table says whether there is anything to remind
of. The processor's own becomes a task; the director's at the last step before its end, and after it.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import Connection, transaction
from workflows.engine.batch import Batch
from workflows.engine.engine import Engine
from workflows.engine.poison import places
from workflows.engine.reminder_plan import read_reminders
from workflows.engine.steps import New, begin
from workflows.ids import new_id
from workflows.kinds import WORKFLOWS
from workflows.machine.effects import Tell
from workflows.machine.messages import DEADLINE_NEAR, TASK_DROP, TASK_NEAR
from workflows.model.reminders import LOOK_AGAIN, Remind, ReminderStep, following, latest, of_deadline
from workflows.model.task import Opened, Pressed, Task
from workflows.model.task_words import InEach, in_each, task_words
from workflows.task.table import TASK
from workflows.terms.phrases import rule_title
from workflows.time import local_time
from workflows.words import SOURCE, Language, said_in

log = logging.getLogger(__name__)

BATCH = 200
TIMER = "timer"
"""Who it is that reminds."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline whose next step has come; instants UTC."""

    id: UUID
    processor_id: UUID
    subject_id: UUID
    agreement_id: UUID | None
    rule: str
    text: str
    due_at: datetime
    zone: str
    calendar: str
    party: str
    clause: str
    remind_at: datetime
    kind: str
    state: str
    parked: bool
    reminders: str | None
    customer: str | None
    task_id: UUID | None
    carried: bool
    waits: bool


async def remind(pool: asyncpg.Pool, engine: Engine, *, batch: int = BATCH) -> int:
    """Speak of one batch of deadlines; how many there were. Raises database errors as they come."""
    async with transaction(pool) as connection:
        return await speak(connection, engine, batch)


async def speak(connection: Connection, engine: Engine, limit: int, about: Sequence[UUID] | None = None) -> int:
    """The same in a transaction of the caller's; of these subjects alone, where any are given."""
    now = await clock.now(connection)
    rows = [Found(**dict(row)) for row in await connection.fetch(sql("due_reminders"), now, limit, about)]
    if not rows:
        return 0
    batch = Batch(now)
    told: set[UUID] = set()
    planned = [_planned(batch, told, one, now) for one in sorted(rows, key=lambda one: (one.due_at, one.id))]
    await engine.put(connection, batch, now)
    await connection.execute(sql("plan_reminders"), msgspec.json.encode(planned).decode())
    return len(rows)


def _planned(batch: Batch, told: set[UUID], one: Found, now: datetime) -> dict[str, Any]:
    """Gather what is said of a deadline; the row that says when it is spoken of next.

    `told` are the subjects that were told of another of their deadlines, which closes sooner: one message for both.
    """
    row: dict[str, Any] = {"id": one.id, "processor_id": one.processor_id, "remind_at": None, "task_id": None}
    try:
        steps = of_deadline(read_reminders(one.reminders), one.party, one.due_at, one.zone, one.calendar)
        row["remind_at"] = following(steps, now)
        step = latest(steps, now)
        if one.remind_at == LOOK_AGAIN or step is None or step.at < one.remind_at:
            return row  # the settings are others by now
        if one.party == "processor":
            row["task_id"] = _of_our_own(batch, one, step)
        elif one.subject_id not in told and one.due_at > now and not one.parked:
            told.add(one.subject_id)
            _of_the_customer(batch, one, step)
    except Exception as error:  # one bad row stops nothing else
        log.error("deadline %s cannot be spoken of: %s\n%s", one.id, type(error).__name__, places(error))
    return row


def _of_the_customer(batch: Batch, one: Found, step: ReminderStep) -> None:
    if WORKFLOWS[one.kind].answers(DEADLINE_NEAR.trigger, one.state):
        _tell(batch, one, DEADLINE_NEAR.to(one.subject_id, Remind(one.rule, one.due_at)), step.at)


def _tell(batch: Batch, one: Found, tell: Tell, at: datetime) -> None:
    """As the effect does: a timer that is due, on another subject. No lock is taken on it."""
    batch.tell(one.processor_id, tell, at)


def _of_our_own(batch: Batch, one: Found, step: ReminderStep) -> UUID | None:
    """The task that reminds of it: opened once, then spoken of again; None where another task does all that, or
    the customer's own period has to be over first."""
    if one.task_id is not None:
        if one.carried:
            _tell(batch, one, TASK_DROP.to(one.task_id), step.at)
        else:
            _tell(batch, one, TASK_NEAR.to(one.task_id, Pressed(step.level)), step.at)
        return one.task_id
    if one.carried or one.waits:
        return None
    words = _words(one, step)
    task = Task(
        id=new_id(),
        processor_id=one.processor_id,
        about=one.subject_id,
        about_kind=one.kind,
        kind="deadline_missed" if step.overdue else "deadline_near",
        key=str(one.id),
        text=words.en,
        role="director" if step.level else "manager",
        due_at=one.due_at,
        escalated_at=step.at if step.level else None,
        data={
            "deadline_id": one.id,
            "agreement_id": one.agreement_id,
            "rule": one.rule,
            "clause": one.clause,
            **words.data(),
        },
    )
    begin(batch, New(kind=TASK.name, entity=task, data=Opened(level=step.level)), actor=TIMER, at=step.at)
    return task.id


def _untitled(one: Found, lang: Language) -> str:
    """What a rule asks for that customers do not know by a title: our own target."""
    said, key = said_in(lang), f"task.of_{one.rule}"
    return said(key) if key in said else one.text.rstrip(".")


def _words(one: Found, step: ReminderStep) -> InEach:
    """Say what is due, for whom, by which clause and by when, in the agreement's own time."""
    text = one.text.rstrip(".")
    what = in_each(lambda lang: text if lang == SOURCE else rule_title(one.rule, lang, unknown=_untitled(one, lang)))
    whom = task_words("deadline_for", customer=one.customer) if one.customer else ""
    when = local_time(one.due_at, one.zone).strftime("%Y-%m-%d %H:%M")
    key = "deadline_missed" if step.overdue else "deadline_near"
    return task_words(key, what=what, whom=whom, clause=one.clause, when=when, zone=one.zone)
