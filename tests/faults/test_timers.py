"""Very many timers, and a clock that stops a microsecond before one, at it, and after it: none fires early, none is
left (promises B and C). A few here, ten million by
`make simulate`."""

import os
from random import Random
from typing import Final
from uuid import UUID

import asyncpg

from db.session import transaction
from tests.databases import Database
from tests.test_sweep import parked
from tests.world import World
from workflows.engine.engine import New
from workflows.engine.sweep import sweep
from workflows.ids import new_id
from workflows.machine.vocabulary import Command
from workflows.model.task import Task

TIMERS: Final = int(os.environ.get("TIMERS", "3000"))
ROUND: Final = 100_000
"""Timers that stand at once."""
EACH: Final = 50
STOPS: Final = 8

SET: Final = """
    insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data)
    select uuidv7(), s.processor_id, s.id, $2 || i, 'assign',
        case when i % 3 = 0 then date_trunc('hour', termijn_now()) + (1 + i % 24) * interval '1 hour'
            else termijn_now() + interval '1 microsecond' + random() * interval '1 day' end,
        0, 'normal', '{"owner": "Kim"}'
    from unnest($1::uuid[]) as asked (id) join subject s using (id) cross join generate_series(1, $3) i"""
"""A third of them fall due with thousands of others."""
STAND: Final = "select count(*) from timer where name like 'many %'"
DUE: Final = f"{STAND} and due_at <= termijn_now()"
"""What the test set: an assigned task has reminders of its own, which may be there or not."""


async def test_none_fires_early_and_none_is_left(world: World, database: Database) -> None:
    dice = Random(15)
    await world.make_processor()
    subjects = await _tasks(world, min(TIMERS, ROUND) // EACH)
    fired = 0
    while fired < TIMERS:
        async with transaction(world.pools.worker) as connection:
            await connection.execute(SET, subjects, "many ", EACH)
        for number in range(STOPS + 1):
            before = await _count(world, STAND)
            if number == STOPS:
                await world.rows("update clock set now = now + interval '2 days' returning now")
            else:
                micro = dice.choice((-1, 0, 1))
                await world.rows(
                    "update clock set now = greatest(now, (select due_at from timer where name like 'many %' "
                    "order by due_at offset $1 limit 1) + $2 * interval '1 microsecond') returning now",
                    before // (STOPS - number + 1), micro,
                )  # fmt: skip
            due = await _count(world, DUE)
            while await sweep(world.pools.worker, world.engine):
                pass
            assert await _count(world, STAND) == before - due
            assert await _count(world, DUE) == 0
            fired += due
        if fired < TIMERS:
            await _vacuumed(database)
    assert await parked(world) == []
    assert await world.rows("select 1 from event where recorded_at < at") == []
    print(f"{fired} timers fired, none early")


async def _vacuumed(database: Database) -> None:
    """The tests' server does not do it by itself, and a claim passes over all that was fired since."""
    owner = await asyncpg.connect(database.superuser)
    await owner.execute("vacuum timer")
    await owner.close()


async def _count(world: World, query: str) -> int:
    [row] = await world.rows(query)
    return int(row[0])


async def _tasks(world: World, count: int) -> list[UUID]:
    """Tasks of which one in twenty is open, and has an event for each timer; the others are done, and let it go."""
    ids = [new_id() for _ in range(count)]
    for start in range(0, count, 500):
        await world.create(*(
            New(kind="task", entity=Task(id=id, processor_id=world.processor, about=new_id(), about_kind="agreement",
                                         kind="look", key=str(id), text="Look."))
            for id in ids[start : start + 500]
        ))  # fmt: skip
    now = await world.now()
    done = [
        Command(subject=id, trigger="done", at=now, now=now, actor="test", data={}, requested=True, role="director")
        for number, id in enumerate(ids)
        if number % 20
    ]
    async with transaction(world.pools.api, [world.processor]) as connection:
        await world.engine.run(connection, [world.processor], done)
    return ids
