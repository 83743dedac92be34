"""Carrying changes to every agreement they concern: in chunks, each a transaction, restartable anywhere.

A chunk is whole customers, with all the changes of an announcement: what goes to one contact is written at once,
and so goes out in one mail (P19).
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from db import clock
from db.failpoints import reach
from db.queries import sql
from db.session import Connection, transaction
from db.spans import here, span
from workflows.engine.batch import Batch
from workflows.engine.engine import Engine
from workflows.engine.poison import is_poison, places
from workflows.engine.steps import New, begin
from workflows.ids import new_id
from workflows.machine.messages import AMENDED, CARRIED, CHANGE_ENDED, PUBLISHED, REJOIN, WITHDRAWN
from workflows.model.agreement import Agreement
from workflows.model.change import Change
from workflows.model.notice import Amended, Notice, NoticeContext
from workflows.model.parties import Customer, Processor, Subprocessor
from workflows.notice.scope import Decision, decide
from workflows.terms.model import Terms

log = logging.getLogger(__name__)

CHUNK = 500
AT_A_TIME: Final = 50
"""Agreements after which what else is under way has its turn."""
MANY_DECIDED: Final = 1_000
"""Agreements that are all different are decided on one by one: a preview looks at as many as there are."""

_AGREEMENT: Final = msgspec.json.Decoder(Agreement)
_CUSTOMER: Final = msgspec.json.Decoder(Customer)
_ENGAGED: Final = msgspec.json.Decoder(frozenset[tuple[UUID, str | None]])


class FanOutTarget(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement a change may concern, with what decides it."""

    agreement: Agreement
    customer: Customer
    terms: Terms
    engaged: frozenset[tuple[UUID, str | None]]
    notice_id: UUID | None


class AnnouncedChange(msgspec.Struct, frozen=True, kw_only=True):
    change: Change
    subprocessor: Subprocessor | None
    processor: Processor
    coming: Terms | None = None
    """The text that it leads to, where it changes the text."""
    decided: dict[Any, Decision] = {}
    """What was decided already, by all that decides."""

    @property
    def rests_on(self) -> tuple[Change, Subprocessor | None, Processor]:
        """All that is read of it anew with each chunk."""
        return self.change, self.subprocessor, self.processor

    def decide(self, target: FanOutTarget, at: datetime) -> Decision:
        """Whether and by which rule it concerns the agreement, `at` (UTC); once for all that are alike."""
        of = target.agreement
        facts = msgspec.json.encode(of.facts)
        alike = (of.terms_version_id, of.terms, of.terms_version, of.services, facts, target.engaged, at)
        found = self.decided.get(alike)
        if found is None:
            found = decide(target.terms, self.change, self.subprocessor, of, target.engaged, self.coming, at=at)
            if len(self.decided) < MANY_DECIDED:
                self.decided[alike] = found
        return found


class Chunk(msgspec.Struct, kw_only=True):
    """Whole customers, with all the changes of a fan-out (its `row`), as they are to be put down."""

    row: Any
    changes: list[AnnouncedChange]
    batch: Batch
    since: UUID | None
    """The last customer of the chunk before."""
    cursor: UUID | None
    done: int
    """Agreements that were looked at."""
    total: int
    last: bool


class Claimed(msgspec.Struct):
    """What a transaction has in hand: the fan-out, so that it can be set apart where it fails."""

    fan_out: UUID | None = None


async def carry_chunk(pool: asyncpg.Pool, engine: Engine, *, chunk: int = CHUNK) -> bool:
    """Carry the oldest open fan-out one chunk further; False where there is none.

    A chunk that fails goes on one customer at a time; the fan-out is set apart at the one that fails, and
    nothing but its own changes waits for it. Raises where the database is away or busy.
    """
    held = Claimed()
    try:
        return await _carry(pool, engine, chunk, held)
    except Exception as error:
        return await go_on_one_by_one(pool, engine, chunk, held, error)


