"""The reader: takes what lies in a mailbox to the same intake as `POST inbound`, each message once.

How far it has read is written in the transaction that takes a message in. One worker reads at a time, under a lease
in real time; should two read after all, the second finds each message taken in. A message that cannot be taken in is
set apart, flagged in the mailbox, and stops nothing.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from db.queries import sql
from db.session import Connection, transaction
from service.mail.incoming.body import MESSAGE
from service.mail.incoming.box import LARGEST, BoxedMail, OpenedBox, Unreadable, UnreadableMail
from service.mail.incoming.imap import ImapBox
from service.mail.incoming.inbound import Matched, match
from service.mail.incoming.intake import came
from service.mail.incoming.maildir import MaildirBox
from service.servers import Imap, Maildir
from workflows.engine.engine import Engine
from workflows.engine.inbound import Inbound, Received, guess, ingest
from workflows.engine.poison import is_poison, note, places
from workflows.machine.acting import Acting

log = logging.getLogger(__name__)

LEASE: Final = 90.0
"""Seconds of real time after which another worker takes over from one that died."""
LOOK_EVERY: Final = 15.0
"""Seconds between looks."""
BATCH: Final = 100
"""Messages of one look; more is read at the next, at once."""
TRIES: Final = 3
"""So often the mailbox may break at one message before that message is set apart."""
LOOK_BACK: Final = timedelta(days=7)
"""A mailbox that was never read, or was made anew, is read from so long ago."""
ACTOR: Final = "mailbox"


async def forget_mailboxes(pool: asyncpg.Pool) -> None:
    """None is read any more: what is known of it raises no alarm."""
    async with transaction(pool) as connection:
        await connection.execute(sql("forget_mailboxes"))


class NobodysError(Exception):
    """The mail names nothing of ours, and several processors could be meant."""


class Mailbox:
    def __init__(self, pool: asyncpg.Pool, engine: Engine, config: Imap | Maildir) -> None:
        self.pool = pool
        self.engine = engine
        self.config = config
        self._broke: Counter[str] = Counter()
        """How often the mailbox broke at a message, one after the other."""
        self._stuck: set[str] = set()
        """What was taken in and cannot be marked."""

    async def keep_reading(self, stopping: asyncio.Event, ring: Callable[[], None]) -> None:
        """Look every while until told to stop; `ring` says that there is work."""
        while not stopping.is_set():
            took = 0
            try:
                took = await self.look()
            except Exception as error:  # the other loops go on
                note(log, "the mailbox's reader", error)
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
            waiting = await asyncio.to_thread(box.waiting, after, since)
            items = [one for one in waiting if one not in self._stuck][:BATCH]
            for item in items:
                await self._take(box, item)
            return len(items)
        finally:
            await asyncio.to_thread(box.close)

    def _open(self) -> OpenedBox:
        match self.config:
            case Imap():
                return ImapBox(self.config)
            case Maildir():
                return MaildirBox(self.config)

    async def _take(self, box: OpenedBox, item: str) -> None:
        """One message: taken in, or set apart, and then marked. Nothing of it stops those behind it."""
        why: str | None = None
        try:
            mail = await self._read(box, item)
            if mail is None:
                return
            whole = mail.content[:LARGEST]
            matched = await asyncio.to_thread(match, whole)
            if len(mail.content) > LARGEST:
                why = "it is larger than what is kept: read the rest of it in the mailbox"
            async with transaction(self.pool) as connection:
                await self._ingest(connection, matched, msgspec.structs.replace(mail, content=whole))
                if why is not None:
                    await connection.execute(sql("set_mail_apart"), self.config.name, item, why)
                await self._advance(connection, box, item)
        except Unreadable:
            raise
        except Exception as error:
            if not is_poison(error):
                raise
            why = str(error) if isinstance(error, NobodysError | UnreadableMail) else type(error).__name__
            log.error("message %s of the mailbox is set apart: %s\n%s", item, why, places(error))
            async with transaction(self.pool) as connection:
                await connection.execute(sql("set_mail_apart"), self.config.name, item, why)
                await self._advance(connection, box, item)
        await self._mark(box, item, apart=why is not None)

    async def _read(self, box: OpenedBox, item: str) -> BoxedMail | None:
        """The message. One at which the mailbox breaks again and again is set apart as well."""
        try:
            found = await asyncio.to_thread(box.read, item)
        except Unreadable:
            self._broke[item] += 1
            if self._broke[item] < TRIES:
                raise
            del self._broke[item]
            raise UnreadableMail("the mailbox breaks whenever it is read") from None
        self._broke.pop(item, None)
        return found

    async def _mark(self, box: OpenedBox, item: str, *, apart: bool) -> None:
        """Where it cannot be marked it is not taken in again by this process: the database knows it in any case."""
        try:
            await asyncio.to_thread(box.taken, item, apart=apart)
        except Unreadable as error:
            self._stuck.add(item)
            log.warning("message %s of the mailbox cannot be marked: %s", item, error)

    async def _ingest(self, connection: Connection, matched: Matched, mail: BoxedMail) -> None:
        clock = await connection.fetchrow(sql("clock"))
        assert clock is not None, "a migration makes the one row"
        now: datetime = clock["now"]
        arrived = min(mail.arrived or now, now) if clock["mode"] == "system" else now
        received = Received(content=mail.content, name="message.eml", type=MESSAGE)
        inbound = came(matched, arrived, received)
        processor = await self._whose(connection, matched, inbound)
        acting = Acting(actor=ACTOR, role="manager", at=now, now=now, processors=(processor,))
        await ingest(connection, self.engine, acting, processor, inbound)

    async def _whose(self, connection: Connection, matched: Matched, inbound: Inbound) -> UUID:
        """The processor of the message it names, or of the link it quotes, or whose address it went to, or one of
        whose customers its sender may write for."""
        digests = [hashlib.sha256(one.encode()).digest() for one in matched.links]
        rows = await connection.fetch(
            sql("processors_of_mailbox"), matched.message_id, list(matched.recipients), digests
        )
        maybe: list[UUID] = [row["id"] for row in rows]
        if len(maybe) > 1:
            maybe = list({one.processor for one in await guess(connection, maybe, inbound)})
        if len(maybe) != 1:
            raise NobodysError("nothing says for whom it is")
        return maybe[0]

    async def _advance(self, connection: Connection, box: OpenedBox, item: str) -> None:
        await connection.execute(sql("advance_mailbox"), self.config.name, box.place, box.uid(item), LEASE)
