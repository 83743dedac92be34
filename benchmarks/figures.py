"""What a run found, as rows of a table: for the terminal and for docs/performance.md."""

import math
import statistics
from collections.abc import Sequence

import msgspec

from benchmarks.stage import Used


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """`count` things were done in `used`; `bare` is how many a second the library `beside` us did of the same."""

    what: str
    count: int
    used: Used
    beside: str = ""
    bare: float = 0.0

    @property
    def rate(self) -> float:
        return self.count / self.used.wall

    def cells(self) -> tuple[str, ...]:
        ratio = f"{self.rate / self.bare:.2f}" if self.bare else ""
        return (
            self.what,
            f"{self.rate:,.0f}/s",
            f"{self.bare:,.0f}/s {self.beside}" if self.bare else "",
            ratio,
            _share(self.used.python, self.used.wall),
            _share(self.used.postgres, self.used.wall),
        )


FIGURE_HEADS = ("work", "Termijn", "bare", "ratio", "Python", "PostgreSQL")


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """`count` timers that another library carried out in `used`; how many a second `ours` did, by what it was."""

    name: str
    count: int
    used: Used
    ours: dict[str, float]

    @property
    def rate(self) -> float:
        return self.count / self.used.wall

    def cells(self) -> tuple[str, ...]:
        return (
            self.name,
            f"{self.rate:,.0f}/s",
            ", ".join(f"{rate / self.rate:.1f} ({what})" for what, rate in self.ours.items()),
            _share(self.used.python, self.used.wall),
            _share(self.used.postgres, self.used.wall),
        )


PEER_HEADS = ("library", "timers", "Termijn does times as many", "Python", "PostgreSQL")


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """With so many timers waiting for later: one empty sweep, and batches of what is due."""

    waiting: int
    empty_ms: float
    due: int
    used: Used
    claim_ms: float
    plan: str

    def cells(self) -> tuple[str, ...]:
        return (
            f"{self.waiting:,}",
            f"{self.empty_ms:.2f} ms",
            f"{self.due / self.used.wall:,.0f}/s",
            f"{self.claim_ms:.2f} ms",
            self.plan,
        )


GROWTH_HEADS = ("waiting", "empty sweep", "fired", "claim of 500", "its plan")


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """How long after the commit something was done, over `count` times; `p99_ms` is what 99 of 100 stay within."""

    what: str
    count: int
    median_ms: float
    p99_ms: float
    slowest_ms: float

    @classmethod
    def of(cls, what: str, taken: Sequence[float]) -> "Latency":
        """By the milliseconds that each took."""
        p99 = sorted(taken)[math.ceil(0.99 * len(taken)) - 1]
        return cls(what=what, count=len(taken), median_ms=statistics.median(taken), p99_ms=p99, slowest_ms=max(taken))

    def cells(self) -> tuple[str, ...]:
        times = (f"{one:,.0f} ms" for one in (self.median_ms, self.p99_ms, self.slowest_ms))
        return (self.what, *times, f"{self.count}")


LATENCY_HEADS = ("what, and picked up by", "median", "99 of 100 within", "slowest", "times")


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the wall clock, or of Python's processor time."""

    part: str
    of: str
    share: float

    def cells(self) -> tuple[str, ...]:
        return (self.part, f"{100 * self.share:.0f} %", self.of)


SHARE_HEADS = ("part", "share", "of")


class Report(msgspec.Struct):
    """Everything of one run."""

    machine: list[tuple[str, str]]
    figures: list[Figure] = []
    growth: list[Growth] = []
    latencies: list[Latency] = []
    shares: list[Share] = []
    peers: list[Peer] = []


def _share(seconds: float, wall: float) -> str:
    """Processor time as a part of the wall clock: 100 % is one core kept busy."""
    return f"{100 * seconds / wall:.0f} %" if seconds else ""
