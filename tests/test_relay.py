"""Two chunks of a fan-out in flight in one worker: put down in order, and held by nothing that others wait for."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from db import failpoints
from db.session import transaction
from tests.test_sweep import parked
from tests.world import World
from workflows.engine.sweep import sweep
from workflows.reach.fan_out import carry_chunk
from workflows.reach.relay import ROUND, carry_on

CUSTOMERS = 12
CHUNK = 2


class Still(failpoints.Armed):
    """Stands still when it is reached for the `nth` time, until it may go on."""

    def __init__(self, nth: int = 1) -> None:
        super().__init__("hang", nth)
        self.nth = nth
        self.go_on = asyncio.Event()

    async def come_by(self) -> None:
        self.nth -= 1
        if self.nth == 0:
            self.reached.set()
            await self.go_on.wait()


async def announced(world: World, count: int = CUSTOMERS) -> tuple[UUID, list[UUID]]:
    """A change that is to be carried to an agreement of each of the customers, in their order."""
    await world.make_processor()
    host = await world.make_subprocessor()
    customers = [await world.make_customer(f"Customer {number}") for number in range(count)]
    agreements = [await world.make_agreement("kmo-solutions", one) for one in customers]
    change = await world.make_change(host)
    await world.do(change, "notify")
    return change, agreements


async def carry(world: World, rounds: int = 99) -> None:
    while rounds and await carry_on(world.pools.worker, world.engine, chunk=CHUNK):
        rounds -= 1


async def told(world: World, change: UUID) -> list[UUID]:
    """Agreements that have a notice, in the order of the ledger."""
    rows = await world.rows(
        "select n.agreement_id from notice n join event e on e.subject_id = n.id and e.seq = 1 "
        "where n.change_id = $1 order by e.id", change,
    )  # fmt: skip
    return [row["agreement_id"] for row in rows]


async def test_chunks_follow_one_another_and_a_round_ends(world: World) -> None:
    change, agreements = await announced(world, ROUND * CHUNK + 3)
    await carry(world, rounds=1)
    [row] = await world.rows("select done, total, finished_at from fan_out where change_id = $1", change)
    assert (row["done"], row["total"], row["finished_at"]) == (ROUND * CHUNK, len(agreements), None)
    assert await told(world, change) == agreements[: ROUND * CHUNK]
    await carry(world)
    [row] = await world.rows("select done, total, finished_at from fan_out where change_id = $1", change)
    assert (row["done"], row["total"], row["finished_at"] is None) == (len(agreements), len(agreements), False)
    assert await told(world, change) == agreements
    await world.drain()


async def test_the_next_is_read_while_one_is_put_down_and_written_only_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, agreements = await announced(world)
    still = Still()
    looks = 0

    def stopped() -> bool:
        nonlocal looks
        looks += 1
        return False

    with monkeypatch.context() as patched:
        patched.setitem(failpoints.ARMED, "fan-out.written", still)
        working = asyncio.create_task(carry_on(world.pools.worker, world.engine, chunk=CHUNK, stopped=stopped))
        await still.reached.wait()
        assert looks == 2, "both are at work"
        assert await told(world, change) == []
        still.go_on.set()
        assert await working
    assert await told(world, change) == agreements[: ROUND * CHUNK]
    await world.drain()


async def test_one_that_fails_is_set_apart_and_what_was_read_behind_it_is_left(world: World) -> None:
    change, agreements = await announced(world)
    bad = 5
    rows = await world.rows("select c.id, c.contacts from customer c join agreement a on a.customer_id = c.id "
                            "where a.id = $1", agreements[bad])  # fmt: skip
    spoil = "update customer set contacts = $2 where id = $1 returning id"
    await world.rows(spoil, rows[0]["id"], '[{"roles": "none"}]')
    await carry(world)
    assert await told(world, change) == agreements[:bad]
    assert [why for _, why in await parked(world)] == ["ValidationError"]
    await world.rows(spoil, rows[0]["id"], rows[0]["contacts"])
    await world.rows("update fan_out set parked_at = null, parked_why = null returning id")
    await carry(world)
    assert await told(world, change) == agreements
    await world.drain()


async def test_what_was_withdrawn_meanwhile_is_not_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chunk that was read holds nothing: whoever withdraws waits for the one before alone."""
    change, agreements = await announced(world)
    still = Still()
    with monkeypatch.context() as patched:
        patched.setitem(failpoints.ARMED, "commit.after", still)
        working = asyncio.create_task(carry_on(world.pools.worker, world.engine, chunk=CHUNK))
        await still.reached.wait()
        await world.do(change, "withdraw", reason="No longer needed.")
        still.go_on.set()
        assert await working
    assert await told(world, change) == agreements[:CHUNK]
    await world.drain()
    states = await world.rows("select s.state from subject s join notice n on n.id = s.id")
    assert {row["state"] for row in states} == {"cancelled"}
    [row] = await world.rows("select done, finished_at from fan_out where kind = 'announce' and change_id = $1", change)
    assert (row["done"], row["finished_at"] is None) == (CHUNK, False)


async def test_what_another_worker_carried_meanwhile_is_left_to_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    change, agreements = await announced(world)
    still = Still()
    with monkeypatch.context() as patched:
        patched.setitem(failpoints.ARMED, "commit.after", still)
        working = asyncio.create_task(carry_on(world.pools.worker, world.engine, chunk=CHUNK))
        await still.reached.wait()
        assert await carry_chunk(world.pools.worker, world.engine, chunk=CHUNK)
        still.go_on.set()
        assert await working
    assert await told(world, change) == agreements[: 2 * CHUNK]
    assert "failed" not in caplog.text, "they met without a collision"
    await carry(world)
    assert await told(world, change) == agreements
    await world.drain()


async def test_several_workers_and_whatever_else_make_each_notice_once(world: World) -> None:
    change, agreements = await announced(world)
    late = [await world.make_agreement("kmo-solutions", await world.make_customer(f"Late {number}"), active=False)
            for number in range(4)]  # fmt: skip
    for one in late:
        await world.do(one, "send")
    await world.deliver()
    while await sweep(world.pools.worker, world.engine):
        pass
    await asyncio.gather(*(carry(world) for _ in range(3)))
    await carry(world)
    assert sorted(await told(world, change)) == sorted([*agreements, *late])
    assert await parked(world) == []
    await world.drain()


@pytest.mark.parametrize("chunk", [1, 2, 3])
async def test_a_worker_that_is_away_in_the_middle_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    change, agreements = await announced(world)
    with monkeypatch.context() as patched:
        patched.setitem(failpoints.ARMED, "fan-out.written", failpoints.Armed("away", chunk))
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):
            await carry_on(world.pools.worker, world.engine, chunk=CHUNK)
    assert await told(world, change) == agreements[: (chunk - 1) * CHUNK], "those before it"
    async with transaction(world.pools.worker) as connection:
        free = await connection.fetchval("select true from fan_out where finished_at is null for update skip locked")
    assert free, "nothing is in flight any more"
    await carry(world)
    assert await told(world, change) == agreements
    await world.drain()


async def test_none_is_begun_once_it_is_to_stop(world: World) -> None:
    change, _ = await announced(world)
    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    assert await carry_on(world.pools.worker, world.engine, chunk=CHUNK, stopped=stopped)
    assert len(await told(world, change)) == 3 * CHUNK
    await world.drain()
