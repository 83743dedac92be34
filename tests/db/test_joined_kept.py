"""Processes of the release before neither sign a joined agreement nor put it in force: they do not know what it is."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from db.queries import sql
from db.troubles import trouble
from tests.world import World

OLD = sql("put_agreement").replace("joined = excluded.joined, ", "").replace(" joined,", "")
"""The block of that release: all columns but one."""
BOTH = [
    {"party": one, "at": "2026-03-03T09:00:00Z", "channel": "link", "text_sha256": None}
    for one in ("controller", "processor")
]


@pytest.fixture
async def row(world: World) -> dict[str, Any]:
    """A joined agreement that waits for the processor, as a process writes it."""
    await world.make_processor()
    id = await world.make_agreement("kmo-solutions", active=False, joined=True)
    await world.do(id, "send")
    await world.do(id, "sign", party="controller", name="Kim", channel="link")
    await world.drain()
    [found] = await world.rows("select row_to_json(a)::text as entity from agreement a where id = $1", id)
    decoded: dict[str, Any] = msgspec.json.decode(found["entity"])
    return decoded


@contextlib.asynccontextmanager
async def tried(world: World) -> AsyncIterator[asyncpg.Connection]:
    """A transaction of which nothing stays."""
    async with world.pools.worker.acquire() as connection:
        trying = connection.transaction()
        await trying.start()
        try:
            yield connection
        finally:
            await trying.rollback()


async def put(connection: asyncpg.Connection, block: str, row: dict[str, Any], **new: Any) -> Any:
    await connection.execute(block, msgspec.json.encode([{**row, **new}]).decode(), "{}")
    return await connection.fetchrow("select * from agreement where id = $1", UUID(row["id"]))


@pytest.mark.parametrize("new", [{"in_force_since": "2026-03-03T09:00:00Z"}, {"signatures": BOTH}])
async def test_what_an_older_process_does_not_know_is_kept(world: World, row: dict[str, Any], new: Any) -> None:
    assert "joined" not in OLD
    assert row["joined"] is True
    with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError, match="which this release does not know") as refused:
        async with tried(world) as connection:
            await put(connection, OLD, row, **new)
    assert trouble(refused.value) == "race", "it is tried again, and nothing is set apart"


async def test_what_it_knows_it_still_writes(world: World, row: dict[str, Any]) -> None:
    async with tried(world) as connection:
        assert (await put(connection, OLD, row, external_id="K-1"))["external_id"] == "K-1"
        assert (await put(connection, OLD, {**row, "joined": False}, external_id="K-2"))["joined"] is True


async def test_any_other_agreement_is_none_of_its_business(world: World) -> None:
    await world.make_processor()
    await world.make_agreement("kmo-solutions", active=False)
    async with tried(world) as connection:
        one = await connection.fetchrow("select id, row_to_json(a)::text as entity from agreement a")
        row = msgspec.json.decode(one["entity"])
        assert (await put(connection, OLD, row, in_force_since="2026-03-03T09:00:00Z"))["in_force_since"] is not None


async def test_one_write_that_knows_it_opens_the_way_for_no_other(world: World, row: dict[str, Any]) -> None:
    async with tried(world) as connection:
        signed = await put(connection, sql("put_agreement"), row, signatures=BOTH)
        assert len(msgspec.json.decode(signed["signatures"])) == 2
        with pytest.raises(asyncpg.ObjectNotInPrerequisiteStateError):
            await put(connection, OLD, row, signatures=BOTH, in_force_since="2026-03-03T09:00:00Z")
