"""The sweep: in order, never early, once each, with eight workers, with one killed, with poison in the queue."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from db.queries import sql
from db.session import transaction
from service import worker as worker_module
from service.worker import Worker
from tests.conftest import Database
from tests.world import World
from workflows.engine.engine import New
from workflows.engine.sweep import sweep
from workflows.ids import new_id
from workflows.model.task import Task
from workflows.reach.fan_out import carry_chunk

EACH = 5


async def many_timers(world: World, subjects: int) -> list[UUID]:
    """Tasks with `EACH` timers at distinct instants that all just came due; assigning shows the order."""
    await world.make_processor()
    tasks = [
        Task(id=new_id(), processor_id=world.processor, about=new_id(), about_kind="agreement", kind="look",
             key=str(number), text="Look.")
        for number in range(subjects)
    ]  # fmt: skip
    for start in range(0, subjects, 500):
        await world.create(*(New(kind="task", entity=task) for task in tasks[start : start + 500]))
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
            "select uuidv7(), s.processor_id, s.id, 'n' || i, 'assign', "
            "termijn_now() + (($1::int - i) || ' minutes')::interval, 0, 'normal', "
            "json_build_object('owner', ($1::int - i)::text)::jsonb "
            "from subject s, generate_series(0, $1::int - 1) i where s.kind = 'task'",
            EACH,
        )
    return [task.id for task in tasks]


async def check_fired(world: World, tasks: list[UUID]) -> None:
    """Each timer once, in order per subject, none early."""
    rows = await world.rows(
        "select subject_id, count(*) as n, array_agg(at order by seq) as instants, bool_and(at <= recorded_at) as ok "
        "from event where type = 'task.assigned' group by subject_id"
    )
    assert {row["subject_id"] for row in rows} == set(tasks)
    for row in rows:
        assert row["n"] == EACH
        assert row["instants"] == sorted(row["instants"])
        assert row["ok"], "fired before it was due"
    assert await world.rows("select 1 from timer") == []


async def test_nothing_fires_early(world: World) -> None:
    tasks = await many_timers(world, 3)
    assert await sweep(world.pools.worker, world.engine) == 0
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '1 minute' - interval '1 microsecond'")
    assert await sweep(world.pools.worker, world.engine) == 0
    await world.go(await world.now() + timedelta(microseconds=1))
    assert len(await world.rows("select 1 from timer")) == len(tasks) * (EACH - 1)


async def test_after_an_outage_eight_workers_fire_each_once_and_in_order(world: World) -> None:
    tasks = await many_timers(world, 200)
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '1 day'")

    async def worker() -> int:
        fired = 0
        while await world.rows("select 1 from timer limit 1"):
            fired += await sweep(world.pools.worker, world.engine, batch=50)
        return fired

    fired = await asyncio.gather(*(worker() for _ in range(8)))
    assert sum(fired) == len(tasks) * EACH
    await check_fired(world, tasks)


SWEEPER = """
import asyncio, sys
from db.session import connect_pool
from workflows.engine.engine import Engine
from workflows.engine.sweep import sweep

async def main() -> None:
    pool = await connect_pool(sys.argv[1], "termijn_worker", size=1)
    print("up", flush=True)
    while await sweep(pool, Engine(), batch=20):
        print("swept", flush=True)

