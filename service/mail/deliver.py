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
from db.queries import sql
from db.session import Connection, transaction
from service.links import Wanted, ensure_links
from service.mail.address import BadAddress, one_address
from service.mail.config import MailConfig
from service.mail.outbox import Letter, Message, claim, read_around
from service.mail.render import Rendered, render, return_path
from service.mail.smtp import Line, NoConnection, Outcome
from service.mail.texts import packaged_texts
from service.mail.verdict import Verdict, after, dropped, impossible, why_not
from workflows.engine import Engine
from workflows.poison import places

__all__ = ["MailConfig", "deliver"]

log = logging.getLogger(__name__)

LEASE: Final = 25.0
"""Seconds of real time after which another worker takes over from one that died."""
RENEW_EVERY: Final = 8.0
A_LINE_FOR: Final = 20
"""Messages that are worth a connection of their own."""
BAD_ROWS: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to be handed over; `dated_at` is when it was made, UTC."""

    message: Message
    recipient: str
    content: bytes
    dated_at: datetime


async def deliver(pool: asyncpg.Pool, engine: Engine, config: MailConfig, *, batch: int = 100) -> int:
    """Work off one batch of messages that are due; how many were taken on, 0 where none is.

    Raises TextsError at the first call where a template is wrong, and database errors as they come; what
    was not written down by then is sent again when its lease has run out.
    """
    packaged_texts()
    began = time.monotonic()
    async with transaction(pool) as connection:
        claimed = await claim(connection, batch, LEASE)
    if claimed:
        await _Batch(pool, engine, config, claimed, began + LEASE).run()
    return len(claimed)


class _Batch:
    """Messages under one lease, on their way from the outbox to the mail server and back."""

    def __init__(
        self, pool: asyncpg.Pool, engine: Engine, config: MailConfig, claimed: list[Message], safe: float
    ) -> None:
        self.pool = pool
        self.engine = engine
        self.config = config
        self.claimed = claimed
        self.leases: dict[UUID, datetime] = {one.id: one.leased_until for one in claimed}
        """What is still ours and not yet written down."""
        self.safe = safe
        """Until then (monotonic clock) nobody else can have taken them."""
        self.parcels: deque[Parcel] = deque()
        self.verdicts: asyncio.Queue[Verdict | None] = asyncio.Queue()
        self.in_hand: dict[UUID, tuple[Parcel, Line]] = {}
        self.down: NoConnection | None = None
        self.now = claimed[0].created_at

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep_leases())
                await self._prepare()
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
        except BAD_ROWS as error:
            log.warning("a batch of mail failed (%s); going on one by one", type(error).__name__)
            for message in self.claimed:
                try:
                    self._put(await self._rendered([message]))
                except BAD_ROWS as bad:
                    log.error("message %s cannot be prepared: %s", message.id, type(bad).__name__)
                    self.verdicts.put_nowait(impossible(message, f"it cannot be made: {type(bad).__name__}"))

    def _put(self, prepared: list[Parcel | Verdict]) -> None:
        for one in prepared:
            if isinstance(one, Parcel):
                self.parcels.append(one)
            else:
                self.verdicts.put_nowait(one)

    async def _rendered(self, messages: Sequence[Message]) -> list[Parcel | Verdict]:
        async with transaction(self.pool) as connection:
            self.now = await clock.now(connection)
            return await _prepared(connection, self.engine, self.config, messages, self.now)

    async def _send(self) -> None:
        """One connection, as many messages as it gets."""
        line = Line(self.config)
        while self.parcels:
            parcel = self.parcels.popleft()
            message = parcel.message
            if message.id not in self.leases or time.monotonic() >= self.safe:
                continue  # somebody else's by now
            self.in_hand[message.id] = parcel, line
            outcome = await self._attempt(line, parcel)
            self._conclude(parcel, outcome)
        await line.close()

    async def _attempt(self, line: Line, parcel: Parcel) -> Outcome:
        if self.down is None:
            try:
                sender = return_path(parcel.message, self.config.bounces_to)
                return await line.send(sender, parcel.recipient, parcel.content)
            except NoConnection as error:
                self.down = error
                log.warning("the mail server cannot be used now; the batch waits")
        return Outcome("deferred", self.down.code, self.down.words)

    def _conclude(self, parcel: Parcel, outcome: Outcome) -> None:
        del self.in_hand[parcel.message.id]
        self.verdicts.put_nowait(
            after(parcel.message, outcome, arrival=self.config.arrival, dated_at=parcel.dated_at, now=self.now)
        )

    async def _record(self) -> None:
        """Write down what is known, as soon as it is known, several at once when they come fast."""
        while (verdict := await self.verdicts.get()) is not None:
            known = [verdict]
            last = False
            while not self.verdicts.empty() and not last:
                more = self.verdicts.get_nowait()
                last = more is None
                known += [more] if more is not None else []
            try:
                await self._write(known)
            except BaseException:
                for one in known:
                    self.verdicts.put_nowait(one)  # whoever leaves last tries once more
                raise
            if last:
                return

    async def _write(self, verdicts: list[Verdict]) -> None:
        async with transaction(self.pool) as connection:
            await connection.execute(sql("record_attempts"), msgspec.json.encode(verdicts).decode())
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
                left.append(
                    after(
                        parcel.message, outcome, arrival=self.config.arrival, dated_at=parcel.dated_at,
                        now=self.now,
                    )
                )  # fmt: skip
            line.drop()
        if not (left or self.leases):
            return
        try:
            if left:
                await self._write(left)
            if self.leases:
                async with transaction(self.pool) as connection:
                    await connection.execute(sql("release_leases"), list(self.leases), list(self.leases.values()))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("leases of mail could not be given back (%s); they run out", type(error).__name__)


async def _prepared(
    connection: Connection, engine: Engine, config: MailConfig, messages: Sequence[Message], now: datetime
) -> list[Parcel | Verdict]:
    """Each message ready to be sent, or what becomes of it instead; what was rendered is stored."""
    around = await read_around(connection, engine, messages)
    prepared: list[Parcel | Verdict] = []
    letters: list[Letter] = []
    for message in messages:
        if message.id in around.overtaken:
            prepared.append(dropped(message))
            continue
        try:
            letter = around.letter(message)
        except Exception as error:  # one bad item stops nothing else
            prepared.append(_poison(message, error))
            continue
        if letter is None:
            prepared.append(dropped(message))
        else:
            letters.append(letter)
    tokens = await ensure_links(connection, config.secret, [one for each in letters for one in _links(each)], now)
    fresh: list[tuple[Message, Rendered]] = []
    position = 0
    for letter in letters:
        message = letter.message
        count = len(_links(letter))
        page, notice = tokens[position], tokens[position + count - 1] if count == 2 else None
        position += count
        if why_not(letter, notice) is not None:
            prepared.append(dropped(message))
            continue
        try:
            made = _made(letter, config, page, notice, now)
            recipient = one_address(message.address)
        except BadAddress as error:
            prepared.append(impossible(message, str(error)))
            continue
        except Exception as error:  # a message that cannot be written is set apart, the others go on
            prepared.append(_poison(message, error))
            continue
        if message.content is None:
            fresh.append((message, made))
        prepared.append(Parcel(message=message, recipient=recipient, content=made.content, dated_at=made.dated_at))
    stored = await _store(connection, fresh)
    lost = {message.id for message, _ in fresh} - stored
    return [one for one in prepared if isinstance(one, Verdict) or one.message.id not in lost]


def _links(letter: Letter) -> tuple[Wanted, ...]:
    """The contact's own page, and the notice's where the message is about one."""
    message = letter.message
    page = Wanted(
        processor=message.processor_id, customer=message.customer_id, contact=message.contact_id,
        purpose="contact", subject=message.customer_id,
    )  # fmt: skip
    if letter.about.notice is None:
        return (page,)
    told_at = message.created_at if message.kind == "announcement" else None
    notice = msgspec.structs.replace(page, purpose="notice", subject=message.subject_id, told_at=told_at)
    return (page, notice)


def _made(letter: Letter, config: MailConfig, page: str | None, notice: str | None, now: datetime) -> Rendered:
    """The message as it was made before, or made now."""
    message = letter.message
    if message.content is not None:
        return Rendered(
            message_id=message.message_id or "",
            subject="",
            content=message.content,
            dated_at=message.dated_at or message.created_at,
        )
    return render(letter, config, packaged_texts(), notice_token=notice, page_token=page, now=now)


async def _store(connection: Connection, fresh: list[tuple[Message, Rendered]]) -> set[UUID]:
    """Keep what was made; the ids of those that nobody else had made before us."""
    if not fresh:
        return set()
    rows = await connection.fetch(
        sql("store_rendered"),
        list({message.processor_id for message, _ in fresh}),
        [message.id for message, _ in fresh],
        [made.message_id for _, made in fresh],
        [made.subject for _, made in fresh],
        [made.content for _, made in fresh],
        [made.dated_at for _, made in fresh],
    )
    return {row["id"] for row in rows}


def _poison(message: Message, error: Exception) -> Verdict:
    """What an error says may be a customer's words: its kind is kept, and its places go to the log."""
    log.error("message %s cannot be made: %s\n%s", message.id, type(error).__name__, places(error))
    return impossible(message, f"it cannot be made: {type(error).__name__}")
