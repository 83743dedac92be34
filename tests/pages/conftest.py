"""The pages on the test's own database: in the test's event loop for HTTP, on a real port for browsers."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from litestar import Litestar
from playwright.async_api import Browser

from db import clock
from db.session import transaction
from service.links import Purpose, ensure_link, url
from service.settings import Secret, Settings
from tests.databases import Database, Reused
from tests.http.conftest import started_app
from tests.pages.browsing import Visit
from tests.world import World
from workflows.engine.engine import New
from workflows.ids import new_id
from workflows.machine.vocabulary import Command
from workflows.model.change import Change
from workflows.reach.fan_out import carry_chunk

SECRET = Secret("a secret of the tests that is long enough")


class _FormFields(HTMLParser):
    """The hidden fields of each form, the names of its buttons' values, and the answers that are offered."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.buttons: list[set[str]] = []
        self.answers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append({})
            self.buttons.append(set())
        if tag == "button":
            self.buttons[-1].add(given.get("value") or "")
        if tag == "input" and given.get("type") == "hidden":
            self.forms[-1][str(given["name"])] = str(given["value"])
        if tag == "input" and given.get("name") == "answer":
            self.answers.append(str(given["value"]))


def _forms(html: str) -> _FormFields:
    found = _FormFields()
    found.feed(html)
    return found


def hidden(html: str, **wanted: str) -> dict[str, str]:
    """The hidden fields of the first form that has these among them; `button` names the value of its button."""
    button = wanted.pop("button", None)
    found = _forms(html)
    for fields, buttons in zip(found.forms, found.buttons, strict=True):
        if wanted.items() <= fields.items() and (button is None or button in buttons):
            return fields
    raise AssertionError(f"no form with {wanted} {button}")


def has_form(html: str, **wanted: str) -> bool:
    try:
        hidden(html, **wanted)
    except AssertionError:
        return False
    return True


def offered(html: str) -> list[str]:
    """The answers that the page's form offers."""
    return _forms(html).answers


def text_of(html: str) -> str:
    """What a reader sees, on one line."""
    body = re.sub(r"</(?:td|th|dt|dd|p|li|h\d)>", " ", re.split(r"<body\b[^>]*>", html, maxsplit=1)[-1])
    return " ".join(re.sub(r"<[^>]+>", "", body).split())


@dataclass(frozen=True)
class Site:
    """The pages of one world."""

    world: World
    app: Litestar
    client: httpx.AsyncClient

    async def link(
        self,
        notice: UUID,
        *,
        contact: int = 0,
        purpose: Purpose = "notice",
        customer: UUID | None = None,
        anew: bool = False,
    ) -> str:
        """The path of a contact's link, as a mail to it would have it; `anew`: as one that was asked for now."""
        if customer is None:
            rows = await self.world.rows("select customer_id from notice where id = $1", notice)
            customer = rows[0]["customer_id"]
        [row] = await self.world.rows(
            "select (contacts -> $2::int ->> 'id')::uuid as id from customer where id = $1", customer, contact
        )
        async with transaction(self.world.pools.worker) as connection:
            now = await clock.now(connection)
            token = await ensure_link(
                connection, SECRET, self.world.processor, customer, row["id"], purpose, notice, now,
                told_at=now if anew else None,
            )  # fmt: skip
        assert token is not None
        return url("", purpose, token)

    async def own_page(self, customer: UUID, *, contact: int = 0) -> str:
        """The path of a contact's own page."""
        return await self.link(customer, contact=contact, purpose="contact", customer=customer)

    async def erasure_page(self, agreement: UUID, *, contact: int = 0) -> str:
        """The path that a mail which asks to confirm an erasure leads to."""
        [row] = await self.world.rows("select customer_id from agreement where id = $1", agreement)
        customer = row["customer_id"]
        return await self.link(agreement, contact=contact, purpose="erasure", customer=customer, anew=True)

    async def answer(self, path: str, answer: str, grounds: str = "", **more: Any) -> httpx.Response:
        """Open the page, fill in its form and send it."""
        shown = await self.client.get(path)
        assert shown.status_code == 200, shown.text
        return await self.client.post(path, data={**hidden(shown.text), "answer": answer, "grounds": grounds, **more})

    async def update(self, subject: UUID, **data: Any) -> None:
        """Correct a record, as PATCH does."""
        await self.tell(subject, "update", **data)

    async def tell(self, subject: UUID, trigger: str, **data: Any) -> None:
        """What no person asks for: a word of the program to one of its subjects."""
        now = await self.world.now()
        command = Command(subject=subject, trigger=trigger, at=now, now=now, actor="test", data=data)
        async with transaction(self.world.pools.api, [self.world.processor]) as connection:
            await self.world.engine.run(connection, [self.world.processor], [command])

    async def draft(self, subprocessor: UUID, **fields: Any) -> UUID:
        """A change whose first event says what it was, as the API's does."""
        entity = Change(
            id=new_id(), processor_id=self.world.processor, kind="add", subprocessor_id=subprocessor, **fields
        )
        await self.world.create(New(kind="change", entity=entity))
        return entity.id

    async def unreceived(self, change: UUID) -> None:
        """Announce it to mail servers that take their time."""
        await self.world.do(change, "notify")
        while await carry_chunk(self.world.pools.worker, self.world.engine):
            pass

    async def shown(self, path: str) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return text_of(answer.text)


@pytest.fixture
async def app(database: Database, reused: Reused) -> AsyncIterator[Litestar]:
    settings = Settings(
        database_url=Secret(database.api),
        redis_url=None,
        base_url="http://testserver",
        secret_key=SECRET,
        clock="simulated",
        smtp_arrival="direct",
    )
    async with started_app(settings, reused.served) as made:
        yield made


@pytest.fixture
async def site(world: World, app: Litestar) -> AsyncIterator[Site]:
    """The world and its pages; the clock was set before the service started, as in `termijn up`."""
    await app.state.parts.arrivals.calibrate()
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # the two spell ASGI's types differently
    async with httpx.AsyncClient(transport=transport, base_url=app.state.parts.settings.base_url) as client:
        yield Site(world, app, client)


@pytest.fixture
async def visit(site: Site, browser: Browser) -> AsyncIterator[Visit]:
    """The pages served on a port of this machine, and a browser."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(site.app, lifespan="off", log_config=None, ws="none"))
    serving = asyncio.create_task(server._serve([listening]))
    visit = Visit(site, browser, f"http://127.0.0.1:{listening.getsockname()[1]}")
    yield visit
    await visit.left()
    server.should_exit = True
    await serving
