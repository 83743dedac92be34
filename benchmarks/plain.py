"""Bare PostgreSQL: the rows that Termijn wrote, written again by one SQL statement into the database it began with."""

import io

import asyncpg
import msgspec

from benchmarks.stage import Database, Stage, Used
from db.session import Connection

TABLES = (
    "subject", "notice", "change", "task", "event", "personal", "deadline", "engagement", "message", "attempt",
    "fan_out", "link", "timer",
)  # fmt: skip
"""In the order in which rows refer to one another."""


class Mark(msgspec.Struct, frozen=True):
    """How far a database had come: its next transaction, and the timers that waited."""

    transaction: int
    timers: tuple[str, ...]


async def mark(stage: Stage, database: Database) -> Mark:
    async with stage.connect(database) as connection:
        rows = await connection.fetch("select id::text from timer")
        return Mark(
            int(await connection.fetchval("select pg_current_xact_id()::text")), tuple(row["id"] for row in rows)
        )


async def rewrite(stage: Stage, since: Mark, done: Database, template: str) -> Used:
    """What was written in `done` since the mark, in one statement on a clone of `template`; how long it took."""
    database = await stage.clone("bench_plain", template)
    async with stage.connect(done) as source, stage.connect(database) as target:
        for table in TABLES:
            await _copy(source, target, table, since.transaction)
        await target.execute("create unlogged table gone_timer (id uuid)")
        left = {row["id"] for row in await source.fetch("select id::text from timer")}
        gone = [(one,) for one in since.timers if one not in left]
        await target.copy_records_to_table("gone_timer", records=gone)
        statement = await _statement(target)
        await target.execute("analyze")
        await stage.settle()
        with stage.watch() as used:
            await target.execute(statement)
    await stage.drop(database.name)
    return used


async def _copy(source: asyncpg.Connection, target: asyncpg.Connection, table: str, since: int) -> None:
    """Rows of the transactions since then, apart by whether the clone knows them."""
    buffer = io.BytesIO()
    query = f"select * from {table} where xmin::text::bigint > {since}"
    await source.copy_from_query(query, output=buffer, format="binary")
    buffer.seek(0)
    await target.execute(f"create unlogged table all_{table} (like {table})")
    await target.copy_to_table(f"all_{table}", source=buffer, format="binary")
    key = "subject_id, seq" if table == "personal" else "id"
    for name, known in (("new", "not in"), ("old", "in")):
        where = f"({key}) {known} (select {key} from {table})"
        await target.execute(f"create unlogged table {name}_{table} as select * from all_{table} where {where}")


async def _statement(target: Connection) -> str:
    """Delete, update and insert as parts of one statement, for the tables that have something to write."""
    parts = ["gone as (delete from timer where id in (select id from gone_timer))"]
    for table in TABLES:
        columns = [
            row["attname"]
            for row in await target.fetch(
                "select attname::text from pg_attribute where attrelid = $1::text::regclass and attnum > 0 "
                "and not attisdropped and attidentity = '' order by attnum", table)
            if (table, row["attname"]) != ("event", "tx")
        ]  # fmt: skip
        if await target.fetchval(f"select exists (select from old_{table})"):
            sets = ", ".join(f"{one} = o.{one}" for one in columns if one != "id")
            parts.append(f"old_{table}_ as (update {table} t set {sets} from old_{table} o where t.id = o.id)")
        if await target.fetchval(f"select exists (select from new_{table})"):
            names = ", ".join(columns)
            parts.append(f"new_{table}_ as (insert into {table} ({names}) select {names} from new_{table})")
    return f"with {', '.join(parts)} select 1"
