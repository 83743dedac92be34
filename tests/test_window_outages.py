"""An outage of ours on the last day of a window is our risk (P3), whether it was answered or not."""

from datetime import timedelta

import msgspec
import pytest

from tests.drafts import controller_rule, draft, store
from tests.test_notices import outage, told
from tests.world import World, local


@pytest.mark.parametrize(
    ("began", "ended", "last"),
    [
        ("2026-04-01T12:00:00+02:00", "2026-04-01T12:10:00+02:00", "2026-04-03T00:00:00+02:00"),
        # Back on Maundy Thursday: Good Friday, the weekend and Easter Monday are no open days.
        ("2026-04-01T20:00:00+02:00", "2026-04-02T08:00:00+02:00", "2026-04-08T00:00:00+02:00"),
        ("2026-03-30T12:00:00+02:00", "2026-03-31T12:00:00+02:00", "2026-04-02T00:00:00+02:00"),
    ],
)
async def test_our_own_outage_is_our_risk(world: World, began: str, ended: str, last: str) -> None:
    """P3: through the next open day after customers could answer again; only the last day counts."""
    host, agreement, change, notice = await told(world)
    await outage(world, began, ended)
    closes = local(last)
    await world.go(closes - timedelta(microseconds=1))
    assert await world.state(notice) == "open"
    assert not await world.engaged(agreement, host)
    await world.go(closes)
    assert await world.state(notice) == "lapsed"
    assert (await world.notice(change, agreement))["closes_at"] == closes
    told_of_it = await world.rows("select 1 from message where kind = 'held_open' and subject_id = $1", notice)
    assert bool(told_of_it) == (closes != local("2026-04-02T00:00:00+02:00"))


@pytest.mark.parametrize(
    ("back", "state", "closes", "mails"),
    [
        ("2026-04-02T10:00:00+02:00", "open", "2026-04-03T00:00:00+02:00", 1),
        ("2026-04-03T10:00:00+02:00", "lapsed", "2026-04-03T00:00:00+02:00", 0),
    ],
)
async def test_an_outage_is_our_risk_for_a_window_that_was_answered_too(
    world: World, back: str, state: str, closes: str, mails: int
) -> None:
    """P3, P8: once the objection is taken back the window is as open as without it; nobody is told of days gone by."""
    host, agreement, change, notice = await told(world)
    await world.do(notice, "object", by="Kim", grounds="no")
    await outage(world, "2026-04-01T12:00:00+02:00", "2026-04-01T12:10:00+02:00")
    await world.go(local(back))
    await world.do(notice, "take-back", by="Kim")
    await world.drain()
    assert await world.state(notice) == state
    assert (await world.notice(change, agreement))["closes_at"] == local(closes)
    told_of_it = await world.rows("select 1 from message where kind = 'held_open' and subject_id = $1", notice)
    assert len(told_of_it) == mails
    await world.do(notice, "object", by="Kim", grounds="no")
    assert await world.state(notice) == ("objected" if state == "open" else "lapsed")
    assert await world.engaged(agreement, host) is (state == "lapsed")


@pytest.mark.parametrize(
    ("received", "late"), [("2026-04-02T10:00:00+02:00", False), ("2026-04-03T10:00:00+02:00", True)]
)
async def test_beside_an_objection_another_one_is_judged_by_the_window_too(
    world: World, received: str, late: bool
) -> None:
    """P3, P6: in time it stands when the first is taken back; late it is kept and marked, and stands for nothing."""
    _, agreement, change, notice = await told(world)
    await world.do(notice, "object", by="Kim", grounds="no")
    await outage(world, "2026-04-01T12:00:00+02:00", "2026-04-01T12:10:00+02:00")
    await world.go(local("2026-04-04T10:00:00+02:00"))
    await world.do(notice, "object", by="Sam", grounds="no", received_at=local(received))
    assert await world.state(notice) == "objected"
    assert msgspec.json.decode((await world.notice(change, agreement))["answers"])[-1]["late"] is late
    await world.do(notice, "take-back", by="Kim")
    await world.drain()
    assert await world.state(notice) == ("lapsed" if late else "objected")
    assert (await world.notice(change, agreement))["closes_at"] == local("2026-04-03T00:00:00+02:00")


async def test_an_outage_later_on_the_day_on_which_a_window_of_hours_closed_moves_nothing(world: World) -> None:
    """It took nothing from anybody, whenever the close is worked off."""
    hours = draft({"subprocessor.objection": controller_rule("receipt", "PT48H")}, id="hours")
    await store(world, hours)
    await world.make_processor()
    change = await world.make_change(await world.make_subprocessor())
    agreement = await world.make_agreement("hours")
    await world.announce(change)
    notice = await world.notice(change, agreement)
    closes = notice["closes_at"]
    began, ended = closes + timedelta(hours=1), closes + timedelta(hours=2)
    await outage(world, began.isoformat(), ended.isoformat())
    await world.rows("update clock set now = $1 returning now", ended + timedelta(hours=1))
    await world.drain()
    assert await world.state(notice["id"]) == "lapsed"
    assert (await world.notice(change, agreement))["closes_at"] == closes
