"""A customer that said nothing is reminded in time, never early, and by a person in the end."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.reminding import jump, mails, window
from tests.world import World, local
from workflows.engine.reminders import remind
from workflows.model.agreement import MainContract


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
