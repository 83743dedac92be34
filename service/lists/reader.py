"""The reader of followed lists: asks each again when it is due, and lays what it answers beside what it answered.

What was read is kept, and what follows from it is written, in one transaction: whoever dies in between reads again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Collection
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import Connection, transaction
from service.webhooks.sending import Reply, Sender
from workflows.engine.engine import Engine
from workflows.engine.poison import is_poison, note, places
from workflows.intake.watched import NoticesOpened, acting_of, open_notices
from workflows.machine.acting import Acting
from workflows.model.parties import Processor
from workflows.model.watch import Differed, NotRead, Unread, Watch
from workflows.watch.differences import ListDifferences, compare
from workflows.watch.listed import Listed, Unreadable, read_list
from workflows.watch.table import why_unread
from workflows.words import SOURCE

log = logging.getLogger(__name__)

AT_A_TIME: Final = 8
LEASE: Final = 120.0
"""Seconds of real time after which another worker takes over from one that died."""
LARGEST: Final = 2 * 1024 * 1024
EVERY: Final = 6 * 3_600.0
"""Seconds between looks at a list that answers."""
PAUSES: Final = (600.0, 3_600.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0)
"""Seconds after each failure in a row; after the last of them it goes on at that pace."""
FAILING_AT: Final = 3
"""Failures in a row after which a person is asked to look."""
_ACCEPT: Final = "application/json, application/atom+xml;q=0.9, text/html;q=0.8, */*;q=0.1"
_LONGEST_TAG: Final = 500


class LookOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a look: `listed` None where nothing has changed since. `why` it could not be read, in a word of
    ours; `detail` may be in the other side's words, and goes neither into the ledger nor to a person."""

    listed: Listed | None = None
    found: ListDifferences = ListDifferences()
    why: Unread | None = None
    detail: str = ""


class ListReader:
    """One for a worker."""

    def __init__(self, pool: asyncpg.Pool, engine: Engine, sender: Sender) -> None:
        self._pool = pool
        self._engine = engine
        self._sender = sender

    async def round(self) -> bool:
        """Read what is due and wait for it; whether there was any."""
        async with transaction(self._pool) as connection:
            rows = await connection.fetch(sql("claim_readings"), AT_A_TIME, LEASE)
        await asyncio.gather(*(self._work(row) for row in rows))
        return bool(rows)

    async def _work(self, row: Any) -> None:
        try:
            watch = msgspec.json.decode(row["watch"], type=Watch)
            reply = await self._sender.get(watch.url, _conditions(row), largest=LARGEST)
            # A page of megabytes takes a while to compare; timers and mail do not wait for it.
            outcome = await asyncio.to_thread(_look, row["content"], row["seen"], reply)
            await self._settle(row, watch, reply, outcome)
        except Exception as error:  # whatever it is, the other lists are read
            if is_poison(error):
                log.error("list %s: %s\n%s", row["id"], type(error).__name__, places(error))
                await self._rest(row, error)
            else:
                log.warning("list %s waits: the database is away (%s)", row["id"], type(error).__name__)

    async def _settle(self, row: Any, watch: Watch, reply: Reply, outcome: LookOutcome) -> None:
        processors = [watch.processor_id]
        async with transaction(self._pool) as connection:
            await self._engine.lock(connection, processors, [watch.id])
            held = await connection.fetchrow(sql("hold_reading"), watch.id, row["leased_until"])
            if held is None:
                return  # somebody else has taken over, or it is to be read anew, or no more
            watch = msgspec.json.decode(held["watch"], type=Watch)
            acting = acting_of(watch, await clock.now(connection))

            async def tell(trigger: str, data: Any = None) -> None:
                await self._engine.run(connection, processors, [acting.command(watch.id, trigger, data)])

            if outcome.why is not None:
                await self._failed(connection, row, watch, acting, reply, outcome.why, outcome.detail)
                return
            if watch.failing_since is not None:
                await tell("recovered")
            if outcome.found.count:
                processor = msgspec.json.decode(row["processor"], type=Processor)
                # At a first look a person looks, and what was on record once is announced by nobody else.
                fresh = {one.id for one in outcome.found.fresh} if row["content"] is not None else set()
                opened = await open_notices(
                    connection, self._engine, acting, watch, processor, outcome.found, new=fresh - set(row["seen"])
                )
                await tell("differed", _said(outcome.found, reply, opened))
            await self._note(connection, row, reply, reply.words, EVERY, 0, outcome)

    async def _failed(
        self,
        connection: Connection,
        row: Any,
        watch: Watch,
        acting: Acting,
        reply: Reply | None,
        why: Unread,
        detail: str,
    ) -> None:
        """Later again, less often; after some times a person is asked to look."""
        tries = row["tries"] + 1
        if tries >= FAILING_AT and watch.failing_since is None:
            status = reply.status if reply is not None else None
            said = NotRead(words=why_unread(why, status, SOURCE), status=status, why=why)
            await self._engine.run(connection, acting.processors, [acting.command(watch.id, "failed", said)])
        await self._note(connection, row, reply, detail, PAUSES[min(tries, len(PAUSES)) - 1], tries)

    async def _note(
        self,
        connection: Connection,
        row: Any,
        reply: Reply | None,
        words: str,
        pause: float,
        tries: int,
        outcome: LookOutcome | None = None,
    ) -> None:
        tag = modified = content = None
        outcome = outcome or LookOutcome()
        listed = outcome.listed
        if listed is not None and reply is not None:
            tag, modified = _kept(reply, "etag"), _kept(reply, "last-modified")
            content = msgspec.json.encode(listed).decode()
        await connection.execute(
            sql("settle_reading"),
            row["id"],
            row["leased_until"],
            reply.status if reply is not None else None,
            words,
            pause,
            tries,
            tag,
            modified,
            content,
            [one.id for one in outcome.found.fresh if one.id not in row["seen"]],
        )

    async def _rest(self, row: Any, error: Exception) -> None:
        """After a mistake of ours: not again at once, or it would be asked without end; and a person hears of it."""
        words = f"it could not be taken in: {type(error).__name__}"
        try:
            async with transaction(self._pool) as connection:
                await self._engine.lock(connection, [row["processor_id"]], [row["id"]])
                held = await connection.fetchrow(sql("hold_reading"), row["id"], row["leased_until"])
                if held is not None:
                    watch = msgspec.json.decode(held["watch"], type=Watch)
                    acting = acting_of(watch, await clock.now(connection))
                    await self._failed(connection, row, watch, acting, None, "ours", words)
        except Exception as trouble:  # its lease runs out
            note(log, f"setting list {row['id']} to rest", trouble)


