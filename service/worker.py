"""The worker: one task group of a sweeper, which needs PostgreSQL alone, and a listener at the doorbell."""

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

import asyncpg

from db.queries import sql
from db.session import Connection, connect_pool, transaction
from service import logs
from service.certificate.sealing import Seal, seal_of
from service.certificate.signed import Recorder
from service.certificate.store import Declarer
from service.clock_driver import PAUSE, drive
from service.doorbell import empty, hang_up, listener
from service.files.keeping import keep_store
from service.files.store import Files
from service.library import load_library
from service.lists.reader import ListReader
from service.mail.incoming.mailbox import Mailbox, forget_mailboxes
from service.mail.outgoing.applicants import ask_applicants
from service.mail.outgoing.config import mail_config
from service.mail.outgoing.deliver import MailConfig, deliver, deliver_round
from service.mail.outgoing.people import mail_users
from service.mail.outgoing.subscribers import tell_subscribers
from service.people.chat import post_chats
from service.people.sign_in import forget_sign_ins
from service.people.telling import tell
from service.servers import mailbox_at
from service.settings import Settings
from service.stamping import Authority, authority_of, stamp_roots
from service.tracing import collected
from service.troubles import trouble
from service.webhooks.courier import Courier
from service.webhooks.sending import SendConfig, Sender
from workflows.engine.engine import Engine
from workflows.engine.poison import note
from workflows.engine.reminders import remind
from workflows.engine.roots import look_for_roots, make_roots
from workflows.engine.sweep import BATCH, work_off
from workflows.reach.relay import carry_on

log = logging.getLogger(__name__)

_ALL: Final = {"timers": True, "fan_outs": True, "reminders": True, "concerns": True}

