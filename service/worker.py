"""The worker: one task group of a sweeper, which needs PostgreSQL alone, and a listener at the doorbell."""

import asyncio
import contextlib
import logging
import signal

import asyncpg
from redis.exceptions import RedisError

from db.queries import sql
from db.session import connect_pool, transaction
from service import logs
from service.clock_driver import drive
from service.doorbell import listener
from service.library import load_library
from service.mail.config import mail_config
from service.mail.deliver import MailConfig, deliver
from service.settings import Settings
from workflows.engine import Engine
from workflows.fanout import spread
from workflows.sweep import sweep

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between looks without a ring: what is due waits no longer, Redis or not."""
TIDY_EVERY = 30.0
AFTER_ERROR = 1.0


class Worker:
    """Fires what is due, carries changes to agreements, sends messages, drives a simulated clock."""

    def __init__(self, pool: asyncpg.Pool, engine: Engine, mail: MailConfig, *, simulated: bool) -> None:
        self.pool = pool
        self.engine = engine
        self.mail = mail
        self.simulated = simulated
        self.heard = asyncio.Event()
        self.stopping = asyncio.Event()

    async def work(self) -> bool:
        """One round: a batch of timers, a chunk of a fan-out, a batch of messages."""
        fired = await sweep(self.pool, self.engine)
        carried = await spread(self.pool, self.engine)
        sent = await deliver(self.pool, self.engine, self.mail)
        return bool(fired or carried or sent)

    async def sweeper(self) -> None:
        """Look, work until nothing is left, and wait for a ring or the next look."""
        while not self.stopping.is_set():
            self.heard.clear()
            try:
                if self.simulated:
                    await drive(self.pool, self.work)
                while not self.stopping.is_set() and await self.work():
                    pass
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                log.warning("the database is away (%s); looking again", type(error).__name__)
                await self._pause(AFTER_ERROR)
                continue
            await self._pause(LOOK_EVERY)

    async def _pause(self, seconds: float) -> None:
        """Until the doorbell rings, the worker stops, or the time is up."""
        waits = [asyncio.ensure_future(self.heard.wait()), asyncio.ensure_future(self.stopping.wait())]
        _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for one in pending:
            one.cancel()

    async def tidier(self) -> None:
        """Ask again what an answer may have missed (P12), and forget answers of two days ago."""
        while not self.stopping.is_set():
            try:
                async with transaction(self.pool) as connection:
                    await connection.execute(sql("review_watched_changes"))
                    await connection.execute(sql("forget_idempotency"))
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                log.warning("tidying failed (%s)", type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), TIDY_EVERY)

    async def doorbell(self, url: str) -> None:
        """Listen at Redis; arq ends when Redis does, so it is made anew."""
        while not self.stopping.is_set():
            bell = listener(url, self.heard.set)
            running = asyncio.ensure_future(bell.async_run())
            stopped = asyncio.ensure_future(self.stopping.wait())
            await asyncio.wait([running, stopped], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            if not running.done():
                running.cancel()
            try:
                await running
            except asyncio.CancelledError:
                pass
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("the doorbell is away (%s); the sweep goes on without it", type(error).__name__)
            with contextlib.suppress(RedisError, OSError, asyncio.CancelledError):
                await bell.close()
            if not self.stopping.is_set():
                await self._pause(AFTER_ERROR)


async def run_worker(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; what was begun is finished first.

    Raises OSError or asyncpg errors where the database cannot be reached at the start.
    """
    logs.configure()
    pool = await connect_pool(settings.database_url, "termijn_worker", size=4)
    try:
        await load_library(pool)
        worker = Worker(
            pool,
            Engine(arrival=settings.smtp_arrival),
            mail_config(settings),
            simulated=settings.clock == "simulated",
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stopping.set)
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.sweeper())
            group.create_task(worker.tidier())
            if settings.redis_url:
                group.create_task(worker.doorbell(settings.redis_url))
    finally:
        await pool.close()
