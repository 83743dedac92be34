from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from service.mail.outgoing.config import MailConfig, mail_config
from service.mail.outgoing.deliver import deliver
from service.settings import Secret, Settings
from tests.mail.server import Scripted
from tests.world import Pools, World
from workflows.engine.engine import Engine

SECRET = "a secret of at least thirty-two bytes, for tests"


def config_for(port: int, **more: object) -> MailConfig:
    settings = Settings(
        smtp_url=Secret(f"smtp://127.0.0.1:{port}"),
        base_url="https://dpa.example.org",
        secret_key=Secret(SECRET),
        smtp_arrival="direct",
        mail_from="notices@dpa.example.org",
    )
    made = mail_config(settings)
    values = {name: getattr(made, name) for name in made.__struct_fields__} | {"timeout": 5.0} | more
    return MailConfig(**values)


@pytest.fixture
async def smtp() -> AsyncIterator[Scripted]:
    server = Scripted()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def config(smtp: Scripted) -> MailConfig:
    return config_for(smtp.port)


@pytest.fixture
def posted(world: World, pools: Pools, engine: Engine, config: MailConfig) -> World:
    """The world with a real sender and a scripted server behind it."""
    world.deliver = partial(deliver, pools.worker, engine, config)  # type: ignore[method-assign]
    return world


Told = Callable[..., Awaitable[tuple[UUID, UUID]]]


@pytest.fixture
async def told(posted: World, smtp: Scripted) -> Told:
    """Announce a change to one customer; its agreement was sent before, and is forgotten."""

    async def announce(**processor: Any) -> tuple[UUID, UUID]:
        await posted.make_processor(**processor)
        host = await posted.make_subprocessor()
        agreement = await posted.make_agreement("kmo-solutions")
        smtp.attempts.clear()
        change = await posted.make_change(host, reason="a second data centre")
        await posted.announce(change)
        return change, agreement

    return announce