LOOK_EVERY = 1.0
"""Seconds between looks without a ring: what is due waits no longer, Redis or not."""
TIDY_EVERY = 30.0
ROOTED_WITHIN: Final = 5.0
"""Seconds after which a simulated clock is said to have arrived, whether the roots of its days stand or not."""
MANY_TALLIES = 50
"""Rows of counts of one change, from which they are added up."""
AFTER_ERROR = 1.0
SAY_AGAIN: Final = 60.0
"""Seconds between lines of the log that say that Redis is still away."""
REPORT_EVERY: Final = 10.0
"""Seconds between reports of how each part fares."""


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
        lists: ListReader | None = None,
        authority: Authority | None = None,
        seal: Seal | None = None,
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
        self.lists = lists
        self.authority = authority
        self.seal = seal
        if webhooks is not None:
            webhooks.done = self.answered
        self.stopping = asyncio.Event()
        self.looked: dict[UUID, date] = {}
        """On which day (UTC) a processor was found to need no root."""
        self.parts: set[str] = set()
        """Those that it runs, whether or not they have ever succeeded."""
        self.done: dict[str, float] = {}
        """When each part of it last succeeded in this process (monotonic clock). To begin is no success: what fails
        each time, in a worker that is started again and again, is not to look young."""

    async def work(self) -> bool:
        """One round of everything: what a simulated clock waits for before it goes on.

        It stops hundreds of times in a year, mostly for one thing, so the parts that have nothing to do are not asked.
        Once a part has done something, those after it are: it may have been for them. The loops beside are not rung:
        each would look for what is done here.
        """
        async with self.pool.acquire() as connection:
            waits = await connection.fetchrow(sql("parts_waiting"))
        moved = any(await self._move(waits))
        sent = (moved or waits["people"]) and await self.write_to_people()
        if moved or sent or waits["messages"] or waits["subscribers"]:
            sent = any(await self._send(deliver)) or sent
        called = self.webhooks is not None and (moved or sent or waits["webhooks"]) and await self.webhooks.round()
        read = self.lists is not None and waits["lists"] and await self.lists.round()
        return bool(moved or sent or called or read)

    async def move(self) -> bool:
        """A round of timers, one of a fan-out and a batch of reminders; what they have to say is then in the
        outbox. Of what timers are still behind with, nobody is reminded."""
        acted, told = await self._move(_ALL)
        if acted:
            self.outbox.set()
            self.told.set()
        if told:
            self.people.set()
        return acted or told

    async def _move(self, waits: Mapping[str, bool]) -> tuple[bool, bool]:
        """Whether anything was done, and whether people are to be told of anything."""
        fired = await work_off(self.pool, self.engine, stopped=self.stopping.is_set) if waits["timers"] else 0
        carried = (fired or waits["fan_outs"]) and await carry_on(self.pool, self.engine, stopped=self.stopping.is_set)
        due = fired or carried or waits["reminders"]
        reminded = await remind(self.pool, self.engine) if due and fired < BATCH else 0
        # A timer that is due may be about to do what somebody would be told is overdue.
        due = carried or reminded or waits["concerns"]
        told = await tell(self.pool, self.engine) if due and not fired else 0
        return bool(fired or carried or reminded), bool(told)

    async def send(self) -> bool:
        """Some batches of messages; what their receipt causes is then due."""
        told, delivered = await self._send(deliver_round)
        if delivered:
            self.heard.set()
        return told or delivered

    async def _send(self, post: Callable[[asyncpg.Pool, Engine, MailConfig], Awaitable[int]]) -> tuple[bool, bool]:
        """Whether subscribers or applicants were written to, and whether any message was worked off."""
        told = await tell_subscribers(self.pool, self.mail) + await ask_applicants(self.pool, self.mail)
        return bool(told), bool(await post(self.pool, self.engine, self.mail))

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

    async def sweeper(self) -> None:
        """Timers and fan-outs, and the simulated clock where there is one."""
        await self._loop("timers", self.heard, self._driven if self.simulated else self.move)

    async def courier(self) -> None:
        """Messages, apart from timers: a mail server that says nothing holds up mail alone."""
        await self._loop("mail", self.outbox, self.send)

    async def teller(self) -> None:
        """Mails to users, apart from messages: who signs in does not wait for ten thousand of them."""
        await self._loop("mail to users", self.people, self.write_to_people)

    async def caller(self) -> None:
        """Webhooks, apart from all else, and each apart from the others."""
        if self.webhooks is not None:
            await self._loop("webhooks", self.told, self.webhooks.look)
            await self.webhooks.finish()

    async def reader(self) -> None:
        """Lists that are followed, apart from all else: whoever publishes them may take his time."""
        if self.lists is not None:
            await self._loop("lists", asyncio.Event(), self._read)

    async def _read(self) -> bool:
        assert self.lists is not None
        if not await self.lists.round():
            return False
        self.ring()
        return True

    async def _driven(self) -> bool:
        return await drive(self.pool, self.work, self._rooted) or await self.move()

    async def _rooted(self) -> None:
        """A clock that jumps passes days within a moment: their roots stand when it has arrived. Another worker that is
        at it, and a transaction that began before, are waited for, but for no more than some seconds."""
        until, pause = time.monotonic() + ROOTED_WITHIN, PAUSE
        while True:
            _, left = await look_for_roots(self.pool, self.mail.secret, self.looked)
            if not left or time.monotonic() > until:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, LOOK_EVERY)

    async def _loop(self, what: str, ring: asyncio.Event, work: Callable[[], Awaitable[bool]]) -> None:
        """Work until nothing is left, then wait for a ring or the next look."""
        self.parts.add(what)
        while not self.stopping.is_set():
            ring.clear()
            try:
                while not self.stopping.is_set() and await work():
                    self.done[what] = time.monotonic()
            except Exception as error:  # whatever it is, the other loops and everybody's timers go on
                note(log, what, error)
                await self._pause(self.stopping, AFTER_ERROR)
                continue
            self.done[what] = time.monotonic()
            await self._pause(ring, LOOK_EVERY)

    async def _pause(self, ring: asyncio.Event, seconds: float) -> None:
        """Until it rings, the worker stops, or the time is up."""
        waits = [asyncio.ensure_future(ring.wait()), asyncio.ensure_future(self.stopping.wait())]
        _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for one in pending:
            one.cancel()

    async def tidier(self) -> None:
        """Ask again what an answer may have missed (P12), add up counts, forget answers of two days ago, remove from a
        store what has to go, and make what declarations and daily roots are missing."""
        declarer = Declarer(self.pool, self.engine)
        await self._in_turns(TIDY_EVERY, {
            "reviews": self._statement("review_watched_changes"),
            "counts": self._statement("fold_notice_tallies", MANY_TALLIES),
            "old answers": self._statement("forget_idempotency"),
            "old deliveries": self._statement("forget_deliveries"),
            "old words": self._statement("forget_told_words"),
            "unclaimed files": self._statement("forget_unclaimed_files"),
            "stored files": lambda: keep_store(self.pool, self.mail.objects),
            "old sign-ins": lambda: self._within(forget_sign_ins),
            "declarations": declarer.look,
            "roots": self.make_roots,
        })  # fmt: skip

    async def sealer(self) -> None:
        """Make and seal what records of signatures are missing, apart from all else: a stamp may take long."""
        if self.seal is not None:
            files = Files(self.pool, self.mail.objects)
            await self._in_turns(TIDY_EVERY, {"records": Recorder(self.pool, self.engine, self.seal, files).look})

    async def reporter(self) -> None:
        """Say in the database how long ago each part succeeded: the API's metrics show the age of the freshest."""
        await self._in_turns(REPORT_EVERY, {"reports": self._report})

    async def _report(self) -> None:
        now = time.monotonic()
        ages = [now - one for one in self.done.values()]
        async with transaction(self.pool) as connection:
            await connection.execute(sql("name_work"), list(self.parts))
            await connection.execute(sql("report_work"), list(self.done), ages)
            await connection.execute(sql("forget_work"))

    async def _in_turns(self, every: float, pieces: Mapping[str, Callable[[], Awaitable[object]]]) -> None:
        """Each piece of work again and again; one that fails keeps none of the others from its turn."""
        self.parts |= set(pieces)
        while not self.stopping.is_set():
            for what, work in pieces.items():
                try:
                    await work()
                    self.done[what] = time.monotonic()
                except Exception as error:
                    note(log, what, error)
            await self._pause(self.stopping, every)

    def _statement(self, block: str, *values: object) -> Callable[[], Awaitable[None]]:
        async def execute(connection: Connection) -> None:
            await connection.execute(sql(block), *values)

        return lambda: self._within(execute)

    async def _within(self, work: Callable[[Connection], Awaitable[None]]) -> None:
        async with transaction(self.pool) as connection:
            await work(connection)

    async def make_roots(self) -> None:
        """The daily roots that are missing, and their stamps where a setting names an authority."""
        await make_roots(self.pool, self.mail.secret, self.looked)
        if self.authority is not None:
            await stamp_roots(self.pool, self.authority)

    async def doorbell(self, url: str) -> None:
        """Listen at Redis; arq ends when Redis does, or when it finds there what it cannot read, and is made anew.

        Whatever it is, timers and mail go on without it, and once a minute is often enough to say so.
        """
        said = -SAY_AGAIN
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
            except Exception as error:
                if time.monotonic() - said >= SAY_AGAIN:
                    said = time.monotonic()
                    note(log, "the doorbell", error)
                if trouble(error) == "poison":
                    with contextlib.suppress(Exception):
                        await empty(bell)
            await hang_up(bell)
            if not self.stopping.is_set():
                await self._pause(self.stopping, AFTER_ERROR)