async def go_on_one_by_one(pool: asyncpg.Pool, engine: Engine, chunk: int, held: Claimed, error: Exception) -> bool:
    """After a chunk that failed with `error`, which is raised again where it is nobody's row that is wrong."""
    if held.fan_out is None or not is_poison(error):
        raise error
    log.warning("a chunk of fan-out %s failed (%s); going on one by one", held.fan_out, type(error).__name__)
    for _ in range(chunk):
        if not await _carry_one(pool, engine):
            break
    return True


async def _carry_one(pool: asyncpg.Pool, engine: Engine) -> bool:
    """One customer further, or the fan-out is set apart."""
    held = Claimed()
    try:
        return await _carry(pool, engine, 1, held)
    except Exception as error:
        if held.fan_out is None or not is_poison(error):
            raise
        log.error("fan-out %s is set apart: %s\n%s", held.fan_out, type(error).__name__, places(error))
        async with transaction(pool) as connection:
            await connection.execute(sql("park_fan_out"), held.fan_out, type(error).__name__)
        return True


async def _carry(pool: asyncpg.Pool, engine: Engine, chunk: int, held: Claimed) -> bool:
    async with transaction(pool) as connection:
        return await carry(connection, engine, chunk, held)


async def carry(connection: Connection, engine: Engine, chunk: int, held: Claimed, *, own: bool = False) -> bool:
    """The same in a transaction of the caller's; `own`: only what this transaction began."""
    row = await claim(connection, held, own=own)
    if row is None:
        return False
    await carry_claimed(connection, engine, row, chunk, held)
    return True


async def carry_claimed(connection: Connection, engine: Engine, row: Any, chunk: int, held: Claimed) -> None:
    """Carry a fan-out that is held one chunk further."""
    with carrying(row):
        if in_chunks(row):
            await put_chunk(connection, engine, await read_chunk(connection, engine, row, chunk))
        elif row["kind"] == "join":
            await _join(connection, engine, row["processor_id"], chunk, held)
        else:
            await _tell(connection, row, chunk)
        await reach("fan-out.written")


def in_chunks(row: Any) -> bool:
    """Whether it goes from customer to customer, so that the next chunk can be read while one is put down."""
    return row["kind"] in ("announce", "amend")


async def claim(connection: Connection, held: Claimed, *, own: bool = False) -> Any:
    """The oldest open fan-out, or None, held until the transaction ends."""
    row = await connection.fetchrow(sql("claim_own_fan_out" if own else "claim_fan_out"))
    if row is not None:
        held.fan_out = row["id"]
        await reach("fan-out.claimed")
    return row


def carrying(row: Any) -> AbstractContextManager[object]:
    """A chunk of a fan-out, as traces have it."""
    named = {"termijn.fan_out": str(row["id"]), "termijn.processor": str(row["processor_id"])}
    if row["change_id"] is not None:
        named["termijn.subject"] = str(row["change_id"])
    cause, late = row["traceparent"], row["late"]
    return span(f"fan-out {row['kind']}", named, kind="consumer", begins=True, cause=cause, late=late)


async def read_change(connection: Connection, engine: Engine, processor: UUID, change: UUID) -> AnnouncedChange | None:
    """A change with its subprocessor and processor, and the text that it leads to."""
    row = await connection.fetchrow(sql("change_with_subprocessor"), processor, change)
    if row is None:
        return None
    decode = msgspec.json.decode
    found = decode(row["change"], type=Change)
    to = found.to_version_id
    return AnnouncedChange(
        change=found,
        subprocessor=decode(row["subprocessor"], type=Subprocessor) if row["subprocessor"] else None,
        processor=decode(row["processor"], type=Processor),
        coming=(await engine.terms(connection, [to]))[to] if to is not None else None,
    )


