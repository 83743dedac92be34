"""Persons who are signed in, for tests of the board."""

import itertools
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
from litestar import Litestar

from db import clock
from db.session import transaction
from service.http.session_cookie import cookie_of
from service.people.sign_in import make_link, opened, sign_in, sign_in_token
from service.people.users import NewUser, create_user
from tests.world import World
from workflows.model.users import Hears, Role
from workflows.words import Language

_numbers = itertools.count(1)
_FIELD = re.compile(r'name="_csrf_token" value="([0-9a-f]+)"')


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in: `client` shows the cookie, a browser is given it by `Visit.page(…, who=…)`."""

    id: UUID
    email: str
    client: httpx.AsyncClient
    cookie: str
    secret: str

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, **more)

    async def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        """A form, with what each form has in it."""
        return await self.client.post(path, data={"_csrf_token": await self.csrf(), **(data or {})}, **more)

    async def csrf(self) -> str:
        """What a form of this browser has in its field; the cookie that repeats it is kept."""
        found = _FIELD.search((await self.client.get("/board/in")).text)
        assert found is not None
        return found[1]


async def new_user(
    app: Litestar, role: Role, processor: UUID | None, *, email: str | None = None, language: Language = "en"
) -> NewUser:
    """A user, stored; of no processor where an admin's."""
    number = next(_numbers)
    user = NewUser(
        name=f"Robin {number}", email=email or f"robin{number}@acme.example", role=role, language=language,
        processor_id=None if role == "admin" else processor,
    )  # fmt: skip
    async with transaction(app.state.parts.pool, [processor] if processor else [], admin=True) as connection:
        await create_user(connection, user, await clock.now(connection))
    return user


async def new_link(app: Litestar, email: str, back: str = "/board") -> str:
    """The token of a fresh link for the first user with this address."""
    parts = app.state.parts
    async with transaction(parts.pool, admin=True) as connection:
        rows = await connection.fetch("select id, processor_id from termijn_users_at($1)", email)
        mine = [row["processor_id"] for row in rows if row["processor_id"]]
        await connection.execute("select set_config('termijn.processors', $1, true)", f"{{{','.join(map(str, mine))}}}")
        link = await make_link(connection, rows[0]["id"], rows[0]["processor_id"], back)
    return sign_in_token(parts.settings.secret_key, link)


@asynccontextmanager
async def signed_in(
    app: Litestar, role: Role, processor: UUID | None, *, language: Language = "en"
) -> AsyncIterator[Person]:
    """Somebody new who has just signed in."""
    parts = app.state.parts
    user = await new_user(app, role, processor, language=language)
    token = await new_link(app, user.email)
    async with transaction(parts.pool, admin=True) as connection:
        link = await opened(connection, parts.settings.secret_key, token)
        assert link is not None
        secret = await sign_in(connection, link)
    assert secret is not None
    cookie = cookie_of(parts.settings.base_url).name
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # the two spell ASGI's types differently
    async with httpx.AsyncClient(transport=transport, base_url=parts.settings.base_url) as client:
        client.cookies.set(cookie, secret)
        yield Person(link.user_id, user.email, client, cookie, secret)


@dataclass(frozen=True)
class ToldMail:
    """A mail that told somebody of what waits."""

    user: UUID
    at: datetime
    lines: list[Any]

    @property
    def occasions(self) -> list[str]:
        return [line["occasion"] for line in self.lines]


async def colleague(world: World, role: Role, *, language: Language = "en", **hears: Any) -> UUID:
    """Somebody who works for the processor of a world, or an admin, and what they want to hear."""
    number = next(_numbers)
    user = NewUser(
        name=f"Robin {number}", email=f"robin{number}@acme.example", role=role, language=language,
        processor_id=None if role == "admin" else world.processor, hears=Hears(**hears),
    )  # fmt: skip
    async with transaction(world.pools.api, [world.processor], admin=role == "admin") as connection:
        return await create_user(connection, user, await clock.now(connection))


async def told(world: World) -> list[ToldMail]:
    """What the processor's people were told, oldest first."""
    rows = await world.rows("select user_id, created_at, data from user_mail where kind = 'told' order by id")
    return [ToldMail(row["user_id"], row["created_at"], msgspec.json.decode(row["data"])["lines"]) for row in rows]
