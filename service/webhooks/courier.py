"""The courier of webhooks: finds those that have something to be handed over, and works each off on its own."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

import asyncpg

from db.queries import sql
from db.session import Connection, transaction
from service.ledger_watermark import LedgerWatermark
from service.webhooks.feed import LEASE, Feed, Shared
from service.webhooks.orders import carry
from service.webhooks.sending import Sender
from service.webhooks.trials import send_trial
from workflows.engine.engine import Engine
from workflows.engine.poison import is_poison, note, places
from workflows.webhook.order_table import DELETION_ORDER

log = logging.getLogger(__name__)

AT_A_TIME: Final = 64
"""Receivers that are spoken to at once: one that says nothing for ten seconds takes one place."""
CONNECTIONS: Final = 2
"""Of the pool, so that timers and mail are never kept waiting for one."""
AFTER_ERROR: Final = 60.0
"""Seconds that a webhook rests after a mistake of ours."""


class Courier:
    """One for a worker. `done` is called when a receiver was worked off: there may be more for it."""

    def __init__(
        self, pool: asyncpg.Pool, engine: Engine, sender: Sender, *, done: Callable[[], None] = lambda: None
    ) -> None:
        self._shared = Shared(pool, engine, sender, asyncio.Semaphore(CONNECTIONS))
        self._watermark = LedgerWatermark()
        self._running: set[asyncio.Task[None]] = set()
        self.done = done

    async def look(self) -> bool:
        """Begin with whatever is due, and wait for nobody; whether there was any."""
        work = await self._claim(AT_A_TIME - len(self._running))
        for one in work:
            task = asyncio.create_task(one)
            self._running.add(task)
            task.add_done_callback(self._ended)
        return bool(work)

    async def round(self) -> bool:
        """Work off what is due and wait for it; whether there was any."""
        work = await self._claim(AT_A_TIME)
        await asyncio.gather(*work)
        return bool(work)

    async def finish(self) -> None:
        """Wait for what is under way: an attempt takes at most some seconds."""
        while self._running:
            await asyncio.wait(self._running)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self.done()

    async def _claim(self, free: int) -> list[Coroutine[Any, Any, None]]:
        """Claim what is due: one piece of work for each receiver."""
        if free <= 0:
            return []
        async with transaction(self._shared.pool) as connection:
            if not await connection.fetchval(sql("any_webhooks")):
                return []
            settled = await self._watermark.look(connection)
            await self._plan(connection)
            rows = await connection.fetch(sql("claim_feeds"), free, LEASE, settled)
            trials = await connection.fetch(sql("claim_trials"), free, LEASE)
        return [
            *(self._work(Feed(self._shared, row, settled)) for row in rows),
            *(self._try(row) for row in trials),
        ]

    async def _plan(self, connection: Connection) -> None:
        stopped, waiting = DELETION_ORDER.move("subject_moved")
        ordered_anew, _ = DELETION_ORDER.move("ordered_anew")
        await connection.execute(sql("wake_orders"), stopped, ordered_anew, waiting)
        await connection.execute(sql("plan_orders"), DELETION_ORDER.table.initial)

    async def _try(self, row: Any) -> None:
        try:
            await send_trial(self._shared, row)
        except Exception as error:  # whoever asked is told that nobody answered
            log.error("test %s of a webhook: %s\n%s", row["id"], type(error).__name__, places(error))

    async def _work(self, feed: Feed) -> None:
        try:
            await feed.follow()
            await carry(feed)
            await feed.release()
        except Exception as error:  # whatever it is, the others go on
            if is_poison(error):
                log.error("webhook %s: %s\n%s", feed.webhook.id, type(error).__name__, places(error))
                await self._rest(feed)
            else:
                log.warning("webhook %s waits: the database is away (%s)", feed.webhook.id, type(error).__name__)

    async def _rest(self, feed: Feed) -> None:
        """After a mistake of ours: not again at once, or its receiver would be called without end."""
        try:
            async with self._shared.writing() as connection:
                await connection.execute(sql("delay_orders"), feed.webhook.id, AFTER_ERROR)
                await connection.execute(sql("rest_feed"), feed.webhook.id, AFTER_ERROR)
        except Exception as error:  # its lease runs out
            note(log, f"setting webhook {feed.webhook.id} to rest", error)
