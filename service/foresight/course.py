"""What would happen, found out by letting it happen: the same steps, in a transaction that is then undone.

The database keeps no event of such a transaction, whatever the program does (`foreseen_is_not_kept`).
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.mail.outgoing.deliver import MOVES
from service.mail.outgoing.outbox import claim, read_carried
from service.mail.outgoing.smtp import Outcome
from service.mail.outgoing.verdict import after
from workflows.engine.batch import Batch
from workflows.engine.engine import Engine
from workflows.engine.reminders import speak
from workflows.engine.sweep import fire_claimed, fire_due
from workflows.kinds import KNOWN
from workflows.reach.fan_out import Claimed, carry

SECONDS: Final = 2.0
"""How long one question may take; what lies behind that is not told, and the answer says so."""
A_BATCH: Final = 200
_ARRIVED: Final = Outcome("sent", None, "taken for granted")


class Foreseer(Engine):
    """An engine that keeps what its steps gathered, in order."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(arrival=engine.arrival)
        self._terms, self.texts = engine._terms, engine.texts
        self.gathered: list[Batch] = []

    async def put(self, connection: Connection, batch: Batch, at: datetime) -> None:
        await super().put(connection, batch, at)
        self.gathered.append(batch)

    @property
    def touched(self) -> list[UUID]:
        """The subjects that moved."""
        return list(dict.fromkeys(one for batch in self.gathered for one in batch.subjects))


class Course:
    """Time that passes in one transaction, for all subjects that it sees or for those that move with one."""

    def __init__(
        self, connection: Connection, engine: Foreseer, now: datetime, subjects: Sequence[UUID] | None = None
    ) -> None:
        self.connection = connection
        self.engine = engine
        self.now = now
        """The instant that was reached, UTC."""
        self.subjects = subjects
        self.complete = True
        """False where it took too long, or something is set apart."""
        self._until = time.monotonic() + SECONDS

    async def begin(self) -> None:
        """From here on nothing of this transaction is kept."""
        await self.connection.execute(sql("foresee"), self.now.isoformat())

    async def settle(self) -> None:
        """Everything that is due happens, and each mail arrives when it is sent."""
        while True:
            if time.monotonic() > self._until:
                self.complete = False
                return
            moved = await self._fire(self.now)
            moved += await carry(self.connection, self.engine, A_BATCH, Claimed())
            if not moved:
                moved += await speak(self.connection, self.engine, A_BATCH, self._looked_at())
            moved += await self._arrive()
            if not moved:
                return

    async def go(self, until: datetime) -> None:
        """Nobody acts until then (UTC); `now` is earlier where it took too long."""
        await self.settle()
        while self.complete:
            nearest: datetime | None = await self.connection.fetchval(sql("next_foreseen"), self._looked_at())
            if nearest is None or nearest > until:
                self.now = max(self.now, until)
                return
            self.now = max(self.now, nearest)
            await self.begin()
            before = len(self.engine.gathered)
            await self.settle()
            if len(self.engine.gathered) == before:
                self.complete = False  # what is due there does not happen by itself: it is held

    async def _fire(self, now: datetime) -> int:
        looked_at = self._looked_at()
        if looked_at is None:
            return await fire_due(self.connection, self.engine, A_BATCH)
        rows = await self.connection.fetch(sql("claim_foreseen"), now, A_BATCH, looked_at)
        return await fire_claimed(self.connection, self.engine, rows, now, held=False) or 0 if rows else 0

    def _looked_at(self) -> list[UUID] | None:
        if self.subjects is None:
            return None
        return list(dict.fromkeys((*self.subjects, *self.engine.touched)))

    async def _arrive(self) -> int:
        due = await claim(self.connection, A_BATCH, SECONDS)
        carried = await read_carried(self.connection, due)
        letters = [*due, *(one for more in carried.values() for one in more)]
        verdicts = [after(one, _ARRIVED, arrival="direct", dated_at=self.now, now=self.now) for one in letters]
        if verdicts:
            given = msgspec.json.encode(verdicts).decode()
            await self.connection.execute(sql("record_attempts"), given, KNOWN, MOVES)
        return len(letters)
