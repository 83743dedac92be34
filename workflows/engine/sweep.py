"""The sweep: finds what is due in PostgreSQL, fires it in order, and needs nothing else.

Order is strict within a subject (due instant, rank, then the order in which timers were set); a timer
that a step sets in the past fires in its turn, in the same batch.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from db import clock
from db.failpoints import reach
from db.queries import sql
from db.session import Connection, transaction
from db.spans import span
from workflows.engine.batch import Batch, Subject
from workflows.engine.engine import Engine, subjects_of
from workflows.engine.firing import DueTimer, fire
from workflows.engine.poison import is_poison, is_race, places
from workflows.kinds import KNOWN

log = logging.getLogger(__name__)

BATCH = 500
AT_ONCE: Final = 2
"""Batches that one worker has in flight: while Python steps one, PostgreSQL reads or writes the other."""
ROUND: Final = 8
"""Batches after which fan-outs and reminders have their turn, however much is due."""


class PoisonError(Exception):
    """A step of this subject failed: it is set apart, and nothing else waits for it."""

    def __init__(self, subject: UUID, cause: BaseException) -> None:
        super().__init__(f"{type(cause).__name__}")
        self.subject = subject
        self.cause = cause


async def work_off(
    pool: asyncpg.Pool, engine: Engine, *, batch: int = BATCH, stopped: Callable[[], bool] = lambda: False
) -> int:
    """Fire what is due now, a round of batches at most and none begun once `stopped` says so; the number of timers.

    Where one batch is not all of it, `AT_ONCE` are in flight. They are as apart as those of several workers: each has
    its own transaction, passes over what another has locked, and is tried again, or set apart, alone. None is in flight
    any more when this returns or raises. Raises what `sweep` raises.
    """
    fired = await sweep(pool, engine, batch=batch)
    if fired < batch:
        return fired
    left = ROUND - 1

    async def go_on() -> int:
        nonlocal left
        mine = 0
        while left and not stopped():
            left -= 1
            found = await sweep(pool, engine, batch=batch)
            mine += found
            if found < batch:
                break
        return mine

    done = await asyncio.gather(*(go_on() for _ in range(AT_ONCE)), return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
        fired += one
    return fired


async def sweep(pool: asyncpg.Pool, engine: Engine, *, batch: int = BATCH) -> int:
    """Fire one batch of what is due now; the number of timers fired.

    A step that fails parks its subject. Any other error of the rows re-runs the batch one by one, so that
    one bad subject stops nothing else; nor does a row that somebody keeps locked. Raises where the database is away.
    """
    try:
        async with transaction(pool) as connection:
            return await fire_due(connection, engine, batch)
    except PoisonError as poison:
        await _park(pool, poison)
        return 1
    except Exception as error:
        if not (is_poison(error) or is_race(error)):
            raise
        log.warning("a batch of timers failed (%s); going on one by one", type(error).__name__)
        return await _one_by_one(pool, engine, batch)


async def _one_by_one(pool: asyncpg.Pool, engine: Engine, batch: int) -> int:
    fired = 0
    passed: list[UUID] = []
    collided: set[UUID] = set()
    for _ in range(batch):
        subject: list[UUID] = []
        try:
            async with transaction(pool) as connection:
                done = await fire_due(connection, engine, 1, claimed=subject, passed=passed)
        except PoisonError as poison:
            await _park(pool, poison)
            done = 1
        except Exception as error:
            if not (subject and (is_poison(error) or is_race(error))):
                raise
            if is_race(error):  # somebody keeps what it needs: its turn comes at the next look
                log.warning("subject %s is passed over: %s", subject[0], type(error).__name__)
                passed.append(subject[0])
                continue
            if isinstance(error, asyncpg.IntegrityConstraintViolationError) and subject[0] not in collided:
                collided.add(subject[0])  # another may just have written the same: seen again, it is there
                continue
            await _park(pool, PoisonError(subject[0], error))
            done = 1
        if not done:
            break
        fired += done
    return fired


async def _park(pool: asyncpg.Pool, poison: PoisonError) -> None:
    named = {"subject": str(poison.subject)}
    log.error("subject %s is set apart: %s\n%s", poison.subject, poison, places(poison.cause), extra=named)
    async with transaction(pool) as connection:
        await connection.execute(sql("park_subject"), poison.subject, str(poison))


async def fire_due(
    connection: Connection,
    engine: Engine,
    limit: int,
    claimed: list[UUID] | None = None,
    passed: Sequence[UUID] = (),
) -> int:
    """The same in a transaction of the caller's, without a second try.

    `claimed` is given the subjects in hand. Those in `passed` are passed over, and those of which a parent is.
    """
    now, held = await clock.look(connection)
    await connection.execute(sql("wait_briefly"))
    held_by_others = list(passed)
    while rows := await connection.fetch(sql("claim_due_subjects"), now, limit, KNOWN, held_by_others):
        busy = await engine.busy_parents(connection, rows)
        held_by_others += busy
        rows = [row for row in rows if row["parent_id"] not in busy]
        if claimed is not None:
            claimed[:] = [row["id"] for row in rows]
        fired = await fire_claimed(connection, engine, subjects_of(rows), now, held=held) if rows else None
        if fired is not None:
            return fired
        # Another worker fired them between our look and our lock, and there may be more behind them.
    return 0


async def fire_claimed(
    connection: Connection, engine: Engine, subjects: dict[UUID, Subject], now: datetime, *, held: bool
) -> int | None:
    """Fire what is due of subjects that are locked, and their parents with them; how many timers, None for none.

    Raises PoisonError where a step of one of them fails.
    """
    with span("sweep", {"termijn.subjects": len(subjects)}, begins=True) as sweeping:
        fired = await _fire_all(connection, engine, subjects, now, held=held)
        sweeping.note({"termijn.timers": fired or 0})
    return fired


async def _fire_all(
    connection: Connection, engine: Engine, subjects: dict[UUID, Subject], now: datetime, *, held: bool
) -> int | None:
    await reach("sweep.claimed")
    due: dict[UUID, list[DueTimer]] = {one: [] for one in subjects}
    for row in await connection.fetch(sql("due_timers"), list(subjects), now):
        due[row["subject_id"]].append(DueTimer.stored(row))
    if not any(due.values()):
        return None
    loaded = await engine.load(connection, {key: one for key, one in subjects.items() if due[key]})
    gathered = Batch(now, engine.texts)
    fired = 0
    for subject in subjects.values():
        if due[subject.id]:
            try:
                fired += fire(gathered, subject, loaded, due[subject.id], now, held=held)
            except Exception as error:
                raise PoisonError(subject.id, error) from error
    await reach("sweep.stepped")
    await engine.put(connection, gathered, now)
    await reach("sweep.written")
    return fired
