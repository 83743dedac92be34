"""The API in the test's own event loop, on the test's own database, with a simulated clock."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from msgspec.structs import asdict

from db import clock as db_clock
from service.app import at_the_edge, routed_app, running
from service.keys import new_key
from service.settings import Secret, Settings
from service.up.embedded import RunningServers
from tests.beginnings import begun
from tests.databases import Database, Reused, cloned
from tests.readers import kept_readers
from tests.world import World

ACME = {
    "name": "Acme Telecom",
    "country": "NL",
    "timezone": "Europe/Amsterdam",
    "language": "nl",
    "terms": "kmo-solutions",
}


ADMIN_KEY = Secret(new_key())
"""The admin's, the same for all tests of a worker."""


@dataclass(frozen=True)
class Api:
    """A client that holds the admin's key."""

    app: Litestar
    client: httpx.AsyncClient
    admin: str

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.call("GET", path, **more)

    async def post(self, path: str, json: Any = None, **more: Any) -> httpx.Response:
        return await self.call("POST", path, json=json, **more)

    async def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """A request with the admin's key, or another."""
        own: dict[str, str | bytes] = {"Authorization": f"Bearer {key or self.admin}", **(headers or {})}
        sent = [(name.encode(), one if isinstance(one, bytes) else one.encode()) for name, one in own.items()]
        if "json" in more and more["json"] is None:
            del more["json"]
        address = path if path.startswith("/") else f"/api/v1/{path}"
        return await self.client.request(method, address, headers=sent, **more)

    async def made(self, path: str, json: Any, **more: Any) -> Any:
        """The body of what was created."""
        answer = await self.post(path, json, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def key(self, processor: str, role: str, name: str = "robot") -> str:
        return str((await self.made(f"processors/{processor}/keys", {"name": name, "role": role}))["key"])


def settings_of(database: Database, sink: Path | None = None) -> Settings:
    return Settings(
        database_url=Secret(database.api),
        redis_url=None,
        smtp_url=Secret("smtp://127.0.0.1:1"),
        base_url="http://termijn.test",
        secret_key=Secret("s" * 32),
        admin_key=ADMIN_KEY,
        clock="simulated",
        smtp_arrival="direct",
        mail_sink=sink,
    )


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    return settings_of(database, tmp_path)


class Lendable:
    """The service's application, which takes a third of a second to make, for one deployment after another.

    What it serves comes with `settings`, as in `create_app`; routes, signatures and the OpenAPI document stay.
    """

    settings: Settings
    pool: asyncpg.Pool | None

    def __init__(self) -> None:
        self.app = routed_app(self._lifespan)
        self._inside = self.app.asgi_handler
        self._readers = kept_readers()

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Litestar) -> AsyncIterator[None]:
        async with running(self.settings, self.pool, self._readers) as parts:
            app.state.parts = parts
            yield

    def lent(self, settings: Settings, pool: asyncpg.Pool | None) -> Litestar:
        """The application as `create_app(settings)` makes it."""
        self.settings = settings
        self.pool = pool
        self.app.asgi_handler = self._inside
        self.app.state.clear()
        return at_the_edge(self.app, settings)


_idle: list[Lendable] = []
"""Applications that nobody serves at this moment: a test may serve several at once."""


@contextlib.asynccontextmanager
async def started_app(settings: Settings, pool: asyncpg.Pool | None = None) -> AsyncIterator[Litestar]:
    """The service of these settings, started; on connections that stay, or its own."""
    lendable = _idle.pop() if _idle else Lendable()
    app = lendable.lent(settings, pool)
    try:
        async with started(app):
            yield app
    finally:
        _idle.append(lendable)


@contextlib.asynccontextmanager
async def started(app: Litestar) -> AsyncIterator[None]:
    """The app's lifespan in a task of its own: a fixture ends in another task than it began in."""
    up, down = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            up.set()
            await down.wait()

    task = asyncio.create_task(live())
    waits = [asyncio.create_task(up.wait()), task]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    try:
        yield
    finally:
        down.set()
        await task


@contextlib.asynccontextmanager
async def serving(settings: Settings, pool: asyncpg.Pool | None = None) -> AsyncIterator[Api]:
    """The service, started, and its admin."""
    async with started_app(settings, pool) as app:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # the two spell ASGI's types differently
        async with httpx.AsyncClient(transport=transport, base_url="http://termijn.test") as client:
            yield Api(app, client, settings.admin_key)


@pytest.fixture
async def api(world: World, settings: Settings, reused: Reused) -> AsyncIterator[Api]:
    """The service on a clock that stands at `World.start`."""
    async with contextlib.AsyncExitStack() as stack:

        async def begin() -> Api:
            return await stack.enter_async_context(serving(settings, reused.served))

        yield await begun(world, f"api {_apart(settings)}", begin, always=True)


def _apart(settings: Settings) -> dict[str, str]:
    """All that two services may differ in, but for where their database and their sink lie."""
    return {name: str(value) for name, value in asdict(settings).items() if name not in ("database_url", "mail_sink")}


@pytest.fixture
async def acme(api: Api, world: World) -> Any:
    """A processor, the only one so far."""
    return await begun(world, "acme", lambda: api.made("processors", ACME))


@pytest_asyncio.fixture(scope="module")
async def steady(servers: RunningServers, template: str) -> AsyncIterator[Api]:
    """A service with one processor, for the many requests of a module that leave nothing behind."""
    async with cloned(servers, template) as database:
        owner = await asyncpg.connect(database.superuser)
        await db_clock.start(owner, "simulated", World.start)
        await owner.close()
        async with serving(settings_of(database)) as made:
            await made.made("processors", ACME)
            yield made
