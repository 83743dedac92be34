"""While a newer schema is already there, the code that still runs writes on: what it does not know keeps its value."""

import re
from typing import Any, get_type_hints

import asyncpg
import pytest

from db.queries import blocks
from tests.conftest import Database
from tests.db.conftest import add_unknown_columns
from tests.db.samples import Samples, as_json
from tests.db.writers import arguments, inserting, somebody
from tests.test_schema import STRUCTS
from tests.world import World

RENEWED = {"heartbeat"}
"""Its one row is there from the first beat on."""
PUT_, NEW = "put_", "new_"
PUT = sorted(name for name in blocks() if name.startswith(PUT_))


def columns_of(name: str) -> tuple[list[str], list[str], list[str]]:
    """The columns that a block writes, those that it reads, and those that it writes again on a conflict."""
    match = re.search(
        r"insert into \w+ \(([^)]*)\)\s*select\s(.*?)\sfrom jsonb_populate_recordset.*?do update set(.*)",
        blocks()[name], re.DOTALL,
    )  # fmt: skip
    assert match is not None, f"{name}: name the columns"
    written, read = ([one.strip() for one in part.split(",")] for part in match.groups()[:2])
    return written, read, re.findall(r"(\w+) = excluded\.\1\b", match[3])


@pytest.mark.parametrize("name", PUT)
def test_a_row_is_written_by_the_names_of_its_fields(name: str) -> None:
    fields = list(get_type_hints(STRUCTS[name.removeprefix("put_")]))
    written, read, again = columns_of(name)
    assert sorted(written) == sorted(fields)
    assert written == read, "a value lands in the column of its name"
    assert sorted(again) == sorted(set(fields) - {"id", "processor_id"})


@pytest.mark.parametrize("name", sorted(inserting()))
def test_no_statement_inserts_by_place(name: str) -> None:
    assert not re.search(r"\binsert into \w+\s+(?!\()", re.sub(r"--.*", "", blocks()[name])), "name the columns"


async def _connect(tomorrow: Database) -> asyncpg.Connection:
    """Past row-level security and foreign keys: a row is what is tried, not what it hangs on."""
    connection = await asyncpg.connect(tomorrow.superuser)
    await connection.execute("begin; set local session_replication_role = replica")
    return connection


@pytest.mark.parametrize("name", sorted(inserting()))
async def test_what_the_code_does_not_know_gets_its_default(tomorrow: Database, name: str) -> None:
    connection = await _connect(tomorrow)
    try:
        if name.startswith((PUT_, NEW)):
            made = await _put(connection, name.removeprefix(PUT_).removeprefix(NEW))
            await somebody(connection, await Samples.of(connection), made["processor_id"])
            await connection.execute(blocks()[name], as_json([made]), "{}")
        else:
            given = await arguments(connection, await Samples.of(connection), name)
            for table in set(inserting()[name]):
                await connection.execute(f"update {table} set later_flag = false, later_note = 'there before'")
            await connection.fetch(blocks()[name], *given)
        for table in set(inserting()[name]):
            fresh = await connection.fetch(f"select later_flag from {table} where later_note is null")
            assert fresh or table in RENEWED, f"nothing was written to {table}"
            assert all(row["later_flag"] for row in fresh)
    finally:
        await connection.close()


@pytest.mark.parametrize("name", PUT)
async def test_what_the_code_does_not_know_stays_when_a_row_is_written_again(tomorrow: Database, name: str) -> None:
    table = name.removeprefix("put_")
    connection = await _connect(tomorrow)
    try:
        row = await _put(connection, table)
        await connection.execute(blocks()[name], as_json([row]), "{}")
        await connection.execute(f"update {table} set later_flag = false, later_note = 'kept' where id = $1", row["id"])
        await connection.execute(blocks()[name], as_json([row]), "{}")
        there = await connection.fetchrow(f"select later_flag, later_note from {table} where id = $1", row["id"])
        assert there is not None
        assert tuple(there) == (False, "kept")
    finally:
        await connection.close()


async def _put(connection: asyncpg.Connection, table: str) -> dict[str, Any]:
    samples = await Samples.of(connection)
    row = {field: samples.value(table, field) for field in get_type_hints(STRUCTS[table])}
    return {**row, "processor_id": row["id"]} if table == "processor" else row


async def test_a_life_goes_on_beside_columns_that_nobody_knows(world: World, database: Database) -> None:
    await add_unknown_columns(database.owner)
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(host)
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    await world.do(notice, "object", by="Kim", channel="link", received_at=await world.now())
    await world.do(notice, "decide", decision="uphold", reason="We look for another one.")
    await world.days(60)
    assert await world.state(notice) == "upheld"
    assert not await world.rows("select id from subject where parked_at is not null")
