"""A row that somebody keeps locked makes those wait who want it, and nobody else: waiting is bounded by the row.

What is written to is named by the processor that is acted for and the id: whoever asks for an id of somebody else's
does not wait for it, and is told that there is none.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from db.session import GONE, NotWrittenError, find_row
from workflows.errors import Unavailable
from workflows.kinds import WORKFLOWS

AT_ONCE: Final = 2
"""Requests that may hold a connection for one subject: the pool has ten."""
BEHIND: Final = 4
"""The same for all that belongs to one subject and holds it still while it moves, as notices do with their change."""
SECONDS: Final = 5.0
"""How long another waits for its turn, without a connection."""


async def held_still(pool: asyncpg.Pool, processors: Sequence[UUID], subject: UUID) -> UUID | None:
    """What a subject belongs to, where that is held still while it moves. Raises NotWrittenError."""
    try:
        row = await find_row(pool, "belongs_to", list(processors), subject)
    except GONE as error:
        raise NotWrittenError from error
    return row["parent_id"] if row is not None and WORKFLOWS[row["kind"]].table.holds_parent else None


class _Queue(msgspec.Struct):
    gate: asyncio.Semaphore
    wanted: int = 0


class Turns:
    """Requests that write take turns by what they write to."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, _Queue] = {}

    @asynccontextmanager
    async def at(self, subject: Hashable | None, few: int = AT_ONCE) -> AsyncIterator[None]:
        """A turn at one subject, of a `few` at once; None, what is new, waits for nobody.

        Raises Unavailable where none comes in time.
        """
        if subject is None:
            yield
            return
        queue = self._queues.setdefault(subject, _Queue(asyncio.Semaphore(few)))
        queue.wanted += 1
        try:
            try:
                async with asyncio.timeout(SECONDS):
                    await queue.gate.acquire()
            except TimeoutError:
                raise Unavailable("Others are changing this; send it again.", retry_after=2) from None
            try:
                yield
            finally:
                queue.gate.release()
        finally:
            queue.wanted -= 1
            if not queue.wanted:
                del self._queues[subject]

    @asynccontextmanager
    async def to_write(self, processor: UUID | None, id: object, parent: UUID | None) -> AsyncIterator[None]:
        """A turn at what has this id, and one behind what is held still meanwhile, where that is anything."""
        behind = None if parent is None else (processor, str(parent), BEHIND)
        async with self.at(None if id is None else (processor, str(id))), self.at(behind, BEHIND):
            yield
