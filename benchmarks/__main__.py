"""Measure everything: python -m benchmarks [--quick] [--write] [--json FILE]."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console

from benchmarks import doorbell, field, growth, insight, mails, notices, prompt, queues, report, requests, timers
from benchmarks.figures import Report
from benchmarks.stage import Stage, commit_seconds, open_stage

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much of everything."""

    agreements: int
    mails: int
    seconds: float
    waiting: tuple[int, ...]
    due: int
    rings: int
    letters: int
    peers: int


FULL = Scale(
    agreements=20_000,
    mails=4_000,
    seconds=5.0,
    waiting=(0, 10_000, 100_000, 1_000_000, 5_000_000),
    due=5_000,
    rings=25,
    letters=101,
    peers=20_000,
)
QUICK = Scale(agreements=1_000, mails=300, seconds=1.0, waiting=(0, 10_000), due=500, rings=5, letters=6, peers=1_000)
OURS = ("windows opened, 1 worker", "windows closed, 1 worker")
"""What of ours stands beside others' queues."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Small sizes: whether it runs, not how fast.")
@click.option("--write", is_flag=True, help="Put the tables of this full run into docs/performance.md.")
@click.option("--json", "json", type=click.Path(path_type=Path, dir_okay=False), help="Every figure into this file.")
def main(quick: bool, write: bool, json: Path | None) -> None:
    """What Termijn does in a second, beside PostgreSQL, Litestar and aiosmtplib doing the same work."""
    if quick and write:
        raise click.UsageError("a quick run says nothing worth writing down: leave one of the two out")
    console = Console()
    option = "--quick" if quick else "--write" if write else ""
    command = f"make bench ARGS={option}" if option else "make bench"
    try:
        found = asyncio.run(_run(console, QUICK if quick else FULL, command))
    except KeyboardInterrupt:
        sys.exit(130)
    report.show(console, found)
    if json is not None:
        json.write_bytes(report.as_json(found) + b"\n")
    if write:
        report.write(PAGE, found)
        console.print(f"written to {PAGE.relative_to(Path.cwd())}" if PAGE.is_relative_to(Path.cwd()) else str(PAGE))


async def _run(console: Console, scale: Scale, command: str) -> Report:
    began = time.perf_counter()
    async with open_stage() as stage:
        found = Report(machine=await report.describe(stage.admin, command, await commit_seconds(stage)))
        with _step(console, "one timer at a time"):
            found.latencies = await doorbell.measure(stage, scale.rings)
        await _lives(console, stage, scale, found)
    found.machine.append(("The run took", f"{time.perf_counter() - began:.0f} s"))
    found.machine.append(("Cores busy with other things meanwhile", f"{stage.others():.1f} at the mean"))
    return found


async def _lives(console: Console, stage: Stage, scale: Scale, found: Report) -> None:
    """One world carried through its life, measured at each step: announced, received, closed."""
    with _step(console, f"{scale.agreements:,} agreements (preparation)"):
        world = await stage.clone("bench_world")
        sown = await field.sow(stage, world, scale.agreements)
        await field.notify(stage, world, sown)
    with _step(console, "notices"):
        announced = await notices.measure(stage, world.name, sown, keep="bench_announced")
        await stage.drop(world.name)
    with _step(console, "mails"):
        posted = await mails.measure(stage, "bench_announced", scale.mails)
    with _step(console, "one mail at a time"):
        found.latencies += await prompt.measure(stage, "bench_announced", scale.letters)
    with _step(console, "timers: notices received"):
        await field.arrive(stage, stage.database("bench_announced"))
        received = await timers.measure(stage, "bench_announced", "windows opened", "bench_open")
        await stage.drop("bench_announced")
    with _step(console, "requests"):
        answered = await requests.measure(stage, "bench_open", sown, scale.seconds)
    with _step(console, "timers: windows closed"):
        await field.let_windows_end(stage, stage.database("bench_open"))
        closed = await timers.measure(stage, "bench_open", "windows closed", None)
    found.figures = [*received, *closed, announced, *answered, posted]
    if queues.there():
        with _step(console, "other queues"):
            found.peers = await queues.measure(stage, scale.peers, [one for one in found.figures if one.what in OURS])
    else:
        console.print("[dim]not measured: other queues, which `make bench-peers` installs[/]", highlight=False)
    with _step(console, "where the time goes"):
        found.shares = await insight.measure(stage, "bench_open", scale.due)
    for waiting in scale.waiting:
        with _step(console, f"{waiting:,} timers waiting"):
            found.growth.append(await growth.measure(stage, "bench_open", waiting, scale.due))


@contextmanager
def _step(console: Console, what: str) -> Iterator[None]:
    began = time.perf_counter()
    with console.status(what):
        yield
    console.print(f"[dim]{time.perf_counter() - began:6.1f} s  {what}[/]", highlight=False)


if __name__ == "__main__":
    main()
