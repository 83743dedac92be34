"""Reminders before an end and escalation after it: in order, never early, once for several that were missed."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from db.queries import blocks, sql
from db.session import transaction
from service.clock_driver import drive
from service.worker import Worker
from tests.drafts import draft
from tests.world import World, local
from workflows.engine.batch import Batch, Subject
from workflows.engine.reminders import remind
from workflows.engine.writing import write
from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask
from workflows.machine.vocabulary import Command
from workflows.model.agreement import MainContract
from workflows.model.reminders import (
    Reminders,
    first,
    following,
    latest,
    of_consent,
    of_deadline,
    of_task,
    step_problem,
)
from workflows.terms.counting import calendar_of
from workflows.terms.model import Due
from workflows.time import calendar_for

AMSTERDAM = "Europe/Amsterdam"


async def asked(world: World, about: UUID, kind: str, *effects: Effect) -> None:
    """One batch in which a subject asks for these, in this order."""
    async with transaction(world.pools.worker) as connection:
        batch = Batch(await world.now())
        voice = Subject(
            id=about, processor_id=world.processor, kind=kind, parent_id=None, state="", version=0, head=b""
        )
        for effect in effects:
            batch.effect(voice, effect, batch.now, "test")
        await write(connection, batch)


def owed(due_at: datetime, party: Literal["controller", "processor"] = "processor", rule: str = "x.owed") -> Due:
    """A deadline, however it was counted."""
    return Due(
        rule=rule, due_at=due_at, last_day=due_at.date(), boundary="exclusive", clause="1.2", steps=(), party=party,
        reading="", zone=AMSTERDAM, calendar="",
    )  # fmt: skip


async def owing(world: World, due_at: datetime, text: str = "Do it") -> UUID:
    """An agreement of a known customer, with a deadline of the processor's own."""
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer("Bakery"))
    await asked(world, agreement, "agreement", OpenDeadline(owed(due_at), text, agreement))
    return agreement


async def said(world: World, *types: str) -> list[tuple[str, str, datetime]]:
    """What was said of tasks and subjects again: the event, the role or rule in it, and when it happened."""
    rows = await world.rows(
        "select type, at, recorded_at, body::json -> 'data' ->> 'level' as level from event "
        "where type = any ($1::text[]) order by id",
        list(types or ("task.opened", "task.reminded", "task.escalated", "task.dropped", "task.done")),
    )
    return [(row["type"].removeprefix("task."), row["level"] or "", row["at"]) for row in rows]


async def jump(world: World, to: datetime) -> None:
    """The clock goes on while no worker looks."""
    async with world.pools.worker.acquire() as connection:
        await connection.execute("update clock set now = $1", to)


# --- pure ------------------------------------------------------------------------------------------


def test_days_are_counted_back_on_the_clocks_of_the_zone() -> None:
    """A window that closes at midnight after the clocks went forward: each step is a local midnight too."""
    due_at = local("2026-04-02T00:00:00+02:00")
    steps = of_deadline(Reminders(processor=("P7D", "P1D", "PT4H"), overdue=()), "processor", due_at, AMSTERDAM, "NL")
    assert [one.at for one in steps] == [local("2026-03-26T00:00:00+01:00"), local("2026-04-01T00:00:00+02:00")]


def mornings(close: str, *lengths: str, zone: str = AMSTERDAM, calendar: str = "NL") -> list[str]:
    steps = of_deadline(Reminders(customer=lengths), "controller", local(close), zone, calendar)
    assert not any(one.overdue or one.level for one in steps), "a customer is pressed by nobody"
    return [one.at.astimezone(ZoneInfo(zone)).isoformat() for one in steps]


