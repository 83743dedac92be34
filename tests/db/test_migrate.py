"""Migrations beside a service that runs: they take no table for longer than a read may wait."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import pytest

from db import migrate as migrating
from db.migrate import (
    COMMIT,
    LOCK_SECONDS,
    OUTSIDE,
    MigrationBlockedError,
    MigrationChangedError,
    migrate,
    statements,
)
from service.up.embedded import RunningServers
from tests.conftest import Database
from tests.databases import cloned

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


IN_PARTS = (
    "9999_parts.sql",
    f"alter table customer add column later text;{COMMIT}alter table task add column later text;\n",
)


async def test_a_part_that_was_committed_is_not_done_again(spare: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds nothing while the next part waits, and is known until that is done too."""
    known = migrating.migrations()[:-1]
    monkeypatch.setattr(migrating, "migrations", lambda: [*known, IN_PARTS])
    connection = await asyncpg.connect(spare.superuser)
    held = await asyncpg.connect(spare.superuser)
    async with held.transaction():
        await held.execute("lock table task in access share mode")
        with pytest.raises(MigrationBlockedError, match="9999_parts"):
            await migrate(spare.owner, patience=0)
        await connection.fetch("select later from customer", timeout=10 * LOCK_SECONDS)
    names = "select name from migration where name like '9999%'"
    assert await connection.fetchval(names) == "9999_parts.sql 1"
    with monkeypatch.context() as patched:
        patched.setattr(migrating, "migrations", lambda: [*known, ("9999_parts.sql", "select 1")])
        with pytest.raises(MigrationChangedError):
            await migrate(spare.owner)
    assert await migrate(spare.owner) == ["9999_parts.sql"]
    assert await migrate(spare.owner) == []
    assert [row["name"] for row in await connection.fetch(names)] == ["9999_parts.sql"]
    await connection.close()
    await held.close()


HOLDS = """select array_agg(distinct c.relname::text)
    from pg_locks l join pg_class c on c.oid = l.relation
    where l.pid = pg_backend_pid() and c.relkind in ('r', 'v', 'p') and c.relname::text = any ($1)
        and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"""
"""What somebody who reads or writes would have to wait for."""
KNOWN: Final = 85
"""The first migration that has to hold one table at a time; those before were released."""


async def test_no_migration_holds_a_table_while_it_waits_for_another(
    servers: RunningServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrating.migrations()[:-1]
    monkeypatch.setattr(migrating, "migrations", lambda: known[: KNOWN - 1])
    async with cloned(servers, "template1") as empty:
        await migrate(empty.owner)
        connection = await asyncpg.connect(empty.owner)
        there = await connection.fetchval(
            "select array_agg(relname::text) from pg_class where relkind in ('r', 'v', 'p')"
        )
        for name, text in known[KNOWN - 1 :]:
            if text.startswith(OUTSIDE):
                for one in statements(text):
                    await connection.execute(one)
                continue
            for part in text.split(COMMIT):
                async with connection.transaction():
                    await connection.execute(part)
                    held = await connection.fetchval(HOLDS, there) or []
                assert len(held) < 2, f"{name} holds {', '.join(held)} together: part it by lines `-- commit`"
        await connection.close()


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
