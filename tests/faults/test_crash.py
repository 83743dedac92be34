"""PostgreSQL itself goes down while it writes (faults 14, 15 and 23), a server of this test's own: told to stop, killed
with kill -9, out of disk. What it said is committed is there afterwards, and API and workers go on by themselves."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from db import clock, session
from db.migrate import migrate
from db.queries import sql
from db.session import connect_pool
from service.up.children import popen
from service.up.embedded import RunningServers
from service.up.folder import DataFolder, held, temporary_folder
from service.up.servers import Servers, prepared
from tests.databases import ENDURING, MEMORY, Database
from tests.faults.nursery import Nursery
from tests.faults.rig import Rig
from tests.http.conftest import ACME
from tests.test_sweep import EACH, check_fired, many_timers
from tests.world import Pools, World
from workflows.engine.engine import Engine

SUBJECTS = 300
WORKERS = ("worker one", "worker two")
SMALL = "size=150m"
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
                await asyncio.sleep(0.01)  # another process, of which nothing can be awaited

    def end(self, number: signal.Signals) -> None:
        """Send it a signal that ends it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
            self._process.wait(30)
        self._process = None


@contextlib.contextmanager
def server_in(room: Path) -> Iterator[Server]:
    folder = DataFolder(room / "data")
    folder.create()
    with held(folder), prepared(folder, redis=False, settings=ENDURING) as servers:
        made = Server(servers)
        yield made
        made.end(signal.SIGINT)


@pytest.fixture
def room() -> Iterator[Path]:
    made = temporary_folder(MEMORY)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def server(room: Path) -> Iterator[Server]:
    with server_in(room) as made:
        yield made


@pytest.fixture
def small_disk(room: Path) -> Iterator[Path]:
    """A disk of its own, of a few hundred megabytes; only root can have one."""
    disk = room / "disk"
    disk.mkdir()
    if shutil.which("mount") is None or subprocess.run(("mount", "-t", "tmpfs", "-o", SMALL, "none", disk)).returncode:
        pytest.skip("nobody may mount a disk here")
    disk.chmod(0o711)
    yield disk
    subprocess.run(("umount", "--lazy", disk), check=True)


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
            await asyncio.sleep(0.02)  # a person between two requests, so that workers have their turn

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


async def test_a_number_that_is_given_once_more_says_nothing_of_what_had_it_before(server: Server) -> None:
    """The server ends all others when one of its processes is killed, and goes on without having been started anew."""
    await server.begin()
    await migrate(server.database.owner)
    lost = await asyncpg.connect(server.database.worker)
    await lost.execute("begin")
    began = await lost.fetchrow(sql("begin_write"))
    assert began is not None
    os.kill(lost.get_server_pid(), signal.SIGKILL)
    async with asyncio.timeout(60):
        while not await _written_past(server.database, began["number"]):
            pass
    pool = await connect_pool(server.database.worker, "termijn_worker", size=1)
    async with pool.acquire() as connection:
        assert await connection.fetchval("select pg_xact_status($1::text::xid8)", began["number"]) == "committed"
    assert await session._outcome(pool, began["number"], began["server"]) is None
    pool.terminate()
    lost.terminate()


async def _written_past(database: Database, number: str) -> bool:
    """Whether others have written under that number; they do so until then."""
    with contextlib.suppress(asyncpg.PostgresError, OSError):
        other = await asyncpg.connect(database.worker)
        reached: bool = await other.fetchval("select pg_current_xact_id()::text::bigint >= $1::text::bigint", number)
        await other.close()
        return reached
    return False


@pytest.mark.disk
async def test_a_disk_that_is_full_loses_nothing_that_was_accepted(
    servers: RunningServers, small_disk: Path, nursery: Nursery, tmp_path: Path
) -> None:
    with server_in(small_disk) as server:
        await server.begin()
        await migrate(server.database.owner)
        async with living(server.database) as world, world.pools.worker.acquire() as connection:
            await clock.start(connection, "simulated", world.start)
        # A minute and a quarter on a machine of which other work leaves a tenth: this bounds a hang, and no speed.
        async with asyncio.timeout(300), Rig(servers, server.database, nursery, tmp_path) as rig:
            for one in ("api", "worker"):
                await rig.begin(one)
            await rig.up()
            await rig.made("processors", ACME)
            number = 0

            async def asked() -> int:
                nonlocal number
                number += 1
                body = {"name": f"Host {number} BV", "service": "hosting", "country": "NL"}
                answer = await rig.client.post("subprocessors", json=body)
                if answer.is_success:
                    rig.accepted.append(("subprocessors", answer))
                return answer.status_code

            assert await asked() == 201
            filler = small_disk / "filler"
            with filler.open("wb") as full, contextlib.suppress(OSError):
                while True:
                    full.write(b"x" * (1 << 20))
            async with rig.owner() as owner:
                with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    while True:  # what it writes next needs room
                        await owner.execute("select pg_logical_emit_message(true, 'room', repeat('x', 4000000))")
            refused = await asked()
            filler.unlink()
            await server.begin()
            while await asked() != 201:
                pass
            await rig.rests()
            assert refused == 503
            assert await rig.unkept() == []
            assert await rig.broken() == []
