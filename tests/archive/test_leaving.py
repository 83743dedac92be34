"""A processor leaves whole, with what was handed over, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from service.archive import leaving
from service.archive.handing_over import hand_over
from service.archive.leaving import leave
from tests.archive.test_archive import superuser
from tests.databases import Database
from tests.db.samples import Samples
from tests.world import World
from workflows.errors import Conflict
from workflows.ids import new_id


@pytest.fixture
async def processor(world: World) -> UUID:
    processor = await world.make_processor(slug="acme")
    await world.make_agreement("stkkr")
    return processor


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with superuser(database) as connection:
        yield connection


SINCE = ("app_user", "concern", "disclosure", "ledger_root", "root_stamp", "subscription", "subscription_told", "told")


async def test_whatever_came_since_keeps_it(processor: UUID, connection: asyncpg.Connection, tmp_path: Path) -> None:
    samples, file = await Samples.of(connection), tmp_path / "archive"
    user = await samples.insert(connection, "app_user", processor_id=processor, role="director")
    await hand_over(connection, "acme", file)
    await connection.execute("set session_replication_role = replica")
    for name in SINCE:
        given: dict[str, Any] = {
            "app_user": {"role": "manager", "email": "kim@example.org"},
            "subscription": {"address": "jan@example.org"},
            "told": {"user_id": user["id"]},
        }.get(name, {})
        await samples.insert(connection, name, processor_id=processor, **given)
        with pytest.raises(Conflict, match=f"^{name} is not what the archive has"):
            await leave(connection, "acme", file)
        await connection.execute(f"delete from {name} where ctid = (select max(ctid) from {name})")
    # When a webhook is asked next is no thing that came.
    await samples.insert(connection, "webhook_feed", processor_id=processor, webhook_id=new_id())
    await connection.execute("set session_replication_role = origin")
    await leave(connection, "acme", file)


async def test_what_is_being_written_is_waited_for_and_seen(
    processor: UUID, connection: asyncpg.Connection, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, file = await Samples.of(connection), tmp_path / "archive"
    await hand_over(connection, "acme", file)
    async with superuser(database) as other:
        writing = other.transaction()
        await writing.start()
        await samples.insert(other, "subscription", processor_id=processor, address="jan@example.org")
        with monkeypatch.context() as patched:
            patched.setattr(leaving, "LOCK_SECONDS", 0.05)
            with pytest.raises(Conflict, match="try again"):
                await leave(connection, "acme", file)
        asked = asyncio.create_task(leave(connection, "acme", file))
        await other.execute("set local statement_timeout = '5s'")
        await other.execute(UNTIL_IT_WAITS)
        await writing.commit()
        with pytest.raises(Conflict, match=r"^subscription is not"):
            await asked
    assert await connection.fetchval("select count(*) from processor") == 1


UNTIL_IT_WAITS = """do $$ begin
    while not exists (select from pg_locks where not granted and mode = 'ExclusiveLock'
        and database = (select oid from pg_database where datname = current_database())) loop null; end loop; end $$"""


async def test_nothing_of_it_is_left(processor: UUID, connection: asyncpg.Connection, tmp_path: Path) -> None:
    samples, file = await Samples.of(connection), tmp_path / "archive"
    admin = await samples.insert(connection, "app_user", processor_id=None, role="admin")
    # An admin's sign-in goes on, for whom nobody is chosen any more.
    session = await samples.insert(
        connection, "user_session", user_id=admin["id"], processor_id=None, chosen_id=processor
    )
    await samples.insert(connection, "disclosure", processor_id=processor)
    await hand_over(connection, "acme", file)
    await connection.execute(
        "create function stays() returns trigger language plpgsql as 'begin return null; end'; "
        "create trigger stays before delete on disclosure for each row execute function stays(); "
        "alter table disclosure enable always trigger stays"
    )
    with pytest.raises(Conflict, match="Rows of disclosure would be left"):
        await leave(connection, "acme", file)
    assert await connection.fetchval("select count(*) from processor") == 1
    await connection.execute("drop trigger stays on disclosure; drop function stays()")
    await leave(connection, "acme", file)
    kept = await connection.fetchrow("select id, chosen_id from user_session")
    assert (str(kept["id"]), kept["chosen_id"]) == (str(session["id"]), None)