@pytest.mark.parametrize(
    ("close", "lengths", "expected"),
    [
        # a window through Wednesday 1 April: its last day, and a week before
        ("2026-04-02T00:00:00+02:00", ("P7D", "P1D"), ["2026-03-26T09:00:00+01:00", "2026-04-01T09:00:00+02:00"]),
        # its last day is a Sunday: the Friday before
        ("2026-03-23T00:00:00+01:00", ("P1D",), ["2026-03-20T09:00:00+01:00"]),
        # two days of one weekend are one morning
        ("2026-03-23T00:00:00+01:00", ("P2D", "P1D"), ["2026-03-20T09:00:00+01:00"]),
        # the second Christmas day of 2026 is a Saturday, the first a Friday
        ("2026-12-28T00:00:00+01:00", ("P1D",), ["2026-12-24T09:00:00+01:00"]),
        # Easter Monday; Good Friday is a working day (I-07)
        ("2026-04-07T00:00:00+02:00", ("P1D",), ["2026-04-03T09:00:00+02:00"]),
        # King's Day on a Monday
        ("2026-04-28T00:00:00+02:00", ("P1D",), ["2026-04-24T09:00:00+02:00"]),
        # at ten the next working day: the morning of the day that the step says
        ("2026-03-24T10:00:00+01:00", ("P1D",), ["2026-03-23T09:00:00+01:00"]),
        ("2026-03-24T10:00:00+01:00", ("PT1H",), ["2026-03-24T09:00:00+01:00"]),
        # at nine or before, that day's morning is too late
        ("2026-03-24T09:00:00+01:00", ("PT1H",), ["2026-03-23T09:00:00+01:00"]),
        ("2026-03-23T08:00:00+01:00", ("PT1H",), ["2026-03-20T09:00:00+01:00"]),
    ],
)  # fmt: skip
def test_a_customer_is_told_in_the_morning_of_a_working_day(
    close: str, lengths: tuple[str, ...], expected: list[str]
) -> None:
    assert mornings(close, *lengths) == expected


def test_the_morning_and_the_working_day_are_those_of_the_agreement() -> None:
    """26 December is an ordinary day in Belgium, 21 July is none; nine is by the clocks there."""
    assert mornings("2025-12-27T00:00:00+01:00", "P1D", calendar="NL 1, holidays 2") == ["2025-12-24T09:00:00+01:00"]
    belgian = {"zone": "Europe/Brussels", "calendar": "BE 1, holidays 2"}
    assert mornings("2025-12-27T00:00:00+01:00", "P1D", **belgian) == ["2025-12-26T09:00:00+01:00"]
    assert mornings("2026-07-22T00:00:00+02:00", "P1D", **belgian) == ["2026-07-20T09:00:00+02:00"]
    assert mornings("2026-04-02T00:00:00+01:00", "P1D", zone="Europe/London") == ["2026-04-01T09:00:00+01:00"]
    assert mornings("2026-03-23T00:00:00+00:00", "P1D", zone="UTC", calendar="") == ["2026-03-20T09:00:00+00:00"]


def test_the_working_week_is_the_one_that_the_agreement_counts_by() -> None:
    """Saturday 21 March is a working day in a week of six; 3 July 2026 is a holiday in the United States."""
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    six = calendar_of(draft(counting={"working_days": week, "clause": "1"})).version
    assert six.endswith("; working days monday, tuesday, wednesday, thursday, friday, saturday")
    assert mornings("2026-03-23T00:00:00+01:00", "P1D", calendar=six) == ["2026-03-21T09:00:00+01:00"]
    american = calendar_of(draft(counting={"holidays": "US", "clause": "1"})).version
    assert american.endswith("; holidays of US")
    assert mornings("2026-07-04T00:00:00+02:00", "P1D", calendar=american) == ["2026-07-02T09:00:00+02:00"]
    # Who says nothing of it is counted by its calendar alone, by its own name.
    assert calendar_of(draft()).version == calendar_for("NL").version


def test_no_reminder_comes_before_what_it_reminds_of() -> None:
    """Told on the evening before: the Friday that comes in a Sunday's place is over, and the last day is ahead."""
    close = local("2026-03-24T00:00:00+01:00")
    steps = of_deadline(Reminders(customer=("P2D", "P1D")), "controller", close, AMSTERDAM, "NL")
    told = local("2026-03-20T20:00:00+01:00")
    assert first(steps, close, told, told) == local("2026-03-23T09:00:00+01:00")
    told = local("2026-03-23T20:00:00+01:00")
    assert first(steps, close, told, told) is None, "to be told is news enough"


def test_hours_are_for_what_is_due_at_an_hour() -> None:
    due_at = local("2026-03-29T14:30:00+02:00")
    steps = of_deadline(
        Reminders(processor=("P1D", "PT4H"), overdue=("P0D", "PT6H")), "processor", due_at, AMSTERDAM, ""
    )
    assert [(one.at, one.overdue, one.level) for one in steps] == [
        (local("2026-03-28T14:30:00+01:00"), False, 0),
        (local("2026-03-29T10:30:00+02:00"), False, 1),
        (due_at, True, 2),
        (due_at + timedelta(hours=6), True, 3),
    ]


