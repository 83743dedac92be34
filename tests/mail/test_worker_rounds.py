"""A simulated clock that stops asks only the parts of a worker that have something to do; it misses none."""

import asyncio
from datetime import timedelta
from typing import Any, Final

import pytest

from db.queries import sql
from service.clock_driver import drive
from service.mail.outgoing.config import MailConfig
from service.worker import Worker
from tests.mail.server import Scripted
from tests.people import colleague
from tests.world import World, local
from workflows.engine.roots import look_for_roots

ARRIVED: Final = "select target is null as arrived from clock"


async def test_a_round_that_finds_nothing_leaves_nothing_to_any_part(
    world: World, smtp: Scripted, config: MailConfig
) -> None:
    worker = Worker(world.pools.worker, world.engine, config, simulated=True)
    rounds: list[bool] = []

    async def work() -> bool:
        rounds.append(await worker.work())
        if not rounds[-1]:
            left = (await worker.move(), await worker.write_to_people(), await worker.send())
            assert not any(left), (await world.now(), left)
        return rounds[-1]

    async def until(instant: str) -> None:
        async with world.pools.worker.acquire() as connection:
            await connection.execute(sql("aim_clock"), local(instant))
        assert await drive(world.pools.worker, work)

    await world.make_processor()
    await colleague(world, "manager")
    agreement = await world.make_agreement("mms-solutions", active=False)
    await world.do(agreement, "send")
    await until("2026-03-02T11:00:00+01:00")
    change = await world.make_change(await world.make_subprocessor())
    await world.do(change, "notify")
    await until("2026-06-01T00:00:00+02:00")
    to = {one.recipient.partition("@")[2] for one in smtp.attempts}
    assert to == {"customer-mms-solutions.example", "acme.example"}, "customers and people were written to"


@pytest.mark.parametrize("held", [
    "select pg_advisory_xact_lock(hashtext('ledger roots'))",
    "select pg_current_xact_id()",
])  # fmt: skip
async def test_a_clock_has_arrived_once_the_roots_of_its_days_stand(
    world: World, smtp: Scripted, config: MailConfig, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    """Another worker is making them, or a transaction that began before is still under way."""
    world.beginnings = None
    looks: list[tuple[int, bool]] = []

    async def look(*given: Any) -> tuple[int, bool]:
        looks.append(await look_for_roots(*given))
        return looks[-1]

    monkeypatch.setattr("service.worker.look_for_roots", look)
    slow = await world.pools.api.acquire()
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(held)
    await world.make_processor()
    worker = Worker(world.pools.worker, world.engine, config, simulated=True)
    async with world.pools.worker.acquire() as connection:
        await connection.execute(sql("aim_clock"), await world.now() + timedelta(days=3))
    driving = asyncio.create_task(worker.sweeper())
    try:
        async with asyncio.timeout(20):
            while len(looks) < 3:
                assert [row["arrived"] for row in await world.rows(ARRIVED)] == [False]
            await transaction.rollback()
            while [row["arrived"] for row in await world.rows(ARRIVED)] == [False]:
                pass
    finally:
        await world.pools.api.release(slow)
        worker.stopping.set()
        worker.ring()
        await driving
    assert looks[0] == (0, True)
    assert looks[-1] == (1, False)
    assert [row["number"] for row in await world.rows("select number from ledger_root")] == [1]
