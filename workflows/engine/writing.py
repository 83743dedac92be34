"""What a batch of steps gathered is put down in a dozen statements; the caller commits."""

from collections.abc import Hashable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.queries import new_form, sql
from db.session import Connection
from workflows.engine.alike import said_once
from workflows.engine.batch import Batch, Subject
from workflows.engine.reminder_plan import plan_deadlines
from workflows.engine.tasks import settle_tasks
from workflows.kinds import WRITTEN
from workflows.message.table import DROPPED, OUTGOING


async def write(connection: Connection, batch: Batch) -> None:
    """Write what the batch gathered; the caller commits."""
    # Before its events, which stand in the ledger in the order in which rows have to follow from them. Of an agreement
    # that is new here nobody else knows: an import would fill the table of locks with them.
    agreements = batch.engagements.keys()
    if there := [one for one in agreements if not _is_new(batch, one)]:
        await connection.execute(sql("engage_in_turn"), there)
    await settle_tasks(connection, batch)
    await plan_deadlines(connection, batch.deadlines.begun(), batch.now)
    fresh = [one for one in batch.subjects.values() if one.was == 0]
    moved = [one for one in batch.subjects.values() if one.was > 0]
    await _put_alike(connection, "insert_subjects", [_subject_row(one, batch.now) for one in fresh])
    if moved:
        done = await connection.execute(sql("move_subjects"), _json([_subject_row(one, batch.now) for one in moved]))
        if done != f"UPDATE {len(moved)}":
            raise LostUpdateError(done, len(moved))
    for kind in WRITTEN:
        if kind in batch.entities:
            rows = [(_is_new(batch, id), one) for id, one in batch.entities[kind].items()]
            # First what was there: it may leave the place that a new one takes, as a task that is closed does.
            await _put_alike(connection, f"put_{kind}", [one for new, one in rows if not new])
            await _put_alike(connection, new_form(f"put_{kind}"), [one for new, one in rows if new])
    if batch.events:
        await connection.execute(sql("insert_events"), *map(list, zip(*batch.events, strict=True)))
    await _put(connection, "insert_personal", batch.personal)
    await _put(connection, "use_files", batch.files)
    for closed, opened in batch.deadlines:
        await _put(connection, "close_deadlines", closed)
        await _put(connection, "open_deadlines", opened)
    for ended, begun in batch.engagements:
        await _put(connection, "end_engagements", ended)
        await _put(connection, "begin_engagements", begun)
    await _put_alike(connection, "insert_messages", batch.messages, DROPPED)
    await _put(connection, "revoke_links", batch.links_revoked)
    await _put(connection, "place_engagements", batch.places)
    await _put(connection, "erase_personal", batch.erased, *OUTGOING.move("erase"))
    await _put(connection, "insert_fan_outs", batch.fan_outs)
    await _write_timers(connection, batch)


def _is_new(batch: Batch, subject: Hashable) -> bool:
    return isinstance(subject, UUID) and subject in batch.subjects and batch.subjects[subject].was == 0


async def _write_timers(connection: Connection, batch: Batch) -> None:
    if batch.fired:
        await connection.execute(sql("delete_fired_timers"), list(batch.fired))
    cleared = [key for key, row in batch.timers.items() if row is None]
    if cleared:
        await connection.execute(sql("clear_timers"), [key[0] for key in cleared], [key[1] for key in cleared])
    await _put(connection, "set_timers", [row for row in batch.timers.values() if row is not None])


class LostUpdateError(Exception):
    """A subject changed under its lock: a defect, not a race."""

    def __init__(self, done: str, expected: int) -> None:
        super().__init__(f"{done}, expected {expected}")


def _json(rows: Any) -> str:
    return msgspec.json.encode(rows).decode()


async def _put(connection: Connection, block: str, rows: Any, *more: Any) -> None:
    if rows:
        await connection.execute(sql(block), _json(rows), *more)


async def _put_alike(connection: Connection, block: str, rows: Any, *more: Any) -> None:
    """The same of a block that takes once what all rows have alike: of notices of one change nearly all."""
    if rows:
        each, alike = said_once(rows)
        await connection.execute(sql(block), _json(each), _json(alike), *more)


def _subject_row(one: Subject, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "processor_id": one.processor_id,
        "kind": one.kind,
        "parent_id": one.parent_id,
        "state": one.state,
        "version": one.version,
        "was": one.was,
        "head": f"\\x{one.head.hex()}",
        "open": one.open,
        "tags": one.tags,
        "created_at": now,
    }
