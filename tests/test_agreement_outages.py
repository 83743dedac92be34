"""Our own outage is our risk for an agreement's own times, too (P3): that before it begins, and the choice after it."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.drafts import ID, controller_rule, draft, processor_rule, store
from tests.test_choices import LAST_DAY, OVER, choose, deadlines, ended, tasks
from tests.test_notices import outage
from tests.world import World, local
from workflows.errors import Refused
from workflows.model.agreement import MainContract

CLOSES = local("2026-04-15T00:00:00+02:00")
"""Two weeks after 31 March, at the end of a Tuesday."""
HELD = local("2026-04-16T00:00:00+02:00")
NOON = ("2026-04-14T12:00:00+02:00", "2026-04-14T12:10:00+02:00")


async def kmo(world: World) -> UUID:
    """A KMO agreement whose last day, 31 March, is over: its customer may choose for two weeks."""
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await world.do(agreement, "end-main-contract", on=LAST_DAY)
    await world.go(OVER)
    return agreement


async def until(world: World, agreement: UUID) -> datetime | None:
    [row] = await world.rows("select choice_until from agreement where id = $1", agreement)
    found: datetime | None = row["choice_until"]
    return found


async def mails(world: World, agreement: UUID) -> list[Any]:
    return await world.rows(
        "select data::json ->> 'last_day' as last_day, data::json ->> 'last_day_before' as before from message "
        "where kind = 'choice_held_open' and subject_id = $1 order by id", agreement,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("began", "ended", "last"),
    [
        (*NOON, HELD),
        # Back on the Friday before a weekend: through Monday.
        ("2026-04-14T20:00:00+02:00", "2026-04-17T08:00:00+02:00", local("2026-04-21T00:00:00+02:00")),
        # The day before, and the day after: the last day was whole.
        ("2026-04-13T12:00:00+02:00", "2026-04-13T23:00:00+02:00", CLOSES),
        ("2026-04-15T00:00:00+02:00", "2026-04-15T10:00:00+02:00", CLOSES),
    ],
)
async def test_the_choice_stays_open_through_the_next_open_day(
    world: World, began: str, ended: str, last: datetime
) -> None:
    agreement = await kmo(world)
    await world.go(CLOSES - timedelta(microseconds=1))
    await outage(world, began, ended)
    await world.go(last - timedelta(microseconds=1))
    assert await world.state(agreement) == "terminated"
    assert await deadlines(world, agreement) == {"end.choice": last, "end.erasure": last}
    assert await until(world, agreement) == (last if last != CLOSES else None)
    assert len(await mails(world, agreement)) == (last != CLOSES)
    await world.go(last)
    assert await world.state(agreement) == "deletion_pending"
    assert set(await tasks(world, agreement)) == {"approve_plan", "mailbox_read"}
    with pytest.raises(Refused, match="The period for asking return ended"):
        await choose(world, agreement, "return")
    [item, *_] = await world.rows(
        "select i ->> 'begins_at' as begins_at from agreement a, jsonb_array_elements(a.plan) i "
        "where a.id = $1 and i ->> 'rule' = 'end.erasure'", agreement,
    )  # fmt: skip
    assert datetime.fromisoformat(item["begins_at"]) == last


async def test_what_is_asked_in_the_time_that_was_given_is_in_time(world: World) -> None:
    agreement = await kmo(world)
    await outage(world, *NOON)
    await world.go(HELD - timedelta(hours=1))
    [event] = await world.rows(
        "select body::json -> 'data' as data from event where subject_id = $1 and type = 'agreement.choice_held_open'",
        agreement,
    )
    assert '"last_day_before": "2026-04-14"' in event["data"] or '"last_day_before":"2026-04-14"' in event["data"]
    await choose(world, agreement, "return")
    assert set(await tasks(world, agreement)) == {"return"}
    assert "end.choice" not in await deadlines(world, agreement)
    await world.go(HELD + timedelta(days=3))
    assert await world.state(agreement) == "terminated", "a return that was asked is honoured first"


async def test_received_in_the_time_that_was_given_and_typed_in_afterwards(world: World) -> None:
    """P5: the plan is made, and the return comes first all the same."""
    agreement = await kmo(world)
    await outage(world, *NOON)
    await world.go(HELD + timedelta(days=2))
    assert await world.state(agreement) == "deletion_pending"
    with pytest.raises(Refused, match="The period for asking return ended"):
        await choose(world, agreement, "return", received_at=HELD)
    await choose(world, agreement, "return", received_at=HELD - timedelta(minutes=1))
    assert "return" in await tasks(world, agreement)


async def test_before_the_worker_has_looked_it_is_in_time(world: World) -> None:
    """Back after the end, the API takes what is asked before or after the timer was worked off."""
    agreement = await kmo(world)
    await world.go(CLOSES - timedelta(hours=4))
    await outage(world, "2026-04-14T20:00:00+02:00", "2026-04-15T02:00:00+02:00")
    await world.rows("update clock set now = $1 returning now", CLOSES + timedelta(hours=3))
    await choose(world, agreement, "return")
    assert set(await tasks(world, agreement)) == {"return"}
    assert await mails(world, agreement) == []


async def test_an_outage_that_became_known_after_the_plan_was_made_lets_a_return_in(world: World) -> None:
    agreement = await kmo(world)
    await world.go(CLOSES)
    assert await world.state(agreement) == "deletion_pending"
    await outage(world, "2026-04-14T23:59:00+02:00", "2026-04-15T00:01:00+02:00")
    await world.go(CLOSES + timedelta(hours=9))
    await choose(world, agreement, "return")
    assert "return" in await tasks(world, agreement)


async def test_hit_again_on_the_moved_day_it_stays_open_once_more(world: World) -> None:
    agreement = await kmo(world)
    await outage(world, *NOON)
    await world.go(HELD - timedelta(hours=6))
    await outage(world, "2026-04-15T19:00:00+02:00", "2026-04-15T19:10:00+02:00")
    await world.go(HELD)
    again = local("2026-04-17T00:00:00+02:00")
    assert (await until(world, agreement), await world.state(agreement)) == (again, "terminated")
    told = [(row["before"], row["last_day"]) for row in await mails(world, agreement)]
    assert told == [("2026-04-14", "2026-04-15"), ("2026-04-15", "2026-04-16")]
    [step] = await world.rows(
        "select steps from deadline where agreement_id = $1 and rule = 'end.choice' and closed_at is null", agreement
    )
    assert str(step["steps"]).count("held open through") == 1
    await world.go(again)
    assert await world.state(agreement) == "deletion_pending"


async def test_who_has_chosen_is_told_nothing_and_gets_no_more_time(world: World) -> None:
    agreement = await kmo(world)
    await choose(world, agreement, "return")
    await outage(world, *NOON)
    await world.go(HELD + timedelta(hours=1))
    assert (await until(world, agreement), await mails(world, agreement)) == (None, [])
    assert set(await tasks(world, agreement)) == {"return"}


async def test_a_moved_end_that_is_past_is_told_nobody(world: World) -> None:
    """Worked off a week later: held open, over, and settled at once."""
    agreement = await kmo(world)
    await outage(world, *NOON)
    await world.rows("update clock set now = $1 returning now", HELD + timedelta(days=7))
    await world.drain()
    assert (await until(world, agreement), await mails(world, agreement)) == (HELD, [])
    assert await world.state(agreement) == "deletion_pending"


async def test_reminders_go_by_the_moved_end(world: World) -> None:
    agreement = await kmo(world)
    await outage(world, *NOON)
    await world.go(HELD - timedelta(hours=1))
    [row] = await world.rows(
        "select due_at, last_day from deadline where agreement_id = $1 and rule = 'end.choice' and closed_at is null",
        agreement,
    )
    assert (row["due_at"], row["last_day"]) == (HELD, date(2026, 4, 15))


async def test_what_we_owe_stays_where_the_terms_have_it(world: World) -> None:
    """Thirty days after the choice count from the choice's own end, not from that which our outage gave."""
    rules = {"end.choice": controller_rule("end", "P14D"), "end.erasure": processor_rule("after:end.choice", "P30D")}
    agreement = await ended(world, draft(rules, end={"data": "choice"}))
    before = (await deadlines(world, agreement))["end.erasure"]
    assert before == local("2026-05-15T00:00:00+02:00")
    await outage(world, *NOON)
    await world.go(HELD)
    assert await until(world, agreement) == HELD
    assert (await deadlines(world, agreement))["end.erasure"] == before


