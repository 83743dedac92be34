"""The sender: claims what is due, renders it once, hands it over, and writes down what came of it.

A batch holds no lock while the mail server is spoken to: its messages are held by a lease in real time,
renewed while the batch works. A worker killed in the middle loses nothing: the lease runs out and the same
bytes are sent again, at least once.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from db import clock
from db.failpoints import reach
from db.queries import sql
from db.session import transaction
from db.spans import span
from service.files.objects import Hurried
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.outbox import Message, claim, read_carried, spanned
from service.mail.outgoing.prepare import Parcel, prepare
from service.mail.outgoing.smtp import NoConnection, Outcome, SmtpConnection
from service.mail.outgoing.verdict import Verdict, after, impossible
from workflows.engine.engine import Engine
from workflows.engine.poison import is_poison, note, places
from workflows.kinds import KNOWN
from workflows.message.table import OUTGOING

__all__ = ["MailConfig", "deliver", "deliver_round"]

log = logging.getLogger(__name__)

LEASE: Final = 25.0
"""Seconds of real time after which another worker takes over from one that died."""
RENEW_EVERY: Final = 8.0
FILES_SECONDS: Final = 10.0
"""How long a batch reads files from a store, all together: what it did not get by then waits, and the rest goes."""
MOVES: Final = OUTGOING.moves()
A_LINE_FOR: Final = 20
"""Messages that are worth a connection of their own."""
BATCH: Final = 100
ABREAST: Final = 2
"""Batches on their way at once, where there are many: one is rendered while the other waits for an answer."""
A_ROUND: Final = 5
"""Batches, one after the other, after which whoever waits for them looks up."""
TOGETHER: Final = 0.02
"""Seconds for which what came of a message waits for what comes of the next: to write down costs a commit."""


async def deliver_round(pool: asyncpg.Pool, engine: Engine, config: MailConfig) -> int:
    """Work off what is due, some batches at most; how many messages were taken on. Raises as `deliver`."""
    taken = await deliver(pool, engine, config)
    if taken < BATCH:
        return taken
    abreast = min(ABREAST, config.connections)
    shared = msgspec.structs.replace(config, connections=config.connections // abreast)

    async def several() -> int:
        done = 0
        for _ in range(A_ROUND):
            more = await deliver(pool, engine, shared)
            done += more
            if more < BATCH:
                break
        return done

    # Each ends as it would alone: one that is broken off knows less of what it had begun.
    found = await asyncio.gather(*(several() for _ in range(abreast)), return_exceptions=True)
    for one in found:
        if isinstance(one, BaseException):
            raise one
        taken += one
    return taken


async def deliver(pool: asyncpg.Pool, engine: Engine, config: MailConfig, *, batch: int = BATCH) -> int:
    """Work off one batch of messages that are due; how many were taken on, 0 where none is.

    Raises database errors as they come; what was not written down by then is sent again when its lease has
    run out.
    """
    began = time.monotonic()
    async with transaction(pool) as connection:
        claimed = await claim(connection, batch, LEASE)
    if claimed:
        await reach("mail.claimed")
        with span("mail", {"termijn.messages": len(claimed)}, begins=True):
            await _Batch(pool, engine, config, claimed, began + LEASE).run()
    return len(claimed)


class _Batch:
    """Messages under one lease, on their way from the outbox to the mail server and back."""

    def __init__(
        self, pool: asyncpg.Pool, engine: Engine, config: MailConfig, claimed: list[Message], safe: float
    ) -> None:
        self.pool = pool
        self.engine = engine
        if config.objects is not None:
            config = msgspec.structs.replace(config, objects=Hurried(config.objects, FILES_SECONDS))
        self.config = config
        self.claimed = claimed
        self.leases: dict[UUID, datetime] = {one.id: one.leased_until for one in claimed}
        """What is still ours and not yet written down."""
        self.safe = safe
        """Until then (monotonic clock) nobody else can have taken them."""
        self.parcels: deque[Parcel] = deque()
        self.verdicts: asyncio.Queue[Verdict | None] = asyncio.Queue()
        self.in_hand: dict[UUID, tuple[Parcel, SmtpConnection]] = {}
        self.down: NoConnection | None = None
        self.now = claimed[0].created_at

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep_leases())
                await self._prepare()
                await reach("mail.prepared")
                recorder = group.create_task(self._record())
                lines = min(self.config.connections, 1 + len(self.parcels) // A_LINE_FOR)
                senders = [group.create_task(self._send()) for _ in range(lines if self.parcels else 0)]
                await asyncio.gather(*senders)
                self.verdicts.put_nowait(None)
                await recorder
                keeper.cancel()
        except BaseExceptionGroup as group_of:
            raise group_of.exceptions[0] from None
        finally:
            await asyncio.shield(self._leave())

    async def _prepare(self) -> None:
        """Render what was not rendered; one bad row sends the batch through one by one."""
        try:
            self._put(await self._rendered(self.claimed))
        except Exception as error:
            if not is_poison(error):
                raise
            log.warning("a batch of mail failed (%s); going on one by one", type(error).__name__)
            for message in self.claimed:
                try:
                    self._put(await self._rendered([message]))
                except Exception as bad:
                    if not is_poison(bad):
                        raise
                    log.error("message %s cannot be prepared: %s\n%s", message.id, type(bad).__name__, places(bad))
                    for one in await self._with_carried(message):
                        self.verdicts.put_nowait(impossible(one, f"it cannot be made: {type(bad).__name__}", self.now))

    async def _with_carried(self, message: Message) -> tuple[Message, ...]:
        async with transaction(self.pool) as connection:
            return (message, *(await read_carried(connection, [message])).get(message.id, ()))

    def _put(self, prepared: list[Parcel | Verdict]) -> None:
        for one in prepared:
            if isinstance(one, Parcel):
                self.parcels.append(one)
            else:
                self.verdicts.put_nowait(one)

    async def _rendered(self, messages: Sequence[Message]) -> list[Parcel | Verdict]:
        async with transaction(self.pool) as connection:
            self.now = await clock.now(connection)
            return await prepare(connection, self.engine, self.config, messages, self.now)

    async def _send(self) -> None:
        """One connection, as many messages as it gets."""
        line = SmtpConnection(self.config)
        while self.parcels:
            parcel = self.parcels.popleft()
            message = parcel.message
            if message.id not in self.leases or time.monotonic() >= self.safe:
                continue  # somebody else's by now
            self.in_hand[message.id] = parcel, line
            with spanned("send", message, self.now) as sending:
                outcome = await self._attempt(line, parcel)
                sending.note({"termijn.outcome": outcome.result, "termijn.carried": len(parcel.carried)})
                if outcome.code is not None:
                    sending.note({"smtp.response.code": outcome.code})
                if outcome.result != "sent":
                    sending.fail(outcome.result)
            await reach("mail.handed-over")
            self._conclude(parcel, outcome)
        await line.close()

    async def _attempt(self, line: SmtpConnection, parcel: Parcel) -> Outcome:
        if self.down is None:
            try:
                return await line.send(parcel.sender, parcel.recipient, parcel.content)
            except NoConnection as error:
                self.down = error
                log.warning("the mail server cannot be used now; the batch waits")
        return Outcome("deferred", self.down.code, self.down.words)

    def _conclude(self, parcel: Parcel, outcome: Outcome) -> None:
        """All at once, without a pause between: they are written down together."""
        del self.in_hand[parcel.message.id]
        for verdict in self._verdicts(parcel, outcome):
            self.verdicts.put_nowait(verdict)

    def _verdicts(self, parcel: Parcel, outcome: Outcome) -> list[Verdict]:
        """What the outcome means for the message and for those that went in its mail."""
        return [
            after(one, outcome, arrival=self.config.arrival, dated_at=parcel.dated_at, now=self.now)
            for one in (parcel.message, *parcel.carried)
        ]

    async def _record(self) -> None:
        """Write down what is known, several at once when they come fast."""
        while (verdict := await self.verdicts.get()) is not None:
            known = [verdict]
            try:
                last = await self._more(known)
                await self._write(known)
            except BaseException:
                for one in known:
                    self.verdicts.put_nowait(one)  # whoever leaves last tries once more
                raise
            if last:
                return

    async def _more(self, known: list[Verdict]) -> bool:
        """Add what becomes known within a moment; whether that was the last of it."""
        try:
            async with asyncio.timeout(TOGETHER):
                while (more := await self.verdicts.get()) is not None:
                    known.append(more)
        except TimeoutError:
            return False
        return True

    async def _write(self, verdicts: list[Verdict]) -> None:
        async with transaction(self.pool) as connection:
            await connection.execute(sql("record_attempts"), msgspec.json.encode(verdicts).decode(), KNOWN, MOVES)
        await reach("mail.recorded")
        for one in verdicts:
            self.leases.pop(one.id, None)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            began = time.monotonic()
            mine = dict(self.leases)
            async with transaction(self.pool) as connection:
                rows = await connection.fetch(sql("renew_leases"), list(mine), list(mine.values()), LEASE)
            renewed = {row["id"]: row["leased_until"] for row in rows}
            self.leases = {one: renewed[one] for one in self.leases if one in renewed}
            self.safe = began + LEASE

    async def _leave(self) -> None:
        """Stopped in the middle: what was being handed over is unknown, the rest goes back at once."""
        left: list[Verdict] = []
        while not self.verdicts.empty():
            verdict = self.verdicts.get_nowait()
            left += [verdict] if verdict is not None else []
        for parcel, line in list(self.in_hand.values()):
            if line.in_data:
                outcome = Outcome("unknown", None, "the sender was stopped while it handed the message over")
                left += self._verdicts(parcel, outcome)
            line.drop()
        if not (left or self.leases):
            return
        try:
            if left:
                await self._write(left)
            if self.leases:
                async with transaction(self.pool) as connection:
                    await connection.execute(sql("release_leases"), list(self.leases), list(self.leases.values()))
        except Exception as error:  # the leases run out; what ends the batch is told by what raised it
            note(log, "giving leases of mail back", error)
