"""PgQueuer doing it: python -m benchmarks.peers.pgqueuer_peer DSN COUNT. Begins when told to, ends when all is done."""

import asyncio
import sys
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer import PgQueuer, Queries
from pgqueuer.models import Job
from pgqueuer.types import QueueExecutionMode

from benchmarks.peers.work import DO, TABLES

BATCH = 500
"""As many as Termijn claims at a time."""


async def main(dsn: str, count: int) -> None:
    async with asyncpg.create_pool(dsn, min_size=10, max_size=10) as pool:
        await pool.execute(TABLES.format(count=count))
        connection = await asyncpg.connect(dsn)
        queries = Queries.from_asyncpg_connection(connection)
        await queries.install()
        payloads: list[bytes | None] = [str(one).encode() for one in range(1, count + 1)]
        await queries.enqueue(["lapse"] * count, payloads, [0] * count)
        worker = PgQueuer.from_asyncpg_connection(connection)
        statement = DO.format(item="$1")

        @worker.entrypoint("lapse")
        async def lapse(job: Job) -> None:
            assert job.payload is not None
            await pool.execute(statement, int(job.payload))

        await connection.execute("analyze")
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await worker.run(dequeue_timeout=timedelta(seconds=1), batch_size=BATCH, mode=QueueExecutionMode.drain)
        print("done", flush=True)
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
