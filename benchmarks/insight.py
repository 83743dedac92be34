"""Where a worker's time goes while windows close: statement by statement, and what Python does between them."""

import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from benchmarks.field import until_done
from benchmarks.figures import Share
from benchmarks.growth import keep_due
from benchmarks.stage import Stage
from db.queries import blocks
from workflows.engine.engine import Engine
from workflows.engine.sweep import sweep

EVERY = 0.001
"""Seconds of processor time between two looks at the stack."""
SHOWN = 8
PARTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "reading rows into Structs": (("workflows/engine/engine.py", "load"),),
    "steps through the tables": (("workflows/machine/machine.py", "step"),),
    "of which choosing the row, with the guards it asks": (("workflows/machine/machine.py", "choose"),),
    "gathering events, hashes, effects": (("workflows/engine/batch.py", "step"),),
    "encoding and handing over what is written": (("workflows/engine/writing.py", "write"),),
}
"""Each part by the file and function under which the stack must stand."""


async def measure(stage: Stage, template: str, due: int) -> list[Share]:
    """Close `due` windows in this process, timing each statement and looking at the stack."""
    database = await stage.clone("bench_insight", template)
    await keep_due(stage, database, due)
    names = {text: name for name, text in blocks().items()}
    taken: Counter[str] = Counter()

    def note(query: Any) -> None:
        taken[names.get(query.query, query.query.split(";")[0].split()[0])] += query.elapsed

    engine = Engine(arrival="direct")
    async with stage.pool(database, "termijn_worker", size=1) as pool:
        async with pool.acquire() as connection:
            connection.add_query_logger(note)
        await stage.settle()
        began = time.perf_counter()
        with _looking() as looks:
            await until_done(lambda: sweep(pool, engine))
        wall = time.perf_counter() - began
        async with pool.acquire() as connection:
            connection.remove_query_logger(note)
    await stage.drop(database.name)
    return [*_statements(taken, wall), *_python(looks)]


def _statements(taken: Counter[str], wall: float) -> list[Share]:
    asked = sum(taken.values())
    rows = [Share(part="Python between statements", of="the wall clock", share=(wall - asked) / wall)]
    most = taken.most_common(SHOWN)
    rows += [Share(part=f"`{name}`", of="the wall clock", share=seconds / wall) for name, seconds in most]
    rest = asked - sum(seconds for _, seconds in most)
    return [*rows, Share(part=f"{len(taken) - len(most)} other statements", of="the wall clock", share=rest / wall)]


def _python(looks: Counter[str]) -> list[Share]:
    total = looks[""]
    return [Share(part=part, of="Python's time", share=looks[part] / max(1, total)) for part in PARTS]


@contextmanager
def _looking() -> Iterator[Counter[str]]:
    """Count under which parts the stack stands, at even steps of processor time; "" counts all looks."""
    looks: Counter[str] = Counter()

    def look(_: int, frame: FrameType | None) -> None:
        looks[""] += 1
        here = set()
        while frame is not None:
            code = frame.f_code
            here |= {
                part
                for part, places in PARTS.items()
                if any(code.co_name == name and code.co_filename.endswith(file) for file, name in places)
            }
            frame = frame.f_back
        looks.update(here)

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield looks
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
