"""The database: migrations equal the readable schema, lists equal the code, the ledger refuses, tenants part."""

import re
from importlib.resources import files
from typing import Any, get_args, get_type_hints
from uuid import uuid4

import asyncpg
import pytest

from db.migrate import migrations
from db.queries import blocks
from db.session import transaction
from tests.conftest import Database
from tests.world import World
from workflows.kinds import WORKFLOWS
from workflows.model.parties import Engagement, Entity

STRUCTS: dict[str, type[Entity]] = {
    "engagement": Engagement,
    **{kind: flow.table.entity for kind, flow in WORKFLOWS.items()},
}


async def describe(connection: asyncpg.Connection) -> dict[str, Any]:
    """All that makes up a schema, in comparable text."""
    queries = {
        "columns": """select table_name, column_name, data_type, udt_name, is_nullable, column_default
            from information_schema.columns where table_schema = 'public' order by 1, 2""",
        "constraints": """select conrelid::regclass::text, conname, pg_get_constraintdef(oid)
            from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2""",
        "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1",
        "functions": """select proname, pg_get_functiondef(oid), proacl::text from pg_proc
            where pronamespace = 'public'::regnamespace order by 1""",
        "triggers": """select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1""",
        "policies": "select tablename, policyname, roles::text, qual from pg_policies order by 1, 2",
        "grants": """select grantee, table_name, privilege_type from information_schema.role_table_grants
            where grantee like 'termijn_%' order by 1, 2, 3""",
        "security": """select relname, relrowsecurity, relforcerowsecurity from pg_class
            where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1""",
    }
    return {name: [tuple(row) for row in await connection.fetch(query)] for name, query in queries.items()}


async def test_migrations_build_the_readable_schema(database: Database) -> None:
    admin = await asyncpg.connect(database.superuser)
    name = f"{database.name}_schema"
    await admin.execute(f"create database {name} owner termijn_owner")
    built = await asyncpg.connect(database.owner)
    read = await asyncpg.connect(database.owner.replace(f"/{database.name}", f"/{name}"))
    try:
        await read.execute(files("db").joinpath("schema.sql").read_text("utf-8"))
        assert await describe(built) == await describe(read)
    finally:
        await built.close()
        await read.close()
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


def test_there_is_a_migration_for_every_number() -> None:
    numbers = [int(name[:4]) for name, _ in migrations()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(("name", "text"), migrations()[13:], ids=lambda one: one[:4])
def test_a_migration_leaves_running_processes_what_they_use(name: str, text: str) -> None:
    """They insert without the columns that it adds: each may be empty, or has a default that this migration keeps."""
    plain = re.sub(r"--.*", "", text).lower()
    for column in re.findall(r"\badd (?:column )?(?!constraint|primary|unique|check|foreign)\w+ [^,;]*", plain):
        assert "not null" not in column or "default" in column, f"{name}: {column} needs a default"
    assert "drop default" not in plain, f"{name}: drop a default one release later"


@pytest.mark.parametrize("table", sorted(STRUCTS))
async def test_structs_are_their_tables(database: Database, table: str) -> None:
    connection = await asyncpg.connect(database.owner)
    rows = await connection.fetch(
        "select column_name, is_nullable from information_schema.columns "
        "where table_name = $1 and is_generated = 'NEVER'",  # what is generated says nothing of its own
        table,
    )
    await connection.close()
    hints = get_type_hints(STRUCTS[table])
    assert {row["column_name"] for row in rows} == set(hints)
    for row in rows:
        optional = type(None) in get_args(hints[row["column_name"]])
        assert (row["is_nullable"] == "YES") == optional, row["column_name"]


async def test_every_block_is_a_statement_the_database_takes(database: Database) -> None:
    connection = await asyncpg.connect(database.worker, server_settings={"role": "termijn_worker"})
    for name, text in blocks().items():
        try:
            await connection.prepare(text)
        except asyncpg.PostgresError as error:
            pytest.fail(f"{name}: {error}")
    await connection.close()


async def test_the_sweep_reads_its_index(world: World) -> None:
    await world.make_processor()
    subject = (await world.rows("select id, processor_id from subject limit 1"))[0]
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
            "select uuidv7(), $1, $2, 'n' || i, 'x', timestamptz '2030-01-01' + i * interval '1 minute', 0, "
            "'normal', '{}' from generate_series(1, 20000) i",
            subject["processor_id"],
            subject["id"],
        )
        await connection.execute("analyze timer")
    async with world.pools.worker.acquire() as connection:
        plan = await connection.fetch(
            "explain "
            + blocks()["claim_due_subjects"]
            .replace("$1", "timestamptz '2026-01-01'")
            .replace("$2", "500")
            .replace("$3", "array['task.x']")
            .replace("$4", "array[]::uuid[]")
        )
    text = "\n".join(row[0] for row in plan)
    assert "timer_due" in text
    assert "Seq Scan on timer" not in text


@pytest.mark.parametrize("login", ["api", "worker", "owner", "superuser"])
@pytest.mark.parametrize("statement", ["update event set type = 'x'", "delete from event", "truncate event cascade"])
async def test_nobody_changes_the_ledger(world: World, database: Database, login: str, statement: str) -> None:
    await world.make_processor()
    connection = await asyncpg.connect(getattr(database, login))
    try:
        if login == "api":
            await connection.execute(f"set termijn.processors = '{{{world.processor}}}'")
        with pytest.raises((asyncpg.RestrictViolationError, asyncpg.InsufficientPrivilegeError)):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_one_tenant_does_not_see_another(world: World) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("stkkr")
    tables = [*STRUCTS, "subject", "event", "timer", "message", "fan_out", "personal"]
    async with transaction(world.pools.api, [uuid4()]) as connection:
        for table in tables:
            assert await connection.fetchval(f"select count(*) from {table}") == 0, table
        assert await connection.execute(f"update subject set state = 'x' where id = '{agreement}'") == "UPDATE 0"
    async with transaction(world.pools.api, [world.processor]) as connection:
        assert await connection.fetchval("select count(*) from agreement") == 1
    async with transaction(world.pools.api) as connection:
        assert await connection.fetchval("select count(*) from subject") == 0, "unset means none"


async def test_every_tenant_table_is_under_row_level_security(database: Database) -> None:
    connection = await asyncpg.connect(database.owner)
    rows = await connection.fetch(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid "
        "where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'processor_id' "
        "and not (c.relrowsecurity and c.relforcerowsecurity)"
    )
    await connection.close()
    assert rows == []
