"""Real servers for the whole run, a fresh database for each test: a clone of a migrated template."""

import asyncio
import contextlib
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from db import clock as db_clock
from db.migrate import migrate
from db.session import connect_pool
from service.library import load_library
from service.up.embedded import RunningServers, start_servers
from service.up.folder import temporary_folder
from tests.history import check_history
from tests.world import Pools, World
from workflows.engine.engine import Engine

TEMPLATE = "termijn_template"
ROOM = 1 << 30
"""Bytes that must be free in memory for the databases of a run to lie there; each worker needs some 200 MB."""
_SHARED = Path("/dev/shm")
MEMORY = _SHARED if _SHARED.is_dir() and shutil.disk_usage(_SHARED).free > ROOM else None
HASTY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "96MB",
    "autovacuum": "off",  # a database lives for a test
}
"""PostgreSQL's settings where a power cut may take everything."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A database of one test, by login."""

    name: str
    superuser: str
    owner: str
    api: str
    worker: str


def _named(dsn: str, database: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(path=f"/{database}"))


def _database(servers: RunningServers, name: str) -> Database:
    urls = servers.urls
    return Database(
        name=name,
        superuser=_named(urls.superuser, name),
        owner=_named(urls.owner, name),
        api=_named(urls.api, name),
        worker=_named(urls.worker, name),
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[RunningServers]:
    """PostgreSQL and Redis, as `termijn up` starts them."""
    folder = temporary_folder(MEMORY)
    running = start_servers(folder / "data", settings=HASTY)
    yield running
    running.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(servers: RunningServers) -> str:
    """A migrated database with the terms library, to be cloned (a clone takes some 20 ms in memory)."""

    async def make() -> None:
        admin = await asyncpg.connect(servers.urls.superuser)
        await admin.execute(f"create database {TEMPLATE} owner termijn_owner")
        await admin.close()
        made = _database(servers, TEMPLATE)
        await migrate(made.owner)
        pool = await connect_pool(made.worker, "termijn_worker", size=1)
        await load_library(pool)
        await pool.close()

    asyncio.run(make())
    return TEMPLATE


@contextlib.asynccontextmanager
async def cloned(servers: RunningServers, template: str) -> AsyncIterator[Database]:
    """A fresh database, for as long as it is needed."""
    name = f"t{next(_numbers)}"
    strategy = "file_copy" if MEMORY else "wal_log"  # the cheaper one on that kind of storage
    admin = await asyncpg.connect(servers.urls.superuser)
    await admin.execute(f"create database {name} template {template} owner termijn_owner strategy {strategy}")
    try:
        yield _database(servers, name)
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


@pytest.fixture
async def database(servers: RunningServers, template: str) -> AsyncIterator[Database]:
    """A fresh database; after the test its whole history is checked (invariants A and F)."""
    async with cloned(servers, template) as made:
        yield made
        owner = await asyncpg.connect(made.superuser)
        try:
            await check_history(owner)
        finally:
            await owner.close()


@pytest.fixture
async def pools(database: Database) -> AsyncIterator[Pools]:
    """The API's and the worker's pools on the test's database."""
    api = await connect_pool(database.api, "termijn_api", size=8)
    worker = await connect_pool(database.worker, "termijn_worker", size=12)
    yield Pools(api=api, worker=worker)
    await api.close()
    await worker.close()


@pytest.fixture
def engine() -> Engine:
    """An engine whose mail arrives directly."""
    return Engine(arrival="direct")


@pytest.fixture
async def world(pools: Pools, engine: Engine) -> World:
    """A simulated clock at a known Monday, and helpers that do what the API and the worker do."""
    made = World(pools, engine)
    async with pools.worker.acquire() as connection:
        await db_clock.start(connection, "simulated", made.start)
    return made
