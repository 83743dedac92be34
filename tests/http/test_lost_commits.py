"""The answer to a commit is lost on its way: what was done is found out, and never claimed where that cannot be."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from db import session
from service.settings import Secret, Settings
from tests.faults.ways import WRITES, DatabaseWay, database_way
from tests.http.conftest import ACME, Api, serving
from tests.world import World

BAKERY = {"name": "Bakery", "country": "NL", "language": "nl", "contacts": []}


@dataclass(frozen=True)
class Shaky:
    """The API behind a way to the database that can be cut."""

    api: Api
    cut: DatabaseWay

    async def customers(self) -> int:
        return len((await self.api.get("customers")).json()["items"])


@pytest.fixture
async def shaky(world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shaky]:
    del world
    monkeypatch.setattr(session, "SETTLE_SECONDS", 0.3)
    async with contextlib.AsyncExitStack() as closing:
        # Of one processor: what reads the key has none yet.
        cut = await closing.enter_async_context(database_way(settings.database_url, WRITES + b"0"))
        behind = msgspec.structs.replace(settings, database_url=Secret(cut.dsn))
        api = await closing.enter_async_context(serving(behind))
        await api.made("processors", ACME)
        yield Shaky(api, cut)


async def test_what_was_committed_is_answered_as_done(shaky: Shaky) -> None:
    shaky.cut.when = "after"
    answer = await shaky.api.post("customers", BAKERY)
    assert answer.status_code == 201, answer.text
    assert shaky.cut.when is None, "the cut was made"
    assert await shaky.customers() == 1


async def test_what_did_not_reach_the_database_was_not_written(shaky: Shaky) -> None:
    shaky.cut.when = "before"
    answer = await shaky.api.post("customers", BAKERY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json()["type"] == "/problems/unavailable"
    assert "nothing was written" in answer.json()["detail"]
    assert await shaky.customers() == 0


@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
async def test_what_cannot_be_found_out_is_not_claimed(shaky: Shaky, when: Any, written: int) -> None:
    shaky.cut.stays_away, shaky.cut.when = True, when
    answer = await shaky.api.post("customers", BAKERY, headers={"Idempotency-Key": "one"})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/outcome-unknown")
    said = answer.json()["detail"]
    assert "not known" in said
    assert "Idempotency-Key" in said
    shaky.cut.away = False
    assert await shaky.customers() == written
    again = await shaky.api.post("customers", BAKERY, headers={"Idempotency-Key": "one"})
    assert again.status_code == 201
    assert await shaky.customers() == 1, "the same request again is done once"


async def test_a_database_that_is_away_before_the_work_has_nothing_of_it(shaky: Shaky) -> None:
    shaky.cut.go_away()
    answer = await shaky.api.post("customers", BAKERY)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert "nothing was written" in answer.json()["detail"]
    assert (await shaky.api.get("customers")).status_code == 503
    shaky.cut.away = False
    assert await shaky.customers() == 0