def test_what_several_missed_ones_collapse_into() -> None:
    due_at = local("2026-06-10T00:00:00+02:00")
    steps = of_task(None, due_at, AMSTERDAM)
    assert following(steps, due_at - timedelta(days=30)) == due_at - timedelta(days=3)
    late = due_at + timedelta(days=4)
    found = latest(steps, late)
    assert found is not None
    assert (found.at, found.overdue) == (due_at + timedelta(days=3), True)
    assert following(steps, late) == due_at + timedelta(days=7)
    assert following(steps, due_at + timedelta(days=7)) is None


def test_to_be_opened_is_news_enough_unless_it_is_long_past_its_end() -> None:
    due_at = local("2026-06-10T00:00:00+02:00")
    steps = of_task(None, due_at, AMSTERDAM)
    hour, days = timedelta(hours=1), timedelta(days=1)
    for at in (due_at, due_at + hour):
        assert first(steps, due_at, at, due_at + hour) == due_at + 3 * days
    assert first(steps, due_at, due_at + 4 * days, due_at + 4 * days) == due_at + 3 * days, "at once"
    assert first(steps, due_at, due_at, due_at + 4 * days) == due_at + 7 * days, "worked off late: the rest is ahead"
    assert first(steps, due_at, due_at, due_at + 8 * days) == due_at + 7 * days, "nothing is ahead any more"
    assert first(of_task(Reminders(overdue=()), due_at, AMSTERDAM), due_at, due_at + hour, due_at + hour) is None


def test_a_consent_is_asked_for_again_and_then_by_a_person() -> None:
    received = local("2026-03-02T10:00:00+01:00")
    steps = of_consent(None, received, AMSTERDAM, "NL")
    assert [(one.at, one.level) for one in steps] == [
        (local("2026-03-16T09:00:00+01:00"), 0), (local("2026-03-30T09:00:00+02:00"), 1)]  # fmt: skip
    assert of_consent(Reminders(consent=()), received, AMSTERDAM, "NL") == ()


def test_a_consent_is_not_asked_for_again_before_it_was_asked_for() -> None:
    """Asked on a Friday evening: a Saturday's reminder would come that morning, so it comes on Monday."""
    received = local("2026-03-06T20:00:00+01:00")
    (step,) = of_consent(Reminders(consent=("P1D",)), received, AMSTERDAM, "NL")
    assert step.at == local("2026-03-09T09:00:00+01:00")


def test_beyond_the_last_year_nobody_is_reminded() -> None:
    due_at = datetime(9990, 12, 31, 23, tzinfo=UTC)
    assert [one.overdue for one in of_task(None, due_at, AMSTERDAM)][-1:] == [True]
    assert len(of_task(None, due_at, AMSTERDAM)) == 3, "P3D and P7D after it are out of reach"


@pytest.mark.parametrize("wrong", ["P1M", "P2WD", "soon", "P0D", "P400D", "-P1D", "PT0H"])
def test_a_step_that_is_none(wrong: str) -> None:
    assert step_problem("customer", wrong)
    assert step_problem("overdue", "P0D") is None


# --- customers -------------------------------------------------------------------------------------


async def window(world: World, terms: str = "kmo-solutions") -> tuple[UUID, Any]:
    """A change that one customer was told of; its notice."""
    await world.make_processor()
    agreement = await world.make_agreement(terms)
    change = await world.make_change(await world.make_subprocessor())
    await world.announce(change)
    return change, await world.notice(change, agreement)


async def mails(world: World, kind: str = "reminder") -> list[Any]:
    return await world.rows(
        "select created_at, data::json ->> 'rule' as rule, (data::json ->> 'closes_at')::timestamptz as closes_at, "
        "counts from message where kind = $1 order by id",
        kind,
    )


async def test_a_customer_that_said_nothing_is_reminded_in_time_and_never_early(world: World) -> None:
    _, notice = await window(world)
    close = notice["closes_at"]
    assert close == local("2026-04-02T00:00:00+02:00")
    seventh = local("2026-03-26T09:00:00+01:00")
    await world.go(seventh - timedelta(microseconds=1))
    assert await mails(world) == []
    await world.go(seventh)
    (mail,) = await mails(world)
    assert (mail["created_at"], mail["rule"], mail["closes_at"]) == (seventh, "subprocessor.objection", close)
    assert not mail["counts"], "its receipt starts no window"
    assert (await world.notice(notice["change_id"], notice["agreement_id"]))["closes_at"] == close
    await world.days(30)
    assert [one["created_at"] for one in await mails(world)] == [seventh, local("2026-04-01T09:00:00+02:00")]
    assert await world.state(notice["id"]) == "lapsed"