async def test_what_was_to_be_done_before_the_moved_end_is_due_with_it(world: World) -> None:
    """Both run for fourteen days: nothing may be erased while the customer may choose, and then it is due at once."""
    rules = {"end.choice": controller_rule("end", "P14D"), "end.erasure": processor_rule("end", "P14D")}
    agreement = await ended(world, draft(rules, end={"data": "choice"}))
    assert (await deadlines(world, agreement))["end.erasure"] == CLOSES
    await outage(world, *NOON)
    await world.go(CLOSES)
    assert await deadlines(world, agreement) == {"end.choice": HELD, "end.erasure": HELD}
    # Chosen: it is over then, and no later.
    await world.go(CLOSES + timedelta(hours=9))
    chosen = await world.now()
    await choose(world, agreement, "erase")
    assert await world.state(agreement) == "deletion_pending"
    assert (await deadlines(world, agreement))["end.erasure"] == chosen


async def test_kept_returned_or_erased_without_a_choice_all_wait(world: World) -> None:
    end = {"data": "choice", "without_choice": "return", "without_choice_clause": "11"}
    agreement = await ended(world, draft({"end.choice": controller_rule("end", "P14D")}, end=end))
    await outage(world, *NOON)
    await world.go(HELD - timedelta(seconds=1))
    assert "return" not in await tasks(world, agreement)
    await world.go(HELD)
    assert set(await tasks(world, agreement)) == {"return"}


