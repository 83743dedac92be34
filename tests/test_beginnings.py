"""What tests begin with alike: put back as it was lived, and lived where anything else was written."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db import clock as db_clock
from tests import beginnings
from tests.conftest import PROCESSOR
from tests.databases import Database, Reused
from tests.world import Pools, World
from workflows.engine.engine import Engine


async def anew(reused: Reused, pools: Pools) -> World:
    """A world as a test is given it, on the database of the test before."""
    assert await reused.emptied()
    made = World(pools, Engine(arrival="direct"))
    made.processor = PROCESSOR
    async with pools.worker.acquire() as connection:
        await db_clock.start(connection, "simulated", made.start)
    made.beginnings = reused.beginnings()
    await made.beginnings.start()
    return made


async def begin(world: World, name: str) -> tuple[UUID, UUID]:
    await world.make_processor(name=name)
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    return agreement, change


async def test_a_test_of_rows_alone_is_known_by_its_fixtures(request: pytest.FixtureRequest, world: World) -> None:
    assert beginnings.sees_rows_alone(request.node), "a fixture that every test has is none of those that are known"
    assert world.beginnings is not None


async def stands(world: World) -> dict[str, Any]:
    assert world.beginnings is not None
    return await world.beginnings._rows()


async def test_the_third_that_begins_alike_gets_what_the_second_left(reused: Reused, pools: Pools) -> None:
    answers, found = [], []
    for _ in range(3):
        world = await anew(reused, pools)
        answers.append(await begin(world, "Thrice"))
        found.append(await stands(world))
    assert answers[0] != answers[1], "the first was not kept"
    assert answers[1] == answers[2]
    assert found[1] == found[2]
    assert found[2]["event"], "there is a history"
    assert [count for path, count in beginnings._met.items() if "Thrice" in path[0]] == [2] * 5, (
        "the third lived nothing"
    )
    await world.days(31)
    assert (await world.notice(answers[2][1], answers[2][0]))["state"] == "lapsed", "it goes on as any other"


async def test_what_somebody_else_writes_ends_what_is_put_back(reused: Reused, pools: Pools) -> None:
    for _ in range(2):
        await begin(await anew(reused, pools), "Disturbed")
    world = await anew(reused, pools)
    await world.make_processor(name="Disturbed")
    async with pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '1 day'")
    agreement = await world.make_agreement("kmo-solutions")
    [row] = await world.rows("select at from event where subject_id = $1 order by seq limit 1", agreement)
    assert (row["at"] - world.start).days == 1, "it was lived"


async def test_what_is_done_to_the_tables_ends_it_too(reused: Reused, pools: Pools, database: Database) -> None:
    for _ in range(2):
        await begin(await anew(reused, pools), "Altered")
    world = await anew(reused, pools)
    owner = await asyncpg.connect(database.owner)
    await owner.execute("alter table processor add column whatever text default 'so'")
    await owner.close()
    await world.make_processor(name="Altered")
    assert [row["whatever"] for row in await world.rows("select whatever from processor")] == ["so"]


async def test_a_step_in_another_world_is_another_step(reused: Reused, pools: Pools) -> None:
    for _ in range(2):
        await begin(await anew(reused, pools), "Handed over")
    world = await anew(reused, pools)
    world.receipt = "handed_over"
    agreement, change = await begin(world, "Handed over")
    assert (await world.notice(change, agreement))["state"] == "sent", "nothing says that it arrived"
