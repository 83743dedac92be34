"""Commands that are carried out together: each as though it were alone, by as few statements as one takes."""

from typing import Any

from db.queries import sql
from db.session import transaction
from tests.world import World
from workflows.machine.vocabulary import Command

MANY = 4


async def test_what_is_due_is_read_once_for_all_of_them(world: World) -> None:
    await world.make_processor()
    agreements = [
        await world.make_agreement("kmo-solutions", await world.make_customer(f"C {number}"), active=False)
        for number in range(MANY)
    ]
    acting = await world.acting()
    asked: list[str] = []

    def note(query: Any) -> None:
        asked.append(query.query)

    async with transaction(world.pools.api, [world.processor]) as connection:
        connection.add_query_logger(note)
        moved = await world.engine.run(
            connection,
            [world.processor],
            [
                Command(subject=one, trigger="send", at=acting.now, now=acting.now, actor="test", role="director")
                for one in agreements
            ],
        )
        connection.remove_query_logger(note)
    assert [(one.id, one.state) for one in moved] == [(one, "active") for one in agreements]
    assert asked.count(sql("due_timers")) == 1
    assert len(asked) < 25, "as many for four as for one"
    await world.drain()
    states = await world.rows("select state from subject where kind = 'agreement'")
    assert [row["state"] for row in states] == ["active"] * MANY
