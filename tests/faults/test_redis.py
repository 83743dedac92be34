"""Redis rings, and knows nothing (faults 9 to 13): without it, or with the worst in it, work goes on."""

import asyncio
import contextlib
import pickle
from collections.abc import AsyncIterator
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from arq.constants import default_queue_name, job_key_prefix
from redis.asyncio import Redis
from redis.exceptions import RedisError

from service import doorbell as doorbell_module
from service import worker as worker_module
from service.doorbell import QUEUE, RING, Doorbell, encode, hang_up, listener
from service.mail.outgoing.config import MailConfig
from service.up.embedded import RunningServers
from service.worker import Worker
from tests.faults.ways import Way
from tests.mail.conftest import config_for
from tests.world import World


class Bomb:
    """What runs code wherever it is unpickled."""

    went_off = False

    def __reduce__(self) -> Any:
        return setattr, (Bomb, "went_off", True)


@pytest.fixture
def mail() -> MailConfig:
    return config_for(1)


@pytest.fixture
async def way(servers: RunningServers) -> AsyncIterator[Way]:
    made = Way(urlsplit(str(servers.urls.redis)).path)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def redis(servers: RunningServers) -> AsyncIterator[Redis]:
    client: Redis = Redis.from_url(str(servers.urls.redis))
    await client.flushall()
    yield client
    await client.flushall()
    await client.aclose()


def address(way: Way, servers: RunningServers) -> str:
    return f"redis://:{urlsplit(str(servers.urls.redis)).password}@127.0.0.1:{way.port}"


@contextlib.asynccontextmanager
async def listening(worker: Worker, url: str) -> AsyncIterator[None]:
    """The worker's own listener, which nothing may end but the end of the worker."""
    task = asyncio.create_task(worker.doorbell(url))
    yield
    worker.stopping.set()
    await asyncio.wait_for(task, 10)


async def heard(worker: Worker, bell: Doorbell) -> None:
    """Ring until it is heard: what was in the way is gone by then."""
    worker.heard.clear()
    async with asyncio.timeout(20):
        while not worker.heard.is_set():
            await bell.ring()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(worker.heard.wait(), 0.1)


HOSTILE: dict[str, Any] = {
    "a pickle": {"job": pickle.dumps(Bomb())},
    "an unknown function": {"job": encode({"t": 1, "f": "drop_everything", "a": [], "k": {}, "et": 1})},
    "no job at all": {"job": b"\xff\xfe\x00"},
    "a name that is no text": {"name": b"\xff\xfe"},
    "a job of another kind": {"other": True},
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_what_is_in_the_queue_runs_nothing_and_ends_nothing(
    world: World, servers: RunningServers, redis: Redis, mail: MailConfig, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(worker_module, "AFTER_ERROR", 0.05)
    worker = Worker(world.pools.worker, world.engine, mail, simulated=False)
    bell = Doorbell(str(servers.urls.redis))
    given = HOSTILE[what]
    name = given.get("name", b"hostile")
    if "job" in given:
        await redis.set(job_key_prefix.encode() + name, given["job"])
    if "other" in given:
        await cast(Any, redis.hset(job_key_prefix.encode() + name, "a", "b"))
    await redis.zadd(QUEUE, {name: 1})
    async with listening(worker, str(servers.urls.redis)):
        await heard(worker, bell)
        await heard(worker, bell)
    await bell.close()
    assert not Bomb.went_off
    assert default_queue_name != QUEUE
    assert RING


async def test_emptied_and_away_it_is_heard_again_and_named_once(
    world: World, servers: RunningServers, redis: Redis, way: Way, mail: MailConfig, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(worker_module, "AFTER_ERROR", 0.02)
    worker = Worker(world.pools.worker, world.engine, mail, simulated=False)
    bell = Doorbell(str(servers.urls.redis))
    async with listening(worker, address(way, servers)):
        await heard(worker, bell)
        await redis.flushall()
        await heard(worker, bell)
        way.go_away()
        async with asyncio.timeout(20):
            for _ in range(2):  # it asks again and again, and says so once
                way.came.clear()
                await way.came.wait()
        way.calm()
        await heard(worker, bell)
    await bell.close()
    said = [one for one in caplog.records if one.name == "service.worker" and "doorbell" in one.getMessage()]
    assert len(said) == 1, [one.getMessage() for one in said]


async def test_hanging_up_is_over_in_time_and_hears_who_cancels_it(
    servers: RunningServers, way: Way, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Redis that says nothing; the time-outs of its own driver are longer than what is waited for."""
    del redis
    monkeypatch.setattr(doorbell_module, "HANG_UP_SECONDS", 0.1)
    loop = asyncio.get_running_loop()
    for cancelled in (False, True):
        bell = listener(address(way, servers), lambda: None)
        connections = bell.pool
        await connections.ping()
        way.hold()
        began = loop.time()
        hanging = asyncio.create_task(hang_up(bell))
        if cancelled:
            await asyncio.sleep(0)
            hanging.cancel()
        await asyncio.wait([hanging])
        assert hanging.cancelled() is cancelled
        assert loop.time() - began < 1.0
        way.let_go()
        await connections.aclose(close_connection_pool=True)


@pytest.mark.parametrize(("how", "back"), [
    ("config set maxmemory 1", "config set maxmemory 0"), ("replicaof 127.0.0.1 1", "replicaof no one"),
], ids=["full", "read-only"])  # fmt: skip
async def test_one_that_takes_nothing_is_gone_on_without(
    world: World, servers: RunningServers, redis: Redis, mail: MailConfig, monkeypatch: pytest.MonkeyPatch,
    how: str, back: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(worker_module, "AFTER_ERROR", 0.02)
    worker = Worker(world.pools.worker, world.engine, mail, simulated=False)
    bell = Doorbell(str(servers.urls.redis))
    async with listening(worker, str(servers.urls.redis)):
        await heard(worker, bell)
        ask = cast(Any, redis).execute_command
        await ask(*how.split())
        try:
            with pytest.raises(RedisError):
                await redis.set("a", "b")
            await bell.ring()
        finally:
            await ask(*back.split())
        await redis.flushall()  # what a listener that ended had taken it keeps for a quarter of a minute
        await heard(worker, bell)
    await bell.close()


async def test_a_request_waits_half_a_second_for_a_redis_that_says_nothing(
    servers: RunningServers, way: Way, redis: Redis
) -> None:
    del redis
    way.hold()
    bell = Doorbell(address(way, servers))
    loop = asyncio.get_running_loop()
    began = loop.time()
    await bell.ring()
    assert loop.time() - began < 1.0
    way.let_go()
    await bell.close()