async def test_without_a_last_moment_nothing_is_held_open(world: World) -> None:
    await outage(world, "2026-03-31T12:00:00+02:00", "2026-03-31T13:00:00+02:00")
    agreement = await ended(world, draft(end={"data": "choice"}))
    assert (await until(world, agreement), await mails(world, agreement)) == (None, [])
    assert set(await tasks(world, agreement)) == {"ask_choice"}


async def test_a_choice_that_runs_from_the_notice_is_judged_at_the_end(world: World) -> None:
    """It was over before the end, and so is the day that an outage gave."""
    rules = {"end.choice": controller_rule("notice_of_ending", "P14D")}
    await store(world, draft(rules, end={"data": "choice"}))
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    await world.do(agreement, "end-main-contract", on=LAST_DAY)
    await outage(world, "2026-03-16T12:00:00+01:00", "2026-03-16T13:00:00+01:00")
    await world.go(OVER)
    assert await world.state(agreement) == "deletion_pending"
    assert (await until(world, agreement), await mails(world, agreement)) == (local("2026-03-18T00:00:00+01:00"), [])


async def test_a_corrected_end_has_its_own_last_day(world: World) -> None:
    agreement = await kmo(world)
    await outage(world, *NOON)
    await world.go(CLOSES + timedelta(hours=9))
    [row] = await world.rows("select main_contracts from agreement where id = $1", agreement)
    assert row["main_contracts"]
    assert await until(world, agreement) == HELD
    contract = {"reference": "M-1", "starts_on": "2026-01-01", "ends_on": "2026-04-03", "ending": True}
    await world.do(agreement, "correct", reason="a wrong day", data={"main_contracts": [contract]})
    assert await until(world, agreement) is None
    assert (await deadlines(world, agreement))["end.choice"] == local("2026-04-18T00:00:00+02:00")
    await world.go(local("2026-04-18T00:00:00+02:00"))
    assert await world.state(agreement) == "deletion_pending"


