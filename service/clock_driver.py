"""The simulated clock's driver: stops at every instant at which something is due, and lets it all happen.

One driver at a time holds a lock in PostgreSQL; when its process dies the lock goes and another takes over.
"""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg

from db.clock import now as clock_now
from db.queries import sql
from db.session import Connection

LOCK = 7_465_726_002
PAUSE = 0.005
"""Seconds to wait for another worker that holds what is due."""


async def _nothing() -> None:
    pass


async def drive(
    pool: asyncpg.Pool, work: Callable[[], Awaitable[bool]], at_last: Callable[[], Awaitable[object]] = _nothing
) -> bool:
    """Take the clock to its target, if it has one; whether there was anything to drive.

    `work` does one round of what is due at the clock's instant and says whether it did anything; `at_last` is done at
    the target, before whoever moved the clock hears that it arrived.
    """
    async with pool.acquire() as connection:
        row = await connection.fetchrow(sql("clock"))
        if row is None or row["target"] is None:
            return False
        if not await connection.fetchval(sql("lock_driver"), LOCK):
            return False
        try:
            await _drive(connection, work, at_last)
        finally:
            await connection.execute(sql("unlock_driver"), LOCK)
        return True


async def _drive(
    connection: Connection, work: Callable[[], Awaitable[bool]], at_last: Callable[[], Awaitable[object]]
) -> None:
    while True:
        await _settle(connection, work)
        row = await connection.fetchrow(sql("clock"))
        assert row is not None
        if row["target"] is None:
            return
        nearest = await connection.fetchval(sql("next_instant"))
        if nearest is not None and nearest <= row["target"]:
            await connection.execute(sql("tick_clock"), nearest)
            continue
        if row["now"] < row["target"]:
            await connection.execute(sql("tick_clock"), row["target"])
            continue
        await at_last()
        await connection.execute(sql("clock_arrived"))
        return


async def _settle(connection: Connection, work: Callable[[], Awaitable[bool]]) -> None:
    """Until nothing is due at this instant, mails and chunks included."""
    while True:
        if await work():
            continue
        if not await connection.fetchval(sql("anything_waiting"), await clock_now(connection)):
            return
        await asyncio.sleep(PAUSE)
