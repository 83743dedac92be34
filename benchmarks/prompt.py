"""How soon a mail server has said 250 to a notice: from the commit that makes it due, rung for, on an idle system."""

import asyncio
import random
import time
from uuid import UUID

from benchmarks.crew import process
from benchmarks.doorbell import environ
from benchmarks.figures import Latency
from benchmarks.sink import Session
from benchmarks.stage import Stage
from db import clock
from db.session import Connection
from service.doorbell import Doorbell

GIVE_UP = 20.0


class Taking(Session):
    """A mail server in this process: says when it took what."""

    taken: asyncio.Queue[float] = asyncio.Queue()

    def say(self, line: bytes) -> None:
        super().say(line)
        if line == b"250 taken":
            self.taken.put_nowait(time.perf_counter())


async def measure(stage: Stage, template: str, count: int) -> list[Latency]:
    """`count` of the announcements that wait in a clone of `template`, one at a time; nothing without Redis."""
    url = stage.servers.urls.redis
    if not url:
        return []
    database = await stage.clone("bench_prompt", template)
    server = await asyncio.get_running_loop().create_server(Taking, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with stage.connect(database) as connection:
        await clock.start(connection, "system", None)
        waiting = await connection.fetch("select id from message where next_at is not null order by id limit $1", count)
        await connection.execute("update message set next_at = null where next_at is not null")
        bell, taken = Doorbell(url), []
        worker = process(
            stage.folder, "service.cli.main", "worker",
            environ={**environ(database, url), "TERMIJN_SMTP_URL": f"smtp://127.0.0.1:{port}"},
        )  # fmt: skip
        async with worker:
            first, *rest = [row["id"] for row in waiting]
            await _sent(connection, bell, first)  # waits until the worker is up, and has read its templates
            for message in rest:
                # Anywhere between two looks, as in `doorbell`.
                await asyncio.sleep(random.uniform(0.1, 1.1))
                taken.append(1000 * await _sent(connection, bell, message))
        await bell.close()
    server.close()
    await stage.drop(database.name)
    return [Latency.of("a mail: the server's 250, after a ring through arq", taken)]


async def _sent(connection: Connection, bell: Doorbell, message: UUID) -> float:
    """Let a message become due, ring, and see when the server took it."""
    await connection.execute("update message set next_at = termijn_now() where id = $1", message)
    began = time.perf_counter()
    await bell.ring()
    return await asyncio.wait_for(Taking.taken.get(), GIVE_UP) - began
