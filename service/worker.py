"""The worker: one task group of a sweeper, which needs PostgreSQL alone, and a listener at the doorbell."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Final

import asyncpg
from redis.exceptions import RedisError

from db.queries import sql
from db.session import AWAY, connect_pool, transaction
from service import logs
from service.certificate.store import declare_all
from service.clock_driver import drive
from service.doorbell import listener
from service.library import load_library
from service.mail.incoming.mailbox import Mailbox, forget_mailboxes
from service.mail.outgoing.config import mail_config
from service.mail.outgoing.deliver import MailConfig, deliver
from service.mail.outgoing.people import mail_users
from service.mail.outgoing.subscribers import tell_subscribers
from service.people.chat import post_chats
from service.people.sign_in import forget_sign_ins
from service.people.telling import tell
from service.settings import Settings, mailbox_at
from service.stamping import Authority, authority_of, stamp_roots
from service.webhooks.courier import Courier
from service.webhooks.sending import SendConfig, Sender
from workflows.engine.engine import Engine
from workflows.engine.poison import places
from workflows.engine.reminders import remind
from workflows.engine.roots import make_roots
from workflows.engine.sweep import BATCH, sweep
from workflows.reach.fan_out import carry_chunk

log = logging.getLogger(__name__)

_ALL: Final = {"timers": True, "fan_outs": True, "reminders": True, "concerns": True}

LOOK_EVERY = 1.0
"""Seconds between looks without a ring: what is due waits no longer, Redis or not."""
TIDY_EVERY = 30.0
MANY_TALLIES = 50
"""Rows of counts of one change, from which they are added up."""
AFTER_ERROR = 1.0


class Worker:
    """Fires what is due, carries changes to agreements, sends messages and webhooks, drives a simulated clock."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        engine: Engine,
        mail: MailConfig,
        *,
        simulated: bool,
        webhooks: Courier | None = None,
        sender: Sender | None = None,
        authority: Authority | None = None,
    ) -> None:
        self.pool = pool
        self.engine = engine
        self.mail = mail
        self.simulated = simulated
        self.heard = asyncio.Event()
        self.outbox = asyncio.Event()
        self.told = asyncio.Event()
        self.people = asyncio.Event()
        self.webhooks = webhooks
        self.sender = sender
        self.authority = authority
        if webhooks is not None:
            webhooks.done = self.answered
        self.stopping = asyncio.Event()

    async def work(self) -> bool:
        """One round of everything: what a simulated clock waits for before it goes on.

        It stops hundreds of times in a year, mostly for one thing, so the parts that have nothing to do are not asked.
        Once a part has done something, those after it are: it may have been for them.
        """
        async with self.pool.acquire() as connection:
            waits = await connection.fetchrow(sql("parts_waiting"))
        moved = await self._move(waits)
        sent = (moved or waits["people"]) and await self.write_to_people()
        if moved or sent or waits["messages"] or waits["subscribers"]:
            sent = await self.send() or sent
        called = self.webhooks is not None and (moved or sent or waits["webhooks"]) and await self.webhooks.round()
        return bool(moved or sent or called)

    async def move(self) -> bool:
        """A batch of timers, a chunk of a fan-out and a batch of reminders; what they have to say is then in the
        outbox. Of what timers are still behind with, nobody is reminded."""
        return await self._move(_ALL)

    async def _move(self, waits: Mapping[str, bool]) -> bool:
        fired = await sweep(self.pool, self.engine) if waits["timers"] else 0
        carried = (fired or waits["fan_outs"]) and await carry_chunk(self.pool, self.engine)
        due = fired or carried or waits["reminders"]
        reminded = await remind(self.pool, self.engine) if due and fired < BATCH else 0
        # A timer that is due may be about to do what somebody would be told is overdue.
        due = carried or reminded or waits["concerns"]
        told = await tell(self.pool, self.engine) if due and not fired else 0
        if fired or carried or reminded:
            self.outbox.set()
            self.told.set()
        if told:
            self.people.set()
        return bool(fired or carried or reminded or told)

    async def send(self) -> bool:
        """A batch of messages; what their receipt causes is then due."""
        told = await tell_subscribers(self.pool, self.mail)
        if not await deliver(self.pool, self.engine, self.mail):
            return bool(told)
        self.heard.set()
        return True

    async def write_to_people(self) -> bool:
        """A batch of mails to users, and of posts where they talk."""
        mailed = await mail_users(self.pool, self.mail)
        posted = await post_chats(self.pool, self.sender) if self.sender is not None else 0
        return bool(mailed or posted)

    def ring(self) -> None:
        """Wake the loops; each looks for its own work."""
        self.heard.set()
        self.people.set()
        self.outbox.set()
        self.told.set()

    def answered(self) -> None:
        """A receiver was worked off: there may be more for it, and what it answered may have made something due."""
        self.told.set()
        self.heard.set()

    def loops(self) -> list[Callable[[], Coroutine[None, None, None]]]:
        """What runs side by side. On a simulated clock the sweeper does all of it: who moves the clock waits until the
        mails are out, so that others would only ask again whether there are any."""
        apart = [] if self.simulated else [self.courier, self.teller, self.caller]
        return [self.sweeper, self.tidier, *apart]

    async def sweeper(self) -> None:
        """Timers and fan-outs; with a simulated clock, everything."""
        await self._loop(self.heard, self._driven if self.simulated else self.move)

    async def courier(self) -> None:
        """Messages, apart from timers: a mail server that says nothing holds up mail alone."""
        await self._loop(self.outbox, self.send)

    async def teller(self) -> None:
        """Mails to users, apart from messages: who signs in does not wait for ten thousand of them."""
        await self._loop(self.people, self.write_to_people)

    async def caller(self) -> None:
        """Webhooks, apart from all else, and each apart from the others."""
        if self.webhooks is not None:
            await self._loop(self.told, self.webhooks.look)
            await self.webhooks.finish()

    async def _driven(self) -> bool:
        # A clock that jumps passes days within a moment: their roots stand when it has arrived.
        driven = await drive(self.pool, self.work, lambda: make_roots(self.pool, self.mail.secret))
        return driven or await self.work()

    async def _loop(self, ring: asyncio.Event, work: Callable[[], Awaitable[bool]]) -> None:
        """Work until nothing is left, then wait for a ring or the next look."""
        while not self.stopping.is_set():
            ring.clear()
            try:
                while not self.stopping.is_set() and await work():
                    pass
            except AWAY as error:
                log.warning("the database is away (%s); looking again", type(error).__name__)
                await self._pause(self.stopping, AFTER_ERROR)
                continue
            except Exception as error:
                # Whatever it is, the other loops and everybody's timers go on; its message may hold personal data.
                log.error("the worker stumbled: %s\n%s", type(error).__name__, places(error))
                await self._pause(self.stopping, AFTER_ERROR)
                continue
            await self._pause(ring, LOOK_EVERY)

    async def _pause(self, ring: asyncio.Event, seconds: float) -> None:
        """Until it rings, the worker stops, or the time is up."""
        waits = [asyncio.ensure_future(ring.wait()), asyncio.ensure_future(self.stopping.wait())]
        _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for one in pending:
            one.cancel()

    async def tidier(self) -> None:
        """Ask again what an answer may have missed (P12), add up counts, forget answers of two days ago, and make
        what declarations and daily roots are missing."""
        while not self.stopping.is_set():
            try:
                async with transaction(self.pool) as connection:
                    await connection.execute(sql("review_watched_changes"))
                    await connection.execute(sql("fold_notice_tallies"), MANY_TALLIES)
                    await connection.execute(sql("forget_idempotency"))
                    await connection.execute(sql("forget_deliveries"))
                    await connection.execute(sql("forget_told_words"))
                    await connection.execute(sql("forget_unclaimed_files"))
                    await forget_sign_ins(connection)
                await declare_all(self.pool, self.engine)
                await self.make_roots()
            except AWAY as error:
                log.warning("tidying failed (%s)", type(error).__name__)
            except Exception as error:
                log.error("tidying failed: %s\n%s", type(error).__name__, places(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), TIDY_EVERY)

    async def make_roots(self) -> None:
        """The daily roots that are missing, and their stamps where a setting names an authority."""
        await make_roots(self.pool, self.mail.secret)
        if self.authority is not None:
            await stamp_roots(self.pool, self.authority)

    async def doorbell(self, url: str) -> None:
        """Listen at Redis; arq ends when Redis does, so it is made anew."""
        while not self.stopping.is_set():
            bell = listener(url, self.ring)
            running = asyncio.ensure_future(bell.async_run())
            stopped = asyncio.ensure_future(self.stopping.wait())
            await asyncio.wait([running, stopped], return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
            while not running.done():
                # A cancellation that lands inside a Redis command is lost: ask until it is heard.
                running.cancel()
                await asyncio.wait([running], timeout=0.1)
            try:
                await running
            except asyncio.CancelledError:
                pass
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("the doorbell is away (%s); the sweep goes on without it", type(error).__name__)
            with contextlib.suppress(RedisError, OSError, asyncio.CancelledError):
                await bell.close()
            if not self.stopping.is_set():
                await self._pause(self.stopping, AFTER_ERROR)


async def run_worker(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; what was begun is finished first.

    Raises OSError or asyncpg errors where the database cannot be reached at the start, TextsError where a
    template of mails is wrong.
    """
    logs.configure()
    mail = mail_config(settings)
    pool = await connect_pool(settings.database_url, "termijn_worker", size=6, pooler=settings.database_pooler)
    try:
        await load_library(pool)
        if not settings.mailbox_url:
            await forget_mailboxes(pool)
        engine = Engine(arrival=settings.smtp_arrival)
        sender = Sender(SendConfig.of(settings))
        worker = Worker(
            pool,
            engine,
            mail,
            simulated=settings.clock == "simulated",
            webhooks=Courier(pool, engine, sender),
            sender=sender,
            authority=authority_of(settings),
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stopping.set)
        log.info("the worker began")
        async with asyncio.TaskGroup() as group:
            for one in worker.loops():
                group.create_task(one())
            if settings.mailbox_url:
                mailbox = Mailbox(pool, engine, mailbox_at(settings.mailbox_url))
                group.create_task(mailbox.keep_reading(worker.stopping, worker.heard.set))
            if settings.redis_url:
                group.create_task(worker.doorbell(settings.redis_url))
        log.info("the worker stopped; what it had begun is done")
    finally:
        await pool.close()