asyncio.run(main())
"""


@asynccontextmanager
async def sweeper(dsn: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SWEEPER, dsn, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[1]
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_killed_in_the_middle_of_a_thousand_timers(world: World, database: Database) -> None:
    tasks = await many_timers(world, 200)
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '1 day'")
    async with sweeper(database.worker) as process:
        assert process.stdout is not None
        for _ in range(3):
            await process.stdout.readline()
        process.kill()
        await process.wait()
    left = len(await world.rows("select 1 from timer"))
    assert 0 < left < len(tasks) * EACH
    async with sweeper(database.worker) as process:
        assert await process.wait() == 0
    await check_fired(world, tasks)


async def test_poison_is_set_apart_and_stops_nothing_else(world: World) -> None:
    tasks = await many_timers(world, 10)
    async with world.pools.worker.acquire() as connection:
        await connection.execute(
            "update timer set data = '{\"owner\": 7}' where subject_id = $1 and name = 'n4'", tasks[0]
        )
        await connection.execute("update clock set now = now + interval '1 day'")
    while await sweep(world.pools.worker, world.engine):
        pass
    parked = await world.rows("select id, parked_why from subject where parked_at is not null")
    assert [row["id"] for row in parked] == [tasks[0]]
    assert len(await world.rows("select 1 from timer")) == EACH, "its later timers wait with it"
    done = await world.rows("select distinct subject_id from event where type = 'task.assigned'")
    assert {row["subject_id"] for row in done} == set(tasks[1:])


async def test_a_database_error_goes_on_one_by_one(world: World, database: Database) -> None:
    tasks = await many_timers(world, 6)
    owner = await asyncpg.connect(database.owner)
    # The write fails, not the step.
    await owner.execute("alter table task add constraint no_five check (owner <> '5')")
    await owner.close()
    async with world.pools.worker.acquire() as connection:
        await connection.execute('update timer set data = \'{"owner": "6"}\' where subject_id <> $1', tasks[0])
        await connection.execute("update clock set now = now + interval '1 day'")
    while await sweep(world.pools.worker, world.engine):
        pass
    done = await world.rows("select distinct subject_id from event where type = 'task.assigned'")
    assert {row["subject_id"] for row in done} == set(tasks[1:])
    parked = await world.rows("select id from subject where parked_at is not null")
    assert [row["id"] for row in parked] == [tasks[0]]


async def test_answer_against_close_never_gives_both(world: World) -> None:
    """Invariant F, raced: an objection at the last microsecond against the timer that closes."""
    await world.make_processor()
    host = await world.make_subprocessor()
    agreements = [await world.make_agreement("kmo-solutions") for _ in range(10)]
    change = await world.make_change(host)
    await world.announce(change)
    notices = [await world.notice(change, one) for one in agreements]
    closes = notices[0]["closes_at"]
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = $1", closes)

    async def answer(notice: UUID) -> None:
        at = closes - timedelta(microseconds=1)
        await world.do(notice, "object", by="Kim", channel="link", received_at=at)

    await asyncio.gather(
        *(sweep(world.pools.worker, world.engine, batch=3) for _ in range(4)),
        *(answer(one["id"]) for one in notices),
    )
    await world.drain()
    for one, agreement in zip(notices, agreements, strict=True):
        assert await world.state(one["id"]) == "objected"
        assert not await world.engaged(agreement, host)


async def test_what_begins_and_ends_in_one_command_does_not_stay(world: World) -> None:
    """The close and the engagement that it leads to happen with the objection that takes them back."""
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(host)
    await world.announce(change)
    notice = await world.notice(change, agreement)
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = $1", notice["closes_at"])
    in_time = notice["closes_at"] - timedelta(microseconds=1)
    await world.do(notice["id"], "object", by="Kim", channel="link", received_at=in_time)
    assert await world.state(notice["id"]) == "objected"
    assert not await world.engaged(agreement, host)
    assert await world.rows("select 1 from deadline where subject_id = $1 and closed_at is null", notice["id"]) == []


async def test_announcing_survives_a_kill_between_chunks(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    customers = [await world.make_customer(f"Customer {number}") for number in range(4)]
    agreements = [await world.make_agreement("kmo-solutions", one) for one in customers for _ in range(3)]
    change = await world.make_change(host)
    await world.do(change, "notify")
    from_chunks = await world.rows("select total, done from fan_out where change_id = $1", change)
    assert from_chunks[0]["done"] == 0
    assert await carry_chunk(world.pools.worker, world.engine, chunk=5)
    progress = (await world.rows("select total, done, finished_at from fan_out where change_id = $1", change))[0]
    assert (progress["total"], progress["done"], progress["finished_at"]) == (12, 6, None), "whole customers"
    await world.drain()
    told = await world.rows("select agreement_id from notice where change_id = $1", change)
    assert sorted(row["agreement_id"] for row in told) == sorted(agreements)


async def test_a_row_that_cannot_be_read_is_set_apart_and_stops_nothing_else(world: World) -> None:
    tasks = await many_timers(world, 4)
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update task set data = '7' where id = $1", tasks[0])
        await connection.execute("update clock set now = now + interval '1 day'")
    while await sweep(world.pools.worker, world.engine):
        pass
    assert await parked(world) == [(tasks[0], "ValidationError")]
    done = await world.rows("select distinct subject_id from event where type = 'task.assigned'")
    assert {row["subject_id"] for row in done} == set(tasks[1:])
    await world.rows("update task set data = '{}' where id = $1 returning id", tasks[0])


async def parked(world: World) -> list[tuple[UUID, str]]:
    return [(row["id"], row["parked_why"]) for row in await world.rows(sql("parked_subjects"))]


async def test_a_fan_out_that_fails_is_set_apart_and_stops_nobody_else(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Told are those before the one that fails; freed, it goes on with the others."""
    await world.make_processor()
    hosts = [await world.make_subprocessor(name) for name in ("First BV", "Second BV")]
    customers = [await world.make_customer(f"Customer {number}") for number in range(4)]
    agreements = [await world.make_agreement("kmo-solutions", one) for one in customers]
    bad, good = [await world.make_change(host) for host in hosts]
    await world.do(bad, "notify")
    await world.do(good, "notify")
    secret = "kim@very-secret.example"
    async with world.pools.worker.acquire() as connection:
        plain = await connection.fetchval("select contacts from customer where id = $1", customers[2])
        await connection.execute("update customer set contacts = $2 where id = $1", customers[2],
                                 f'[{{"email": "{secret}", "roles": "{secret}"}}]')  # fmt: skip
    assert await carry_chunk(world.pools.worker, world.engine)
    assert (await parked(world))[0][1] == "ValidationError"
    told = await world.rows("select agreement_id from notice where change_id = $1", bad)
    assert sorted(row["agreement_id"] for row in told) == sorted(agreements[:2])
    while await carry_chunk(world.pools.worker, world.engine):
        pass
    assert len(await parked(world)) == 2, "the other change meets the same customer"
    assert secret not in caplog.text
    assert "workflows/reach/fan_out.py" in caplog.text
    async with world.pools.worker.acquire() as connection:
        assert not await connection.fetchval(
            "select exists (select from fan_out where finished_at is null and parked_at is null)"
        )
        await connection.execute("update customer set contacts = $2 where id = $1", customers[2], plain)
        for one, _ in await parked(world):
            await connection.execute(sql("unpark_fan_out"), [world.processor], one)
    await world.drain()
    for change in (bad, good):
        told = await world.rows("select agreement_id from notice where change_id = $1", change)
        assert sorted(row["agreement_id"] for row in told) == sorted(agreements)


