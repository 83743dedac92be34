"""Firing the timers of one subject in their order, with those that its own steps set meanwhile."""

import logging
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from db.spans import UNSEEN, Span, span
from workflows.engine.batch import Batch, Subject
from workflows.engine.steps import Loaded, take
from workflows.errors import Refused
from workflows.kinds import WORKFLOWS
from workflows.machine.effects import Lane
from workflows.machine.vocabulary import Command

log = logging.getLogger(__name__)

LONG = timedelta(hours=1)
"""What comes of something so much later is told of apart, with a link to what it came from."""
_UNTOLD = nullcontext(UNSEEN)
STEPS_A_SUBJECT = 200
"""A subject that goes on longer than this in one batch goes in circles."""


class DueTimer(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    trigger: str
    due_at: datetime
    rank: int
    data: dict[str, Any]
    lane: Lane = "normal"
    traceparent: str | None = None
    """What a message came from (`db.spans.here`)."""

    @classmethod
    def stored(cls, row: Any) -> "DueTimer":
        """A timer as the block `due_timers` reads it."""
        data = msgspec.json.decode(row["data"])
        own = (row["id"], row["name"], row["trigger"], row["due_at"], row["rank"], data, row["lane"])
        return cls(*own, row["traceparent"])

    def key(self) -> tuple[datetime, int, UUID]:
        """What the timers of a subject are sorted by."""
        return (self.due_at, self.rank, self.id)


def fire(
    batch: Batch, subject: Subject, loaded: Loaded, due: list[DueTimer], now: datetime, *, held: bool = False
) -> int:
    """Fire the timers of one subject in order, with those that its own steps set meanwhile. Pure but for `batch`.

    A timer that finds its state gone is dropped: what it was for has been settled otherwise. One that this
    program does not know stays, and what is due after it waits: a newer program set it, and will fire it. `held`
    leaves what cannot be undone for later: the clock is in doubt.
    """
    fired = 0
    workflow = WORKFLOWS[subject.kind]
    while due:
        due.sort(key=DueTimer.key)
        timer = due.pop(0)
        if workflow.shape(timer.trigger) is None:
            log.warning("timer %s of %s %s left: no row knows it", timer.trigger, subject.kind, subject.id)
            _leave(batch, subject, due)
            break
        batch.fired.add(timer.id)
        batch.timer_changes.clear()
        fired += 1
        if fired > STEPS_A_SUBJECT:
            raise RuntimeError("its timers set each other without end")
        if not workflow.answers(timer.trigger, subject.state):
            continue
        command = Command(
            subject=subject.id,
            trigger=timer.trigger,
            at=timer.due_at,
            now=now,
            actor="timer",
            data=timer.data,
        )
        try:
            with _told(subject, timer, now):
                take(batch, subject, loaded, command)
        except Refused as refused:
            log.info("timer %s of %s %s dropped: %s", timer.name, subject.kind, subject.id, refused.guard)
            continue
        due = set_meanwhile(batch, subject, due, now, held=held)
    return fired


def _leave(batch: Batch, subject: Subject, due: list[DueTimer]) -> None:
    """What steps of this batch set, and what then did not fire in it, is stored after all."""
    own = {"processor_id": subject.processor_id, "subject_id": subject.id}
    for one in due:
        if batch.timers.get((subject.id, one.name), one) is None:
            batch.timer(
                own, one.name, one.trigger, one.due_at, one.rank, one.lane, one.data, traceparent=one.traceparent
            )


def _told(subject: Subject, timer: DueTimer, now: datetime) -> AbstractContextManager[Span]:
    """A step that a message brings belongs to what the message came from; those that time brings are many at once, and
    are told of with all of them."""
    if timer.traceparent is None:
        return _UNTOLD
    named = {"termijn.subject": str(subject.id), "termijn.kind": subject.kind, "termijn.trigger": timer.trigger}
    late = now - timer.due_at > LONG
    return span(f"told {subject.kind}.{timer.trigger}", named, kind="consumer", cause=timer.traceparent, late=late)


def set_meanwhile(
    batch: Batch, subject: Subject, due: list[DueTimer], now: datetime, *, held: bool = False
) -> list[DueTimer]:
    """Apply what the last step set or cleared to the timers that are still to fire."""
    changes, batch.timer_changes = batch.timer_changes, []
    for who, name, row in changes:
        if who != subject.id:
            continue
        stale = [one for one in due if one.name == name]
        due = [one for one in due if one.name != name]
        if row is None:
            batch.fired |= {one.id for one in stale}
            continue
        if row["due_at"] <= now and not (held and row["lane"] == "irreversible"):
            again = (row["id"], name, row["trigger"], row["due_at"], row["rank"], row["data"], row["lane"])
            due.append(DueTimer(*again, row["traceparent"]))
            # It fires here; the row that may still be stored under its name goes.
            batch.timers[who, name] = None
    return due
