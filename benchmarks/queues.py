"""Queues that others use, doing on the same PostgreSQL what our timers do: alternating, and the median of several."""

import statistics
from pathlib import Path
from typing import Final

from benchmarks.crew import ROOT, hear, process, tell
from benchmarks.figures import Figure, Peer
from benchmarks.peers.work import DONE
from benchmarks.stage import Stage, Used

PYTHON: Final = ROOT / "build" / "peers" / "bin" / "python"
"""What `make bench-peers` made."""
NAMES: Final = {"PgQueuer": "benchmarks.peers.pgqueuer_peer", "Procrastinate": "benchmarks.peers.procrastinate_peer"}
ROUNDS: Final = 3


def there() -> bool:
    return Path(PYTHON).exists()


async def measure(stage: Stage, count: int, ours: list[Figure]) -> list[Peer]:
    """Each peer `ROUNDS` times by turns, beside what one worker of ours did in the same run."""
    taken: dict[str, list[Used]] = {name: [] for name in NAMES}
    for _ in range(ROUNDS):
        for name, module in NAMES.items():
            taken[name].append(await _once(stage, module, count))
    return [_peer(name, count, rounds, ours) for name, rounds in taken.items()]


def _peer(name: str, count: int, rounds: list[Used], ours: list[Figure]) -> Peer:
    middle = statistics.median(one.wall for one in rounds)
    used = next(one for one in rounds if one.wall == middle)
    return Peer(name=name, count=count, used=used, ours={one.what: one.rate for one in ours})


async def _once(stage: Stage, module: str, count: int) -> Used:
    database = await stage.clone("bench_peer", "template1")
    async with process(stage.folder, module, database.superuser, str(count), python=PYTHON) as child:
        assert await hear(child) == "ready"
        await stage.settle()
        with stage.watch(child.pid) as used:
            await tell(child, "go")
            assert await hear(child) == "done"
        async with stage.connect(database) as connection:
            if not await connection.fetchval(DONE.format(count=count)):
                raise RuntimeError(f"{module} did not do everything")
        await tell(child, "end")
    await stage.drop(database.name)
    return used