async def targets(connection: Connection, engine: Engine, rows: Sequence[Any]) -> list[FanOutTarget]:
    """Decode the rows of a block into the agreements that a fan-out looks at."""
    terms = await engine.terms(connection, [row["terms_version_id"] for row in rows])
    return [
        FanOutTarget(
            agreement=_AGREEMENT.decode(row["agreement"]),
            customer=_CUSTOMER.decode(row["customer"]),
            terms=terms[row["terms_version_id"]],
            engaged=_ENGAGED.decode(row["engaged"]),
            notice_id=row["notice_id"],
        )
        for row in rows
    ]


async def read_chunk(connection: Connection, engine: Engine, row: Any, chunk: int, after: Chunk | None = None) -> Chunk:
    """The next customers of an announcement or amendment, and what is to be put down of them: new notices for
    agreements that have none, and on an amendment a word to the others.

    `after` is the chunk before where that is still being put down: then nothing is held yet (`still_stands`).
    """
    processor: UUID = row["processor_id"]
    cursor, total = (row["cursor"], row["total"]) if after is None else (after.cursor, after.total)
    await connection.execute(sql("tell_beside_others"), processor)
    changes = await _announced(connection, engine, row, hold=after is None)
    wanted = max(1, chunk // max(1, len(changes)))
    page = await connection.fetch(sql("customers_to_tell"), processor, cursor, wanted) if changes else []
    if not total and changes:
        total = await connection.fetchval(sql("count_agreements_to_tell"), processor)
    now = await clock.now(connection)
    batch = Batch(now)
    agreements = [one["id"] for one in page]
    for found in changes:
        rows = await connection.fetch(sql("agreements_to_tell"), processor, found.change.id, agreements)
        for some in _parts(rows):
            for one, target in zip(some, await targets(connection, engine, some), strict=True):
                if target.notice_id is None:
                    add_notice(batch, found, target, actor=row["actor"], arrival=engine.arrival)
                elif row["kind"] == "amend" and one["revision"] < row["revision"]:
                    batch.tell(processor, AMENDED.to(target.notice_id, Amended(revision=row["revision"])), row["at"])
            await asyncio.sleep(0)  # the chunk before is put down meanwhile
    return Chunk(
        row=row,
        changes=changes,
        batch=batch,
        since=cursor,
        cursor=page[-1]["customer_id"] if page else cursor,
        done=len(page),
        total=total,
        last=len(page) < wanted,
    )


def _parts(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + AT_A_TIME] for start in range(0, len(rows), AT_A_TIME))


async def still_stands(connection: Connection, engine: Engine, read: Chunk) -> bool:
    """Hold a fan-out whose chunk was read before the one before it was put down, and all that it rests on; whether that
    is as it was read. Another worker may have been quicker, or somebody may have withdrawn the change."""
    if not await connection.fetchval(sql("hold_fan_out"), read.row["id"], read.since):
        return False
    await reach("fan-out.claimed")
    now = await _announced(connection, engine, read.row, hold=True)
    return [one.rests_on for one in now] == [one.rests_on for one in read.changes]


async def put_chunk(connection: Connection, engine: Engine, read: Chunk) -> None:
    """Put a chunk down, and how far the fan-out has come with it; the caller commits."""
    row, batch = read.row, read.batch
    if read.last and row["announcement_id"] is not None:
        batch.tell(row["processor_id"], CARRIED.to(row["announcement_id"]), batch.now)
    await engine.put(connection, batch, batch.now)
    await connection.execute(sql("advance_fan_out"), row["id"], read.cursor, read.done, read.total, read.last)
    if read.last:
        await connection.execute(sql("queue_change_reviews"), [one.change.id for one in read.changes], batch.now)


