"""Reminders before an end and escalation after it: in order, never early, once for several that were missed."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest

from db.queries import blocks, sql
from db.session import transaction
from service.clock_driver import drive
from service.worker import Worker
from tests.reminding import asked, jump, owed, owing, said, window
from tests.world import World, local
from workflows.engine.batch import Batch, Subject
from workflows.engine.reminders import remind
from workflows.engine.writing import write
from workflows.machine.effects import CloseDeadline, CloseTasks, OpenDeadline, OpenTask
from workflows.machine.vocabulary import Command
from workflows.model.agreement import MainContract
from workflows.model.reminders import (
    Reminders,
)

# --- the processor's own ---------------------------------------------------------------------------


async def test_an_own_deadline_becomes_a_task_and_then_the_directors(world: World) -> None:
    due_at = local("2026-04-02T00:00:00+02:00")
    agreement = await owing(world, due_at, "Inform the registrar.")
    await world.go(local("2026-03-30T00:00:00+02:00"))
    (task,) = await world.rows("select * from task where done_at is null")
    assert (task["kind"], task["role"], task["about"], task["due_at"]) == (
        "deadline_near",
        "manager",
        agreement,
        due_at,
    )
    assert task["text"] == (
        "Inform the registrar for Bakery (1.2): is due at 2026-04-02 00:00 (Europe/Amsterdam), and is not done."
    )
    said_in_dutch = msgspec.json.decode(task["data"])["text_nl"]
    assert said_in_dutch.endswith(
        "voor Bakery (1.2): uiterlijk 2026-04-02 00:00 (Europe/Amsterdam), en nog niet gedaan."
    )
    await world.do(task["id"], "assign", owner="Sam")
    await world.days(60)
    opened, *rest = await said(world)
    assert opened[2] == local("2026-03-19T00:00:00+01:00"), "fourteen days before"
    assert rest == [
        ("reminded", "", local("2026-03-30T00:00:00+02:00")),
        ("escalated", "1", local("2026-04-01T00:00:00+02:00")),
        ("escalated", "2", due_at),
        ("escalated", "3", local("2026-04-05T00:00:00+02:00")),
        ("escalated", "4", local("2026-04-09T00:00:00+02:00")),
    ]
    (task,) = await world.rows("select * from task")
    assert (task["role"], task["owner"]) == ("director", "Sam")
    assert task["escalated_at"] == local("2026-04-01T00:00:00+02:00")


async def test_a_year_without_a_worker_gives_one_task(world: World) -> None:
    due_at = local("2026-04-02T00:00:00+02:00")
    await owing(world, due_at)
    await jump(world, local("2027-04-02T00:00:00+02:00"))
    await world.drain()
    ((what, level, at),) = await said(world)
    assert (what, level, at) == ("opened", "4", local("2026-04-09T00:00:00+02:00"))
    (task,) = await world.rows("select kind, role, text from task")
    assert (task["kind"], task["role"]) == ("deadline_missed", "director")
    assert "was due at" in task["text"]
    await world.days(400)
    assert len(await said(world)) == 1


async def test_met_it_is_not_spoken_of_again_and_its_task_goes(world: World) -> None:
    agreement = await owing(world, local("2026-04-02T00:00:00+02:00"))
    await world.go(local("2026-03-20T00:00:00+01:00"))
    assert [what for what, *_ in await said(world)] == ["opened"]
    await asked(world, agreement, "agreement", CloseDeadline("x.owed", "met"))
    await world.days(60)
    assert [what for what, *_ in await said(world)] == ["opened", "dropped"]


async def test_moved_it_is_spoken_of_by_its_new_end(world: World) -> None:
    agreement = await owing(world, local("2026-04-02T00:00:00+02:00"))
    await world.go(local("2026-03-20T00:00:00+01:00"))
    later = owed(local("2026-07-01T00:00:00+02:00"))
    await asked(world, agreement, "agreement", OpenDeadline(later, "Do it", agreement))
    await world.go(local("2026-06-18T00:00:00+02:00"))
    assert [(what, at) for what, _, at in await said(world)] == [
        ("opened", local("2026-03-19T00:00:00+01:00")),
        ("dropped", local("2026-03-20T00:00:00+01:00")),
        ("opened", local("2026-06-17T00:00:00+02:00")),
    ]


async def test_a_task_that_was_ticked_off_comes_back_while_the_deadline_stands(world: World) -> None:
    await owing(world, local("2026-04-02T00:00:00+02:00"))
    await world.go(local("2026-03-19T00:00:00+01:00"))
    (task,) = await world.rows("select id from task")
    await world.do(task["id"], "done", note="Seen.")
    await world.go(local("2026-04-02T00:00:00+02:00"))
    rows = await world.rows("select t.kind, s.state from task t join subject s on s.id = t.id order by t.id")
    assert [tuple(row) for row in rows] == [("deadline_near", "done"), ("deadline_near", "open")]
    assert [what for what, *_ in await said(world)] == ["opened", "done", "opened", "escalated", "escalated"]


async def test_what_another_task_is_about_gets_no_second_one(world: World) -> None:
    due_at = local("2026-04-02T00:00:00+02:00")
    agreement = await owing(world, due_at)
    await asked(world, agreement, "agreement", OpenTask("do_it", "Do it.", agreement, due_at))
    await world.days(60)
    assert {row["kind"] for row in await world.rows("select kind from task")} == {"do_it"}
    assert [what for what, *_ in await said(world)] == [
        "opened", "reminded", "reminded", "escalated", "escalated", "escalated"]  # fmt: skip


async def test_the_lack_of_an_approval_escalates(world: World) -> None:
    """P23: its due instants do not move, and the director hears of it."""
    await world.make_processor()
    contract = MainContract(reference="M-1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
    agreement = await world.make_agreement("mms-solutions", main_contracts=(contract,))
    await world.go(local("2026-04-02T00:00:00+02:00"))
    (task,) = await world.rows("select id, role, due_at from task where kind = 'approve_plan'")
    assert task["role"] == "manager"
    await world.go(task["due_at"])
    (now,) = await world.rows("select role, escalated_at, due_at from task where kind = 'approve_plan'")
    assert (now["role"], now["escalated_at"], now["due_at"]) == ("director", task["due_at"], task["due_at"])
    assert await world.state(agreement) == "deletion_pending", "nothing goes for want of an approval"
    await world.do(agreement, "approve-plan")
    await world.days(60)
    events = await world.rows("select type from event where subject_id = $1 order by id", task["id"])
    assert [row["type"] for row in events] == [
        "task.opened", "task.reminded", "task.reminded", "task.escalated", "task.dropped"]  # fmt: skip


async def test_an_undecided_objection_escalates_after_the_processors_own_period(world: World) -> None:
    _, notice = await window(world)
    await world.do(notice["id"], "object", by="Kim")
    await world.days(40)
    (task,) = await world.rows("select role, due_at, escalated_at from task where about = $1", notice["id"])
    assert (task["role"], task["due_at"]) == ("director", local("2026-04-02T00:00:00+02:00"))
    assert task["escalated_at"] == task["due_at"]


# --- tasks -----------------------------------------------------------------------------------------


async def test_several_missed_reminders_of_a_task_are_one(world: World) -> None:
    due_at = local("2026-04-02T00:00:00+02:00")
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await asked(world, agreement, "agreement", OpenTask("look", "Look.", agreement, due_at))
    await jump(world, due_at + timedelta(days=4))
    await world.drain()
    assert [what for what, *_ in await said(world)] == ["opened", "escalated"]
    await world.days(60)
    assert [(what, level) for what, level, _ in await said(world)] == [
        ("opened", ""), ("escalated", "2"), ("escalated", "3")]  # fmt: skip


@pytest.mark.parametrize("end", ["done", "dropped"])
async def test_over_it_has_no_timer_left(world: World, end: str) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    look = OpenTask("look", "Look.", agreement, local("2026-04-02T00:00:00+02:00"))
    await asked(world, agreement, "agreement", look, OpenTask("endless", "Look.", agreement))
    (task,) = await world.rows("select id from task where kind = 'look'")
    assert len(await world.rows("select 1 from timer where name = 'remind'")) == 1
    if end == "done":
        await world.do(task["id"], "done")
    else:
        await asked(world, agreement, "agreement", CloseTasks(("look",)))
    assert await world.rows("select 1 from timer where name = 'remind'") == []


# --- settings --------------------------------------------------------------------------------------


async def test_a_processor_that_wants_none_gets_none(world: World) -> None:
    silence = Reminders(customer=(), consent=(), processor=(), tasks=(), overdue=())
    await world.make_processor(reminders=silence)
    agreement = await world.make_agreement("kmo-solutions")
    due_at = local("2026-04-02T00:00:00+02:00")
    await asked(
        world, agreement, "agreement", OpenDeadline(owed(due_at), "Do it", agreement),
        OpenTask("look", "Look.", agreement, due_at),
    )  # fmt: skip
    assert await world.rows("select 1 from deadline where remind_at is not null") == []
    await world.days(60)
    assert [what for what, *_ in await said(world)] == ["opened"]


async def test_other_settings_hold_for_what_is_open_already(world: World) -> None:
    """Nothing is said because of the change itself, and what was said is not said again."""
    due_at = local("2026-04-02T00:00:00+02:00")
    agreement = await owing(world, due_at)
    await asked(world, agreement, "agreement", OpenTask("look", "Look.", agreement, due_at + timedelta(days=30)))
    await world.go(local("2026-03-20T00:00:00+01:00"))
    before = await said(world)
    now = await world.now()
    async with transaction(world.pools.api, [world.processor]) as connection:
        others = {"reminders": {"processor": ["P20D", "P5D"], "tasks": ["P9D"]}}
        command = Command(subject=world.processor, trigger="update", at=now, now=now, actor="test", data=others)
        await world.engine.run(connection, [world.processor], [command])
        await connection.execute(sql("remind_anew"), [world.processor])
    await world.drain()
    assert await world.now() == now
    assert await said(world) == before
    await world.go(local("2026-04-27T00:00:00+02:00"))
    later = [(what, at) for what, _, at in (await said(world))[len(before) :]]
    assert ("escalated", local("2026-03-28T00:00:00+01:00")) == later[0], "five days before is the last step now"
    assert later[-1] == ("reminded", local("2026-04-23T00:00:00+02:00"))


# --- the sweep -------------------------------------------------------------------------------------


async def many(world: World, count: int) -> UUID:
    due_at = local("2026-04-02T00:00:00+02:00")
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await asked(
        world, agreement, "agreement",
        *(OpenDeadline(owed(due_at), "Do it", agreement, str(number)) for number in range(count)),
    )  # fmt: skip
    return agreement


async def test_eight_workers_speak_of_each_once(world: World) -> None:
    await many(world, 300)
    await jump(world, local("2026-03-20T00:00:00+01:00"))

    async def worker() -> int:
        done = 0
        while await world.rows("select 1 from deadline where remind_at <= termijn_now() limit 1"):
            done += await remind(world.pools.worker, world.engine, batch=25)
        return done

    assert sum(await asyncio.gather(*(worker() for _ in range(8)))) == 300
    assert len(await world.rows("select 1 from task where kind = 'deadline_near'")) == 300


async def test_one_that_cannot_be_read_stops_nothing_else(world: World) -> None:
    await many(world, 3)
    async with transaction(world.pools.worker) as connection:
        await connection.execute("update deadline set zone = 'Nowhere/Land' where key = '1'")
    await jump(world, local("2026-03-20T00:00:00+01:00"))
    await world.drain()
    assert len(await world.rows("select 1 from task")) == 2
    (row,) = await world.rows("select remind_at from deadline where key = '1'")
    assert row["remind_at"] is None, "it does not stand in the way for ever"


async def test_a_deadline_that_closes_meanwhile_is_passed_over(world: World) -> None:
    agreement = await many(world, 1)
    await jump(world, local("2026-03-20T00:00:00+01:00"))
    async with transaction(world.pools.worker) as connection:
        batch = Batch(await world.now())
        voice = Subject(
            id=agreement, processor_id=world.processor, kind="agreement", parent_id=None, state="", version=0, head=b""
        )
        batch.effect(voice, CloseDeadline("x.owed", "met"), batch.now, "test")
        await write(connection, batch)
        assert await remind(world.pools.worker, world.engine) == 0, "held by whoever closes it"
    assert await remind(world.pools.worker, world.engine) == 0
    assert await world.rows("select 1 from task") == []


async def test_the_look_for_reminders_reads_its_index(world: World) -> None:
    agreement = await many(world, 1)
    async with transaction(world.pools.worker) as connection:
        await connection.execute(
            "insert into deadline (id, processor_id, subject_id, rule, key, text, due_at, last_day, zone, boundary, "
            "party, clause, reading, steps, calendar, remind_at, closed_at) "
            "select uuidv7(), $1, $2, 'x', i::text, 'x', timestamptz '2030-01-01', '2030-01-01', 'UTC', 'exclusive', "
            "'processor', '', '', '[]', '', timestamptz '2029-01-01' + i * interval '1 minute', "
            "case when i % 2 = 0 then timestamptz '2026-01-01' end from generate_series(1, 20000) i",
            world.processor,
            agreement,
        )
        await connection.execute("analyze deadline")
    for block, *values in (("due_reminders", "timestamptz '2026-01-01'", "200", "null::uuid[]"), ("next_instant",)):
        text = blocks()[block]
        for place, value in enumerate(values, 1):
            text = text.replace(f"${place}", value)
        async with transaction(world.pools.worker) as connection:
            plan = "\n".join(row[0] for row in await connection.fetch(f"explain {text}"))
        assert "deadline_remind" in plan, plan
        assert "Seq Scan on deadline" not in plan


async def test_the_clocks_driver_stops_at_each_reminder_in_order(world: World) -> None:
    _, notice = await window(world)
    due_at = local("2026-04-02T00:00:00+02:00")
    await asked(world, notice["agreement_id"], "agreement", OpenDeadline(owed(due_at), "Do it", notice["agreement_id"]))
    worker = Worker(world.pools.worker, world.engine, None, simulated=True)  # type: ignore[arg-type]  # sends no mail

    async def work() -> bool:
        moved = await worker.move()
        return bool(await world.deliver()) or moved

    async with world.pools.worker.acquire() as connection:
        await connection.execute(sql("aim_clock"), local("2026-05-01T00:00:00+02:00"))
    assert await drive(world.pools.worker, work)
    assert await world.now() == local("2026-05-01T00:00:00+02:00")
    rows = await world.rows(
        "select type, at, recorded_at from event where type in ('notice.reminded', 'task.opened', 'task.reminded', "
        "'task.escalated', 'notice.close') order by at, type"
    )
    assert all(row["at"] == row["recorded_at"] for row in rows), "nothing came early or late"
    assert [row["type"] for row in rows] == [
        "task.opened", "notice.reminded", "task.reminded", "task.escalated", "notice.reminded", "notice.close",
        "task.escalated", "task.escalated", "task.escalated",
    ]  # fmt: skip
