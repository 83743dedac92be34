"""What more processes bring, what a year weighs, what one midnight asks: python -m benchmarks.scaling [--json FILE].

One world carried through its life again and again, each step by one, two and four processes of a kind on servers of its
own; then bytes of each table for what was done; then timers that are all due at one instant.
"""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import client, field, mails, notices, report, timers
from benchmarks.crew import hear, process
from benchmarks.field import Field
from benchmarks.requests import KINDS
from benchmarks.serving import Server, new_server_key, serving
from benchmarks.stage import Database, Stage, Used, commit_seconds, open_stage
from db import clock
from db.queries import sql
from db.session import transaction
from workflows.engine.sweep import BATCH
from workflows.kinds import KNOWN

SEVERAL = (1, 2, 4)
HELD = 20
"""Batches that other workers hold already where a claim is measured among them."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """So many processes of a kind did `count` things in `used`."""

    what: str
    processes: int
    count: int
    used: Used

    def cells(self) -> tuple[str, ...]:
        rate, each = self.count / self.used.wall, 1000 / self.count
        return (
            self.what,
            f"{self.processes}",
            f"{rate:,.0f}/s",
            f"{each * self.used.python:.2f} ms",
            f"{each * self.used.postgres:.2f} ms",
        )


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """What a table gained, with its indexes, for each thing that was done."""

    table: str
    rows: float
    bytes: float

    def cells(self) -> tuple[str, ...]:
        return (self.table, f"{self.rows:.2f}", f"{self.bytes:,.0f}")


class Midnight(msgspec.Struct, frozen=True, kw_only=True):
    """With so many timers due at one instant: a claim of a batch, alone and among those that others hold."""

    due: int
    alone_ms: float
    among_ms: float
    bytes: float

    def cells(self) -> tuple[str, ...]:
        return (f"{self.due:,}", f"{self.alone_ms:.1f} ms", f"{self.among_ms:.1f} ms", f"{self.bytes:,.0f}")


class Found(msgspec.Struct):
    machine: list[tuple[str, str]]
    paces: list[Pace] = []
    mail_sizes: list[Size] = []
    sizes: list[Size] = []
    midnights: list[Midnight] = []


TABLES = {
    "paces": ("work", "processes", "together", "Python each", "PostgreSQL each"),
    "mail_sizes": ("table, for each mail sent", "rows", "bytes"),
    "sizes": ("table, for each agreement that was told of a change", "rows", "bytes"),
    "midnights": ("due at once", "claim of a batch", "while others hold twenty", "bytes a timer"),
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--agreements", default=20_000, show_default=True, help="How many are told of a change.")
@click.option("--mails", "letters", default=4_000, show_default=True, help="How many of their mails are sent.")
@click.option("--seconds", default=5.0, show_default=True, help="Of each kind of request.")
@click.option("--due", default="1000000,10000000", show_default=True, help="Timers due at one midnight, by commas.")
@click.option("--json", "json", type=click.Path(path_type=Path, dir_okay=False), help="Every figure into this file.")
def main(agreements: int, letters: int, seconds: float, due: str, json: Path | None) -> None:
    """One, two and four processes of each kind; bytes a year; one midnight."""
    console = Console()
    midnights = [int(one) for one in due.split(",") if one]
    try:
        found = asyncio.run(_run(console, agreements, letters, seconds, midnights))
    except KeyboardInterrupt:
        sys.exit(130)
    for name, heads in TABLES.items():
        table = Table(*heads)
        for one in getattr(found, name):
            table.add_row(*one.cells())
        console.print(table)
    for what, value in found.machine:
        console.print(f"{what}: {value}", highlight=False)
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")


async def _run(console: Console, agreements: int, letters: int, seconds: float, midnights: list[int]) -> Found:
    async with open_stage() as stage:
        found = Found(await report.describe(stage.admin, "python -m benchmarks.scaling", await commit_seconds(stage)))
        await _lives(console, stage, found, agreements, letters, seconds)
        for due in midnights:
            with console.status(f"{due:,} timers due at one midnight"):
                found.midnights.append(await _midnight(stage, due))
    found.machine.append(("Cores busy with other things meanwhile", f"{stage.others():.1f} at the mean"))
    return found


async def _lives(console: Console, stage: Stage, found: Found, agreements: int, letters: int, seconds: float) -> None:
    """The life of one change, from before anybody is told until every window has closed."""
    with console.status(f"{agreements:,} agreements"):
        world = await stage.clone("bench_world")
        sown = await field.sow(stage, world, agreements)
        before = await _weights(stage, world)
        await field.notify(stage, world, sown)
        await notices.measure(stage, world.name, sown, keep="bench_announced")
        await stage.drop(world.name)
    with console.status("mails"):
        for several in SEVERAL:
            found.paces.append(await _mails(stage, "bench_announced", letters, several, found))
    with console.status("windows opened"):
        await field.arrive(stage, stage.database("bench_announced"))
        found.paces += [await _fired(stage, "bench_announced", "windows opened", one) for one in SEVERAL]
        opened = await stage.clone("bench_open", "bench_announced")
        await timers.fire(stage, opened, 2)
        await stage.drop("bench_announced")
    with console.status("requests"):
        for several in SEVERAL:
            found.paces += await _requests(stage, opened.name, sown, seconds, several)
    with console.status("windows closed"):
        await field.let_windows_end(stage, opened)
        found.paces += [await _fired(stage, opened.name, "windows closed", one) for one in SEVERAL]
        await timers.fire(stage, opened, 2)
        found.sizes = await _gained(stage, opened, before, agreements)
        await stage.drop(opened.name)


async def _fired(stage: Stage, template: str, what: str, several: int) -> Pace:
    database = await stage.clone("bench_fired", template)
    count, used = await timers.fire(stage, database, several)
    await stage.drop(database.name)
    return Pace(what=what, processes=several, count=count, used=used)


async def _mails(stage: Stage, template: str, count: int, several: int, found: Found) -> Pace:
    """Senders as processes, one sink; what the mails of one of them weigh goes into `found`."""
    database = await stage.clone("bench_mail", template)
    await mails.keep(stage, database, count)
    before = await _weights(stage, database) if several == 1 else {}
    async with process(stage.folder, "benchmarks.sink") as sink:
        sent, used = await timers.together(stage, several, "benchmarks.mailer", database.worker, await hear(sink))
    if before:
        found.mail_sizes = await _gained(stage, database, before, sent)
    await stage.drop(database.name)
    return Pace(what="mails sent", processes=several, count=sent, used=used)


async def _requests(stage: Stage, template: str, sown: Field, seconds: float, several: int) -> list[Pace]:
    """Each kind of request by turns, over eight connections to each server process."""
    database = await stage.clone("bench_api", template)
    async with stage.connect(database) as connection:
        await clock.start(connection, "system", None)
        rows = await connection.fetch("select id::text, agreement_id::text from notice order by id")
    paces = []
    async with _servers(stage, database, sown, several) as servers:
        for kind in KINDS:
            asked = [
                client.request(
                    kind.method,
                    kind.path.format(notice=row["id"], agreement=row["agreement_id"], subprocessor=sown.subprocessor),
                    servers[0].key,
                    kind.body,
                )
                for row in rows
            ]
            if not kind.once:
                await _drive(servers, asked, seconds / 4)
            await stage.settle()
            many = asked if kind.once else list(itertools.islice(itertools.cycle(asked), 200_000))
            with stage.watch(*(one.pid for one in servers)) as used:
                count = await _drive(servers, many, seconds)
            paces.append(Pace(what=kind.what, processes=several, count=count, used=used))
    await stage.drop(database.name)
    return paces


@asynccontextmanager
async def _servers(stage: Stage, database: Database, sown: Field, several: int) -> AsyncIterator[list[Server]]:
    """Server processes on one database, and one key that all of them take."""
    async with AsyncExitStack() as closing:
        found = [await closing.enter_async_context(serving(stage, database)) for _ in range(several)]
        key = await new_server_key(found[0], sown.processor, "manager")
        yield [Server(one.port, one.pid, key) for one in found]


async def _drive(servers: list[Server], asked: list[bytes], seconds: float) -> int:
    """Deal the requests out. Raises RuntimeError where one is not answered with 200."""
    several = len(servers)
    taken = await asyncio.gather(
        *(client.drive(one.port, asked[number::several], seconds) for number, one in enumerate(servers))
    )
    if wrong := [dict(statuses) for _, statuses in taken if set(statuses) != {200}]:
        raise RuntimeError(f"requests were answered {wrong}")
    return sum(count for count, _ in taken)


# --- what it weighs --------------------------------------------------------------------------------------------------


async def _weights(stage: Stage, database: Database) -> dict[str, tuple[int, int]]:
    """Rows and bytes, with indexes, of each table, written anew without what is dead, as vacuum keeps it."""
    async with stage.connect(database) as connection:
        await connection.execute("vacuum (full, analyze)")
        tables = await connection.fetch(
            "select relname::text as name, pg_total_relation_size(oid) as bytes from pg_class "
            "where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        return {
            one["name"]: (await connection.fetchval(f"select count(*) from {one['name']}"), one["bytes"])
            for one in tables
        }


async def _gained(stage: Stage, database: Database, before: dict[str, tuple[int, int]], count: int) -> list[Size]:
    """What was added since, for each of so many."""
    after = await _weights(stage, database)
    sizes = [
        Size(table=name, rows=(rows - before[name][0]) / count, bytes=(size - before[name][1]) / count)
        for name, (rows, size) in after.items()
    ]
    return sorted((one for one in sizes if one.bytes >= 1), key=lambda one: -one.bytes)


# --- one midnight ----------------------------------------------------------------------------------------------------


async def _midnight(stage: Stage, due: int) -> Midnight:
    """So many timers due at one instant, each on a subject of its own. Nothing is fired: claims are what could grow."""
    database = await stage.clone("bench_midnight")
    async with stage.connect(database) as connection:
        await clock.start(connection, "simulated", field.BEGIN)
        await connection.execute("set session_replication_role = replica")
        await connection.execute(
            "insert into subject (id, processor_id, kind, state, version, head, open, tags, created_at) "
            "select uuidv7(), '00000000-0000-7000-8000-000000000001', 'task', 'open', 1, '\\x00', true, '{}', "
            "termijn_now() from generate_series(1, $1::int)",
            due,
        )
        await connection.execute(
            "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
            "select uuidv7(), s.processor_id, s.id, 'midnight', 'assign', date_trunc('day', termijn_now()), 0, "
            "'normal', '{}' from subject s where s.head = '\\x00'"
        )
        await connection.execute("vacuum analyze subject, timer")
        size = await connection.fetchval("select pg_total_relation_size('timer') + pg_total_relation_size('subject')")
    async with stage.pool(database, "termijn_worker", size=HELD + 1) as pool, AsyncExitStack() as others:
        await stage.settle()
        alone = await _claim(pool)
        for _ in range(HELD):
            connection = await others.enter_async_context(transaction(pool))
            await connection.fetch(sql("claim_due_subjects"), await clock.now(connection), BATCH, KNOWN, [])
        among = await _claim(pool)
    await stage.drop(database.name)
    return Midnight(due=due, alone_ms=alone, among_ms=among, bytes=size / due)


async def _claim(pool: asyncpg.Pool) -> float:
    """Milliseconds of one claim of a batch, the second time, when it has been read once."""
    async with transaction(pool) as connection:
        now = await clock.now(connection)
        for _ in range(2):
            rows = await connection.fetch(
                f"explain (analyze, timing off) {sql('claim_due_subjects')}", now, BATCH, KNOWN, []
            )
    spent = next(str(row[0]) for row in rows if str(row[0]).startswith("Execution Time"))
    return float(spent.split()[2])


if __name__ == "__main__":
    main()
