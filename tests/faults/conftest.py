import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from service.up.embedded import RunningServers
from tests.databases import Database
from tests.faults.nursery import Nursery
from tests.faults.rig import Rig
from tests.http.conftest import api, settings
from tests.world import World

__all__ = ["api", "settings"]


@pytest_asyncio.fixture(scope="session")
async def nursery() -> AsyncIterator[Nursery]:
    """Forks the program, which is imported once a worker."""
    made = await Nursery.begun()
    yield made
    await made.close()


@pytest.fixture
async def rig(
    servers: RunningServers, world: World, database: Database, nursery: Nursery, tmp_path: Path
) -> AsyncIterator[Rig]:
    """The program as processes on the world's database, with nothing started yet."""
    del world
    async with asyncio.timeout(120), Rig(servers, database, nursery, tmp_path) as made:
        yield made
