"""Files through `termijn import` into a database on which a server and a worker work, and a change told to all."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import msgspec

from benchmarks.crew import ROOT, hear, process
from benchmarks.field import tidy, until_done
from benchmarks.lives import Api, chosen_terms
from benchmarks.serving import serving, surroundings
from benchmarks.sheet import write_sheet
from benchmarks.stage import Database, Stage, Used, ended_children
from db.migrate import migrate
from workflows.engine.engine import Engine
from workflows.ids import new_id
from workflows.reach.relay import carry_on

STEP_HEADS: Final = ("step", "wall s", "a second", "Python s", "PostgreSQL s", "importer MiB", "API MiB", "worker MiB")
SIZE_HEADS: Final = ("table", "rows", "table MiB", "its indexes MiB")
EVERY: Final = 0.2
"""Seconds between looks at memory and at what is still to do."""
_TABLES: Final = (
    "subject", "event", "personal", "customer", "agreement", "engagement", "fan_out", "notice", "message", "attempt",
    "link", "deadline", "timer", "task",
)  # fmt: skip
_LEFT: Final = (
    "select exists (select from timer where due_at <= termijn_now() and not parked) "
    "or exists (select from fan_out where finished_at is null and parked_at is null) "
    "or exists (select from message where next_at <= termijn_now())"
)
_ARRIVED: Final = (
    "with arrived as ("
    "  update message set state = 'received', next_at = null, dated_at = termijn_now(), "
    "    message_id = '<' || id || '@benchmark.invalid>' where next_at is not null returning *), "
    "tried as ("
    "  insert into attempt (processor_id, message_id, at, outcome, words) "
    "  select processor_id, id, dated_at, 'sent', '250 taken' from arrived) "
    "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
    "select uuidv7(), processor_id, subject_id, 'tell:' || id, 'received', termijn_now(), 0, 'normal', "
    "  jsonb_build_object('contact_id', contact_id, 'how', 'direct') from arrived where kind = 'announcement'"
)


Tell = Callable[[tuple[str, ...]], None]
"""Told of each step, as the cells of a row."""


class Loaded(msgspec.Struct, frozen=True):
    """A database that was filled, and whose agreements they are."""

    database: Database
    processor: UUID
    agreements: int


class Crew(msgspec.Struct):
    """A server and a worker at work, and the highest that the memory of each has been."""

    stage: Stage
    database: Database
    api: Api
    port: int
    key: str
    pids: dict[str, int]

    def highest(self, who: str) -> str:
        return f"{high_water(self.pids[who]):.0f}" if who in self.pids else ""


async def load(
    stage: Stage,
    agreements: int,
    rows: int,
    files: Path,
    today: date,
    tell: Tell,
    *,
    arrived: bool,
) -> Loaded:
    """A database with so many agreements, each step of it told with what it took. What an earlier run loaded stays."""
    database = stage.database(f"bench_million_{agreements}")
    if not await stage.admin.fetchval("select exists (select from pg_database where datname = $1)", database.name):
        await stage.clone(database.name)
    await migrate(database.owner)
    async with at_work(stage, database) as crew:
        async with stage.connect(database) as connection:
            processor = await connection.fetchval("select id from processor limit 1")
            there = await connection.fetchval("select count(*) from agreement")
        if processor is None:
            processor = UUID(await _processor(crew.api))
        crew.api.processor = str(processor)
        for start in range(there, agreements, rows):
            await _file(crew, files / "list.csv", start, min(rows, agreements - start), today, tell)
        await _until_done(crew, "what follows", agreements - there, tell)
        async with stage.connect(database) as connection:
            await tidy(connection)
            told = await connection.fetchval("select exists (select from change)")
        if not told and not arrived:
            await _announce(crew.api)
            await _until_done(crew, "announced, mailed, windows opened", agreements, tell)
    if not told and arrived:
        await _announce_unsent(stage, database, str(processor), agreements, tell)
    async with stage.connect(database) as connection:
        await tidy(connection)
    return Loaded(database, processor, agreements)


async def sizes(stage: Stage, database: Database) -> list[tuple[str, ...]]:
    """Rows, and what they and their indexes take on disk."""
    found: list[tuple[str, ...]] = []
    async with stage.connect(database) as connection:
        for table in _TABLES:
            row = await connection.fetchrow(
                f"select (select count(*) from {table}) as rows, pg_table_size('{table}') as own, "
                f"pg_indexes_size('{table}') as indexes"
            )
            assert row is not None
            found.append((table, f"{row['rows']:,}", f"{row['own'] / 2**20:,.1f}", f"{row['indexes'] / 2**20:,.1f}"))
    return found


def high_water(pid: int) -> float:
    """The most memory that a process has had resident, in MiB (proc_pid_status(5)); 0 where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    line = next((one for one in status.splitlines() if one.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(line.split()[1]) / 1024


@asynccontextmanager
async def at_work(stage: Stage, database: Database, *, working: bool = True) -> AsyncIterator[Crew]:
    """A server, and a worker where it is to be `working`."""
    async with AsyncExitStack() as closing:
        server = await closing.enter_async_context(serving(stage, database))
        pids = {"API": server.pid}
        if working:
            sink = await closing.enter_async_context(process(stage.folder, "benchmarks.sink"))
            environ = surroundings(stage, database.worker, "system") | {
                "TERMIJN_SMTP_URL": f"smtp://127.0.0.1:{await hear(sink)}",
                "TERMIJN_SMTP_ARRIVAL": "direct",
            }
            worker = process(stage.folder, "service.cli.main", "worker", environ=environ)
            pids["worker"] = (await closing.enter_async_context(worker)).pid
        headers = {"Authorization": f"Bearer {server.key}"}
        url = f"http://127.0.0.1:{server.port}"
        client = await closing.enter_async_context(httpx.AsyncClient(base_url=url, headers=headers, timeout=300))
        yield Crew(stage, database, Api(client), server.port, server.key, pids)


async def _processor(api: Api) -> str:
    terms = chosen_terms()[0]
    made: str = (
        await api.post(
            "processors", name="Benchmark", country="NL", timezone=terms.zone, language="nl", terms=terms.id,
            reminders={"customer": [], "consent": [], "processor": [], "tasks": [], "overdue": []},
        )
    )["id"]  # fmt: skip
    api.processor = made
    return made


async def _file(crew: Crew, path: Path, start: int, count: int, today: date, tell: Tell) -> None:
    """The next file, by a process of its own that nothing of the benchmark takes part in."""
    terms = chosen_terms()[start // count % len(chosen_terms())]
    write_sheet(path, terms, start, count, today)
    environ = surroundings(crew.stage, crew.database.worker, "system")
    python = ended_children()
    with crew.stage.watch() as used:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service.cli.main", "import", str(path), "--terms", terms.id),
            cwd=ROOT,
            env={**os.environ, **environ},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = asyncio.create_task(child.communicate())
        highest = 0.0
        while not said.done():
            highest = max(highest, high_water(child.pid))
            await asyncio.wait([said], timeout=EVERY)
    if child.returncode:
        raise RuntimeError(f"a file was not loaded: {(await said)[0].decode()[-2000:]}")
    used.python = ended_children() - python
    tell(_step(f"rows {start + 1:,} to {start + count:,}", count, used, f"{highest:.0f}", crew))


async def _until_done(crew: Crew, what: str, count: int, tell: Tell) -> None:
    """Wait until a worker has nothing to do."""
    async with crew.stage.connect(crew.database) as connection:
        with crew.stage.watch(*crew.pids.values()) as used:
            while await connection.fetchval(_LEFT):  # noqa: ASYNC110 - another process works, and sets no event here
                await asyncio.sleep(EVERY)
    tell(_step(what, count, used, "", crew))


async def new_change(api: Api) -> str:
    """A subprocessor that nobody knows yet, and a change that would engage it for all; the change's id."""
    bound = (datetime.now(UTC) - timedelta(days=60)).date().isoformat()
    name = f"Hosting {new_id()}"
    host = await api.post("subprocessors", name=name, service="hosting", country="NL", bound_on=bound)
    return str((await api.post("changes", kind="add", subprocessor_id=host["id"]))["id"])


async def _announce(api: Api) -> None:
    """A change told to all: a notice, a mail and a window each."""
    await api.post(f"changes/{await new_change(api)}/notify")


async def _announce_unsent(stage: Stage, database: Database, processor: str, count: int, tell: Tell) -> None:
    """The same, carried to all by this process while no worker is there, and taken as arrived."""
    async with at_work(stage, database, working=False) as crew:
        crew.api.processor = processor
        await _announce(crew.api)
        engine = Engine(arrival="direct")
        async with stage.pool(database, "termijn_worker") as pool:
            with stage.watch() as used:
                await until_done(lambda: carry_on(pool, engine))
        tell(_step("announced", count, used, "", crew))
        async with stage.connect(database) as connection:
            await connection.execute(_ARRIVED)
    async with at_work(stage, database) as crew:
        await _until_done(crew, "windows opened", count, tell)


def _step(what: str, count: int, used: Used, importer: str, crew: Crew) -> tuple[str, ...]:
    rate = f"{count / used.wall:,.0f}" if count and used.wall else ""
    return (
        what, f"{used.wall:.1f}", rate, f"{used.python:.1f}", f"{used.postgres:.1f}", importer, crew.highest("API"),
        crew.highest("worker"),
    )  # fmt: skip
