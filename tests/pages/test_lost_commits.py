"""The answer to the commit of a form is lost: the page never says of an answer that is on record that nothing was."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from db import session
from service.settings import Secret, Settings
from tests.conftest import Database
from tests.faults.ways import DatabaseWay, database_way
from tests.http.conftest import started_app
from tests.pages.conftest import SECRET, Site
from tests.pages.notices import answers, told
from tests.world import World


@dataclass(frozen=True)
class ShakySite:
    """The pages behind a way to the database that can be cut."""

    site: Site
    cut: DatabaseWay


@pytest.fixture
async def shaky(world: World, database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ShakySite]:
    monkeypatch.setattr(session, "SETTLE_SECONDS", 0.3)
    async with contextlib.AsyncExitStack() as closing:
        cut = await closing.enter_async_context(database_way(database.api))
        settings = Settings(
            database_url=Secret(cut.dsn),
            redis_url=None,
            base_url="http://testserver",
            secret_key=SECRET,
            clock="simulated",
            smtp_arrival="direct",
        )
        app = await closing.enter_async_context(started_app(settings))
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # the two spell ASGI's types differently
        client = await closing.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://testserver"))
        yield ShakySite(Site(world, app, client), cut)


async def test_an_answer_that_was_committed_is_taken(shaky: ShakySite) -> None:
    _, _, notice = await told(shaky.site, "kmo-solutions")
    path = await shaky.site.link(notice)
    shaky.cut.when = "after"
    sent = await shaky.site.answer(path, "object", "No.")
    assert sent.status_code == 303
    assert shaky.cut.when is None, "the cut was made"
    assert [one["answer"] for one in await answers(shaky.site, notice)] == ["object"]


async def test_an_answer_that_did_not_reach_the_database_was_not_recorded(shaky: ShakySite) -> None:
    _, _, notice = await told(shaky.site, "kmo-solutions")
    path = await shaky.site.link(notice)
    shaky.cut.when = "before"
    sent = await shaky.site.answer(path, "object", "No.")
    assert sent.status_code == 503
    assert "Met deze poging is niets vastgelegd" in sent.text
    assert await answers(shaky.site, notice) == []


@pytest.mark.parametrize("when", ["before", "after"])
async def test_where_nobody_can_tell_the_next_showing_looks_it_up(shaky: ShakySite, when: str) -> None:
    _, _, notice = await told(shaky.site, "kmo-solutions")
    path = await shaky.site.link(notice)
    shaky.cut.stays_away, shaky.cut.when = True, when  # type: ignore[assignment]  # one of the two
    sent = await shaky.site.answer(path, "object", "No.")
    assert sent.status_code == 503
    assert "niets vastgelegd" not in sent.text
    assert "nog niet zeker" in sent.text
    where = sent.text.partition('<a href="')[2].partition('"')[0]
    shaky.cut.away = False
    shown = await shaky.site.client.get(str(sent.url.join(where.partition("#")[0])))
    assert shown.status_code == 200
    recorded = [one["answer"] for one in await answers(shaky.site, notice)] == ["object"]
    assert recorded == (when == "after")
    assert ("Uw antwoord is ontvangen" in shown.text) == recorded
    assert ("Wat u verstuurde is niet vastgelegd" in shown.text) == (not recorded)
    # Nobody else's field brings such a sentence about.
    assert "niet vastgelegd" not in await shaky.site.shown(f"{path}?asked=AAAA")
