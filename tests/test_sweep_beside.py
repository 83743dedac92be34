"""Two batches in flight in one worker: as apart as two workers, and none left behind."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from db import failpoints
from db.session import transaction
from tests.test_sweep import EACH, check_fired, many_timers, parked
from tests.world import World
from workflows.engine.sweep import AT_ONCE, ROUND, work_off
from workflows.model.notice import Notice

BATCH = 5
A_DAY = timedelta(days=1)


async def past_all(world: World) -> None:
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + $1::interval", A_DAY)


async def test_each_fires_once_and_in_order_and_fan_outs_have_their_turn(world: World) -> None:
    tasks = await many_timers(world, 80)
    await past_all(world)
    first = await work_off(world.pools.worker, world.engine, batch=BATCH)
    assert BATCH <= first <= ROUND * BATCH * EACH, "a round, and no more"
    fired = first
    while more := await work_off(world.pools.worker, world.engine, batch=BATCH):
        fired += more
    assert fired == len(tasks) * EACH
    await check_fired(world, tasks)


async def test_little_that_is_due_is_one_batch(world: World) -> None:
    tasks = await many_timers(world, 2)
    await past_all(world)
    assert await work_off(world.pools.worker, world.engine) == len(tasks) * EACH
    assert await work_off(world.pools.worker, world.engine) == 0


async def test_while_one_stands_still_the_other_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And whoever is cancelled leaves nothing in flight: what stood still was not written, and is found again."""
    tasks = await many_timers(world, 80)
    await past_all(world)
    still = failpoints.read(f"sweep.written=hang@{AT_ONCE}")["sweep.written"]
    monkeypatch.setitem(failpoints.ARMED, "sweep.written", still)
    began = 0
    gone_on = asyncio.Event()

    def stopped() -> bool:
        nonlocal began
        began += 1
        if began == ROUND - 1:
            gone_on.set()
        return False

    working = asyncio.ensure_future(work_off(world.pools.worker, world.engine, batch=BATCH, stopped=stopped))
    await still.reached.wait()
    await gone_on.wait()  # the other has begun all that was left of the round, and passed over what is locked
    assert len(await world.rows("select from event where type = 'task.assigned'")) > AT_ONCE * BATCH
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert await world.rows("select from timer") != []
    while await work_off(world.pools.worker, world.engine, batch=BATCH):
        pass
    await check_fired(world, tasks)


async def test_a_bad_one_harms_neither_its_batch_nor_the_one_beside_it(world: World) -> None:
    tasks = await many_timers(world, 60)
    bad = [tasks[5], tasks[35]]
    await world.rows("update task set data = '7' where id = any ($1::uuid[]) returning id", bad)
    await past_all(world)
    while await work_off(world.pools.worker, world.engine, batch=BATCH):
        pass
    assert sorted(await parked(world)) == sorted((one, "ValidationError") for one in bad)
    done = await world.rows("select subject_id from event where type = 'task.assigned' group by 1 having count(*) = 5")
    assert {row["subject_id"] for row in done} == set(tasks) - set(bad)
    await world.rows("update task set data = '{}' where id = any ($1::uuid[]) returning id", bad)


async def test_where_the_database_goes_away_for_one_the_other_is_done_before_that_is_said(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = await many_timers(world, 80)
    await past_all(world)
    away = failpoints.read("sweep.written=away@3")["sweep.written"]
    monkeypatch.setitem(failpoints.ARMED, "sweep.written", away)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await work_off(world.pools.worker, world.engine, batch=BATCH)
    assert world.pools.worker.get_idle_size() == world.pools.worker.get_size(), "none is in flight"
    while await work_off(world.pools.worker, world.engine, batch=BATCH):
        pass
    await check_fired(world, tasks)


async def test_a_worker_that_stops_begins_no_further_batch(world: World) -> None:
    tasks = await many_timers(world, 80)
    await past_all(world)
    fired = await work_off(world.pools.worker, world.engine, batch=BATCH, stopped=lambda: True)
    assert BATCH <= fired < len(tasks) * EACH
    assert len(await world.rows("select from event where type = 'task.assigned'")) == fired


async def test_what_notices_of_one_change_share_is_read_once_and_not_mixed_up(world: World) -> None:
    await world.make_processor()
    changes = [await world.make_change(await world.make_subprocessor(name)) for name in ("First BV", "Second BV")]
    agreements = [await world.make_agreement("kmo-solutions", await world.make_customer(f"C{n}")) for n in range(3)]
    for one in changes:
        await world.announce(one)
    notices = [await world.notice(one, agreement) for one in changes for agreement in agreements]
    async with transaction(world.pools.worker) as connection:
        found = await world.engine.surroundings(connection, "notice", [world.processor], [row["id"] for row in notices])
    assert len(found) == len(notices)
    for row in notices:
        entity, context = found[row["id"]]
        assert (context.change.id, context.agreement.id) == (row["change_id"], row["agreement_id"])
        assert context.subprocessor.id == context.change.subprocessor_id
        assert isinstance(entity, Notice)
        assert context.customer.id == entity.customer_id
        assert context.processor.id == world.processor
    assert len({id(context.change) for _, context in found.values()}) == len(changes)
