"""PostgreSQL that ends connections, is altered, is full or says nothing (faults 16, 21 and 23): nothing is set apart,
nothing is done twice, and whoever waits is told so in time."""

import asyncio
import contextlib
import random
from typing import Any

import asyncpg
import msgspec
import pytest

from db import failpoints, session
from service.settings import Secret, Settings
from tests.conftest import Database
from tests.faults.ways import database_way
from tests.http.conftest import ACME, Api, serving
from tests.test_sweep import check_fired, many_timers, parked
from tests.world import World
from workflows.engine.poison import is_poison
from workflows.engine.sweep import sweep
from workflows.reach.fan_out import carry_chunk

SAID = {"by": "Kim", "channel": "phone", "grounds": "Not there.", "evidence": "a call"}
FULL = """
    create function full_disk() returns trigger language plpgsql
        as $$ begin raise exception 'No space left on device' using errcode = 'disk_full'; end $$;
    create trigger full_disk before insert on event for each statement execute function full_disk()"""


async def execute(database: Database, words: str) -> None:
    connection = await asyncpg.connect(database.superuser)
    await connection.execute(words)
    await connection.close()


async def test_connections_that_end_in_the_middle_set_nothing_apart(world: World, database: Database) -> None:
    """A third of all looks lose a connection while they work."""
    tasks = await many_timers(world, 40)
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '1 day'")
    dice = random.Random(16)
    points = [one for one in failpoints.POINTS if one.startswith("sweep.")]
    admin = await asyncpg.connect(database.superuser)
    lost = 0
    while await world.rows("select 1 from timer limit 1"):
        point = dice.choice(points)
        look = asyncio.create_task(sweep(world.pools.worker, world.engine, batch=20))
        if dice.random() < 0.5:
            armed = failpoints.ARMED[point] = Stopped()
            reached = asyncio.create_task(armed.reached.wait())
            await asyncio.wait([look, reached], return_when=asyncio.FIRST_COMPLETED)
            reached.cancel()
            del failpoints.ARMED[point]
            await admin.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                "where datname = current_database() and usename = 'termijn_worker_login' and state <> 'idle'"
            )
            armed.go_on.set()
            lost += 1
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            await look
    await admin.close()
    assert lost > 2
    assert await parked(world) == []
    await check_fired(world, tasks)


class Stopped(failpoints.Armed):
    """Stands still at a step until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__("hang")
        self.go_on = asyncio.Event()

    async def come_by(self) -> None:
        self.reached.set()
        await self.go_on.wait()


@pytest.mark.parametrize("error", [
    asyncpg.InternalClientError("got result for unknown protocol state 3"), asyncpg.InterfaceError("closed"),
    asyncpg.AdminShutdownError("x"), ConnectionResetError(),
], ids=lambda one: type(one).__name__)  # fmt: skip
async def test_a_change_under_way_is_not_set_apart_for_a_connection_that_broke(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    await world.make_processor()
    await world.make_agreement("kmo-solutions")
    change = await world.make_change(await world.make_subprocessor())
    await world.do(change, "notify")

    class Broken(failpoints.Armed):
        async def come_by(self) -> None:
            raise error

    with monkeypatch.context() as patched:
        patched.setitem(failpoints.ARMED, "fan-out.written", Broken("raise"))
        with pytest.raises(type(error)):
            await carry_chunk(world.pools.worker, world.engine)
    assert await parked(world) == []
    await world.drain()
    assert len(await world.rows("select 1 from notice where change_id = $1", change)) == 1


async def test_a_table_that_is_altered_under_traffic_costs_a_second_try(
    api: Api, world: World, database: Database
) -> None:
    await world.make_processor()
    agreements = [await world.make_agreement("kmo-solutions") for _ in range(2)]
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    notices = [(await world.notice(change, one))["id"] for one in agreements]
    assert (await api.post(f"notices/{notices[0]}/object", SAID)).status_code == 200
    await execute(database, "alter table notice add column newer text; alter table agreement add column newer text")
    assert (await api.post(f"notices/{notices[1]}/object", SAID)).status_code == 200
    await world.days(40)
    assert await parked(world) == []


async def test_who_reads_while_a_table_is_altered_is_answered(api: Api, world: World, database: Database) -> None:
    """What was prepared for a row of before fails, in a transaction that reads as well."""
    processor = await world.make_processor()
    for column in ("newer", "newest"):
        assert (await api.get(f"processors/{processor}")).status_code == 200
        await execute(database, f"alter table processor add column {column} text")
        for method in ("HEAD", "GET"):
            assert (await api.call(method, f"processors/{processor}")).status_code == 200


@pytest.mark.parametrize("what", ["missing", "newer"])
async def test_what_is_not_there_is_waited_for_while_the_database_is_of_another_version(
    world: World, database: Database, what: str
) -> None:
    """And is a defect as soon as it is not: with its places, and what needs it set apart."""

    async def ask() -> None:
        async with session.transaction(world.pools.worker) as connection:
            await connection.execute("select nothing_such from clock")

    with pytest.raises(asyncpg.UndefinedColumnError) as defect:
        await ask()
    assert is_poison(defect.value)
    change, back = {
        "missing": ("create table kept as select * from migration; delete from migration where name ~ '^0001'",
                    "insert into migration select * from kept where name ~ '^0001'; drop table kept"),
        "newer": ("insert into migration (name, digest) values ('9999_newer.sql', '')",
                  "delete from migration where name ~ '^9999'"),
    }[what]  # fmt: skip
    await execute(database, change)
    with pytest.raises(session.OtherVersionError) as away:
        await ask()
    await execute(database, back)
    assert not is_poison(away.value)


async def test_a_full_disk_sets_nothing_apart_and_is_told(api: Api, world: World, database: Database) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '40 days'")
    await execute(database, FULL)
    with pytest.raises(asyncpg.DiskFullError):
        await sweep(world.pools.worker, world.engine)
    answer = await api.post(f"notices/{notice}/object", SAID)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "nothing was written" in answer.json()["detail"]
    assert await parked(world) == []
    await execute(database, "drop trigger full_disk on event")
    await world.drain()
    assert await world.state(notice) == "lapsed"


async def test_a_database_that_says_nothing_is_given_up_in_time(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real times a request waits 20 s for a statement, and 5 s for a connection."""
    del world
    assert session.COMMAND_SECONDS["termijn_api"] == 20.0
    monkeypatch.setattr(session, "COMMAND_SECONDS", {"termijn_api": 0.3, "termijn_worker": 0.3})
    monkeypatch.setattr(session, "ACQUIRE_SECONDS", 0.3)
    monkeypatch.setattr(session, "SETTLE_SECONDS", 0.3)
    loop = asyncio.get_running_loop()
    async with database_way(settings.database_url) as way:
        behind = msgspec.structs.replace(settings, database_url=Secret(way.dsn))
        async with serving(behind) as api:
            await api.made("processors", ACME)
            way.hold()
            began = loop.time()
            answers: list[Any] = [await api.get("terms"), await api.post("processors", {**ACME, "name": "Two"})]
            took = loop.time() - began
            way.let_go()
            assert [one.status_code for one in answers] == [503, 503]
            assert took < 5.0
            async with asyncio.timeout(20):
                while (await api.get("terms")).status_code != 200:
                    pass
            assert len((await api.get("processors")).json()["items"]) == 1
