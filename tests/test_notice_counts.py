"""How the notices of a change stand is counted as they are written; after every test the history check counts anew."""

from typing import Any

from db.queries import sql
from db.session import transaction
from tests.test_history import played
from tests.world import World

SUMS = """select change_id, state, outcome, sum(count) as count, sum(running) as running, sum(holding) as holding,
        sum(told) as told, sum(received) as received, sum(answered) as answered
    from notice_tally group by 1, 2, 3 having sum(count) <> 0 order by 1, 2, 3"""


async def counted(world: World) -> list[dict[str, Any]]:
    return [dict(row) for row in await world.rows(SUMS)]


async def test_counts_follow_the_notices_and_are_added_up(world: World) -> None:
    await played(world)
    found = await counted(world)
    assert sum(one["count"] for one in found) == len(await world.rows("select from notice"))
    assert sum(one["answered"] for one in found) == 1
    for _ in range(2):
        async with transaction(world.pools.worker) as connection:
            await connection.execute(sql("fold_notice_tallies"), 0)
        assert await counted(world) == found
        assert len(await world.rows("select from notice_tally")) == len(found)


async def test_what_is_undone_was_not_counted(world: World) -> None:
    await played(world)
    found = await counted(world)
    async with transaction(world.pools.worker) as connection:
        await connection.execute("update notice set running = not running; update subject set state = 'sent'")
        await connection.execute("rollback; begin")
    assert await counted(world) == found
