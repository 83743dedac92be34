"""Continuous archiving as docs/operations.md has it, rehearsed: what happened before the chosen instant is there again,
what happened after it is not, and the ledger holds.
"""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from db import clock
from db.migrate import migrate
from service.up.binaries import find_postgres
from service.up.children import surroundings
from service.up.embedded import start_servers
from service.up.folder import DataFolder, Urls, temporary_folder
from tests.databases import HASTY, MEMORY
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.engine.verify import verify


@pytest.fixture
def room() -> Iterator[Path]:
    path = temporary_folder(MEMORY)
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@contextlib.asynccontextmanager
async def living(urls: Urls) -> AsyncIterator[World]:
    async with (
        asyncpg.create_pool(urls.api, min_size=1) as first,
        asyncpg.create_pool(urls.worker, min_size=1) as second,
    ):
        yield World(Pools(first, second), Engine(arrival="direct"))


def copy_base(urls: Urls, target: Path) -> None:
    """What `pg_basebackup` takes of a server at work."""
    address = urlsplit(str(urls.superuser))
    own = {"PGHOST": parse_qs(address.query)["host"][0], "PGUSER": "postgres", "PGPASSWORD": address.password or ""}
    program = find_postgres().bin / "pg_basebackup"
    subprocess.run([program, f"--pgdata={target}", "--checkpoint=fast"], env=surroundings(own), check=True)


def put_back(old: DataFolder, base: Path, new: DataFolder) -> None:
    """A new folder with the copy in it, which is to be brought on to the chosen instant."""
    new.create()
    shutil.copy(old.secrets, new.secrets)
    base.rename(new.postgres)
    (new.postgres / "recovery.signal").touch()


async def test_a_day_is_taken_back_to_the_minute_before_a_mistake(room: Path) -> None:
    old, new = DataFolder(room / "old"), DataFolder(room / "new")
    archive = room / "archive"
    archive.mkdir()
    archive.chmod(0o777)
    settings = {**HASTY, "wal_level": "replica", "max_wal_senders": "2"}
    archiving = {**settings, "archive_mode": "on", "archive_command": f"cp %p {archive}/%f"}
    servers = start_servers(old.path, redis=False, settings=archiving)
    try:
        await migrate(servers.urls.owner)
        async with living(servers.urls) as world:
            async with world.pools.worker.acquire() as connection:
                await clock.start(connection, "simulated", world.start)
            await world.make_processor()
            copy_base(servers.urls, room / "base")
            await world.make_customer("Told in time")
            async with world.pools.worker.acquire() as connection:
                chosen = await connection.fetchval("select clock_timestamp()::text")
            await world.make_customer("A mistake")
        admin = await asyncpg.connect(servers.urls.superuser)
        await admin.execute("select pg_switch_wal()")
        await admin.close()
    finally:
        servers.stop()  # which waits until all is archived
    again = {
        "restore_command": f"cp {archive}/%f %p",
        "recovery_target_time": chosen,
        "recovery_target_action": "promote",
    }
    put_back(old, room / "base", new)
    servers = start_servers(new.path, redis=False, settings={**settings, **again})
    try:
        async with living(servers.urls) as world, world.pools.worker.acquire() as connection:
            async with asyncio.timeout(60):  # it takes connections before it is promoted
                while await connection.fetchval("select pg_is_in_recovery() from pg_sleep(0.02)"):
                    pass
            assert [row["name"] for row in await connection.fetch("select name from customer")] == ["Told in time"]
            found = await verify(connection)
            assert (found.wrong, found.events) == (None, 2)
    finally:
        servers.stop()
