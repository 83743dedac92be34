"""What would happen, found out by letting it happen: the same steps, in a transaction that is then undone.

The database keeps no event of such a transaction, whatever the program does (`foreseen_is_not_kept`).
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from db.queries import sql
from db.session import Connection
from service.mail.outgoing.deliver import MOVES
from service.mail.outgoing.outbox import claim, own_due, read_carried
from service.mail.outgoing.smtp import Outcome
from service.mail.outgoing.verdict import after
from workflows.engine.batch import Batch
from workflows.engine.engine import Engine
from workflows.engine.poison import is_poison
from workflows.engine.reminders import speak
from workflows.engine.sweep import PoisonError, fire_claimed, fire_due
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
        self.share_terms(engine)
        self.gathered: list[Batch] = []

    async def put(self, connection: Connection, batch: Batch, at: datetime) -> None:
        await super().put(connection, batch, at)
        self.gathered.append(batch)

    @property
    def touched(self) -> list[UUID]:
        """The subjects that moved."""
        return list(dict.fromkeys(one for batch in self.gathered for one in batch.subjects))


class Course:
    """Time that passes in one transaction, for all subjects that it sees or for those that move with some.

    Where it is about none (`subjects` empty), nothing happens but what this transaction itself brings about.
    """

    def __init__(
        self,
        connection: Connection,
        engine: Foreseer,
        now: datetime,
        processors: Sequence[UUID],
        subjects: Sequence[UUID] | None = None,
    ) -> None:
        self.connection = connection
        self.processors = processors
        self.engine = engine
        self.now = now
        """The instant that was reached, UTC."""
        self.subjects = subjects
        self.complete = True
        """False where it took too long, or a step failed or is held: what follows from that is not told."""
        self._stuck = False
        self._failed: set[UUID] = set()
        self._until = time.monotonic() + SECONDS

    async def begin(self) -> None:
        """From here on nothing of this transaction is kept."""
        await self.connection.execute(sql("foresee"), self.now.isoformat())

    async def settle(self) -> None:
        """Everything that is due happens, and each mail arrives when it is sent."""
        while True:
            if time.monotonic() > self._until:
                self.complete, self._stuck = False, True
                return
            moved = await self._fire(self.now)
            moved += await carry(self.connection, self.engine, A_BATCH, Claimed(), own=self._about_none)
            if not moved:
                moved += await speak(self.connection, self.engine, A_BATCH, self._looked_at())
            moved += await self._arrive()
            if not moved:
                return

    async def go(self, until: datetime) -> None:
        """Nobody acts until then (UTC); `now` is earlier where it took too long."""
        await self.settle()
        while not self._stuck:
            nearest: datetime | None = await self.connection.fetchval(
                sql("next_foreseen"), self.processors, self._looked_at()
            )
            if nearest is None or nearest > until:
                self.now = max(self.now, until)
                return
            self.now = max(self.now, nearest)
            await self.begin()
            before = len(self.engine.gathered) + len(self._failed)
            await self.settle()
            if len(self.engine.gathered) + len(self._failed) == before:
                self.complete, self._stuck = False, True  # what is due there does not happen by itself: it is held

    async def _fire(self, now: datetime) -> int:
        try:
            return await self._fire_batch(now, A_BATCH, [])
        except PoisonError as poison:
            return await self._leave_out(poison.subject, poison)
        except Exception as error:
            if isinstance(error, asyncpg.PostgresError) or not is_poison(error):
                raise
        # Rows that cannot be read do not say whose they are: one subject at a time does.
        claimed: list[UUID] = []
        try:
            return await self._fire_batch(now, 1, claimed)
        except PoisonError as poison:
            return await self._leave_out(poison.subject, poison)
        except Exception as error:
            if isinstance(error, asyncpg.PostgresError) or not (claimed and is_poison(error)):
                raise
            return await self._leave_out(claimed[0], error)

    async def _fire_batch(self, now: datetime, limit: int, claimed: list[UUID]) -> int:
        looked_at = self._looked_at()
        if looked_at is None:
            return await fire_due(self.connection, self.engine, limit, claimed)
        rows = await self.connection.fetch(sql("claim_foreseen"), self.processors, now, limit, looked_at)
        claimed[:] = [row["id"] for row in rows]
        if not rows:
            return 0
        subjects = await self.engine.share(self.connection, rows)
        return await fire_claimed(self.connection, self.engine, subjects, now, held=False) or 0

    async def _leave_out(self, subject: UUID, why: Exception) -> int:
        """One that fails is set apart as the sweep does it; nothing of its batch was written, and the others go on."""
        await self.connection.execute(sql("park_subject"), subject, str(why))
        self._failed.add(subject)
        self.complete = False
        return 1

    @property
    def _about_none(self) -> bool:
        return self.subjects is not None and not self.subjects

    def _looked_at(self) -> list[UUID] | None:
        if self.subjects is None:
            return None
        return list(dict.fromkeys((*self.subjects, *self.engine.touched)))

    async def _arrive(self) -> int:
        if self._about_none:
            due = await own_due(self.connection, self.processors, A_BATCH)
        else:
            due = await claim(self.connection, A_BATCH, SECONDS)
        carried = await read_carried(self.connection, due)
        letters = [*due, *(one for more in carried.values() for one in more)]
        verdicts = [after(one, _ARRIVED, arrival="direct", dated_at=self.now, now=self.now) for one in letters]
        if verdicts:
            given = msgspec.json.encode(verdicts).decode()
            await self.connection.execute(sql("record_attempts"), given, KNOWN, MOVES)
        return len(letters)
