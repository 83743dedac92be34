"""The ledger read while somebody is still writing: never past what may still appear, and never as if nothing were."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service import ledger_watermark
from service.cli.export import write_list
from tests.databases import Database
from tests.http.conftest import Api


@contextlib.asynccontextmanager
async def begun(database: Database) -> AsyncIterator[asyncpg.transaction.Transaction]:
    """A transaction that has its number and has not ended."""
    other = await asyncpg.connect(database.superuser)
    try:
        one = other.transaction()
        await one.start()
        await other.fetchval("select pg_current_xact_id()")
        yield one
    finally:
        await other.close()


async def test_a_process_that_has_just_begun_waits_for_what_is_under_way(
    api: Api, acme: Any, database: Database
) -> None:
    async with begun(database) as other:
        asked = asyncio.create_task(api.get("events"))
        ended, _ = await asyncio.wait([asked], timeout=0.2)
        assert not ended, "it would show nothing of a ledger that has events"
        await other.commit()
        answer = await asked
    assert answer.status_code == 200
    assert answer.json()["items"][0]["type"] == "processor.created"


async def test_what_takes_longer_is_said_instead_of_an_empty_list(
    api: Api, acme: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_watermark, "_PATIENCE", 0.0)
    async with begun(database):
        for media in ("application/json", "text/csv"):
            answer = await api.get("events", headers={"Accept": media})
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert "ask again" in answer.json()["detail"]


async def test_an_export_has_all_that_was_committed_when_it_began(api: Api, acme: Any, database: Database) -> None:
    into = BytesIO()
    async with begun(database):
        await write_list(api.app.state.parts.pool, UUID(acme["id"]), "events", into, format="jsonl")
    types = [json.loads(line)["type"] for line in into.getvalue().splitlines()]
    assert types == [one["type"] for one in (await api.get("events")).json()["items"]] != []
