"""Every list and page at a hundred agreements and at a hundred thousand: python -m benchmarks.large [--agreements N].

The lives are lived through the API, then written many times by COPY: some minutes, and a gigabyte of disk for each ten
thousand agreements.
"""

import asyncio
import sys
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from benchmarks.copies import count_notices, multiply, patterns
from benchmarks.field import tidy
from benchmarks.lists import PACE_HEADS, Pace, measure
from benchmarks.lives import Pattern, live
from benchmarks.stage import Database, Stage, open_stage
from workflows.engine.history import look

SMALL = 100
LARGE = 100_000
AT_ONCE = 5_000
NEIGHBOUR = 20
"""The second processor has one agreement for so many of the first."""
_NEIGHBOURS = 1_000_000
"""Numbers of its copies begin here."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--agreements", default=LARGE, show_default=True, help="How many the large database has.")
@click.option("--only", default="", help="Pages in whose name this stands.")
@click.option("--check", is_flag=True, help="Look through the history of the large database first.")
def main(agreements: int, only: str, check: bool) -> None:
    """How long each list and page takes, however much there is."""
    try:
        asyncio.run(_run(Console(), agreements, only, check))
    except KeyboardInterrupt:
        sys.exit(130)


async def _run(console: Console, agreements: int, only: str, check: bool) -> None:
    async with open_stage() as stage:
        pattern, large = await prepare(stage, console, agreements)
        if check:
            async with stage.connect(large) as connection:
                found = await look(connection, datetime.now(UTC))
            console.print(*(found.broken or ["everything holds"]), sep="\n")
        table = Table(*PACE_HEADS, title=f"{SMALL:,} and {agreements:,} agreements", title_justify="left")
        small = stage.database("bench_small")
        async for pace in measure(stage, small, large, (pattern.processors[0],) * 2, only):
            _say(console, pace)
            table.add_row(*pace.cells())
        console.print(table)


async def prepare(stage: Stage, console: Console, agreements: int) -> tuple[Pattern, Database]:
    """The two databases, of the same lives."""
    lived = await stage.clone("bench_lives")
    with console.status("some lives"):
        pattern = await live(stage, lived)
    small = await stage.clone("bench_small", lived.name)
    large = await stage.clone("bench_large", lived.name)
    for database, count in ((small, SMALL), (large, agreements)):
        with console.status(f"{count:,} copies"):
            await fill(stage, database, pattern, count)
    return pattern, large


async def fill(stage: Stage, database: Database, pattern: Pattern, count: int) -> None:
    """So many copies for the first processor, and some for its neighbour, as a database has them that runs for a
    while."""
    async with stage.connect(database) as connection:
        first, second = [await patterns(connection, one) for one in pattern.processors]
        for start in range(0, count, AT_ONCE):
            await multiply(connection, first, min(AT_ONCE, count - start), start)
        await multiply(connection, second, count // NEIGHBOUR, _NEIGHBOURS)
        await count_notices(connection)
        await tidy(connection)


def _say(console: Console, pace: Pace) -> None:
    console.print(f"[dim]{pace.ratio:6.1f}  {pace.page}[/]", highlight=False)


if __name__ == "__main__":
    main()
