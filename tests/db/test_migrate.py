"""Migrations beside a service that runs: they take no table for longer than a read may wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from db import migrate as migrating
from db.migrate import LOCK_SECONDS, MigrationBlockedError, MigrationChangedError, migrate
from tests.conftest import Database

NEW = ("9999_later.sql", "alter table customer add column later text; update customer set later = name")


@pytest.fixture(autouse=True)
def one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    known = migrating.migrations()
    monkeypatch.setattr(migrating, "migrations", lambda: [*known, NEW])


@asynccontextmanager
async def backup(database: Database) -> AsyncIterator[None]:
    """As pg_dump does: it reads each table and keeps it until its end."""
    connection = await asyncpg.connect(database.superuser)
    async with connection.transaction():
        await connection.execute("lock table customer in access share mode")
        yield
    await connection.close()


async def wait_for_lock(connection: asyncpg.Connection) -> None:
    """Until somebody waits for the table."""
    while not await connection.fetchval(
        "select exists (select from pg_locks where relation = 'customer'::regclass and not granted)"
    ):
        pass


async def test_behind_a_backup_reads_go_on(spare: Database) -> None:
    reader = await asyncpg.connect(spare.superuser)
    watcher = await asyncpg.connect(spare.superuser)
    async with backup(spare):
        migration = asyncio.create_task(migrate(spare.owner, pause=0))
        for _ in range(2):
            await wait_for_lock(watcher)
            await reader.fetch("select id from customer", timeout=10 * LOCK_SECONDS)
        assert not migration.done()
    assert await migration == [NEW[0]]
    assert await reader.fetchval("select count(later) from customer") == 0
    await reader.close()
    await watcher.close()


async def test_what_cannot_be_had_is_given_up_and_nothing_of_it_stays(spare: Database) -> None:
    async with backup(spare):
        with pytest.raises(MigrationBlockedError, match=r"9999_later\.sql was not applied.*a backup"):
            await migrate(spare.owner, patience=0)
    connection = await asyncpg.connect(spare.superuser)
    assert not await connection.fetchval(
        "select exists (select from information_schema.columns where column_name = 'later')"
    )
    await connection.close()
    assert await migrate(spare.owner) == [NEW[0]], "then migrate again"
    assert await migrate(spare.owner) == []


async def test_one_that_was_changed_after_it_was_applied_is_refused(
    spare: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(spare.owner)
    known = migrating.migrations()[:-1]
    monkeypatch.setattr(migrating, "migrations", lambda: [*known, (NEW[0], "select 1")])
    with pytest.raises(MigrationChangedError, match="write a new migration"):
        await migrate(spare.owner)
