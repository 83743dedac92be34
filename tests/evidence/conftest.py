from collections.abc import AsyncIterator

import pytest_asyncio

from service.up.embedded import RunningServers
from tests.evidence.story import WholeLife, lived, world_of_its_own
from tests.http.conftest import acme, api, settings
from tests.resources.conftest import desk

__all__ = ["acme", "api", "desk", "settings"]


@pytest_asyncio.fixture(scope="package")
async def life(servers: RunningServers, template: str) -> AsyncIterator[WholeLife]:
    """One whole life, lived once for all tests that look at what it left."""
    async with world_of_its_own(servers, template) as (world, smtp):
        yield await lived(world, smtp)
