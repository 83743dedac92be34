"""Many windows that end at one midnight, on a new database: python -m benchmarks.midnight [--agreements N].

Nobody gathers statistics, and the workers have been connected since every table was empty: what they planned then they
carry out now. The simulated clock goes past midnight, and it is seen how long it takes until every window is closed and
the subprocessor engaged for each agreement.
"""

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import timedelta

import click
from rich.console import Console
from rich.table import Table

from benchmarks.crew import process
from benchmarks.doorbell import environ
from benchmarks.field import BEGIN, arrive, notify, sow
from benchmarks.holding import holds
from benchmarks.stage import Database, Stage, open_stage
from db import clock
from db.queries import sql
from db.session import Connection

LOOK = 0.02
"""Seconds between two looks at what is left."""
WORKERS = 2
GIVE_UP = 300.0
DONE = (
    "select not exists (select from notice n join subject s on s.id = n.id where s.state <> $1 or n.engaged_at is null)"
)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--agreements", default=10_000, show_default=True, help="How many windows end.")
def main(agreements: int) -> None:
    """How soon after a midnight everything that ended then is done."""
    asyncio.run(_run(Console(width=120), agreements))


async def _run(console: Console, agreements: int) -> None:
    table = Table("step", "seconds", title=f"{agreements:,} on a new database, {WORKERS} workers", title_justify="left")
    async with open_stage() as stage:
        for step, seconds in await _measured(stage, agreements):
            table.add_row(step, f"{seconds:.1f}")
    console.print(table)
    console.print(f"cores busy with other things meanwhile: {stage.others():.1f} at the mean")


async def _measured(stage: Stage, agreements: int) -> list[tuple[str, float]]:
    database = await stage.clone("bench_midnight")
    async with stage.connect(database) as connection, AsyncExitStack() as crew:
        await clock.start(connection, "simulated", BEGIN)
        settings = {**environ(database, stage.servers.urls.redis), "TERMIJN_CLOCK": "simulated"}
        for _ in range(WORKERS):
            await crew.enter_async_context(process(stage.folder, "service.cli.main", "worker", environ=settings))
        field = await sow(stage, database, agreements, tidied=False)
        began = time.perf_counter()
        await notify(stage, database, field)
        await _until(connection, "select $1 = (select count(*) from notice)", agreements)
        announced = time.perf_counter() - began
        began = time.perf_counter()
        await arrive(stage, database, tidied=False)
        await _until(connection, "select $1 = (select count(*) from notice where closes_at is not null)", agreements)
        opened = time.perf_counter() - began
        closed = await _midnight(stage, connection, database)
    await holds(stage, database)
    return [("announced", announced), ("windows opened", opened), ("closed, and engaged, after midnight", closed)]


async def _midnight(stage: Stage, connection: Connection, database: Database) -> float:
    """Send the clock past the end of all windows; seconds from the look at which it was past it."""
    ends = await connection.fetch("select distinct closes_at from notice")
    if len(ends) != 1:
        raise RuntimeError(f"{database.name}: the windows end at {len(ends)} instants, not at one")
    await stage.settle()
    end = ends[0]["closes_at"]
    await connection.execute(sql("aim_clock"), end + timedelta(minutes=1))
    await _until(connection, "select termijn_now() >= $1", end)
    began = time.perf_counter()
    await _until(connection, DONE, "lapsed")
    return time.perf_counter() - began


async def _until(connection: Connection, question: str, value: object) -> None:
    began = time.perf_counter()
    while not await connection.fetchval(question, value):
        if time.perf_counter() - began > GIVE_UP:
            raise RuntimeError(f"not so after {GIVE_UP:.0f} s: {question}")
        await asyncio.sleep(LOOK)


if __name__ == "__main__":
    main()
