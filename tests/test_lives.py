"""Whole lives on the simulated clock: what each of the five agreements says, on the days it says so."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.world import FACTS, World, local
from workflows.errors import NotAllowed, Refused
from workflows.model.agreement import MainContract

OPEN_CHANGE = {"stkkr": False, "constant-it": False, "mms-solutions": True, "contict": True}


async def told(world: World, terms: str, **change: Any) -> tuple[UUID, UUID, UUID, UUID]:
    """An active agreement that was told of a new subprocessor: host, agreement, change, notice."""
    await world.make_processor()
    host = await world.make_subprocessor(**change.pop("subprocessor", {}))
    agreement = await world.make_agreement(terms)
    made = await world.make_change(host, **change)
    await world.announce(made)
    notice = await world.notice(made, agreement)
    return host, agreement, made, notice["id"]


async def test_silence_lets_an_objection_change_go_on_the_day_the_terms_say(world: World) -> None:
    host, agreement, change, notice = await told(world, "kmo-solutions")
    row = await world.notice(change, agreement)
    # Monday 2 March + 30 days = Wednesday 1 April; due at its end, in summer time.
    assert (row["state"], row["closes_at"]) == ("open", local("2026-04-02T00:00:00+02:00"))
    assert await world.state(change) == "objection_window"
    await world.go(local("2026-04-01T23:59:59.999999+02:00"))
    assert await world.state(notice) == "open"
    assert not await world.engaged(agreement, host)
    await world.go(local("2026-04-02T00:00:00+02:00"))
    assert await world.state(notice) == "lapsed"
    assert await world.engaged(agreement, host)
    assert await world.state(change) == "active"


@pytest.mark.parametrize("terms", ["stkkr", "constant-it"])
async def test_without_a_period_the_notice_stays_open_and_the_processor_waits_its_own_time(
    world: World, terms: str
) -> None:
    host, agreement, change, notice = await told(world, terms)
    row = await world.notice(change, agreement)
    assert (row["closes_at"], row["proceeds_at"]) == (None, local("2026-04-02T00:00:00+02:00"))
    await world.go(local("2026-04-01T23:59:59.999999+02:00"))
    assert not await world.engaged(agreement, host)
    await world.days(10)
    assert await world.engaged(agreement, host)
    assert (await world.state(notice), await world.state(change)) == ("open", "active")
    # P7: an objection after engagement is never late, and ends nothing by itself.
    await world.do(notice, "object", channel="mail", by="Kim")
    await world.drain()
    assert await world.state(notice) == "objected"
    assert await world.engaged(agreement, host)


@pytest.mark.parametrize("terms", ["mms-solutions", "contict"])
async def test_silence_never_consents(world: World, terms: str) -> None:
    host, agreement, change, notice = await told(world, terms)
    await world.days(400)
    assert await world.state(notice) == "open"
    assert not await world.engaged(agreement, host)
    assert await world.state(change) == "objection_window"
    await world.do(notice, "consent", channel="phone", by="Kim")
    await world.drain()
    assert await world.state(notice) == "open", "P10: spoken consent is none where writing is required"
    await world.do(notice, "consent", channel="mail", by="Kim")
    await world.drain()
    assert await world.engaged(agreement, host)
    assert await world.state(change) == "active"


async def test_christmas_moves_the_customers_last_day(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions")
    await world.go(local("2026-11-25T15:00:00+01:00"))
    change = await world.make_change(host)
    await world.announce(change)
    # 25 December + 26 December are holidays, 27 December 2026 is a Sunday: through Monday 28 December.
    row = await world.notice(change, agreement)
    assert row["closes_at"] == local("2026-12-29T00:00:00+01:00")
    await world.go(local("2026-12-28T23:59:59+01:00"))
    assert (await world.notice(change, agreement))["state"] == "open"
    await world.go(local("2026-12-29T00:00:00+01:00"))
    assert (await world.notice(change, agreement))["state"] == "lapsed"


async def test_one_objection_holds_it_for_that_customer_alone(world: World) -> None:
    host, objector, change, notice = await told(world, "kmo-solutions")
    other = (await world.make_agreement("kmo-solutions"), "joined in the middle of the window")[0]
    await world.do(notice, "object", channel="link", by="Kim", grounds="We host elsewhere.")
    await world.days(40)
    assert not await world.engaged(objector, host)
    assert await world.engaged(other, host)
    assert await world.state(change) == "active"
    with pytest.raises(Refused) as refused:
        await world.do(notice, "decide", decision="overrule", reason="We need it.", engage_not_before=date(2026, 8, 1))
    assert refused.value.guard == "overruling_allowed"
    assert "7.1" in refused.value.detail
    await world.do(notice, "decide", decision="uphold", reason="Agreed.")
    await world.days(60)
    assert not await world.engaged(objector, host)


async def test_an_objection_taken_back_lets_the_window_decide(world: World) -> None:
    host, agreement, change, notice = await told(world, "kmo-solutions")
    await world.do(notice, "object", by="Kim")
    await world.do(notice, "take-back", by="Kim")
    assert await world.state(notice) == "open"
    await world.days(31)
    assert await world.engaged(agreement, host)
    assert await world.state(change) == "active"


async def test_entered_late_received_in_time(world: World) -> None:
    """P5: telephoned on day 29, typed in on day 33."""
    host, agreement, _, notice = await told(world, "kmo-solutions")
    await world.days(33)
    assert await world.engaged(agreement, host)
    heard = local("2026-03-31T16:00:00+02:00")
    await world.do(notice, "object", channel="phone", by="Kim", received_at=heard)
    await world.drain()
    assert await world.state(notice) == "objected"
    assert not await world.engaged(agreement, host)
    assert await world.rows("select 1 from task where about = $1 and kind = 'decide_objection'", notice)


async def test_late_is_kept_and_changes_nothing(world: World) -> None:
    host, agreement, change, notice = await told(world, "kmo-solutions")
    row = await world.notice(change, agreement)
    await world.days(33)
    await world.do(notice, "object", channel="mail", by="Kim", received_at=row["closes_at"])
    await world.drain()
    assert await world.state(notice) == "lapsed"
    assert await world.engaged(agreement, host)
    answers = (await world.rows("select answers::text as a from notice where id = $1", notice))[0]["a"]
    assert '"late": true' in answers


async def test_the_last_microsecond_counts(world: World) -> None:
    _, agreement, change, notice = await told(world, "kmo-solutions")
    row = await world.notice(change, agreement)
    await world.days(33)
    last = row["closes_at"] - timedelta(microseconds=1)
    await world.do(notice, "object", channel="link", by="Kim", received_at=last)
    assert await world.state(notice) == "objected"


async def test_the_board_decides_and_the_customer_may_end(world: World) -> None:
    host, agreement, _, notice = await told(world, "stkkr")
    await world.do(notice, "object", channel="mail", by="Kim")
    overrule: dict[str, Any] = {
        "decision": "overrule",
        "reason": "No alternative.",
        "engage_not_before": date(2026, 6, 1),
    }
    with pytest.raises(NotAllowed):
        await world.do(notice, "decide", role="manager", **overrule)
    await world.do(notice, "decide", role="director", **overrule)
    await world.go(local("2026-05-31T23:59:59+02:00"))
    assert not await world.engaged(agreement, host)
    await world.do(notice, "terminate", channel="link", by="Kim", grounds="We disagree.")
    await world.drain()
    assert await world.state(agreement) == "deletion_pending"
    await world.go(local("2026-06-02T00:00:00+02:00"))
    assert not await world.engaged(agreement, host)


async def test_ending_on_an_amendment_within_its_thirty_days(world: World) -> None:
    """P11, Constant IT: two rights in one notice."""
    _, agreement, change, notice = await told(world, "constant-it")
    row = await world.notice(change, agreement)
    assert '"rule": "amendment.termination"' in row["rights"]
    with pytest.raises(Refused) as refused:
        await world.do(notice, "terminate", channel="link", by="Kim")
    assert refused.value.guard == "reasons_given"
    await world.do(notice, "terminate", channel="link", by="Kim", grounds="Too many parties.")
    await world.drain()
    assert await world.state(agreement) in ("terminated", "deletion_pending")
    assert await world.rows("select 1 from task where about = $1 and kind = 'main_contract'", agreement)
    assert await world.state(notice) in ("open", "cancelled")


async def test_a_bounce_after_the_lapse_takes_it_back(world: World) -> None:
    host, agreement, change, notice = await told(world, "kmo-solutions")
    await world.days(33)
    assert await world.engaged(agreement, host)
    await world.do(notice, "not-received", reason="Somebody else's mailbox.")
    await world.drain()
    assert await world.state(notice) == "undeliverable"
    assert not await world.engaged(agreement, host)
    await world.do(notice, "resend")
    await world.drain()
    row = await world.notice(change, agreement)
    assert row["state"] == "open"
    assert row["closes_at"] > await world.now() + timedelta(days=29)


async def test_amended_in_substance_starts_anew_and_objections_carry_over(world: World) -> None:
    _, agreement, change, notice = await told(world, "kmo-solutions")
    objector = await world.make_agreement("kmo-solutions")
    await world.drain()
    other = (await world.notice(change, objector))["id"]
    await world.do(other, "object", by="Kim")
    first = (await world.notice(change, agreement))["closes_at"]
    await world.days(10)
    await world.do(change, "amend", fields={"country": "DE"}, substance=True, reason="Another data centre.")
    await world.drain()
    row = await world.notice(change, agreement)
    assert row["state"] == "open"
    assert row["closes_at"] > first
    assert await world.state(other) == "objected"
    await world.do(change, "amend", fields={"reason": "Spelling."}, substance=False, reason="A typo.")
    await world.drain()
    assert (await world.notice(change, agreement))["closes_at"] == row["closes_at"]
    assert await world.state(notice) == "open"


async def test_withdrawn_tells_everyone_and_ends_what_began(world: World) -> None:
    host, agreement, change, notice = await told(world, "kmo-solutions")
    await world.make_agreement("mms-solutions")
    await world.do(change, "withdraw", reason="No longer needed.")
    await world.drain()
    assert (await world.state(change), await world.state(notice)) == ("withdrawn", "cancelled")
    assert await world.rows("select 1 from message where subject_id = $1 and kind = 'withdrawal'", notice)
    await world.days(60)
    assert not await world.engaged(agreement, host)


async def test_ended_in_the_middle_of_a_window(world: World) -> None:
    host, agreement, _, notice = await told(world, "kmo-solutions")
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 10))
    await world.go(local("2026-03-10T23:59:59+01:00"))
    assert (await world.state(agreement), await world.state(notice)) == ("active", "open")
    await world.go(local("2026-03-11T00:00:00+01:00"))
    assert (await world.state(agreement), await world.state(notice)) == ("terminated", "cancelled")
    await world.go(local("2026-03-24T23:59:59+01:00"))
    assert await world.state(agreement) == "terminated"
    # Tuesday 10 March + two weeks = Tuesday 24 March.
    await world.go(local("2026-03-25T00:00:00+01:00"))
    assert await world.state(agreement) == "deletion_pending"
    assert not await world.engaged(agreement, host)


async def test_outside_the_region_is_refused_or_needs_consent(world: World) -> None:
    await world.make_processor()
    far = await world.make_subprocessor("Far Away Inc", country="US")
    refusing = await world.make_agreement("stkkr")
    asking = await world.make_agreement("kmo-solutions")
    change = await world.make_change(far)
    await world.announce(change)
    assert await world.notice(change, refusing) is None
    assert (await world.notice(change, asking))["rule"] == "consent"
    await world.days(60)
    assert not await world.engaged(asking, far)


async def test_contict_is_in_force_with_its_last_signature(world: World) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("contict", active=False)
    await world.do(agreement, "send")
    await world.do(agreement, "sign", party="controller", at=local("2026-03-01T10:00:00+01:00"))
    await world.drain()
    assert await world.state(agreement) == "notified"
    await world.do(agreement, "sign", party="processor", at=local("2026-03-02T09:30:00+01:00"))
    await world.drain()
    assert await world.state(agreement) == "active"
    since = (await world.rows("select in_force_since from agreement where id = $1", agreement))[0]
    assert since["in_force_since"] == local("2026-03-02T09:30:00+01:00")


@pytest.mark.parametrize("terms", ["mms-solutions", "kmo-solutions"])
async def test_what_the_agreement_leaves_blank_is_required(world: World, terms: str) -> None:
    await world.make_processor()
    agreement = await world.make_agreement(terms, active=False, facts={})
    with pytest.raises(Refused) as refused:
        await world.do(agreement, "send")
    assert refused.value.guard == "facts_given"
    assert next(iter(FACTS[terms])) in refused.value.detail


async def test_renewed_until_somebody_ends_it(world: World) -> None:
    await world.make_processor()
    contract = MainContract(reference="M-1", starts_on=date(2025, 6, 1), ends_on=date(2026, 5, 31), renews="P1Y")
    agreement = await world.make_agreement("stkkr", main_contracts=(contract,))
    await world.go(local("2026-06-05T00:00:00+02:00"))
    assert await world.state(agreement) == "active"
    await world.do(agreement, "end-main-contract", on=date(2026, 7, 31))
    await world.go(local("2026-08-01T00:00:00+02:00"))
    assert await world.state(agreement) == "deletion_pending"


@pytest.mark.parametrize("terms", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
async def test_from_the_end_to_deleted(world: World, terms: str) -> None:
    await world.make_processor()
    agreement = await world.make_agreement(terms)
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.days(50)
    assert await world.state(agreement) == "deletion_pending"
    if terms == "contict":
        # P24: it returns unasked, first, and nothing is erased before.
        erase = await first_item(world, agreement, "erase")
        with pytest.raises(Refused) as refused:
            await world.do(agreement, "confirm", task_id=erase, evidence="done")
        await world.do(agreement, "confirm", task_id=await first_item(world, agreement), evidence="receipt")
    with pytest.raises(Refused) as refused:
        await world.do(agreement, "confirm", task_id=await first_item(world, agreement), evidence="done")
    assert refused.value.guard == "approved"
    if terms == "kmo-solutions":
        task = (await world.rows("select id from task where kind = 'mailbox_read' and about = $1", agreement))[0]
        with pytest.raises(Refused):
            await world.do(agreement, "approve-plan")
        await world.do(task["id"], "done", note="Nothing asked.")
        await world.drain()
    await world.do(agreement, "approve-plan")
    while await world.state(agreement) == "deletion_pending":
        await world.do(agreement, "confirm", task_id=await first_item(world, agreement), evidence="seen it")
    assert await world.state(agreement) == "deleted"
    assert not await world.rows("select 1 from task where about = $1 and done_at is null", agreement)


async def first_item(world: World, agreement: UUID, kind: str | None = None) -> UUID:
    """The first thing of the plan that is not done."""
    rows = await world.rows(
        "select p ->> 'id' as id from agreement, jsonb_array_elements(plan) p "
        "where agreement.id = $1 and p ->> 'done_at' is null and ($2::text is null or p ->> 'kind' = $2)",
        agreement,
        kind,
    )
    return UUID(rows[0]["id"])


async def test_an_end_taken_back(world: World) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("constant-it")
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.days(40)
    assert await world.state(agreement) == "deletion_pending"
    await world.do(agreement, "cancel-end", reason="They stay.")
    await world.drain()
    assert await world.state(agreement) == "active"
    await world.days(400)
    assert await world.state(agreement) == "active"


async def test_a_return_asked_in_time_and_entered_late_comes_first(world: World) -> None:
    """P5 and P24: mailed on day 10, typed in after the two weeks; nothing has been erased yet."""
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.go(local("2026-04-16T09:00:00+02:00"))
    assert await world.state(agreement) == "deletion_pending"
    await world.do(
        agreement, "choose", data="return", channel="mail", by="Kim", received_at=local("2026-04-10T09:00:00+02:00")
    )
    late = local("2026-04-15T09:00:00+02:00")
    with pytest.raises(Refused) as refused:
        await world.do(agreement, "choose", data="return", channel="mail", by="Kim", received_at=late)
    assert refused.value.guard == "choice_timely"
    await world.do(agreement, "confirm", task_id=await first_item(world, agreement, "return"), evidence="receipt")
    await world.do(agreement, "approve-plan")
    while await world.state(agreement) == "deletion_pending":
        await world.do(agreement, "confirm", task_id=await first_item(world, agreement), evidence="seen it")
    assert await world.state(agreement) == "deleted"


async def test_a_hold_ends_with_its_last_day(world: World) -> None:
    await world.make_processor()
    agreement = await world.make_agreement("constant-it")
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 31))
    await world.days(40)
    await world.do(agreement, "hold", ground="a dispute", categories=["all"], until=date(2026, 4, 30))
    await world.do(agreement, "approve-plan")
    with pytest.raises(Refused) as refused:
        await world.do(agreement, "confirm", task_id=await first_item(world, agreement), evidence="done")
    assert refused.value.guard == "not_held"
    await world.days(30)
    await world.do(agreement, "confirm", task_id=await first_item(world, agreement), evidence="done")


async def test_an_end_entered_wrongly_is_put_right(world: World) -> None:
    """P25: what followed is computed anew."""
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions")
    await world.do(agreement, "end-main-contract", on=date(2026, 3, 10))
    await world.days(9)
    contract = {"reference": "M-1", "starts_on": "2026-01-01", "ends_on": "2026-03-09", "ending": True}
    await world.do(agreement, "correct", reason="One day off.", data={"main_contracts": [contract]})
    row = (await world.rows("select ended_on from agreement where id = $1", agreement))[0]
    assert row["ended_on"] == date(2026, 3, 9)
    await world.go(local("2026-03-24T00:00:00+01:00"))
    assert await world.state(agreement) == "deletion_pending"


async def test_a_right_of_the_customer_is_not_the_processors(world: World) -> None:
    _, agreement, _, notice = await told(world, "constant-it")
    with pytest.raises(Refused) as refused:
        await world.do(agreement, "terminate", ground="amendment", reason="r", party="processor", channel="letter")
    assert "controller's" in refused.value.detail
    assert await world.state(notice) == "open"


async def test_a_start_entered_wrongly_is_put_right(world: World) -> None:
    """P25: not in force after all, and in force on its own day."""
    host, agreement, _, notice = await told(world, "kmo-solutions")
    contract = {"reference": "M-1", "starts_on": "2026-06-01"}
    await world.do(agreement, "correct", reason="A typo.", data={"main_contracts": [contract]})
    await world.drain()
    assert (await world.state(agreement), await world.state(notice)) == ("notified", "cancelled")
    await world.go(local("2026-06-01T00:00:00+02:00"))
    assert (await world.state(agreement), await world.state(notice)) == ("active", "open")
    assert not await world.engaged(agreement, host)
