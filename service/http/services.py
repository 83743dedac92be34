"""What the whole process shares, made once by the app factory and found again from any request."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import asyncpg
import msgspec
from litestar.connection import ASGIConnection
from redis.asyncio import Redis

from db import clock
from db.queries import sql
from db.session import GONE, Connection, NotWrittenError, find_row, transaction
from service.beside import Beside
from service.certificate.sealing import Seal
from service.files.store import Files
from service.http.cursors import Cursors
from service.http.hours import Hours
from service.http.kept_previews import KeptPreviews
from service.http.limits import Limiter
from service.http.turns import Turns
from service.keys import KeyBook
from service.ledger_watermark import LedgerWatermark
from service.people.oidc import Provider
from service.settings import Settings
from service.standby import OldReads
from service.webhooks.sending import Sender
from workflows.engine.engine import Engine
from workflows.engine.poison import note
from workflows.intake.publications import Page

log = logging.getLogger(__name__)

TURNS_MISSED: Final = 6
"""So many turns without a success and the work is overdue: of the heartbeat, half a minute, after which its silence
counts as an outage."""


class Bell(Protocol):
    """Rung after a commit; never fails."""

    async def ring(self) -> None:
        """Say that there is work."""


class Arrivals:
    """The instant at which a request reached us, by the one clock.

    On the system clock the database's time is known from its distance to this process's monotonic one,
    measured anew every half minute, so that stamping needs no query and no local clock is believed.
    A simulated clock is asked each time: it stands still between its jumps.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._known: tuple[datetime, float] | None = None
        self.mode: clock.Mode = "system"

    async def calibrate(self) -> None:
        """Measure the distance; of three looks the quickest counts. A simulated clock has none."""
        best: tuple[float, datetime, float] | None = None
        async with transaction(self._pool, readonly=True) as connection:
            for _ in range(3):
                before = time.monotonic()
                row = await connection.fetchrow(sql("clock"))
                after = time.monotonic()
                if row is None:
                    raise RuntimeError("the database has no clock: apply the migrations")
                self.mode = row["mode"]
                if self.mode == "simulated":
                    return
                if best is None or after - before < best[0]:
                    best = (after - before, row["now"], (before + after) / 2)
        if best is not None:
            self._known = (best[1], best[2])

    async def stamp(self) -> datetime:
        """Now, UTC. Raises PoolExhaustedError or NotWrittenError where a simulated clock cannot be asked."""
        if self.mode == "system" and self._known is not None:
            instant, measured = self._known
            return instant + timedelta(seconds=time.monotonic() - measured)
        try:
            found: datetime = (await find_row(self._pool, "now"))["termijn_now"]
        except GONE as error:
            raise NotWrittenError from error
        return found


class Periodic:
    """Work that repeats for as long as the process lives, and how long ago it last succeeded.

    Nothing but cancellation ends it: whatever one turn raises is written down, and the next turn comes all the same.
    With `done` the first turn was taken before.
    """

    def __init__(self, what: str, seconds: float, work: Callable[[], Awaitable[None]], *, done: bool = False) -> None:
        self.what = what
        self._seconds = seconds
        self._begins_after = seconds if done else 0.0
        self._work = work
        self._done = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since it last succeeded, or since the process started."""
        return time.monotonic() - self._done

    @property
    def overdue(self) -> bool:
        """Whether several turns in a row have failed."""
        return self.age > TURNS_MISSED * self._seconds

    async def keep(self) -> None:
        """Take turns until cancelled."""
        await asyncio.sleep(self._begins_after)
        while True:
            try:
                await self._work()
                self._done = time.monotonic()
            except Exception as error:
                note(log, self.what, error)
            if self.overdue:
                log.error("%s has not succeeded for %.0f s", self.what, self.age)
            await asyncio.sleep(self._seconds)


class Services(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    pool: asyncpg.Pool
    engine: Engine
    doorbell: Bell
    arrivals: Arrivals
    old_reads: OldReads
    """For what may be some seconds old."""
    keys: KeyBook
    cursors: Cursors
    redis: Redis | None
    watermark: LedgerWatermark
    periodic: tuple[Periodic, ...]
    """The heartbeat, and reading the clock."""
    limiter: Limiter
    files: Files
    """What people hand in, wherever its bytes lie."""
    reads: Hours
    """Which lists of persons were read by whom, as far as that is on record."""
    beside: Beside
    """Reads what is large and not ours."""
    importing: Beside
    """Loads large lists of customers, with a connection to the database of its own."""
    provider: Provider | None
    """Whom people sign in with, where settings name one (OpenID Connect)."""
    sender: Sender
    """Says where the URL of a webhook leads; the workers call it."""
    public_page: Callable[[Connection, UUID, str], Awaitable[Page | None]]
    """A processor's own public page as it reads now, under a base URL; None where it has none."""
    seal: Seal | None = None
    """What records of signatures are sealed with, where settings name a key."""
    previews: KeptPreviews = msgspec.field(default_factory=KeptPreviews)
    """What first pages of previews found over all agreements."""
    turns: Turns = msgspec.field(default_factory=Turns)
    """Of requests that write to the same subject."""


def parts_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    """The parts of the app that a request came to."""
    found: Services = connection.app.state.parts
    return found
