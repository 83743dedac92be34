"""Daily roots of the ledger: made by the worker, each once, and checked against the events that are there."""

from datetime import UTC, date, timedelta
from typing import Any, Final

import asyncpg

from db import clock
from db.queries import sql
from db.session import Connection, transaction, try_lock
from workflows.ledger.merkle import GENESIS, Root, Tree, chained, sign

_LEAF: Final = 32


async def make_roots(pool: asyncpg.Pool, secret: str) -> int:
    """Make the root of every processor that has events of a day that is over and no root yet; how many were made.

    A root covers what was committed since the one before it and until the look that made it: told by transaction,
    so that an event of a transaction that was still under way falls under the next one, never under none.
    """
    async with transaction(pool) as connection:
        if not await try_lock(connection, "ledger roots"):
            return 0
        today = (await clock.now(connection)).astimezone(UTC).date()
        until = await connection.fetchval(sql("finished_before"))
        made = 0
        for row in await connection.fetch(sql("processors_without_root"), today - timedelta(days=1)):
            made += await _make(connection, secret, row, today, until)
        return made


async def _make(connection: Connection, secret: str, row: Any, today: date, until: int) -> int:
    processor, since = row["id"], row["to_tx"] or 0
    found = await connection.fetchrow(sql("leaves_between"), processor, since, until)
    if found["since"] is None or found["since"].astimezone(UTC).date() >= today:
        return 0
    leaves = split(found["leaves"])
    last = root_of(row) if row["number"] is not None else None
    one = Root(
        processor=processor,
        number=last.number + 1 if last is not None else 1,
        day=today - timedelta(days=1),
        events=len(leaves),
        root=Tree(leaves).root,
        previous=chained(last) if last is not None else GENESIS,
    )
    await connection.execute(
        sql("insert_root"), one.processor, one.number, one.day, since, until, one.events, one.root, one.previous,
        sign(secret, one),
    )  # fmt: skip
    return 1


def split(leaves: bytes) -> list[bytes]:
    """Split the joined hashes of a root into its leaves."""
    return [leaves[at : at + _LEAF] for at in range(0, len(leaves), _LEAF)]


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