def _conditions(row: Any) -> dict[str, str]:
    """What is asked for: nothing, where it stands as it stood."""
    headers = {"Accept": _ACCEPT}
    if row["content"] is not None:
        headers |= {"If-None-Match": row["tag"]} if row["tag"] else {}
        headers |= {"If-Modified-Since": row["modified"]} if row["modified"] else {}
    return headers


def _kept(reply: Reply, name: str) -> str:
    """A header that can be sent back as it came; empty where it is missing or odd."""
    value = reply.headers.get(name, "")
    return value if len(value) <= _LONGEST_TAG and value.isascii() and value.isprintable() else ""


def _look(content: str | None, seen: Collection[UUID], reply: Reply) -> LookOutcome:
    """What an answer says, beside what stood there before (JSON of `Listed`); read anew, `seen` is not new."""
    if reply.status == HTTPStatus.NOT_MODIFIED and content is not None:
        return LookOutcome()
    if not reply.delivered:
        return LookOutcome(why="unreached" if reply.status is None else "refused", detail=reply.words)
    if not reply.whole:
        return LookOutcome(why="too_long", detail=reply.words)
    if reply.headers.get("content-encoding", "identity") != "identity":
        return LookOutcome(why="compressed", detail="answered compressed, though it was asked for the plain text")
    before = msgspec.json.decode(content, type=Listed) if content is not None else None
    try:
        listed = read_list(reply.headers.get("content-type", ""), reply.body)
    except Unreadable as error:
        return LookOutcome(why="no_list", detail=str(error))
    if before is not None and before.form != listed.form:
        words = f"what stands there was {before.form} and is {listed.form} now: give its address again to read it anew"
        return LookOutcome(why="another_form", detail=words)
    found = compare(before, listed)
    if before is None:
        found = msgspec.structs.replace(found, fresh=tuple(one for one in found.fresh if one.id not in seen))
    return LookOutcome(listed=listed, found=found)


def _said(found: ListDifferences, reply: Reply, opened: NoticesOpened) -> Differed:
    return Differed(
        differences=found.count,
        sha256=hashlib.sha256(reply.body).hexdigest(),
        notices=opened.notices,
        announced=opened.announced,
    )
