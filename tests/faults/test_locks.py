"""A row that somebody keeps locked (faults 19 and 20) holds up what is its own, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from db import failpoints
from db.queries import sql
from db.session import GONE, transaction
from db.troubles import trouble
from service.http import turns
from service.http.turns import AT_ONCE, BEHIND, Turns, held_still
from tests.conftest import Database
from tests.faults.test_database import Stopped
from tests.http.conftest import Api
from tests.test_sweep import parked
from tests.world import World
from workflows.engine.sweep import sweep
from workflows.errors import Unavailable
from workflows.ids import new_id
from workflows.reach import fan_out


@contextlib.asynccontextmanager
async def locked(database: Database, table: str, row: UUID) -> AsyncIterator[None]:
    """An operator at a prompt who went for lunch."""
    connection = await asyncpg.connect(database.superuser)
    try:
        async with connection.transaction():
            await connection.execute(f"select 1 from {table} where id = $1 for update", row)
            yield
    finally:
        await connection.close()


async def turned_away(asked: list[asyncio.Task], held: int) -> set[int]:
    """What all are answered but for those that hold a connection."""
    ended = asyncio.as_completed(asked)
    return {(await next(ended)).status_code for _ in range(len(asked) - held)}


@pytest.mark.parametrize("table", ["subject", "notice"])
async def test_timers_of_all_others_fire_meanwhile(world: World, database: Database, table: str) -> None:
    await world.make_processor()
    agreements = [await world.make_agreement("kmo-solutions") for _ in range(3)]
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    notices = [(await world.notice(change, one))["id"] for one in agreements]
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '40 days'")
    async with locked(database, table, notices[1]):
        while await sweep(world.pools.worker, world.engine):
            pass
        assert [await world.state(one) for one in notices] == ["lapsed", "open", "lapsed"]
        assert await parked(world) == []
    await world.drain()
    assert await world.state(notices[1]) == "lapsed"


async def test_a_change_that_is_held_holds_up_its_own_notices_alone(world: World, database: Database) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    changes = [await world.make_change(await world.make_subprocessor(one)) for one in ("First BV", "Second BV")]
    for one in changes:
        await world.announce(one)
    held, free = [(await world.notice(one, agreement))["id"] for one in changes]
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '40 days'")
    async with locked(database, "subject", changes[0]):
        while await sweep(world.pools.worker, world.engine):
            pass
        assert (await world.state(held), await world.state(free)) == ("open", "lapsed")
        assert await parked(world) == []
    await world.drain()
    assert await world.state(held) == "lapsed"


async def test_the_api_answers_others_while_many_ask_for_a_locked_row(
    api: Api, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than the pool has connections; they are told to come back."""
    monkeypatch.setattr(turns, "SECONDS", 0.2)
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    said = {"by": "Kim", "channel": "phone", "grounds": "Not there.", "evidence": "a call"}
    pool = api.app.state.parts.pool
    asked: list[asyncio.Task] = []
    async with locked(database, "subject", notice):
        asked = [
            asyncio.create_task(api.post(f"notices/{notice}/object", said)) for _ in range(2 * pool.get_max_size())
        ]
        assert await turned_away(asked, AT_ONCE) == {503}
        assert (await asyncio.wait_for(api.get(f"notices/{notice}"), 2)).status_code == 200
        assert pool.get_size() - pool.get_idle_size() <= AT_ONCE
    await asyncio.wait(asked)
    assert (await api.post(f"notices/{notice}/object", said)).status_code in (200, 409)
    assert len((await api.get(f"notices/{notice}")).json()["answers"]) >= 1


