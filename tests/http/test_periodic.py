"""Work that repeats for as long as the API lives: nothing ends it, and its age is seen (findings from outages)."""

import asyncio
import contextlib

import asyncpg
import pytest

from db.session import PoolExhaustedError
from service.http.services import TURNS_MISSED, Periodic
from tests.http.conftest import Api

EVERYTHING = [
    PoolExhaustedError(),
    asyncpg.InternalClientError("got result for unknown protocol state 0"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.TooManyConnectionsError("full"),
    OSError("gone"),
    TimeoutError(),
    KeyError("a defect of ours"),
]


@pytest.mark.parametrize("error", EVERYTHING, ids=lambda one: type(one).__name__)
async def test_no_error_ends_it(error: Exception) -> None:
    turns = 0
    again = asyncio.Event()

    async def work() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            raise error
        again.set()

    task = asyncio.create_task(Periodic("work", 0, work).keep())
    await asyncio.wait_for(again.wait(), 10)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert turns >= 2


async def test_the_age_of_the_heartbeat_is_seen(api: Api) -> None:
    heartbeat = api.app.state.parts.periodic[0]
    assert 'termijn_periodic_age_seconds{work="heartbeat"}' in (await api.client.get("/metrics")).text
    assert (await api.client.get("/health/ready")).status_code == 200
    heartbeat._done -= (TURNS_MISSED + 1) * 5.0
    ready = await api.client.get("/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["heartbeat"] == "overdue"
