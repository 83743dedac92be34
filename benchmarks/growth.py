"""Whether a sweep slows down as timers for later pile up: 0 to 5,000,000 of them."""

import re
import statistics
import time

import asyncpg

from benchmarks.field import tidy
from benchmarks.figures import Growth
from benchmarks.stage import Database, Stage
from db import clock
from db.queries import sql
from db.session import transaction
from workflows.engine.engine import Engine
from workflows.engine.sweep import BATCH, sweep
from workflows.kinds import KNOWN

LOOKS = 50
NODE = re.compile(r"(Index|Seq|Bitmap) .*Scan|Nested Loop|Join$|Sort$")


async def measure(stage: Stage, template: str, waiting: int, due: int) -> Growth:
    """Sweep `due` closing windows of a clone of `template` while `waiting` timers stand behind them."""
    database = await stage.clone("bench_growth", template)
    await keep_due(stage, database, due)
    await _fill(stage, database, waiting)
    engine = Engine(arrival="direct")
    async with stage.pool(database, "termijn_worker", size=1) as pool:
        claim_ms, plan = await _claim(pool)
        await stage.settle()
        fired = 0
        with stage.watch() as used:
            while more := await sweep(pool, engine):
                fired += more
        taken = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            if await sweep(pool, engine):
                raise RuntimeError("something is due that should not be")
            taken.append(1000 * (time.perf_counter() - began))
    await stage.drop(database.name)
    return Growth(
        waiting=waiting, empty_ms=statistics.median(taken), due=fired, used=used, claim_ms=claim_ms, plan=plan
    )


async def keep_due(stage: Stage, database: Database, due: int) -> None:
    """Forget all timers but so many that close a window."""
    async with stage.connect(database) as connection:
        await connection.execute(
            "delete from timer where id not in (select id from timer where name = 'close' order by id limit $1)", due
        )


async def _fill(stage: Stage, database: Database, waiting: int) -> None:
    """Set timers for later, each on a subject of its own, over the year to come."""
    async with stage.connect(database) as connection:
        if waiting:
            # Checks of references are left out of this filling, not of what is measured.
            await connection.execute("set session_replication_role = replica")
            await connection.execute(
                "insert into subject (id, processor_id, kind, state, version, head, open, tags, created_at) "
                "select uuidv7(), p.id, 'task', 'open', 1, '\\x00', true, '{}', termijn_now() "
                "from processor p, generate_series(1, $1::int)",
                waiting,
            )
            await connection.execute(
                "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
                "select uuidv7(), s.processor_id, s.id, 'later', 'assign', "
                "date_trunc('day', termijn_now()) + make_interval(days => 1 + (random() * 364)::int), 0, "
                "'normal', '{}' "
                "from subject s where s.head = '\\x00'"
            )
        await tidy(connection)


async def _claim(pool: asyncpg.Pool) -> tuple[float, str]:
    """How long claiming a batch takes, and the scans of its plan in their order."""
    async with transaction(pool) as connection:
        now = await clock.now(connection)
        rows = await connection.fetch(
            f"explain (analyze, timing off) {sql('claim_due_subjects')}", now, BATCH, KNOWN, []
        )
        await connection.execute("rollback; begin")
    lines = [str(row[0]) for row in rows]
    nodes = [line.partition("(")[0].strip(" ->") for line in lines]
    spent = next(line for line in lines if line.startswith("Execution Time"))
    return float(spent.split()[2]), " · ".join(node for node in nodes if NODE.search(node))
