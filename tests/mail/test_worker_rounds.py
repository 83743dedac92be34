"""A simulated clock that stops asks only the parts of a worker that have something to do; it misses none."""

from db.queries import sql
from service.clock_driver import drive
from service.mail.outgoing.config import MailConfig
from service.worker import Worker
from tests.mail.server import Scripted
from tests.people import colleague
from tests.world import World, local


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
