"""A standby of the database, for what may be some seconds old: public lists, lists as files, calendars.

Nothing that decides anything is read there: no gate, no guard, no key, no link. How old it is is measured, once a
second, by places in the log of changes: all that the primary had committed at an instant is there once the standby has
played the log up to the place where the primary then was. After a failover it is asked again once it is known to follow
the new primary: it may hold what that one never had. A standby that is too old, away, or none any more is not asked,
and one that fails is asked no more until it was looked at again; the primary is asked instead.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Literal, TypeVar, get_args

import asyncpg
from prometheus_client import CollectorRegistry, Counter

from db.queries import sql
from db.session import lazy_pool
from service.troubles import trouble

log = logging.getLogger(__name__)

T = TypeVar("T")

ROLE: Final = "termijn_api"
LOOK_EVERY: Final = 1.0
LOOK_SECONDS: Final = 2.0
"""A server that has not answered a look by then is away."""
READ_SECONDS: Final = 5.0
"""What has not been read by then is read from the primary."""
REMEMBERED: Final = 600
"""Looks: a standby that is further behind than that is too old, by how much nobody needs to know."""
ReadAt = Literal["standby", "primary", "instead"]
"""Where it was read: `instead` at the primary, since the standby was too old or away; `primary` where there is none."""


class OldReads:
    """Reads that may be `most` seconds old, of a standby where there is one, else of the primary."""

    def __init__(self, primary: asyncpg.Pool, standby: asyncpg.Pool | None, most: float) -> None:
        self.registry = CollectorRegistry()
        self._counter = Counter(
            "termijn_old_reads",
            "Reads of what may be old: of a standby, of the primary instead, of the primary where there is no standby",
            ("of",),
            registry=self.registry,
        )
        for one in get_args(ReadAt):
            self._counter.labels(one)
        self._primary = primary
        self._standby = standby
        self._most = most
        self._marks: deque[tuple[float, int]] = deque(maxlen=REMEMBERED)
        """Instants (monotonic clock), each with the place in the log up to which the primary had committed by then."""
        self._as_of: float | None = None
        """All that was committed by then is there; None: it is not to be asked."""
        self._system: int | None = None
        """Which database the primary is."""
        self._timeline: str | None = None
        """Which of its histories: each failover begins one, and only in the same do places say what came first."""
        self._asked = True
        """As said in the log."""

    @property
    def age(self) -> float | None:
        """How many seconds old the standby may be by now; None where it is not to be asked."""
        return None if self._as_of is None else time.monotonic() - self._as_of

    async def read(self, work: Callable[[asyncpg.Pool], Awaitable[T]]) -> T:
        """What `work` reads, in read-only transactions of the pool that it is given; done again where that fails.

        Raises what `work` raises.
        """
        if self._standby is None:
            return await self._of_the_primary(work, "primary")
        age = self.age
        if age is None or age > self._most:
            return await self._of_the_primary(work, "instead")
        try:
            async with asyncio.timeout(READ_SECONDS):
                found = await work(self._standby)
        except Exception as error:
            if trouble(error) == "poison":
                raise
            # What takes too long may be this one read: the next look, a moment later, says whether anybody answers.
            if trouble(error) == "away" and not isinstance(error, TimeoutError):
                self._leave(type(error).__name__)
            return await self._of_the_primary(work, "instead")
        self._counter.labels("standby").inc()
        return found

    async def _of_the_primary(self, work: Callable[[asyncpg.Pool], Awaitable[T]], which: ReadAt) -> T:
        self._counter.labels(which).inc()
        return await work(self._primary)

    async def look(self) -> None:
        """See how old the standby is."""
        assert self._standby is not None
        # A primary that has no connection left is no reason to ask it for more: the standby only grows older meanwhile.
        with contextlib.suppress(Exception):
            at = time.monotonic()
            there = await _asked(self._primary, "place_of_primary")
            if there["timeline"] != self._timeline:
                self._marks.clear()
            self._system, self._timeline = there["system"], there["timeline"]
            self._marks.append((at, there["place"]))
        try:
            here = await _asked(self._standby, "place_of_standby")
        except Exception as error:  # whatever it is: it cannot be asked
            return self._leave(type(error).__name__)
        if here["place"] is None or not here["standby"]:
            return self._leave("it is no standby")
        if here["system"] != self._system:
            return self._leave("it is a standby of another database")
        if here["timeline"] != self._timeline:
            return self._leave("it has not followed the primary past its failover")
        if here["role"] != ROLE:
            return self._leave(f"it acts as {here['role']}, not as {ROLE}")
        while self._marks and self._marks[0][1] <= here["place"]:
            self._as_of = self._marks.popleft()[0]
        age = self.age
        if age is None or age > self._most:
            return self._leave("it is too old", forget=False)
        if not self._asked:
            log.info("the standby is asked again")
        self._asked = True

    def _leave(self, why: str, *, forget: bool = True) -> None:
        if self._asked:
            log.warning("the standby is not asked any more: %s; the primary is asked instead", why)
        self._asked = False
        if forget:
            self._as_of = None

    async def keep_looking(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY)


async def _asked(pool: asyncpg.Pool, block: str) -> asyncpg.Record:
    async with asyncio.timeout(LOOK_SECONDS), pool.acquire() as connection:
        return await connection.fetchrow(sql(block))


@contextlib.asynccontextmanager
async def old_reads(primary: asyncpg.Pool, url: str, most: float) -> AsyncIterator[OldReads]:
    """Reads of the standby at `url`, where that is one; it is looked at meanwhile."""
    if not url:
        yield OldReads(primary, None, most)
        return
    standby = await lazy_pool(url, ROLE)
    reads = OldReads(primary, standby, most)
    looking = asyncio.create_task(reads.keep_looking())
    try:
        yield reads
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
        standby.terminate()
