"""`termijn verify` and `termijn check` over a whole database, beside SHA-256 of the ledger's bytes alone."""

import asyncio
import hashlib
import os
import sys
import time
from collections.abc import AsyncIterator
from typing import Final

from benchmarks.crew import ROOT
from benchmarks.serving import surroundings
from benchmarks.stage import Database, Stage, Used, ended_children

PROOF_HEADS: Final = ("what", "wall s", "Python s", "PostgreSQL s", "events a second", "of SHA-256 alone")
_SAMPLE: Final = 20_000


async def proofs(stage: Stage, database: Database) -> AsyncIterator[tuple[str, ...]]:
    """What each takes. Raises RuntimeError where anything does not hold."""
    async with stage.connect(database) as connection:
        row = await connection.fetchrow("select count(*) as events from event")
        bodies = await connection.fetch("select body, previous from event limit $1", _SAMPLE)
    assert row is not None
    events: int = row["events"]
    hashed = _hash_seconds([one["previous"] + one["body"].encode() for one in bodies]) * events / len(bodies)
    yield "SHA-256 of each event", *_figures(Used(wall=hashed, python=hashed), events, hashed)
    for command in ("verify", "check"):
        yield f"termijn {command}", *_figures(await _run(stage, database, command), events, hashed)


def _figures(used: Used, events: int, hashed: float) -> tuple[str, ...]:
    spent = (f"{one:.1f}" for one in (used.wall, used.python, used.postgres))
    return (*spent, f"{events / used.wall:,.0f}", f"{hashed / used.wall:.3f}")


def _hash_seconds(bodies: list[bytes]) -> float:
    began = time.perf_counter()
    for one in bodies:
        hashlib.sha256(one).digest()
    return time.perf_counter() - began


async def _run(stage: Stage, database: Database, command: str) -> Used:
    python = ended_children()
    with stage.watch() as used:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service.cli.main", command),
            cwd=ROOT,
            env={**os.environ, **surroundings(stage, database.worker, "system")},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"termijn {command}: {said.decode()}")
    used.python = ended_children() - python
    return used
