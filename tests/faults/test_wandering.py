"""Lives in which anything may be asked of anybody: two here, always the same, and many by `make simulate`."""

import os
from random import Random

import asyncpg
import pytest

from tests.databases import Database
from tests.faults.wandering import Wanderer, shown
from tests.http.conftest import Api
from tests.test_sweep import parked
from tests.world import World
from workflows.engine.history import look
from workflows.engine.roots import make_roots

FIRST = int(os.environ.get("WANDER_FIRST", "1"))
LIVES = int(os.environ.get("WANDER_LIVES", "2"))
STEPS = int(os.environ.get("WANDER_STEPS", "60"))


@pytest.mark.parametrize("number", range(FIRST, FIRST + LIVES))
async def test_whatever_is_asked_the_history_holds(api: Api, world: World, database: Database, number: int) -> None:
    await world.make_processor()
    life = Wanderer(api, world, Random(number))
    try:
        await life.live(STEPS)
    finally:
        print(shown(life.did))
    assert await parked(world) == []
    await make_roots(world.pools.worker, "s" * 32)
    connection = await asyncpg.connect(database.superuser)
    try:
        found = await look(connection, await world.now())
    finally:
        await connection.close()
    # A World has no sender that keeps attempts, and nobody is told where nobody works for the processor.
    assert [str(one) for one in found.broken if one.promise != "D"] == []
