"""A million agreements through the import: python -m benchmarks.million [--agreements N] [--data FOLDER].

Files are loaded by `termijn import` beside a server and a worker at work, a change is announced to all, and then every
list, page, search and export is asked for there and where there are a thousand. Some 20 KB of disk an agreement. What
is loaded stays in FOLDER, and a run that was broken off goes on with the next file.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.exports import FIRST_BYTE_HEADS, first_bytes
from benchmarks.lists import PACE_HEADS, measure
from benchmarks.loading import SIZE_HEADS, STEP_HEADS, Loaded, load, sizes
from benchmarks.proving import PROOF_HEADS, proofs
from benchmarks.stage import Stage, open_stage

SMALL = 1_000
LARGE = 1_000_000
ROWS = 10_000
"""Of each file."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--agreements", default=LARGE, show_default=True, help="How many are loaded.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Where all of it stays; else it is removed."
)
@click.option("--rows", default=ROWS, show_default=True, help="Rows of a file.")
@click.option("--arrived", is_flag=True, help="Take mail as arrived instead of sending it.")
@click.option("--only", default="", help="Pages in whose name this stands.")
@click.option("--skip-proofs", is_flag=True, help="Leave out `termijn verify` and `termijn check`.")
def main(agreements: int, data: Path | None, rows: int, arrived: bool, only: str, skip_proofs: bool) -> None:
    """How fast agreements are loaded, and what is asked of them then."""
    try:
        asyncio.run(_run(Console(width=150), agreements, data, rows, arrived, only, skip_proofs))
    except KeyboardInterrupt:
        sys.exit(130)


async def _run(
    console: Console, agreements: int, data: Path | None, rows: int, arrived: bool, only: str, skip_proofs: bool
) -> None:
    async with open_stage(data) as stage:
        small = await _loaded(console, stage, SMALL, rows, arrived)
        large = await _loaded(console, stage, agreements, rows, arrived)
        table = Table(*SIZE_HEADS, title=f"Rows and sizes at {agreements:,}", title_justify="left")
        for row in await sizes(stage, large.database):
            table.add_row(*row)
        console.print(table)
        if not skip_proofs:
            table = Table(*PROOF_HEADS, title="The ledger, computed anew", title_justify="left")
            async for row in proofs(stage, large.database):
                table.add_row(*row)
            console.print(table)
        await _asked(console, stage, small, large, only)


async def _loaded(console: Console, stage: Stage, agreements: int, rows: int, arrived: bool) -> Loaded:
    table = Table(*STEP_HEADS, title=f"{agreements:,} agreements", title_justify="left")
    with tempfile.TemporaryDirectory() as files, console.status(f"{agreements:,} agreements"):

        def tell(step: tuple[str, ...]) -> None:
            console.print("[dim]" + " · ".join(step) + "[/]", highlight=False)
            table.add_row(*step)

        today = datetime.now(UTC).date()
        loaded = await load(stage, agreements, rows, Path(files), today, tell, arrived=arrived)
    console.print(table)
    return loaded


async def _asked(console: Console, stage: Stage, small: Loaded, large: Loaded, only: str) -> None:
    title = f"{SMALL:,} and {large.agreements:,} agreements"
    table = Table(*PACE_HEADS, title=title, title_justify="left")
    async for pace in measure(
        stage, small.database, large.database, (small.processor, large.processor), only, clock="system"
    ):
        console.print(f"[dim]{pace.ratio:6.1f} {pace.high_ratio:6.1f}  {pace.page}[/]", highlight=False)
        table.add_row(*pace.cells())
    console.print(table)
    table = Table(*FIRST_BYTE_HEADS, title=f"First byte of an export, {title}", title_justify="left")
    async for pace in first_bytes(stage, small, large, only):
        table.add_row(*pace.cells())
    console.print(table)


if __name__ == "__main__":
    main()
