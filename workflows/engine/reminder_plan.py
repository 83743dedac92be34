"""When what a batch opens is spoken of first: read from its processors' settings, computed by `reminding`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.model.reminders import Reminders, first, of_deadline


class Settings(msgspec.Struct, frozen=True):
    """What a processor chose (None: the defaults), and the clocks it lives by."""

    timezone: str
    reminders: Reminders | None


async def read_settings(connection: Connection, processors: Iterable[UUID]) -> dict[UUID, Settings]:
    """The settings of these processors, by id."""
    rows = await connection.fetch(sql("reminder_settings"), list(set(processors)))
    return {row["id"]: Settings(row["timezone"], read_reminders(row["reminders"])) for row in rows}


def read_reminders(text: str | None) -> Reminders | None:
    """Settings as they are stored, or None where a processor goes by the defaults."""
    return msgspec.json.decode(text, type=Reminders) if text is not None else None


async def plan_deadlines(connection: Connection, rows: list[dict[str, Any]], now: datetime) -> None:
    """Write into each row of a deadline that opens when it is first spoken of (`remind_at`, UTC or None)."""
    if not rows:
        return
    settings = await read_settings(connection, (row["processor_id"] for row in rows))
    for row in rows:
        if row["boundary"] == "from":
            row["remind_at"] = None
            continue
        chosen = settings[row["processor_id"]].reminders
        steps = of_deadline(chosen, row["party"], row["due_at"], row["zone"], row["calendar"])
        row["remind_at"] = first(steps, row["due_at"], row["at"], now)
