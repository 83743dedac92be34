"""The board on the test's own database, on this machine, so that its cookies go by plain http."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from litestar import Litestar

from service.settings import Secret, Settings
from tests.databases import Database, Reused
from tests.http.conftest import started_app
from tests.pages.conftest import SECRET, Site, site, visit
from tests.people import Person, signed_in

__all__ = ["site", "visit"]

SignIn = Callable[..., Awaitable[Person]]


def board_settings(database: Database) -> Settings:
    return Settings(
        database_url=Secret(database.api),
        redis_url=None,
        base_url="http://127.0.0.1",
        secret_key=SECRET,
        clock="simulated",
        smtp_arrival="direct",
        limit_sign_in=5,
    )


@pytest.fixture
def settings(database: Database) -> Settings:
    return board_settings(database)


@pytest.fixture
async def app(settings: Settings, reused: Reused) -> AsyncIterator[Litestar]:
    async with started_app(settings, reused.served) as made:
        yield made


@pytest.fixture
async def person(site: Site) -> AsyncIterator[SignIn]:
    """Signs somebody in: `director = await person("director")`."""
    async with AsyncExitStack() as stack:

        async def make(role: Any = "manager", **more: Any) -> Person:
            return await stack.enter_async_context(signed_in(site.app, role, site.world.processor, **more))

        yield make
