"""What the whole process shares, made once by the app factory and found again from any request."""

import asyncio
import logging
import time
from datetime import datetime, timedelta
from typing import Any, Protocol

import asyncpg
import msgspec
from litestar.connection import ASGIConnection
from redis.asyncio import Redis

from db import clock
from db.queries import sql
from db.session import transaction
from service.http.cursors import Cursors
from service.keys import KeyBook
from service.ledger_watermark import Horizon
from service.settings import Settings
from service.webhooks.sending import Sender
from workflows.engine.engine import Engine

log = logging.getLogger(__name__)


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
        """Measure the distance; of three looks the quickest counts."""
        best: tuple[float, datetime, float] | None = None
        async with transaction(self._pool, readonly=True) as connection:
            for _ in range(3):
                before = time.monotonic()
                row = await connection.fetchrow(sql("clock"))
                after = time.monotonic()
                if row is None:
                    raise RuntimeError("the database has no clock: apply the migrations")
                self.mode = row["mode"]
                if best is None or after - before < best[0]:
                    best = (after - before, row["now"], (before + after) / 2)
        if best is not None:
            self._known = (best[1], best[2])

    async def stamp(self) -> datetime:
        """Now, UTC. Raises PoolExhaustedError or a database error where a simulated clock cannot be asked."""
        if self.mode == "system" and self._known is not None:
            instant, measured = self._known
            return instant + timedelta(seconds=time.monotonic() - measured)
        async with transaction(self._pool, readonly=True) as connection:
            return await clock.now(connection)


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, the pool, and what is built on them."""

    settings: Settings
    pool: asyncpg.Pool
    engine: Engine
    doorbell: Bell
    arrivals: Arrivals
    keys: KeyBook
    cursors: Cursors
    redis: Redis | None
    horizon: Horizon
    sender: Sender
    """Says where the URL of a webhook leads; the workers call it."""


def parts_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    """The parts of the app that a request came to."""
    found: Services = connection.app.state.parts
    return found


async def every(seconds: float, what: str, work: Any) -> None:
    """Repeat `await work()` until cancelled; a database that is away is only written down."""
    while True:
        try:
            await work()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            log.warning("%s failed: %s", what, type(error).__name__)
        await asyncio.sleep(seconds)
