"""Which timers of locked subjects are due, read for all of them at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from db import clock
from db.queries import sql
from db.session import Connection
from workflows.engine.batch import Batch
from workflows.engine.firing import DueTimer


class StoredTimers:
    """Timers of locked subjects as they are stored, up to an instant (UTC).

    They are read when the first is asked for, by one statement for all the subjects of several commands. That is often
    enough: what is stored changes only when the batch is written, and a message that arrives meanwhile is due later.
    """

    def __init__(self, connection: Connection, subjects: Sequence[UUID], until: datetime) -> None:
        self._connection = connection
        self._subjects = list(subjects)
        self._until = until
        self._rows: dict[UUID, list[Any]] | None = None
        self._held: bool | None = None

    async def due(self, batch: Batch, subject: UUID, until: datetime) -> list[DueTimer]:
        """Those of one subject that are due by then, but for what the batch has fired."""
        if self._rows is None:
            self._rows = {}
            for row in await self._connection.fetch(sql("due_timers"), self._subjects, self._until):
                self._rows.setdefault(row["subject_id"], []).append(row)
        return [
            DueTimer.stored(row)
            for row in self._rows.get(subject, ())
            if row["due_at"] <= until and row["id"] not in batch.fired
        ]

    async def held(self) -> bool:
        """Whether the clock is in doubt, so that what cannot be undone waits."""
        if self._held is None:
            self._held = await clock.alarmed(self._connection)
        return self._held
