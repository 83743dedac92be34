"""One webhook under a lease: what it is sent, in what order, and what is written down of it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from db.queries import sql
from db.session import Connection, transaction
from service.webhooks.messages import WebhookMessage, event_message
from service.webhooks.sending import Reply, Sender
from service.webhooks.signing import headers
from workflows.engine.engine import Engine
from workflows.errors import Refused
from workflows.event_types import asked
from workflows.ledger.chain import Body
from workflows.machine.messages import WEBHOOK_FAILED, WEBHOOK_GAVE_UP, WEBHOOK_GONE, WEBHOOK_RECOVERED
from workflows.machine.signals import Message
from workflows.machine.vocabulary import Command
from workflows.model.webhook import Failed, Webhook

LEASE: Final = 30.0
"""Seconds of real time after which another worker takes over from one that died."""
BUDGET: Final = 12.0
"""Seconds after which no new message is begun under one claim: with the last attempt it stays within the lease."""
EVENTS: Final = 200
"""Events that are read at a time."""
FAILING_AT: Final = 5
"""Attempts after which a person is asked to look."""
GONE: Final = 410
PAUSES: Final = (5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 86_400, 86_400, 86_400)
"""Seconds before each further attempt: about five days, as long as mail is tried. Then a person has to resume."""


class Shared(msgspec.Struct, frozen=True):
    """What the feeds of one process share. `database` keeps them from taking every connection at once."""

    pool: asyncpg.Pool
    engine: Engine
    sender: Sender
    database: asyncio.Semaphore

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        async with self.database, transaction(self.pool) as connection:
            yield connection

    async def send(self, webhook: Webhook, message: WebhookMessage) -> Reply:
        """One attempt, signed at this moment; no connection to the database is held meanwhile."""
        async with self.writing() as connection:
            row = await connection.fetchrow(sql("moments"))
        assert row is not None
        key = self.sender.config.secret
        signed = headers(key, webhook, message.id, message.body, sent_at=row["real"], now=row["now"])
        return await self.sender.post(webhook.url, message.body, signed)


class Feed:
    def __init__(self, shared: Shared, row: Any, settled: int) -> None:
        self.shared = shared
        self.webhook = msgspec.json.decode(row["webhook"], type=Webhook)
        self.lease: datetime | None = row["leased_until"]
        """None once somebody else has taken over, or it sends no more."""
        self.events_due: bool = row["events_due"]
        self._cursor: int = row["cursor"]
        self._tries: int = row["tries"]
        self._settled = settled
        self._until = time.monotonic() + BUDGET

    @property
    def processors(self) -> list[UUID]:
        return [self.webhook.processor_id]

    @property
    def goes_on(self) -> bool:
        """Whether another message may be begun."""
        return self.lease is not None and time.monotonic() < self._until

    async def follow(self) -> None:
        """Hand over event after event, until one is not taken, nothing is left, or it is another's turn."""
        while self.goes_on and self.events_due:
            async with self.shared.writing() as connection:
                rows = await connection.fetch(
                    sql("feed_events"), self.webhook.processor_id, self._cursor, self._settled, EVENTS
                )
            passed = None
            for row in rows:
                message = self._wanted(row)
                if message is None:
                    passed = row["place"]
                elif not self.goes_on or not await self._hand_over(message, row["place"]):
                    return
                else:
                    passed = None
            if passed is not None:
                await self._pass(passed)
            if len(rows) < EVENTS:
                return

    async def send(self, message: WebhookMessage) -> Reply:
        return await self.shared.send(self.webhook, message)

    async def release(self) -> None:
        if self.lease is not None:
            async with self.shared.writing() as connection:
                await connection.execute(sql("release_feed"), self.webhook.id, self.lease)

    async def note(self, connection: Connection, message: WebhookMessage, attempt: int, reply: Reply) -> None:
        await note(connection, self.webhook, message, attempt, reply)

    async def look(self, connection: Connection) -> None:
        """Read the webhook again: somebody may have paused or changed it meanwhile."""
        row = await connection.fetchrow(sql("webhook_now"), self.processors, self.webhook.id)
        assert row is not None
        self.webhook = msgspec.json.decode(row["webhook"], type=Webhook)
        if not row["sends"]:
            await connection.execute(sql("release_feed"), self.webhook.id, self.lease)
            self.lease = None

    async def tell(self, connection: Connection, message: Message[Any], reply: Reply) -> None:
        """Move the webhook itself; one that has moved otherwise meanwhile stays where it is."""
        now = await connection.fetchval(sql("now"))
        data = Failed(words=reply.words, status=reply.status) if message.data is Failed else None
        trigger = message.trigger
        command = Command(subject=self.webhook.id, trigger=trigger, at=now, now=now, actor="system", data=data)
        with contextlib.suppress(Refused):
            await self.shared.engine.run(connection, self.processors, [command])

    def _wanted(self, row: Any) -> WebhookMessage | None:
        said = msgspec.json.decode(row["body"], type=Body)
        if said.subject == self.webhook.id:
            return None  # its own life is no news to its receiver, and a test would bring another message
        name = asked(self.webhook.events, said.kind, said.type, said.before, said.after)
        if name is None:
            return None
        return event_message(name, row["uid"], row["parent_id"], self.webhook.processor_id, said)

    async def _hand_over(self, message: WebhookMessage, place: int) -> bool:
        """One attempt at one event; whether the next one may follow."""
        reply = await self.send(message)
        follows = self._consequence(reply)
        async with self.shared.writing() as connection:
            if follows is not None:  # the webhook before its feed, as whoever resumes it goes
                await connection.fetch(sql("lock_subjects"), self.processors, [self.webhook.id])
            await self.note(connection, message, self._tries + 1, reply)
            if reply.delivered:
                lease = await connection.fetchval(sql("advance_feed"), self.webhook.id, place, self.lease, LEASE, True)
                ours = lease is not None
                self._cursor, self._tries, self.lease = place, 0, lease
            else:
                pause = PAUSES[self._tries] if self._tries < len(PAUSES) else None
                ours = await connection.fetchval(sql("delay_feed"), self.webhook.id, self.lease, pause) is not None
            if ours and follows is not None:
                await self.tell(connection, follows, reply)
            if ours:
                await self.look(connection)
        return ours and reply.delivered

    def _consequence(self, reply: Reply) -> Message[Any] | None:
        """What an attempt means for the webhook itself."""
        tries = self._tries + 1
        if reply.delivered:
            return WEBHOOK_RECOVERED if self.webhook.failing_since is not None else None
        if reply.status == GONE:
            return WEBHOOK_GONE
        if tries > len(PAUSES):
            return WEBHOOK_GAVE_UP
        return WEBHOOK_FAILED if tries >= FAILING_AT and self.webhook.failing_since is None else None

    async def _pass(self, place: int) -> None:
        """Move the cursor past events that the webhook did not ask for."""
        async with self.shared.writing() as connection:
            self.lease = await connection.fetchval(
                sql("advance_feed"), self.webhook.id, place, self.lease, LEASE, False
            )
        self._cursor = place


async def note(connection: Connection, webhook: Webhook, message: WebhookMessage, attempt: int, reply: Reply) -> None:
    """Keep what came of an attempt, a test's included."""
    await connection.execute(
        sql("insert_delivery"),
        webhook.processor_id,
        webhook.id,
        message.id,
        message.type,
        message.subject,
        attempt,
        "delivered" if reply.delivered else "failed",
        reply.status,
        reply.words,
        reply.took_ms,
    )
