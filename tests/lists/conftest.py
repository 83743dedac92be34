"""The API on a clock that stands, a reader of lists beside it, and a publisher on this machine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from service.lists.reader import ListReader
from service.settings import Settings
from service.webhooks.sending import SendConfig, Sender
from tests.conftest import Database
from tests.http.conftest import acme, api, settings_of
from tests.resources.conftest import Desk, desk
from tests.webhooks.receiver import Receiver
from tests.world import World

__all__ = ["acme", "api", "desk"]

Look = Callable[..., Awaitable[None]]


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return replace(settings_of(database, tmp_path), webhook_insecure=True)


@pytest.fixture
async def publisher() -> AsyncIterator[Receiver]:
    async with Receiver() as made:
        yield made


@pytest.fixture
def reader(world: World, settings: Settings) -> ListReader:
    return ListReader(world.pools.worker, world.engine, Sender(replace(SendConfig.of(settings), timeout=2.0)))


@pytest.fixture
def look(desk: Desk, reader: ListReader) -> Look:
    """Let some hours pass, read what is due, and do what follows."""
    world: World = desk.world

    async def looked(hours: int = 6) -> None:
        await world.go(await world.now() + timedelta(hours=hours))
        await reader.round()
        await world.drain()

    return looked