async def run_worker(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; what was begun is finished first.

    Raises OSError or asyncpg errors where the database cannot be reached at the start, TextsError where a
    template of mails is wrong, BadInput where the seal cannot be used.
    """
    logs.configure(settings.logs)
    with collected(settings, "termijn-worker"):
        await _run(settings)


async def _run(settings: Settings) -> None:
    mail = mail_config(settings)
    seal = seal_of(settings)
    pool = await connect_pool(settings.database_url, "termijn_worker", size=7, pooler=settings.database_pooler)
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
            lists=ListReader(pool, engine, sender),
            authority=authority_of(settings),
            seal=seal,
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stopping.set)
        log.info("the worker began")
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.sweeper())
            group.create_task(worker.courier())
            group.create_task(worker.teller())
            group.create_task(worker.caller())
            group.create_task(worker.reader())
            group.create_task(worker.tidier())
            group.create_task(worker.sealer())
            group.create_task(worker.reporter())
            if settings.mailbox_url:
                mailbox = Mailbox(pool, engine, mailbox_at(settings.mailbox_url))
                group.create_task(mailbox.keep_reading(worker.stopping, worker.heard.set))
            if settings.redis_url:
                group.create_task(worker.doorbell(settings.redis_url))
        log.info("the worker stopped; what it had begun is done")
    finally:
        await pool.close()
