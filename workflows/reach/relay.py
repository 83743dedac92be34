"""Two chunks of one fan-out in flight: while one is put down, the next is read and stepped.

They are put down one after the other, each in a transaction of its own that moves the cursor, so whoever reads the
fan-out sees it as far as it has come, and a worker can be killed anywhere. What the next one rests on is held, and
looked at again, once the one before is committed: until then it holds nothing that others wait for.
"""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import asyncpg

from db.failpoints import reach
from db.session import Connection, transaction
from workflows.engine.engine import Engine
from workflows.reach.fan_out import (
    CHUNK,
    Chunk,
    Claimed,
    carry_claimed,
    carrying,
    claim,
    go_on_one_by_one,
    in_chunks,
    put_chunk,
    read_chunk,
    still_stands,
)

AT_ONCE: Final = 2
ROUND: Final = 8
"""Chunks after which timers have their turn."""


async def carry_on(
    pool: asyncpg.Pool, engine: Engine, *, chunk: int = CHUNK, stopped: Callable[[], bool] = lambda: False
) -> bool:
    """Carry the oldest open fan-out on, a round of chunks at most and none begun once `stopped` says so; False where
    there is none.

    A chunk that fails goes on as with `carry_chunk`, after those before it; the one behind it is left as if it had not
    been read. None is in flight any more when this returns or raises. Raises where the database is away or busy.
    """
    relay = _Relay(pool, engine, chunk, stopped)
    done = await asyncio.gather(*(relay.run() for _ in range(AT_ONCE)), return_exceptions=True)
    failed = [one for one in done if isinstance(one, BaseException)]
    if not failed:
        return relay.held.fan_out is not None
    if not isinstance(failed[0], Exception):
        raise failed[0]
    return await go_on_one_by_one(pool, engine, chunk, relay.held, failed[0])


class _Relay:
    """One fan-out, handed on from chunk to chunk."""

    def __init__(self, pool: asyncpg.Pool, engine: Engine, chunk: int, stopped: Callable[[], bool]) -> None:
        self._pool = pool
        self._engine = engine
        self._chunk = chunk
        self._stopped = stopped
        self.held = Claimed()
        self._reading = asyncio.Lock()
        self._left = ROUND
        self._read: Chunk | None = None
        """The chunk that was read last."""
        self._put: asyncio.Future[bool] | None = None
        """Whether it was committed, once that is known."""

    async def run(self) -> None:
        """Chunk after chunk, each read once the one before is read, and put down once that one is committed."""
        while self._left and not self._stopped():
            mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            try:
                async with AsyncExitStack() as stack:
                    async with self._reading:
                        if not self._left:
                            return
                        before, self._put = self._put, mine
                        connection = await stack.enter_async_context(transaction(self._pool))
                        read = await self._next(connection, stack)
                    if read is None or not await self._may_put(connection, read, before):
                        return
                    await put_chunk(connection, self._engine, read)
                    await reach("fan-out.written")
                mine.set_result(True)
            finally:
                if not mine.done():
                    self._left = 0
                    mine.set_result(False)

    async def _next(self, connection: Connection, stack: AsyncExitStack) -> Chunk | None:
        """Read the next chunk. None where there is none, or where it is of a kind that is carried at once."""
        before = self._read
        self._left -= 1
        if before is not None:
            row: Any = before.row
        else:
            row = await claim(connection, self.held)
            if row is None or not in_chunks(row):
                if row is not None:
                    await carry_claimed(connection, self._engine, row, self._chunk, self.held)
                self._left = 0
                return None
        stack.enter_context(carrying(row))
        self._read = await read_chunk(connection, self._engine, row, self._chunk, after=before)
        if self._read.last:
            self._left = 0
        return self._read

    async def _may_put(self, connection: Connection, read: Chunk, before: asyncio.Future[bool] | None) -> bool:
        if before is None:
            return True
        return await before and await still_stands(connection, self._engine, read)
