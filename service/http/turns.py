"""A row that somebody keeps locked makes those wait who want it, and nobody else: waiting is bounded by the row."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from workflows.errors import Unavailable

AT_ONCE: Final = 2
"""Requests that may hold a connection for one subject: the pool has ten."""
SECONDS: Final = 5.0
"""How long another waits for its turn, without a connection."""


class _Queue(msgspec.Struct):
    gate: asyncio.Semaphore
    wanted: int = 0


class Turns:
    """Requests that write take turns by what they write to."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, _Queue] = {}

    @asynccontextmanager
    async def at(self, subject: Hashable | None) -> AsyncIterator[None]:
        """A turn at one subject; None, what is new, waits for nobody. Raises Unavailable where none comes in time."""
        if subject is None:
            yield
            return
        queue = self._queues.setdefault(subject, _Queue(asyncio.Semaphore(AT_ONCE)))
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
