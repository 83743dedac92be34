"""Daily roots of the ledger: made by the worker, each once, and checked against the events that are there."""

from collections.abc import AsyncIterator
from datetime import UTC, date, time, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from db import clock
from db.queries import sql
from db.session import Connection, transaction, try_lock
from workflows.ledger.merkle import GENESIS, Growing, Root, chained, sign

_LEAF: Final = 32
_PART: Final = 1 << 14
"""Leaves that are read at once."""
_SETTLED: Final = time(1)
"""From when on (UTC) no command of the day before is still under way: none may take as long."""


async def make_roots(pool: asyncpg.Pool, secret: str, looked: dict[UUID, date] | None = None) -> int:
    """Make the root of every processor that has events of a day that is over and no root yet; how many were made.

    A root covers what was committed since the one before it and until the look that made it: told by transaction,
    so that an event of a transaction that was still under way falls under the next one, never under none.

    `looked` is the caller's to keep: on which day (UTC) a processor was found to have nothing of an earlier one, so
    that a day with millions of events is not looked at again and again.
    """
    return (await look_for_roots(pool, secret, looked))[0]


async def look_for_roots(pool: asyncpg.Pool, secret: str, looked: dict[UUID, date] | None = None) -> tuple[int, bool]:
    """The same; how many were made, and whether some may have to wait: for another who is at it, or for a transaction
    that is still under way."""
    looked = {} if looked is None else looked
    async with transaction(pool) as connection:
        if not await try_lock(connection, "ledger roots"):
            return 0, True
        now = (await clock.now(connection)).astimezone(UTC)
        today = now.date()
        until = await connection.fetchval(sql("finished_before"))
        await connection.execute(sql("with_bitmaps"))
        made, left = 0, False
        for row in await connection.fetch(sql("processors_without_root"), today - timedelta(days=1)):
            if looked.get(row["id"]) == today:
                continue
            uncovered = await connection.fetchrow(sql("first_unrooted"), row["id"])
            if uncovered is not None and uncovered["since"].astimezone(UTC).date() < today:
                done = await _make(connection, secret, row, today, until)
                made, left = made + done, left or not done
            elif now.time() >= _SETTLED:
                looked[row["id"]] = today
        return made, left


async def _make(connection: Connection, secret: str, row: Any, today: date, until: int) -> int:
    span = (row["id"], row["to_tx"] or 0, until)
    tree = await grown(connection, *span)
    if not tree.count:  # a transaction that began before all of it is still under way: the next look is soon
        return 0
    last = root_of(row) if row["number"] is not None else None
    one = Root(
        processor=row["id"],
        number=last.number + 1 if last is not None else 1,
        day=today - timedelta(days=1),
        events=tree.count,
        root=tree.root,
        previous=chained(last) if last is not None else GENESIS,
    )
    await connection.execute(
        sql("insert_root"), one.processor, one.number, one.day, *span[1:], one.events, one.root, one.previous,
        sign(secret, one),
    )  # fmt: skip
    return 1


async def grown(connection: Connection, processor: UUID, since: int, until: int) -> Growing:
    """The tree over a processor's events of these transactions, the last exclusive; within a transaction that reads
    `with_bitmaps`."""
    tree = Growing()
    async for leaves in _parts(connection, processor, since, until):
        for leaf in leaves:
            tree.add(leaf)
    return tree


async def leaves_of(connection: Connection, processor: UUID, since: int, until: int) -> list[bytes]:
    """The leaves of such a tree, all of them."""
    return [leaf async for leaves in _parts(connection, processor, since, until) for leaf in leaves]


async def _parts(connection: Connection, *span: Any) -> AsyncIterator[list[bytes]]:
    async for row in connection.cursor(sql("leaves_between"), *span, _PART, prefetch=1):
        joined = row["leaves"]
        yield [joined[at : at + _LEAF] for at in range(0, len(joined), _LEAF)]


def root_of(row: Any) -> Root:
    """A row of `ledger_root`."""
    return Root(
        processor=row["processor_id"],
        number=row["number"],
        day=row["day"],
        events=row["events"],
        root=row["root"],
        previous=row["previous"],
    )
