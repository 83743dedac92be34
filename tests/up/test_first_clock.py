"""What a start does with the clock of a folder, new or in use."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from service.up.stack import Begun, Clock, StackOptions
from service.up.supervisor import set_clock
from tests.conftest import Database
from tests.world import World
from workflows.errors import BadInput

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def wish(clock: Clock, *, empty: bool = False) -> StackOptions:
    return StackOptions(Path("nowhere"), None, clock, 1, empty)


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner)
    yield connection
    await connection.close()


async def test_a_clock_that_stands_later_goes_on_from_there_and_says_so(
    owner: asyncpg.Connection, world: World
) -> None:
    await world.make_processor()
    again = await set_clock(owner, wish(Clock("simulated", datetime(2026, 1, 1, tzinfo=UTC)), empty=True))
    assert again == Begun(
        "simulated",
        MONDAY,
        (
            "this folder's clock stands at 2026-03-02T09:00:00Z and goes on from there: it never goes back",
            "this folder is in use: --empty takes nothing out of it",
        ),
    )
    assert await world.now() == MONDAY


@pytest.mark.parametrize("other", ["simulated", "system"])
async def test_a_folder_in_use_keeps_its_clock(owner: asyncpg.Connection, world: World, other: str) -> None:
    await world.make_processor()
    kept = "system" if other == "simulated" else "simulated"
    await owner.execute("update clock set mode = $1, now = case when $1 = 'simulated' then now end", kept)
    with pytest.raises(BadInput, match="leave out --clock, or choose another folder"):
        await set_clock(owner, wish(Clock(other, datetime(2030, 1, 1, tzinfo=UTC))))  # type: ignore[arg-type]  # of a parameter
    assert await owner.fetchval("select mode from clock") == kept


async def test_a_folder_that_nobody_uses_may_have_either(owner: asyncpg.Connection) -> None:
    await owner.execute("update clock set mode = 'system', now = null")
    begun = await set_clock(owner, wish(Clock("simulated", MONDAY)))
    assert begun == Begun("simulated", MONDAY)
    assert await set_clock(owner, wish(Clock(None, None))) == Begun("simulated", MONDAY)
