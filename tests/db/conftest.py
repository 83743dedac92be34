"""Databases beside those of the other tests: filled past the engine, so no history is checked in them."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from service.up.embedded import RunningServers
from tests.databases import Database, cloned


@pytest.fixture
async def spare(servers: RunningServers, template: str) -> AsyncIterator[Database]:
    """A fresh database that a test fills as it likes."""
    async with cloned(servers, template) as made:
        yield made


@pytest_asyncio.fixture(scope="session")
async def tomorrow(servers: RunningServers, template: str) -> AsyncIterator[Database]:
    """The database after a release to come: every table has columns that this code does not know."""
    async with cloned(servers, template) as made:
        await add_unknown_columns(made.owner)
        yield made


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
