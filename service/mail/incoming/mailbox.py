"""The reader: takes what lies in a mailbox to the same intake as `POST inbound`, each message once.

How far it has read is written in the transaction that takes a message in. One worker reads at a time, under a lease
in real time; should two read after all, the second finds each message taken in. A message that cannot be taken in is
set apart, flagged in the mailbox, and stops nothing.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from db.queries import sql
from db.session import AWAY, Connection, transaction
from service.mail.incoming.box import Box, BoxedMail, Unreadable
from service.mail.incoming.imap import ImapBox
from service.mail.incoming.inbound import Matched, match
from service.mail.incoming.intake import came
from service.mail.incoming.maildir import MaildirBox
from service.settings import Imap, Maildir
from workflows.engine.engine import Engine
from workflows.engine.inbound import Acting, ingest
from workflows.engine.poison import is_poison, places

log = logging.getLogger(__name__)

LEASE: Final = 90.0
"""Seconds of real time after which another worker takes over from one that died."""
LOOK_EVERY: Final = 15.0
"""Seconds between looks."""
BATCH: Final = 100
"""Messages of one look; more is read at the next, at once."""
LOOK_BACK: Final = timedelta(days=7)
"""A mailbox that was never read, or was made anew, is read from so long ago."""
ACTOR: Final = "mailbox"


async def forget_mailboxes(pool: asyncpg.Pool) -> None:
    """None is read any more: what is known of it raises no alarm."""
    async with transaction(pool) as connection:
        await connection.execute(sql("forget_mailboxes"))


class NobodysError(Exception):
    """It names nothing of ours, and several processors could be meant."""


class Mailbox:
    """A mailbox that is read again and again."""

    def __init__(self, pool: asyncpg.Pool, engine: Engine, config: Imap | Maildir) -> None:
        self.pool = pool
        self.engine = engine
        self.config = config

    async def keep_reading(self, stopping: asyncio.Event, ring: Callable[[], None]) -> None:
        """Look every while until told to stop; `ring` says that there is work."""
        while not stopping.is_set():
            took = 0
            try:
                took = await self.look()
            except AWAY as error:
                log.warning("the database is away (%s); the mailbox waits", type(error).__name__)
            except Exception as error:  # the other loops go on; its message may hold personal data
                log.error("the mailbox's reader stumbled: %s\n%s", type(error).__name__, places(error))
            if took:
                ring()
            if took < BATCH:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), LOOK_EVERY)

    async def look(self) -> int:
        """Take in what is new; how many messages, BATCH at most. A mailbox that cannot be read is written down.

        Raises database errors as they come.
        """
        name = self.config.name
        async with transaction(self.pool) as connection:
            await connection.execute(sql("begin_mailbox"), name)
            known = await connection.fetchrow(sql("lease_mailbox"), name, LEASE)
        if known is None:
            return 0
        why: str | None = None
        try:
            return await self._look(known)
        except Unreadable as error:
            why = str(error)
            log.warning("the mailbox cannot be read: %s", why)
            return 0
        finally:
            async with transaction(self.pool) as connection:
                await connection.execute(sql("leave_mailbox"), name, why)

    async def _look(self, known: asyncpg.Record) -> int:
        box = await asyncio.to_thread(self._open)
        try:
            after = known["last_uid"] if known["place"] == box.place else 0
            since = (known["read_at"] or known["real_now"]) - LOOK_BACK
            items = (await asyncio.to_thread(box.waiting, after, since))[:BATCH]
            for item in items:
                await self._take(box, item)
            return len(items)
        finally:
            await asyncio.to_thread(box.close)

    def _open(self) -> Box:
        match self.config:
            case Imap():
                return ImapBox(self.config)
            case Maildir():
                return MaildirBox(self.config)

    async def _take(self, box: Box, item: str) -> None:
        """One message: taken in, or set apart, and then marked."""
        mail = await asyncio.to_thread(box.read, item)
        if mail is None:
            return
        why: str | None = None
        try:
            matched = await asyncio.to_thread(match, mail.content)
            async with transaction(self.pool) as connection:
                await self._take_in(connection, matched, mail)
                await self._advance(connection, box, mail)
        except Exception as error:
            if not is_poison(error):
                raise
            why = "nothing says for whom it is" if isinstance(error, NobodysError) else type(error).__name__
            log.error("message %s of the mailbox is set apart: %s\n%s", item, why, places(error))
            async with transaction(self.pool) as connection:
                await connection.execute(sql("set_mail_apart"), self.config.name, item, why)
                await self._advance(connection, box, mail)
        await asyncio.to_thread(box.taken, item, apart=why is not None)

    async def _take_in(self, connection: Connection, matched: Matched, mail: BoxedMail) -> None:
        clock = await connection.fetchrow(sql("clock"))
        assert clock is not None, "a migration makes the one row"
        now: datetime = clock["now"]
        arrived = min(mail.arrived or now, now) if clock["mode"] == "system" else now
        processor = await self._whose(connection, matched, arrived)
        desk = Acting(engine=self.engine, processors=(processor,), actor=ACTOR, at=now, now=now)
        await ingest(connection, desk, processor, came(matched, arrived))

    async def _whose(self, connection: Connection, matched: Matched, arrived: datetime) -> UUID:
        """The processor of the message it names, or whose address it went to, or whose notice its sender may mean."""
        rows = await connection.fetch(sql("processors_of_mailbox"), matched.message_id, list(matched.recipients))
        maybe: list[UUID] = [row["id"] for row in rows]
        if len(maybe) > 1 and matched.sender:
            notices = await connection.fetch(sql("notices_of_sender"), maybe, matched.sender, arrived)
            maybe = list({row["processor_id"] for row in notices})
        if len(maybe) != 1:
            raise NobodysError
        return maybe[0]

    async def _advance(self, connection: Connection, box: Box, mail: BoxedMail) -> None:
        await connection.execute(sql("advance_mailbox"), self.config.name, box.place, mail.uid, LEASE)