async def test_an_agreement_that_cannot_join_waits_alone(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    await world.announce(await world.make_change(host))
    customers = [await world.make_customer(f"Customer {number}") for number in range(3)]
    agreements = [await world.make_agreement("kmo-solutions", one, active=False) for one in customers]
    for one in agreements:
        await world.do(one, "send")
    await world.deliver()
    while await sweep(world.pools.worker, world.engine):
        pass
    async with world.pools.worker.acquire() as connection:
        plain = await connection.fetchval("select contacts from customer where id = $1", customers[1])
        await connection.execute("update customer set contacts = '[7]' where id = $1", customers[1])
    while await carry_chunk(world.pools.worker, world.engine):
        pass
    assert [why for _, why in await parked(world)] == ["ValidationError"]
    told = await world.rows("select agreement_id from notice")
    assert sorted(row["agreement_id"] for row in told) == sorted([agreements[0], agreements[2]])
    async with world.pools.worker.acquire() as connection:
        waits = await connection.fetchval(sql("anything_waiting"), await world.now() - timedelta(days=1))
    assert not waits, "a simulated clock would wait for what is set apart, for ever"
    await world.rows("update customer set contacts = $2 where id = $1 returning id", customers[1], plain)


async def test_the_worker_goes_on_after_whatever_it_was(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw ends no loop, and its words stay out of the log."""
    monkeypatch.setattr(worker_module, "AFTER_ERROR", 0.0)
    worker = Worker(world.pools.worker, world.engine, None, simulated=False)  # type: ignore[arg-type]  # sends no mail
    rounds = 0
    words = "@".join(("kim", "customer.example"))

    async def work() -> bool:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise ZeroDivisionError(words)
        worker.stopping.set()
        return False

    await worker._loop("work", asyncio.Event(), work)
    assert rounds == 2
    assert "ZeroDivisionError" in caplog.text
    assert words not in caplog.text


@pytest.mark.parametrize("batch", [1, 7])
async def test_two_commands_at_once_one_wins(world: World, batch: int) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    change = await world.make_change(host)
    results = await asyncio.gather(*(world.do(change, "notify") for _ in range(batch + 1)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in results) == 1
    assert not any(isinstance(one, asyncpg.PostgresError) for one in results)


async def test_a_timer_that_only_a_newer_program_knows_is_left_to_it(world: World) -> None:
    """What is due after it for the same subject waits, since order is strict; nothing else does."""
    waiting, other = await many_timers(world, 2)
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = now + interval '1 day'")
        await connection.execute(
            "update timer set trigger = 'levitate' where subject_id = $1 and name = $2", waiting, f"n{EACH - 1}"
        )
    while await sweep(world.pools.worker, world.engine):
        pass
    left = await world.rows("select subject_id, trigger from timer order by due_at")
    assert [row["subject_id"] for row in left] == [waiting] * EACH
    assert left[0]["trigger"] == "levitate"
    assert [row["state"] for row in await world.rows("select state from subject where parked_at is not null")] == []
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update timer set trigger = 'assign' where trigger = 'levitate'")
    while await sweep(world.pools.worker, world.engine):
        pass
    await check_fired(world, [waiting, other])


async def test_what_a_command_makes_due_behind_such_a_timer_is_kept(world: World) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("stkkr")
    async with world.pools.worker.acquire() as connection:
        await connection.execute(
            "insert into timer (id, processor_id, subject_id, name, trigger, due_at, rank, lane, data) "
            "values (uuidv7(), $1, $2, 'x', 'levitate', termijn_now() - interval '40 days', 0, 'normal', '{}')",
            world.processor,
            agreement,
        )
    yesterday = (await world.now() - timedelta(days=1)).date()
    await world.do(agreement, "end-main-contract", on=yesterday.isoformat())
    assert await world.state(agreement) == "active"
    await world.drain()
    assert await world.state(agreement) == "active"
    names = {row["name"] for row in await world.rows("select name from timer where subject_id = $1", agreement)}
    assert {"x", "end"} <= names
    async with world.pools.worker.acquire() as connection:
        await connection.execute("delete from timer where name = 'x'")
    await world.drain()
    assert await world.state(agreement) == "deletion_pending", "it ended, and its data are to go at once"
