"""The tables of a run: on the terminal, and between two marks of docs/performance.md."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.figures import FIGURE_HEADS, GROWTH_HEADS, LATENCY_HEADS, PEER_HEADS, SHARE_HEADS, Report

BEGIN = "<!-- figures: written by `make bench ARGS=--write` -->"
END = "<!-- end of figures -->"
LIBRARIES = ("asyncpg", "litestar", "msgspec", "transitions", "arq", "aiosmtplib", "uvicorn")

Tables = tuple[tuple[str, Sequence[str], list[tuple[str, ...]]], ...]


async def describe(admin: asyncpg.Connection, command: str, commit_seconds: float) -> list[tuple[str, str]]:
    """The machine and what runs on it."""
    postgres = await admin.fetchval("show server_version")
    asked = ("fsync", "synchronous_commit", "shared_buffers")
    settings = ", ".join([f"{name} {await admin.fetchval(f'show {name}')}" for name in asked])
    return [
        ("Command", f"`{command}`"),
        ("Date", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("Machine", f"{os.cpu_count()} cores ({_processor()}), {_memory()} GiB memory, {platform.system()}"),
        ("One durable commit", f"{1000 * commit_seconds:.2f} ms at the median"),
        ("Python", platform.python_version()),
        ("PostgreSQL", f"{postgres} ({settings}), embedded, through a Unix socket"),
        ("Libraries", ", ".join(f"{name} {version(name)}" for name in LIBRARIES)),
    ]


def as_json(report: Report) -> bytes:
    """Every figure: what was counted, seconds on the wall and of processors, rates and ratios."""
    found = msgspec.to_builtins(report)
    for figure, one in zip(found["figures"], report.figures, strict=True):
        figure |= {"rate": one.rate, "ratio": one.rate / one.bare if one.bare else None}
    for peer, one in zip(found["peers"], report.peers, strict=True):
        peer |= {"rate": one.rate, "ratios": {what: rate / one.rate for what, rate in one.ours.items()}}
    for growth, one in zip(found["growth"], report.growth, strict=True):
        growth["rate"] = one.due / one.used.wall
    found["machine"] = dict(report.machine)
    return msgspec.json.format(msgspec.json.encode(found), indent=2)


def show(console: Console, report: Report) -> None:
    for key, value in report.machine:
        console.print(f"[bold]{key}[/]: {value}", highlight=False)
    for title, heads, rows in _tables(report):
        if not rows:
            continue
        table = Table(*heads, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        console.print(table)


def write(path: Path, report: Report) -> None:
    """Put the tables between the marks of the page. Raises ValueError where it has none."""
    page = path.read_text("utf-8")
    head, begun, rest = page.partition(BEGIN)
    _, ended, tail = rest.partition(END)
    if not (begun and ended):
        raise ValueError(f"{path} has no marks to write between")
    lines = [f"- {key}: {value}" for key, value in report.machine]
    for title, heads, rows in _tables(report):
        if not rows:
            continue
        lines += ["", f"**{title}**", "", *_markdown(heads, rows)]
    path.write_text(f"{head}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{tail}", "utf-8")


def _tables(report: Report) -> Tables:
    return (
        ("What is done in a second", FIGURE_HEADS, [one.cells() for one in report.figures]),
        ("Beside other queues, one worker each", PEER_HEADS, [one.cells() for one in report.peers]),
        ("With timers waiting for later", GROWTH_HEADS, [one.cells() for one in report.growth]),
        ("Where one worker's time goes while windows close", SHARE_HEADS, [one.cells() for one in report.shares]),
        (
            "From the commit until it is done, one at a time on an idle system",
            LATENCY_HEADS,
            [one.cells() for one in report.latencies],
        ),
    )


def _markdown(heads: Sequence[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"|{' --- |' * len(heads)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
