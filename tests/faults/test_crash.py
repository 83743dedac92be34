"""PostgreSQL itself goes down while it writes (faults 14 and 15), a server of this test's own: told to stop, and killed
with kill -9. What it said is committed is there when it is back, and API and workers go on by themselves."""

import asyncio
import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from db import clock
from db.migrate import migrate
from db.session import connect_pool
from service.up.children import popen
from service.up.embedded import RunningServers
from service.up.folder import DataFolder, held, temporary_folder
from service.up.servers import Servers, prepared
from tests.databases import ENDURING, MEMORY, Database
from tests.faults.nursery import Nursery
from tests.faults.rig import Rig
from tests.test_sweep import EACH, check_fired, many_timers
from tests.world import Pools, World
from workflows.engine.engine import Engine

SUBJECTS = 300
WORKERS = ("worker one", "worker two")
SOON = 5.0
"""Seconds for what takes one by the pause after an error, on a machine that is busy with other tests."""


class Server:
    """PostgreSQL, started and ended at will; it keeps its data and its address."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Database:
        urls = self._servers.urls
        return Database("termijn", urls.superuser, urls.owner, urls.api, urls.worker)

    async def begin(self) -> None:
        """Start it, and wait until it takes connections; what was killed may have left sessions that still end."""
        async with asyncio.timeout(60):
            while self._process is None or not self._servers.postgres_ready(self._process.pid):
                if self._process is None or self._process.poll() is not None:
                    self._process = popen(self._servers.postgres)
                await asyncio.sleep(0.01)

    def end(self, number: signal.Signals) -> None:
        """Send it a signal that ends it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(30)
        self._process = None


@pytest.fixture
def server() -> Iterator[Server]:
    room = temporary_folder(MEMORY)
    folder = DataFolder(room / "data")
    folder.create()
    with held(folder), prepared(folder, redis=False, settings=ENDURING) as servers:
        made = Server(servers)
        yield made
        made.end(signal.SIGINT)
    shutil.rmtree(room)


@contextlib.asynccontextmanager
async def living(database: Database) -> AsyncIterator[World]:
    """A world on that server; its own connections end with whatever they had begun."""
    pools = Pools(
        api=await connect_pool(database.api, "termijn_api", size=2),
        worker=await connect_pool(database.worker, "termijn_worker", size=2),
    )
    try:
        yield World(pools, Engine(arrival="direct"))
    finally:
        pools.api.terminate()
        pools.worker.terminate()


async def under_way(database: Database) -> None:
    """Until a worker writes."""
    watcher = await asyncpg.connect(database.superuser)
    writes = """select exists (select from pg_stat_activity where usename = 'termijn_worker_login'
        and backend_xid is not null and xact_start < clock_timestamp() - interval '5 milliseconds')"""
    async with asyncio.timeout(60):
        while not await watcher.fetchval(writes):
            pass
    watcher.terminate()


async def test_what_was_committed_is_there_and_everybody_goes_on(
    servers: RunningServers, server: Server, nursery: Nursery, tmp_path: Path
) -> None:
    await server.begin()
    await migrate(server.database.owner)
    async with living(server.database) as world:
        async with world.pools.worker.acquire() as connection:
            await clock.start(connection, "simulated", world.start)
        tasks = await many_timers(world, SUBJECTS)
    over, answered = asyncio.Event(), asyncio.Event()

    async def client(rig: Rig, name: str) -> None:
        number = 0
        while not over.is_set():
            number += 1
            await rig.made("subprocessors", {"name": f"{name} {number} BV", "service": "hosting", "country": "NL"})
            answered.set()
            await asyncio.sleep(0.02)

    async with asyncio.timeout(120), Rig(servers, server.database, nursery, tmp_path) as rig:
        for one in ("api", *WORKERS):
            await rig.begin(one)
        await rig.up()
        waits = []
        async with asyncio.TaskGroup() as group:
            for name in ("Aria", "Boreas"):
                group.create_task(client(rig, name))
            async with rig.owner() as owner:
                await owner.execute("update clock set target = now + interval '1 day'")
            for number in (signal.SIGINT, signal.SIGKILL):
                await under_way(server.database)
                server.end(number)
                answered.clear()
                await server.begin()
                back = time.monotonic()
                await answered.wait()
                waits.append(time.monotonic() - back)
            async with rig.owner() as owner:
                while await owner.fetchval("select count(*) from timer") == SUBJECTS * EACH:
                    await owner.execute("select pg_sleep(0.01)")
            waits.append(time.monotonic() - back)
            over.set()
        await rig.arrives(60)
        assert len(rig.accepted) > 4
        assert await rig.unkept() == []
        assert await rig.broken() == []
        assert [rig.running[one].status for one in ("api", *WORKERS)] == [None] * 3, "nobody had to be started again"
    async with living(server.database) as world:
        await check_fired(world, tasks)
    assert max(waits) < SOON, waits