@pytest.mark.parametrize("answer", ["acknowledge", "object"])
async def test_whoever_answered_is_left_alone(world: World, answer: str) -> None:
    _, notice = await window(world)
    await world.do(notice["id"], answer, by="Kim")
    await world.days(60)
    assert await mails(world) == []


async def test_after_a_pause_one_reminder_and_after_the_close_none(world: World) -> None:
    _, notice = await window(world)
    await jump(world, notice["closes_at"] - timedelta(hours=2))
    await world.drain()
    assert len(await mails(world)) == 1
    _, other = await window_of_another(world)
    await jump(world, other["closes_at"] + timedelta(hours=2))
    await world.drain()
    assert len(await mails(world)) == 1
    assert await world.state(other["id"]) == "lapsed"


async def window_of_another(world: World) -> tuple[UUID, Any]:
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer("Another"))
    change = await world.make_change(await world.make_subprocessor("Other BV"))
    await world.announce(change)
    return change, await world.notice(change, agreement)


async def test_a_reminder_that_an_answer_overtakes_is_not_sent(world: World) -> None:
    """The deadline was looked at before the answer, and the notice hears of it after."""
    _, notice = await window(world)
    await jump(world, notice["closes_at"] - timedelta(hours=2))
    assert await remind(world.pools.worker, world.engine) == 1
    await world.do(notice["id"], "acknowledge", by="Kim")
    await world.drain()
    assert await mails(world) == []


async def test_a_consent_without_a_period_is_asked_for_until_a_person_takes_it_up(world: World) -> None:
    _, notice = await window(world, "contict")
    await world.days(29)
    sent = await mails(world)
    mornings = [local("2026-03-16T09:00:00+01:00"), local("2026-03-30T09:00:00+02:00")]
    assert [one["created_at"] for one in sent] == mornings, "two weeks and four after receipt"
    assert {(one["rule"], one["closes_at"]) for one in sent} == {("subprocessor.consent", None)}
    (task,) = await world.rows("select kind, role, due_at, id from task where about = $1", notice["id"])
    assert (task["kind"], task["due_at"]) == ("consent_awaited", None), "P7: no term that the agreement does not have"
    await world.days(100)
    assert len(await mails(world)) == 2
    assert await world.state(notice["id"]) == "open"
    await world.do(notice["id"], "consent", by="Kim", channel="mail")
    assert await world.state(task["id"]) == "dropped"


async def test_a_consent_taken_back_is_asked_for_again(world: World) -> None:
    _, notice = await window(world, "mms-solutions")
    await world.do(notice["id"], "refuse", by="Kim", channel="mail", grounds="No.")
    await world.days(15)
    assert await mails(world) == []
    await world.do(notice["id"], "take-back", by="Kim", channel="mail")
    await world.days(60)
    assert await world.state(notice["id"]) == "open"
    assert len(await mails(world)) == 0, "somebody did say something"


async def test_the_choice_of_what_becomes_of_the_data_is_asked_for_again(world: World) -> None:
    await world.make_processor()
    contract = MainContract(reference="M-1", starts_on=date(2026, 1, 1), ends_on=date(2026, 4, 30))
    agreement = await world.make_agreement("kmo-solutions", main_contracts=(contract,))
    await world.go(local("2026-05-01T00:00:00+02:00"))
    (deadline,) = await world.rows("select due_at from deadline where rule = 'end.choice' and closed_at is null")
    await world.go(deadline["due_at"] - timedelta(microseconds=1))
    sent = await mails(world, "reminder_choice")
    mornings = [deadline["due_at"] - one["created_at"] for one in sent]
    assert mornings == [timedelta(days=7, hours=-9), timedelta(days=1, hours=-9)]
    assert await world.rows("select 1 from task") == [], "nothing can be erased before the customer's period is over"
    await world.do(agreement, "choose", data="return", by="Kim", channel="mail")
    (task,) = await world.rows("select kind, due_at from task")
    assert task["kind"] == "return"
    assert task["due_at"] > deadline["due_at"], "9.5: erasing begins after the period, and waits for the return"


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
