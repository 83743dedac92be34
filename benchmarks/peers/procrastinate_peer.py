"""Procrastinate doing it: python -m benchmarks.peers.procrastinate_peer DSN COUNT. Begins when told to, ends
when all is done."""

import asyncio
import sys

import uvloop
from procrastinate import App, PsycopgConnector
from psycopg_pool import AsyncConnectionPool

from benchmarks.peers.work import DO, TABLES

CONCURRENTLY = 10
PIECE = 1_000


async def main(dsn: str, count: int) -> None:
    app = App(connector=PsycopgConnector(conninfo=dsn, min_size=CONCURRENTLY, max_size=CONCURRENTLY + 2))
    async with (
        AsyncConnectionPool(dsn, min_size=CONCURRENTLY, max_size=CONCURRENTLY, kwargs={"autocommit": True}) as pool,
        app.open_async(),
    ):
        async with pool.connection() as connection:
            await connection.execute(TABLES.format(count=count))
        await app.schema_manager.apply_schema_async()
        statement = DO.format(item="%s")

        @app.task(name="lapse")
        async def lapse(item: int) -> None:
            async with pool.connection() as connection:
                await connection.execute(statement, (item,))

        for first in range(1, count + 1, PIECE):
            items = [{"item": one} for one in range(first, min(first + PIECE, count + 1))]
            await lapse.batch_defer_async(*items)
        async with pool.connection() as connection:
            await connection.execute("analyze")
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await app.run_worker_async(wait=False, concurrency=CONCURRENTLY, delete_jobs="successful")
        print("done", flush=True)
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
