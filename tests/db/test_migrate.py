"""Migrations beside a service that runs: they take no table for longer than a read may wait."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from db import migrate as migrating
from db.migrate import (
    LOCK_SECONDS,
    OUTSIDE,
    MigrationBlockedError,
    MigrationChangedError,
    migrate,
    statements,
)
from tests.conftest import Database

NEW = ("9999_later.sql", "alter table customer add column later text; update customer set later = name")
BESIDE = (
    "9999_beside.sql",
    f"{OUTSIDE}-- Why.\ndrop index concurrently if exists customer_later;\n"
    "create unique index concurrently customer_later\n    on customer (name);\n",
)
CUSTOMERS = """insert into customer (id, processor_id, name, country, language, role, contacts)
    values (uuidv7(), uuidv7(), $1, 'NL', 'nl', 'controller', '[]')"""


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


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    known = migrating.migrations()[:-1]
    monkeypatch.setattr(migrating, "migrations", lambda: [*known, BESIDE])


async def past_keys(database: Database) -> asyncpg.Connection:
    """A connection that writes rows without those that they refer to."""
    return await asyncpg.connect(database.superuser, server_settings={"session_replication_role": "replica"})


async def indexes(connection: asyncpg.Connection) -> list[tuple[str, bool]]:
    rows = await connection.fetch(
        "select c.relname, i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid "
        "where c.relname like 'customer_later%'"
    )
    return [(row["relname"], row["indisvalid"]) for row in rows]


@pytest.mark.usefixtures("outside")
async def test_an_index_is_built_beside_those_who_write(spare: Database) -> None:
    """It waits for who writes; who comes later does not wait for it. Another `migrate` waits its turn meanwhile."""
    writer, later = [await past_keys(spare) for _ in range(2)]
    async with writer.transaction():
        await writer.execute(CUSTOMERS, "1")
        both = [asyncio.create_task(migrate(spare.owner)) for _ in range(2)]
        while not await later.fetchval("select exists (select from pg_stat_progress_create_index)"):
            pass
        await later.execute(CUSTOMERS, "2", timeout=10 * LOCK_SECONDS)
        assert not any(one.done() for one in both)
    assert sorted(await asyncio.gather(*both)) == [[], [BESIDE[0]]]
    assert await indexes(later) == [("customer_later", True)]
    await writer.close()
    await later.close()


@pytest.mark.usefixtures("outside")
async def test_what_was_broken_off_outside_a_transaction_is_carried_out_again(spare: Database) -> None:
    connection = await past_keys(spare)
    for _ in range(2):
        await connection.execute(CUSTOMERS, "1")
    with pytest.raises(asyncpg.UniqueViolationError):
        await migrate(spare.owner)
    assert await indexes(connection) == [("customer_later", False)]
    await connection.execute("delete from customer")
    assert await migrate(spare.owner) == [BESIDE[0]]
    assert await indexes(connection) == [("customer_later", True)]
    await connection.close()


@pytest.mark.usefixtures("outside")
async def test_one_that_waits_in_vain_outside_a_transaction_is_given_up(spare: Database) -> None:
    writer = await past_keys(spare)
    async with writer.transaction():
        await writer.execute(CUSTOMERS, "1")
        with pytest.raises(MigrationBlockedError, match=BESIDE[0]):
            await migrate(spare.owner, patience=0)
    await writer.close()
    assert await migrate(spare.owner) == [BESIDE[0]]


@pytest.mark.parametrize(("name", "text"), [one for one in migrating.migrations() if one[1].startswith(OUTSIDE)])
def test_each_statement_outside_a_transaction_may_be_carried_out_again(name: str, text: str) -> None:
    before = ""
    for one in statements(text):
        plain = " ".join(line for line in one.splitlines() if not line.startswith("--"))
        made = re.match(r"create (?:unique )?index concurrently (\w+) on ", plain)
        assert made or re.fullmatch(r"drop index concurrently if exists \w+;", plain), f"{name}: {plain}"
        assert not made or before == f"drop index concurrently if exists {made[1]};", f"{name}: {plain}"
        before = plain