async def test_a_correction_of_something_else_leaves_the_moved_end(world: World) -> None:
    agreement = await kmo(world)
    await outage(world, *NOON)
    await world.go(CLOSES + timedelta(hours=9))
    await world.do(agreement, "correct", reason="mistyped", data={"facts": {"backup.retention": "P60D"}})
    assert await until(world, agreement) == HELD
    assert (await deadlines(world, agreement))["end.choice"] == HELD
    await world.go(HELD - timedelta(seconds=1))
    assert await world.state(agreement) == "terminated"


async def test_a_cancelled_end_drops_the_moved_end(world: World) -> None:
    agreement = await kmo(world)
    await outage(world, *NOON)
    await world.go(CLOSES + timedelta(hours=9))
    await world.do(agreement, "cancel-end", reason="goes on")
    await world.drain()
    assert (await world.state(agreement), await until(world, agreement)) == ("active", None)
    assert await deadlines(world, agreement) == {}
    await world.do(agreement, "end-main-contract", on=date(2026, 4, 30))
    await world.go(local("2026-05-01T00:00:00+02:00"))
    assert (await deadlines(world, agreement))["end.choice"] == local("2026-05-19T00:00:00+02:00"), "Ascension Day"


async def test_down_from_before_the_end_until_after_the_choice(world: World) -> None:
    """The end and what follows from it are worked off at once; the choice is held open all the same."""
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await world.do(agreement, "end-main-contract", on=LAST_DAY)
    await outage(world, "2026-03-30T12:00:00+02:00", "2026-04-17T08:00:00+02:00")
    await world.rows("update clock set now = $1 returning now", local("2026-04-17T09:00:00+02:00"))
    await world.drain()
    held = local("2026-04-21T00:00:00+02:00")
    assert (await world.state(agreement), await until(world, agreement)) == ("terminated", held)
    assert len(await mails(world, agreement)) == 1


@pytest.mark.parametrize("down", [True, False])
async def test_the_time_before_entry_into_force_is_held_open_too(world: World, *, down: bool) -> None:
    """Two weeks from receipt on 2 March: through Monday 16 March, or the day after the outage."""
    await store(world, draft(entry={"period": "P14D"}))
    await world.make_processor()
    agreement = await world.make_agreement(ID)
    closes, held = local("2026-03-17T00:00:00+01:00"), local("2026-03-18T00:00:00+01:00")
    assert await world.state(agreement) == "objection_window"
    if down:
        await outage(world, "2026-03-16T12:00:00+01:00", "2026-03-16T13:00:00+01:00")
    last = held if down else closes
    await world.go(last - timedelta(seconds=1))
    assert await world.state(agreement) == "objection_window"
    await world.go(last)
    [row] = await world.rows("select in_force_since, entry_closes_at from agreement where id = $1", agreement)
    assert (await world.state(agreement), row["in_force_since"], row["entry_closes_at"]) == ("active", last, last)
    told = await world.rows("select data::json ->> 'last_day' as day from message where kind = 'entry_held_open'")
    assert [one["day"] for one in told] == (["2026-03-17"] if down else [])


async def test_an_agreement_that_begins_later_anyway_needs_no_more_time(world: World) -> None:
    await store(world, draft(entry={"period": "P14D"}))
    await world.make_processor()
    later = MainContract(reference="M-1", starts_on=date(2026, 6, 1))
    agreement = await world.make_agreement(ID, main_contracts=(later,))
    await outage(world, "2026-03-16T12:00:00+01:00", "2026-03-16T13:00:00+01:00")
    await world.go(local("2026-06-01T00:00:00+02:00"))
    assert await world.state(agreement) == "active"
    assert await world.rows("select 1 from message where kind = 'entry_held_open'") == []
    assert await world.rows("select 1 from event where type = 'agreement.entry_held_open'") == []