async def _announced(connection: Connection, engine: Engine, row: Any, *, hold: bool) -> list[AnnouncedChange]:
    """The change of a fan-out, or those of its announcement in the announcement's order, held still where that is
    asked; those that were taken back meanwhile are left out."""
    processor: UUID = row["processor_id"]
    if row["announcement_id"] is None:
        tags = await connection.fetchval(sql("share_change" if hold else "see_change"), processor, row["change_id"])
        known = [row["change_id"]] if "announced" in (tags or ()) else []
    else:
        block = "share_announced" if hold else "see_announced"
        held = await connection.fetch(sql(block), processor, row["announcement_id"])
        announced = {one["id"] for one in held if "announced" in one["tags"]}
        order = await connection.fetchval(sql("announced_order"), processor, row["announcement_id"])
        known = [one for one in order if one in announced]
    found = [await read_change(connection, engine, processor, one) for one in known]
    return [one for one in found if one is not None]


def add_notice(
    batch: Batch, found: AnnouncedChange, target: FanOutTarget, *, actor: str, arrival: Any
) -> Notice | None:
    """The notice of one change to one agreement, with its messages; None where it is left out."""
    decision = found.decide(target, batch.now)
    if not decision.included:
        return None
    context = NoticeContext(
        change=found.change,
        agreement=target.agreement,
        customer=target.customer,
        processor=found.processor,
        subprocessor=found.subprocessor,
        terms=target.terms,
        arrival=arrival,
    )
    fresh = Notice(
        id=new_id(),
        processor_id=found.processor.id,
        change_id=found.change.id,
        agreement_id=target.agreement.id,
        customer_id=target.customer.id,
        rule=decision.rule,
        clause=decision.clause,
        form=decision.form,
        grounds=decision.grounds,
        rights=decision.rights,
        own_period=decision.own_period,
        emergency=decision.emergency,
        revision=found.change.revision,
        first_revision=found.change.revision,
        from_version_id=target.agreement.terms_version_id if found.change.kind == "terms" else None,
    )
    begin(batch, New(kind="notice", entity=fresh, context=context), actor=actor, at=batch.now)
    return fresh


async def _join(connection: Connection, engine: Engine, processor: UUID, chunk: int, held: Claimed) -> None:
    """P15: agreements that enter into force are told of every change announced or active."""
    await connection.execute(sql("join_alone"), processor)
    now = await clock.now(connection)
    changes = await connection.fetch(sql("announced_changes"), processor)
    joins = await connection.fetch(sql("claim_joins"), processor, max(1, chunk // max(1, len(changes))))
    # The oldest of them: the one that fails, where they go one by one.
    held.fan_out = joins[0]["id"]
    done = dict.fromkeys((row["agreement_id"] for row in joins), 0)
    batch = Batch(now)
    for change in changes:
        tags = await connection.fetchval(sql("share_change"), processor, change["id"])
        found = await read_change(connection, engine, processor, change["id"])
        if found is None or "announced" not in tags:
            continue
        rows = await connection.fetch(sql("agreements_to_join"), processor, change["id"], list(done))
        for row in rows:
            if row["notice_id"] is not None and row["in_force"]:
                batch.tell(processor, REJOIN.to(row["notice_id"]), now)
        for target in await targets(connection, engine, [row for row in rows if row["notice_id"] is None]):
            if add_notice(batch, found, target, actor="system", arrival=engine.arrival):
                done[target.agreement.id] += 1
    await engine.put(connection, batch, now)
    counts = [done[row["agreement_id"]] for row in joins]
    await connection.execute(sql("finish_joins"), [row["id"] for row in joins], counts)


_TELLS: Final = {"withdraw": WITHDRAWN, "end": CHANGE_ENDED, "publish": PUBLISHED}


async def _tell(connection: Connection, row: Any, chunk: int) -> None:
    """P18: every notice of a withdrawn or ended change follows; every one hears of a publication."""
    told = _TELLS[row["kind"]]
    rows = await connection.fetch(
        sql("tell_notices"),
        row["processor_id"],
        row["change_id"],
        row["cursor"],
        chunk,
        told.trigger,
        row["at"],
        "{}",
        here(),
    )
    last = len(rows) < chunk
    cursor = rows[-1]["id"] if rows else row["cursor"]
    await connection.execute(sql("advance_fan_out"), row["id"], cursor, len(rows), 0, last)
