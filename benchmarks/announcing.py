"""A change that reaches very many, and who reads meanwhile: python -m benchmarks.announcing [--agreements N].

Agreements are loaded by `termijn import`, as `benchmarks.million` does, and a first change is carried to all of them. A
second one is looked at beforehand, page by page, and then announced by a worker, which mails it. Notices are read one
after the other: before that, and until the last agreement has its own.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks import client
from benchmarks.lists import HIGH, below
from benchmarks.loading import Crew, at_work, load, new_change
from benchmarks.stage import open_stage

LARGE = 100_000
ROWS = 10_000
PAGES = 10
PAUSE = 0.01
"""Seconds between two reads: somebody reads, and does not try how fast that goes."""
IDLE_SECONDS = 20.0
READ = 200
HEADS = ("what", "how many", "median ms", "99 of 100 within", "at most", "API MiB", "worker MiB")
_CARRIED = "select finished_at is not null from fan_out where change_id = $1"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--agreements", default=LARGE, show_default=True, help="How many are reached.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Where all of it stays; else it is removed."
)
def main(agreements: int, data: Path | None) -> None:
    """What announcing to very many takes, and what it does to those who read."""
    asyncio.run(_run(Console(width=150), agreements, data))


async def _run(console: Console, agreements: int, data: Path | None) -> None:
    def tell(step: tuple[str, ...]) -> None:
        console.print("[dim]" + " · ".join(step) + "[/]", highlight=False)

    table = Table(*HEADS, title=f"{agreements:,} agreements", title_justify="left")
    async with open_stage(data) as stage:
        with tempfile.TemporaryDirectory() as files:
            loaded = await load(
                stage, agreements, min(ROWS, agreements), Path(files), datetime.now(UTC).date(), tell, arrived=True
            )
        async with at_work(stage, loaded.database) as crew:
            crew.api.processor = str(loaded.processor)
            change = await new_change(crew.api)
            table.add_row(*_row("pages of the preview", await _previewed(crew, change), crew))
            until = time.perf_counter() + IDLE_SECONDS

            async def over() -> bool:
                return time.perf_counter() > until

            table.add_row(*_row("notices read before", await _read(crew, over), crew))
            began = time.perf_counter()
            await crew.api.post(f"changes/{change}/notify")
            async with stage.connect(loaded.database) as connection:
                times = await _read(crew, lambda: connection.fetchval(_CARRIED, change))
            table.add_row(*_row("notices read while it is announced", times, crew))
            took = time.perf_counter() - began
    console.print(table)
    console.print(f"announced to {agreements:,} in {took:.1f} s, {agreements / took:,.0f} a second")
    console.print(f"cores busy with other things meanwhile: {stage.others():.1f} at the mean")


async def _previewed(crew: Crew, change: str) -> list[float]:
    """Milliseconds of one page after the other, of as many rows as a page has."""
    times, path = [], f"changes/{change}/preview"
    for _ in range(PAGES):
        began = time.perf_counter()
        page = await crew.api.get(path)
        times.append(1000 * (time.perf_counter() - began))
        if page["next"] is None:
            break
        path = f"changes/{change}/preview?cursor={page['next']}"
    return times


async def _read(crew: Crew, over: Callable[[], Awaitable[bool]]) -> list[float]:
    """Milliseconds of each notice that was read until it was `over`."""
    ids = [one["id"] for one in (await crew.api.get(f"notices?limit={READ}"))["items"]]
    line = await client.connect(crew.port)
    times = []
    for one in cycle(ids):
        if await over():
            break
        began = time.perf_counter()
        status, body = await line.ask(client.request("GET", f"/api/v1/notices/{one}", crew.key))
        times.append(1000 * (time.perf_counter() - began))
        if status != 200 or json.loads(body)["id"] != one:
            raise RuntimeError(f"a notice was answered {status}: {body[:500].decode(errors='replace')}")
        await asyncio.sleep(PAUSE)
    line.close()
    return times


def _row(what: str, times: Sequence[float], crew: Crew) -> tuple[str, ...]:
    figures = (f"{below(times, part):.1f}" for part in (0.5, HIGH))
    return (what, f"{len(times):,}", *figures, f"{max(times):.1f}", crew.highest("API"), crew.highest("worker"))


if __name__ == "__main__":
    main()
