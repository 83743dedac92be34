"""The API on a clock that stands, a courier beside it, and a receiver on this machine."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from db import clock as db_clock
from service.settings import Settings
from service.webhooks.courier import Courier
from service.webhooks.sending import SendConfig, Sender
from tests.conftest import Database
from tests.http.conftest import Api, acme, api, settings_of
from tests.resources.conftest import Desk, desk, other
from tests.webhooks.receiver import Receiver
from tests.world import Pools, World
from workflows.engine.engine import Engine

__all__ = ["acme", "api", "desk", "other"]


UNSETTLED = """
    select exists (
        select from webhook_feed f join subject s on s.id = f.webhook_id
        where s.tags && '{sends}' and f.next_at <= termijn_now()
            and (f.leased_until is null or f.leased_until < clock_timestamp())
            and exists (select from event e where e.processor_id = f.processor_id and e.id > f.cursor)) as left"""


class Hooked(World):
    """A world in which webhooks are carried too."""

    courier: Courier

    async def drain(self) -> None:
        while True:
            await super().drain()
            if await self.courier.round():
                continue
            if not (await self.rows(UNSETTLED))[0]["left"]:
                return
            await asyncio.sleep(0.005)  # a transaction of the server's own (it analyses tables) is still open


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return replace(settings_of(database, tmp_path), webhook_insecure=True)


@pytest.fixture
async def world(pools: Pools, engine: Engine, settings: Settings) -> Hooked:
    made = Hooked(pools, engine)
    made.courier = Courier(pools.worker, engine, Sender(replace(SendConfig.of(settings), timeout=2.0)))
    async with pools.worker.acquire() as connection:
        await db_clock.start(connection, "simulated", made.start)
    return made


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as made:
        yield made


@pytest.fixture
async def hook(desk: Desk, receiver: Receiver) -> Any:
    """A webhook for all that happens, with its secret."""
    return await desk.api.made("webhooks", {"url": receiver.url()})


async def deliveries(api: Api, hook: Any, **params: Any) -> list[Any]:
    answer = await api.get(f"webhooks/{hook['id']}/deliveries", params=params)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["items"]
    return found


async def tried(desk: Desk, world: Hooked, hook: Any) -> Any:
    """A test of a webhook, while the worker is at work."""
    asking = asyncio.create_task(desk.api.post(f"webhooks/{hook['id']}/test"))
    while not asking.done():
        await world.courier.round()
        await asyncio.sleep(0.01)
    answer = await asking
    assert answer.status_code == 200, answer.text
    return answer.json()
