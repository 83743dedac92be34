"""What a batch of steps gathered is put down in a dozen statements; the caller commits."""

from datetime import datetime
from typing import Any

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.gathering import Gathering, Subject
from workflows.engine.reminder_plan import plan_deadlines
from workflows.engine.tasks import settle_tasks

WRITTEN = (
    "processor", "customer", "subprocessor", "agreement", "announcement", "change", "notice", "task", "webhook",
    "breach", "breach_case", "request", "audit", "matter", "upstream",
)  # fmt: skip
"""The order in which kinds are put down: what others point at comes first."""


class Writes(Gathering):
    """Everything one or more subjects have to say to the database, and the saying of it."""

    async def flush(self, connection: Connection) -> None:
        """Write everything; the caller commits."""
        await settle_tasks(connection, self)
        await plan_deadlines(connection, self.deadlines, self.now)
        fresh = [one for one in self.subjects.values() if one.was == 0]
        moved = [one for one in self.subjects.values() if one.was > 0]
        await _put(connection, "insert_subjects", [_subject_row(one, self.now) for one in fresh])
        if moved:
            done = await connection.execute(sql("move_subjects"), _json([_subject_row(one, self.now) for one in moved]))
            if done != f"UPDATE {len(moved)}":
                raise LostUpdateError(done, len(moved))
        for kind in WRITTEN:
            if kind in self.entities:
                await _put(connection, f"put_{kind}", list(self.entities[kind].values()))
        await _put(connection, "insert_events", self.events)
        await _put(connection, "insert_personal", self.personal)
        await _put(connection, "close_deadlines", self.deadlines_closed)
        await _put(connection, "open_deadlines", self.deadlines)
        await _put(connection, "end_engagements", self.disengagements)
        await _put(connection, "begin_engagements", self.engagements)
        await _put(connection, "insert_messages", self.messages)
        await _put(connection, "revoke_links", self.links_revoked)
        await _put(connection, "erase_personal", self.erased)
        await _put(connection, "insert_fan_outs", self.fan_outs)
        await self._write_timers(connection)

    async def _write_timers(self, connection: Connection) -> None:
        if self.fired:
            await connection.execute(sql("delete_fired_timers"), list(self.fired))
        cleared = [key for key, row in self.timers.items() if row is None]
        if cleared:
            await connection.execute(sql("clear_timers"), [key[0] for key in cleared], [key[1] for key in cleared])
        await _put(connection, "set_timers", [row for row in self.timers.values() if row is not None])


class LostUpdateError(Exception):
    """A subject changed under its lock: a defect, not a race."""

    def __init__(self, done: str, expected: int) -> None:
        super().__init__(f"{done}, expected {expected}")


def _json(rows: Any) -> str:
    return msgspec.json.encode(rows).decode()


async def _put(connection: Connection, block: str, rows: Any) -> None:
    if rows:
        await connection.execute(sql(block), _json(rows))


def _subject_row(one: Subject, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "processor_id": one.processor_id,
        "kind": one.kind,
        "parent_id": one.parent_id,
        "state": one.state,
        "version": one.version,
        "was": one.was,
        "head": one.head.hex(),
        "open": one.open,
        "tags": one.tags,
        "created_at": now,
    }
