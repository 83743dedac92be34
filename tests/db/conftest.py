"""Databases beside those of the other tests: filled past the engine, so no history is checked in them."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import asyncpg
import pytest

from service.up.embedded import RunningServers
from tests.conftest import Database, _database

_numbers = itertools.count(1)


@pytest.fixture
async def spare(servers: RunningServers, template: str) -> AsyncIterator[Database]:
    """A fresh database that a test fills as it likes."""
    name = f"spare{next(_numbers)}"
    admin = await asyncpg.connect(servers.urls.superuser)
    await admin.execute(f"create database {name} template {template} owner termijn_owner")
    yield _database(servers, name)
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture(scope="session")
def tomorrow(servers: RunningServers, template: str) -> Database:
    """The database after a release to come: every table has columns that this code does not know."""
    made = _database(servers, "tomorrow")

    async def make() -> None:
        admin = await asyncpg.connect(servers.urls.superuser)
        await admin.execute(f"create database {made.name} template {template} owner termijn_owner")
        await admin.close()
        await add_unknown_columns(made.owner)

    asyncio.run(make())
    return made


async def add_unknown_columns(owner: str) -> None:
    """As a later migration may: one column that must be filled and has a default, and one that may be empty."""
    connection = await asyncpg.connect(owner)
    for row in await connection.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    ):
        await connection.execute(
            f"alter table {row['relname']} add column later_flag boolean not null default true, add later_note text"
        )
    await connection.close()