async def test_a_few_of_one_processor_look_ahead_at_once(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they move is locked meanwhile, and each has a connection."""
    monkeypatch.setattr(turns, "SECONDS", 0.1)
    await world.make_processor()
    other = World(world.pools, world.engine)
    await other.make_processor(slug="other")
    own, stranger = [await api.key(str(one.processor), "auditor") for one in (world, other)]
    until = {"until": (await world.now()).isoformat()}

    async def status(key: str) -> int:
        return (await api.call("GET", "forecast", key=key, params=until)).status_code

    async with contextlib.AsyncExitStack() as others:
        for _ in range(AT_ONCE):
            await others.enter_async_context(api.app.state.parts.turns.at(("ahead", world.processor)))
        assert await status(own) == 503
        assert await status(stranger) == 200
    assert await status(own) == 200


async def test_dry_runs_at_a_locked_row_take_turns_and_another_tenant_is_answered(
    api: Api, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks for an id of somebody else's does not wait for it."""
    monkeypatch.setattr(turns, "SECONDS", 0.2)
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    other = World(world.pools, world.engine)
    await other.make_processor(slug="other")
    own, stranger = [await api.key(str(one.processor), "director") for one in (world, other)]
    ends = {"on": "2026-12-31", "reference": "M-1"}
    pool = api.app.state.parts.pool
    path = f"agreements/{agreement}/end-main-contract"
    async with locked(database, "subject", agreement):
        asked = [
            asyncio.create_task(api.post(f"{path}?dry_run=true", ends, key=own)) for _ in range(2 * pool.get_max_size())
        ]
        assert await turned_away(asked, AT_ONCE) == {503}
        assert (await asyncio.wait_for(api.post(path, ends, key=stranger), 2)).status_code == 404
        assert pool.get_size() - pool.get_idle_size() <= AT_ONCE
    assert {(await one).status_code for one in asked} == {200, 503}


async def test_answers_to_notices_of_a_locked_change_leave_connections_to_others(
    api: Api, world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each notice is another row, but all hold their one change still; by the API and by link."""
    monkeypatch.setattr(turns, "SECONDS", 0.2)
    await world.make_processor()
    agreements = [await world.make_agreement("kmo-solutions") for _ in range(BEHIND + 2)]
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    notices = [(await world.notice(change, one))["id"] for one in agreements]
    said = {"by": "Kim", "channel": "phone", "grounds": "Not there.", "evidence": "a call"}
    pool = api.app.state.parts.pool
    async with locked(database, "subject", change):
        asked = [asyncio.create_task(api.post(f"notices/{one}/object", said)) for one in notices]
        assert await turned_away(asked, BEHIND) == {503}
        assert await held_still(world.pools.api, [world.processor], notices[0]) == change
        assert await held_still(world.pools.api, [new_id()], notices[0]) is None, "it is another's"
        assert pool.get_size() - pool.get_idle_size() <= BEHIND
    assert sorted([(await one).status_code for one in asked]) == [200] * BEHIND + [503, 503]


async def test_who_waits_for_a_turn_is_forgotten_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SECONDS", 0.0)
    queues = Turns()
    async with contextlib.AsyncExitStack() as held:
        for _ in range(AT_ONCE):
            await held.enter_async_context(queues.at("one"))
        with pytest.raises(Unavailable):
            await held.enter_async_context(queues.at("one"))
        async with queues.at("another"), queues.at(None):
            pass
    assert queues._queues == {}


async def test_two_workers_that_tell_and_join_at_once_make_each_notice_once(world: World) -> None:
    """A change is announced while agreements enter into force: each notice has one owner, and nothing collides."""
    await world.make_processor()
    change = await world.make_change(await world.make_subprocessor())
    customers = [await world.make_customer(f"Customer {number}") for number in range(6)]
    agreements = [await world.make_agreement("kmo-solutions", one, active=False) for one in customers]
    for one in agreements:
        await world.do(one, "send")
    await world.deliver()
    await world.do(change, "notify")
    while await sweep(world.pools.worker, world.engine):
        pass
    waiting = await world.rows("select kind from fan_out where finished_at is null")
    assert {row["kind"] for row in waiting} == {"announce", "join"}

    async def worker() -> None:
        # Not the way round a collision: the first try of each has to do.
        while await fan_out._carry(world.pools.worker, world.engine, 2, fan_out.Claimed()):
            pass

    await asyncio.gather(*(worker() for _ in range(4)))
    await world.drain()
    told = await world.rows("select agreement_id from notice where change_id = $1", change)
    assert sorted(row["agreement_id"] for row in told) == sorted(agreements)


async def test_two_workers_that_engage_the_same_host_at_once_do_so_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One stands still with its rows written and not committed; the other passes over what it would need."""
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    host = await world.make_subprocessor()
    for _ in range(2):
        await world.announce(await world.make_change(host))
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = (select max(closes_at) from notice)")
    armed = Stopped()
    with monkeypatch.context() as patched:
        patched.setitem(failpoints.ARMED, "sweep.written", armed)
        first = asyncio.create_task(sweep(world.pools.worker, world.engine, batch=1))
        await armed.reached.wait()
    await sweep(world.pools.worker, world.engine)
    armed.go_on.set()
    await first
    await world.drain()
    assert len(await world.rows("select 1 from engagement where agreement_id = $1", agreement)) == 1
    assert await parked(world) == []


async def test_no_row_is_kept_from_others_for_long(world: World) -> None:
    """What a session that idles in a transaction holds comes free within a minute, and requests wait less."""
    for pool, seconds in ((world.pools.api, "8s"), (world.pools.worker, "20s")):
        async with pool.acquire() as connection:
            assert await connection.fetchval("show idle_in_transaction_session_timeout") == "1min"
            assert await connection.fetchval("show lock_timeout") == seconds
    async with world.pools.worker.acquire() as connection, connection.transaction():
        await connection.execute(sql("wait_briefly"))
        assert await connection.fetchval("show lock_timeout") == "500ms"


async def test_who_idles_in_a_transaction_loses_its_rows(world: World) -> None:
    """Here after a twentieth of a second; the other waits for the row and has it then."""

    async def idle() -> None:
        async with transaction(world.pools.worker) as connection:
            await connection.execute("set local idle_in_transaction_session_timeout = '50ms'")
            await connection.execute("select from clock for update")
            async with transaction(world.pools.api) as other:
                await other.execute("select from clock for update")
            await connection.execute("select 1")

    with pytest.raises((asyncpg.IdleInTransactionSessionTimeoutError, *GONE)) as ended:
        await idle()
    assert trouble(ended.value) == "away"
