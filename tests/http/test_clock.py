"""The simulated clock over HTTP: back only in an empty world, forward with all that is due on the way."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from db import clock as db_clock
from service.clock_driver import drive
from tests.conftest import Database
from tests.http.conftest import Api, serving, settings_of
from tests.world import Pools, World


async def put(api: Api, now: str) -> Any:
    return await api.call("PUT", "clock", json={"now": now})


@pytest.fixture
async def driver(pools: Pools, world: World) -> AsyncIterator[None]:
    """What a worker does for the clock."""

    async def work() -> bool:
        await world.drain()
        return False

    async def run() -> None:
        while True:
            await drive(pools.worker, work)
            await asyncio.sleep(0.005)

    task = asyncio.create_task(run())
    yield
    task.cancel()
    await asyncio.wait([task])


async def test_any_instant_until_the_first_processor_exists(api: Api) -> None:
    for now in ("2030-01-01T00:00:00Z", "1999-12-31T23:00:00Z", "2026-03-02T09:00:00Z"):
        answer = await put(api, now)
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"now": now, "mode": "simulated"}
    assert (await put(api, "2026-03-02T10:00:00+01:00")).json()["now"] == "2026-03-02T09:00:00Z"
    assert (await api.get("clock")).json() == {"now": "2026-03-02T09:00:00Z", "mode": "simulated"}


@pytest.mark.usefixtures("driver")
async def test_forward_only_once_there_is_a_processor(api: Api, acme: Any) -> None:
    back = await put(api, "2026-03-02T08:59:59Z")
    assert back.status_code == 409
    assert back.json()["type"] == "/problems/refused"
    for now in ("2026-03-02T09:00:00Z", "2026-03-03T00:00:00Z", "2026-03-03T00:00:00Z"):
        answer = await put(api, now)
        assert answer.status_code == 200
        assert answer.json()["now"] == now


@pytest.mark.usefixtures("driver")
async def test_it_answers_when_all_on_the_way_is_done(api: Api, acme: Any, world: World) -> None:
    before = await api.get("clock")
    await put(api, "2027-03-02T09:00:00Z")
    assert before.json()["now"] < (await api.get("clock")).json()["now"] == "2027-03-02T09:00:00Z"
    assert await world.rows("select from clock where target is not null") == []
    made = await api.made("customers", {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []})
    events = (await api.get("events?limit=200")).json()["items"]
    assert [one["at"] for one in events if made["id"] in str(one)] == ["2027-03-02T09:00:00Z"]


async def test_the_systems_clock_is_nobodys_to_set(database: Database) -> None:
    owner = await asyncpg.connect(database.superuser)
    await db_clock.start(owner, "system", None)
    async with serving(settings_of(database)) as api:
        shown = (await api.get("clock")).json()
        truth = await owner.fetchval("select clock_timestamp()")
        assert shown["mode"] == "system"
        answer = await put(api, "2030-01-01T00:00:00Z")
        assert answer.status_code == 409
        assert answer.json()["state"] == "system"
        stamped = await api.app.state.parts.arrivals.stamp()
        assert abs((stamped - truth).total_seconds()) < 5
        later = await owner.fetchval("select clock_timestamp()")
        assert abs((await api.app.state.parts.arrivals.stamp() - later).total_seconds()) < 1
    await owner.close()
