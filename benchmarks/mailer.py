"""A sender of mail as a process: python -m benchmarks.mailer DSN PORT. Begins when told to, says how many."""

import asyncio
import sys

from benchmarks.mails import config
from db import clock
from db.session import connect_pool
from service.mail.outgoing.deliver import deliver_round
from workflows.engine.engine import Engine

LOOKS = 5
"""So often in a row it has to find nothing: another sender may hold what is there."""


async def main(dsn: str, port: int) -> None:
    pool = await connect_pool(dsn, "termijn_worker", size=4)
    engine, mailing = Engine(arrival="direct"), config(port)
    async with pool.acquire() as connection:
        await clock.now(connection)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    sent = empty = 0
    while empty < LOOKS:
        more = await deliver_round(pool, engine, mailing)
        sent, empty = sent + more, 0 if more else empty + 1
    print(sent, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await pool.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
