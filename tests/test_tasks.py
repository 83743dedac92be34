"""Tasks: opened once, closed in the order in which steps ask, and never finished and dropped at once."""

import asyncio
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from db.session import transaction
from tests.conftest import Database
from tests.world import World
from workflows.engine.batch import Batch, Subject
from workflows.engine.writing import write
from workflows.ids import new_id
from workflows.machine.effects import CloseTasks, Effect, OpenTask


async def asked(world: World, about: UUID, *effects: Effect) -> None:
    """One batch in which a change asks for these, in this order."""
    async with transaction(world.pools.worker) as connection:
        batch = Batch(await world.now())
        voice = Subject(
            id=about, processor_id=world.processor, kind="change", parent_id=None, state="", version=0, head=b""
        )
        for effect in effects:
            batch.effect(voice, effect, batch.now, "test")
        await write(connection, batch)


async def look(world: World, about: UUID) -> list[tuple[str, str, str]]:
    rows = await world.rows(
        "select t.kind, t.key, s.state from task t join subject s on s.id = t.id where t.about = $1 order by t.id",
        about,
    )
    return [(row["kind"], row["key"], row["state"]) for row in rows]


async def a_change(world: World) -> UUID:
    await world.make_processor()
    return await world.make_change(await world.make_subprocessor())


async def test_opened_and_closed_in_one_batch_was_never_there(world: World) -> None:
    change = await a_change(world)
    look_at = OpenTask("look", "Look.", change)
    await asked(world, change, look_at, OpenTask("other", "Other.", change), CloseTasks(("look",)))
    assert await look(world, change) == [("other", "", "open")]


async def test_opened_anew_after_a_close_in_one_batch(world: World) -> None:
    change = await a_change(world)
    look_at = OpenTask("look", "Look.", change)
    await asked(world, change, look_at)
    await asked(world, change, look_at, CloseTasks(("look",)), look_at)
    assert await look(world, change) == [("look", "", "dropped"), ("look", "", "open")]
    await asked(world, change, CloseTasks(("look",)), look_at, look_at, CloseTasks(("look",)))
    assert [state for *_, state in await look(world, change)] == ["dropped", "dropped"]


async def test_a_close_of_one_key_leaves_the_others(world: World) -> None:
    change = await a_change(world)
    one, two = (OpenTask("look", "Look.", change, key=key) for key in ("1", "2"))
    await asked(world, change, one, replace(one, text="Again."), two, CloseTasks(("look", "gone"), "1"))
    assert await look(world, change) == [("look", "2", "open")]
    await asked(world, change, CloseTasks(("look",)))
    events = await world.rows(
        "select e.type, e.body::json ->> 'actor' as actor from event e join task t on t.id = e.subject_id order by e.id"
    )
    assert [tuple(row) for row in events] == [("task.opened", "system"), ("task.dropped", "system")]


async def test_finished_while_it_is_dropped_stays_finished(world: World, database: Database) -> None:
    """Whoever drops it waits for whoever finishes it, and then sees that nothing is left to drop."""
    change = await a_change(world)
    await asked(world, change, OpenTask("look", "Look.", change))
    (row,) = await world.rows("select id from task")
    owner = await asyncpg.connect(database.superuser)
    try:
        async with owner.transaction():
            await owner.execute("select 1 from subject where id = $1 for no key update", row["id"])
            done = asyncio.ensure_future(world.do(row["id"], "done", note="Seen."))
            await waiting(owner, 1)
            drop = asyncio.ensure_future(asked(world, change, CloseTasks(("look",))))
            await waiting(owner, 2)
        await asyncio.gather(done, drop)
    finally:
        await owner.close()
    assert await look(world, change) == [("look", "", "done")]
    (task,) = await world.rows("select note from task")
    assert task["note"] == "Seen."


async def waiting(connection: asyncpg.Connection, count: int) -> None:
    """Until so many others wait for a lock."""
    async with asyncio.timeout(10):
        while (
            await connection.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            < count
        ):
            pass


async def test_a_message_to_a_subject_that_is_held_need_not_wait(world: World) -> None:
    """A timer refers to its subject: were that to wait for whoever holds it, two who tell each other would for ever."""
    change = await a_change(world)
    async with transaction(world.pools.worker) as holder:
        await world.engine.lock(holder, [world.processor], [change])
        async with transaction(world.pools.worker) as teller:
            await teller.execute("set local lock_timeout = '1s'")
            await teller.execute(
                "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
                "values ($1, $2, $3, 'tell:x', 'review', termijn_now(), 0, 'normal', '{}')",
                new_id(), world.processor, change,
            )  # fmt: skip
    assert len(await world.rows("select 1 from timer where name = 'tell:x'")) == 1
