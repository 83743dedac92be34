"""A worker's sweep as a process of its own: python -m benchmarks.sweeper DSN. Begins when told to, says how many."""

import asyncio
import sys

from db import clock
from db.queries import sql
from db.session import connect_pool
from service.collector import leave_alone
from workflows.engine.engine import Engine
from workflows.engine.sweep import work_off

YIELD = 0.001
"""Seconds to wait where another worker holds all that is due."""


async def main(dsn: str) -> None:
    pool = await connect_pool(dsn, "termijn_worker", size=2)
    engine = Engine(arrival="direct")
    async with pool.acquire() as connection:
        await clock.now(connection)
    leave_alone()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    fired = 0
    while True:
        more = await work_off(pool, engine)
        fired += more
        if not more:
            async with pool.acquire() as connection:
                now = await clock.now(connection)
                if not await connection.fetchval(sql("anything_due"), now):
                    break
            await asyncio.sleep(YIELD)
    print(fired, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
