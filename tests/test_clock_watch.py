"""The watch over the one clock (faults 24 and 25): what cannot be undone waits while the clock is in doubt."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from click.testing import CliRunner

from db import clock
from db.queries import sql
from db.session import transaction
from service.cli.main import main
from tests.conftest import Database
from tests.http.conftest import serving, settings_of
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.engine.sweep import sweep
from workflows.model.agreement import MainContract


class Watched(World):
    """A world on the system's clock, which a test may set as whoever looks after the database host could."""

    database: Database

    async def set_clock(self, ahead: str) -> None:
        """Let the database's clock be `ahead` of the time that truly passed."""
        owner = await asyncpg.connect(self.database.owner)
        await owner.execute(
            "create or replace function termijn_now() returns timestamptz language sql stable security definer "
            "set search_path = public, pg_temp as $$ select coalesce((select now from clock where "
            f"mode = 'simulated'), clock_timestamp() + interval '{ahead}') $$"
        )
        await owner.close()

    async def alarm(self) -> Any:
        (row,) = await self.rows("select alarm_at, alarm_seconds from clock")
        return row["alarm_seconds"]

    async def ending(self, days: int) -> UUID:
        """An agreement whose main contract's last day is so many days ahead; -1 has ended."""
        today = (await self.now()).date()
        last = MainContract(reference="M-1", starts_on=date(2026, 1, 1) - timedelta(days=900))
        agreement = await self.make_agreement("kmo-solutions", main_contracts=(last,))
        await self.do(agreement, "end-main-contract", on=today + timedelta(days=days))
        await self.drain()
        return agreement


@pytest.fixture
async def watched(pools: Pools, engine: Engine, database: Database) -> Watched:
    made = Watched(pools, engine)
    made.database = database
    await sweep(pools.worker, engine)  # the first look
    await made.make_processor()
    return made


async def run_command(database: Database, *words: str) -> tuple[int, str]:
    """A command line on the test's database: its exit status, and what it said."""
    environ = {"TERMIJN_DATABASE_URL": database.worker}
    done = await asyncio.to_thread(CliRunner().invoke, main, list(words), env=environ)
    return done.exit_code, done.output


async def settles(world: World, agreement: UUID) -> list[Any]:
    return await world.rows("select lane, due_at from timer where subject_id = $1 and name = 'settle'", agreement)


async def test_a_clock_set_ahead_fires_nothing_that_cannot_be_undone(watched: Watched) -> None:
    agreement = await watched.ending(-1)
    (waits,) = await settles(watched, agreement)
    assert waits["lane"] == "irreversible"
    ended = await watched.state(agreement)
    await watched.set_clock("100 days")
    await watched.drain()
    assert await watched.state(agreement) == ended
    assert await settles(watched, agreement) == [waits]
    assert await watched.alarm() == pytest.approx(100 * 86_400, abs=60)
    await watched.drain()
    assert await watched.state(agreement) == ended
    async with transaction(watched.pools.worker) as connection:
        assert await connection.fetchval(sql("held_timers")) == 1
        await clock.confirm(connection)
    await watched.drain()
    assert await watched.state(agreement) != ended
    assert await settles(watched, agreement) == []
    assert await watched.alarm() is None


async def test_what_a_jump_ends_does_not_settle_in_the_same_breath(watched: Watched) -> None:
    agreement = await watched.ending(5)
    before = await watched.state(agreement)
    await watched.set_clock("400 days")
    await watched.drain()
    assert await watched.state(agreement) != before, "an end can be taken back"
    (waits,) = await settles(watched, agreement)
    assert waits["due_at"] < await watched.now()
    assert await watched.rows("select 1 from task where kind = 'approve_plan'") == []


async def test_a_clock_that_is_right_again_needs_nobody(watched: Watched) -> None:
    agreement = await watched.ending(-1)
    ended = await watched.state(agreement)
    await watched.set_clock("1 hour")
    await watched.drain()
    assert await watched.alarm() == pytest.approx(3600, abs=60)
    await watched.set_clock("1 second")
    await watched.drain()
    assert await watched.alarm() is None
    assert await watched.state(agreement) == ended


async def test_another_machine_that_came_later_ends_no_alarm(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    await watched.set_clock("1 hour")
    await watched.drain()
    monkeypatch.setattr(clock, "_machine", lambda: "another")
    await watched.drain()
    async with transaction(watched.pools.worker) as connection:
        assert (await clock.look(connection)).held is True


async def test_four_minutes_are_no_alarm(watched: Watched) -> None:
    await watched.set_clock("4 minutes")
    await watched.drain()
    assert await watched.alarm() is None


async def test_a_clock_an_hour_back_fires_nothing_early_and_is_no_outage(watched: Watched, database: Database) -> None:
    agreement = await watched.ending(-1)
    (waits,) = await settles(watched, agreement)
    async with serving(settings_of(database)):
        await watched.set_clock("-1 hour")
        async with transaction(watched.pools.api) as connection:
            await connection.execute(sql("heartbeat"))
        await watched.drain()
        assert await watched.alarm() == pytest.approx(-3600, abs=60)
        assert await settles(watched, agreement) == [waits]
        await watched.set_clock("0 seconds")
        await watched.drain()
        assert await watched.alarm() is None
        assert await watched.rows("select 1 from outage") == []


async def test_an_admin_sees_the_alarm_and_ends_it(watched: Watched, database: Database) -> None:
    await watched.ending(-1)
    async with serving(settings_of(database)) as api:
        assert set((await api.get("clock")).json()) == {"now", "mode"}
        await watched.set_clock("100 days")
        await watched.drain()
        alarm = (await api.get("clock")).json()["alarm"]
        assert alarm["seconds"] == pytest.approx(100 * 86_400, abs=60)
        assert alarm["held"] == 1
        assert "termijn_clock_alarms 1.0" in (await api.client.get("/metrics")).text
        director = await api.key(str(watched.processor), "director")
        assert (await api.post("clock/confirm", key=director)).status_code == 403
        for _ in range(2):
            answer = await api.post("clock/confirm")
            assert answer.status_code == 200
            assert set(answer.json()) == {"now", "mode"}
        await watched.drain()
        assert await watched.rows("select 1 from task where kind = 'approve_plan'")


async def test_the_command_shows_and_confirms(watched: Watched, database: Database) -> None:
    async def run(*words: str) -> tuple[int, str]:
        return await run_command(database, "clock", *words)

    status, said = await run()
    assert (status, said.split()[1:]) == (0, ["system"])
    await watched.set_clock("-3 hours")
    await watched.drain()
    status, said = await run()
    assert status == 1
    assert "off by -10800 s; 0 irreversible timers wait" in said
    assert (await run("confirm"))[0] == 0
    assert (await run())[0] == 0
