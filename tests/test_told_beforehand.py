"""What is told before it happens: lead times, what follows an objection, publications, emergencies."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tests.lantern import CONSENT, LEAVING, TOLD_ALONE, lantern
from tests.texts import stored
from tests.world import World, local
from workflows.errors import Refused
from workflows.gate.many import GateQuestion, check
from workflows.gate.verdict import Verdict
from workflows.reach.preview import preview
from workflows.terms.model import Terms


async def told(world: World, terms: Terms, **more: Any) -> tuple[UUID, UUID, UUID, UUID]:
    """An agreement that was told of a new subprocessor on Wednesday 3 June at 15:00 in London: host, agreement, change,
    notice."""
    await world.make_processor()
    await stored(world, terms)
    host = await world.make_subprocessor()
    agreement = await world.make_agreement(terms.id, services=("maps", "mail"))
    await world.go(local("2026-06-03T15:00:00+01:00"))
    change = await world.make_change(host, services=("maps",), **more)
    await world.announce(change)
    return host, agreement, change, (await world.notice(change, agreement))["id"]


async def gate(world: World, agreement: UUID, host: UUID) -> Verdict:
    async with world.pools.worker.acquire() as connection:
        return await check(connection, world.engine, [world.processor], GateQuestion(agreement, host))


async def test_it_begins_no_earlier_than_the_time_that_the_text_puts_between_telling_and_beginning(
    world: World,
) -> None:
    host, agreement, change, notice = await told(world, lantern())
    row = await world.notice(change, agreement)
    assert row["closes_at"] == local("2026-06-11T00:00:00+01:00")
    assert row["proceeds_at"] == row["engages_at"] == local("2026-06-18T00:00:00+01:00")
    await world.go(local("2026-06-12T09:00:00+01:00"))
    # The window is over, and the time before it may begin is not: the change is no further than its windows (P12).
    assert (await world.state(notice), await world.state(change)) == ("lapsed", "objection_window")
    verdict = await gate(world, agreement, host)
    assert (verdict.allowed, verdict.reason) == (False, "begins_later")
    assert "18 June" in verdict.why
    assert "5.3" in verdict.why
    assert not await world.rows("select 1 from task where about = $1", change)
    await world.go(local("2026-06-17T23:59:59.999999+01:00"))
    assert not (await gate(world, agreement, host)).allowed
    await world.go(local("2026-06-18T00:00:00+01:00"))
    assert (await gate(world, agreement, host)).allowed
    assert await world.state(change) == "active"


async def test_the_preview_names_the_window_and_the_first_day(world: World) -> None:
    await world.make_processor()
    terms = lantern()
    await stored(world, terms)
    host = await world.make_subprocessor()
    await world.make_agreement(terms.id)
    await world.go(local("2026-06-03T15:00:00+01:00"))
    change = await world.make_change(host, effective_on=date(2026, 6, 12))
    async with world.pools.worker.acquire() as connection:
        found = await preview(connection, world.engine, world.processor, change, await world.now())
    row = found.agreements[0]
    assert row.closes_at == local("2026-06-11T00:00:00+01:00")
    assert row.proceeds_at == row.earliest_go_live == local("2026-06-18T00:00:00+01:00")
    assert found.earliest_go_live == row.earliest_go_live
    assert any("1 of 1 agreements cannot follow on 2026-06-12" in one for one in found.warnings)


@pytest.mark.parametrize(
    ("more", "begins"),
    [
        ({"effective_on": date(2026, 7, 1)}, "2026-07-01T00:00:00+01:00"),
        ({"effective_on": date(2026, 6, 12)}, "2026-06-18T00:00:00+01:00"),
    ],
)
async def test_the_later_of_wish_and_lead_time_counts(world: World, more: dict[str, Any], begins: str) -> None:
    host, agreement, _, _ = await told(world, lantern(), **more)
    await world.go(local("2026-07-03T00:00:00+01:00"))
    rows = await world.rows(
        "select since from engagement where agreement_id = $1 and subprocessor_id = $2", agreement, host
    )
    assert rows[0]["since"] == local(begins)


async def test_an_objection_that_is_taken_back_makes_it_no_earlier(world: World) -> None:
    host, agreement, change, notice = await told(world, lantern())
    await world.do(notice, "object", channel="mail", by="Kim")
    await world.go(local("2026-06-15T09:00:00+01:00"))
    await world.do(notice, "take-back", channel="mail", by="Kim")
    row = await world.notice(change, agreement)
    assert (row["state"], row["engages_at"]) == ("lapsed", local("2026-06-18T00:00:00+01:00"))
    await world.go(local("2026-06-18T00:00:00+01:00"))
    assert await world.engaged(agreement, host)


async def test_a_consent_waits_for_the_lead_time_as_well(world: World) -> None:
    terms = lantern(**CONSENT)
    host, agreement, _, notice = await told(world, terms)
    await world.do(notice, "consent", channel="mail", by="Kim")
    await world.days(2)
    assert not await world.engaged(agreement, host)
    await world.go(local("2026-06-18T00:00:00+01:00"))
    assert await world.engaged(agreement, host)
    # The text lets a consent be revoked: it stops at once.
    await world.do(notice, "take-back", channel="mail", by="Kim")
    assert not await world.engaged(agreement, host)
    assert (await gate(world, agreement, host)).reason == "no_consent"
    await world.do(notice, "consent", channel="mail", by="Kim")
    await world.drain()
    assert await world.engaged(agreement, host)
    await world.do(notice, "refuse", channel="mail", by="Kim")
    assert not await world.engaged(agreement, host)
    ended = await world.rows(
        "select end_reason from engagement where agreement_id = $1 and until is not null", agreement
    )
    assert [one["end_reason"] for one in ended] == ["consent_revoked", "consent_revoked"]


async def test_a_new_text_binds_no_earlier_than_its_lead_time(world: World) -> None:
    await world.make_processor()
    await stored(world, lantern())
    agreement = await world.make_agreement("lantern-dpa")
    to = await stored(world, lantern(version="2"))
    await world.go(local("2026-06-18T08:00:00+01:00"))
    change = await world.make_change(None, "terms", terms="lantern-dpa", to_version="2", to_version_id=to)
    await world.announce(change)
    row = await world.notice(change, agreement)
    # Twenty working days from Thursday 18 June: through Thursday 16 July.
    assert row["engages_at"] == local("2026-07-17T00:00:00+01:00")
    await world.go(local("2026-07-16T23:59:59+01:00"))
    assert (await world.rows("select terms_version from agreement where id = $1", agreement))[0][0] == "1"
    await world.go(local("2026-07-17T00:00:00+01:00"))
    assert (await world.rows("select terms_version from agreement where id = $1", agreement))[0][0] == "2"


async def test_the_time_for_a_solution_says_that_it_is_counted_from_an_objection_without_reasons(world: World) -> None:
    """The earlier end is the safe one; reasons that come later change nothing of it."""
    terms = lantern(**{"rules/subprocessor__objection/grounds": "required"})
    _, agreement, change, notice = await told(world, terms)
    await world.do(notice, "object", channel="mail", by="Kim")
    await world.go(local("2026-06-05T15:00:00+01:00"))
    await world.do(notice, "object", channel="mail", by="Robin", grounds="Too far")
    row = await world.notice(change, agreement)
    assert row["alternative_until"] == local("2026-07-04T00:00:00+01:00")
    [deadline] = await world.rows("select steps::text from deadline where rule = 'subprocessor.alternative'")
    assert "counted from an objection that gives no reasons" in deadline["steps"]
    [task] = await world.rows("select text from task where kind = 'decide_objection'")
    assert "The time for it is counted from this objection all the same" in task["text"]


async def test_nobody_goes_on_before_a_solution_was_sought_and_then_the_right_to_end_is_there(world: World) -> None:
    _, agreement, change, notice = await told(world, lantern())
    await world.do(notice, "object", channel="mail", by="Kim")
    row = await world.notice(change, agreement)
    assert row["alternative_until"] == local("2026-07-04T00:00:00+01:00")
    with pytest.raises(Refused, match="find a solution after an objection") as refused:
        await world.do(notice, "decide", decision="overrule", reason="why", engage_not_before=date(2026, 8, 1))
    assert refused.value.guard == "no_solution_sought"
    with pytest.raises(Refused):
        await world.do(notice, "terminate", channel="mail", by="Kim")
    await world.go(local("2026-07-04T00:00:00+01:00"))
    row = await world.notice(change, agreement)
    assert row["state"] == "objected"
    assert '"objection.termination"' in row["rights"]
    # Ten days to use it, from the end of Friday 3 July: through Monday 13 July.
    rights = await world.rows(
        "select due_at from deadline where subject_id = $1 and rule = 'objection.termination' and closed_at is null",
        notice,
    )
    assert rights[0]["due_at"] == local("2026-07-14T00:00:00+01:00")
    await world.do(notice, "decide", decision="overrule", reason="why", engage_not_before=date(2026, 8, 1))
    assert await world.state(notice) == "overruled"


async def test_after_an_overruled_objection_the_time_that_the_text_gives_is_waited_for(world: World) -> None:
    """Thirty days after the decision (Infracost 6.3): whoever names an earlier day is told the first one."""
    wait = {"clause": "5.4", "party": "processor", "starts": "decision", "period": "P30D"}
    host, agreement, _, notice = await told(world, lantern(**{"rules/subprocessor__overruled": wait}))
    await world.do(notice, "object", channel="mail", by="Kim")
    await world.go(local("2026-07-06T10:00:00+01:00"))
    with pytest.raises(Refused, match=r"time after this decision \(5\.4\): write 2026-08-06 or a later day"):
        await world.do(notice, "decide", decision="overrule", reason="why", engage_not_before=date(2026, 8, 5))
    await world.do(notice, "decide", decision="overrule", reason="why", engage_not_before=date(2026, 8, 6))
    await world.go(local("2026-08-05T23:59:59+01:00"))
    assert not (await gate(world, agreement, host)).allowed
    await world.go(local("2026-08-06T00:00:00+01:00"))
    assert (await gate(world, agreement, host)).allowed


async def test_only_the_services_that_it_is_about_end_and_the_agreement_goes_on(world: World) -> None:
    host, agreement, _, notice = await told(world, lantern())
    await world.do(notice, "object", channel="mail", by="Kim")
    await world.go(local("2026-07-05T09:00:00+01:00"))
    await world.do(notice, "terminate", channel="mail", by="Kim", grounds="no solution")
    await world.drain()
    await world.days(2)
    assert await world.state(agreement) == "active"
    row = (await world.rows("select services, cancelled_services::text from agreement where id = $1", agreement))[0]
    assert row["services"] == ["mail"]
    assert '"on": "2026-07-05"' in row["cancelled_services"]
    tasks = await world.rows("select kind from task where about = $1 and done_at is null order by kind", agreement)
    assert [one["kind"] for one in tasks] == ["refund", "service_end"]
    assert not await world.engaged(agreement, host)


async def test_told_and_asked_nothing(world: World) -> None:
    terms = lantern(**TOLD_ALONE)
    host, agreement, change, notice = await told(world, terms)
    row = await world.notice(change, agreement)
    assert (row["rule"], row["rights"], row["closes_at"]) == ("information", "[]", None)
    assert row["engages_at"] == local("2026-06-18T00:00:00+01:00")
    assert await world.state(change) == "objection_window"
    with pytest.raises(Refused, match="no right to object"):
        await world.do(notice, "object", channel="mail", by="Kim")
    await world.go(local("2026-06-18T00:00:00+01:00"))
    assert await world.engaged(agreement, host)
    assert await world.state(change) == "active"


async def test_told_and_free_to_end_but_not_to_object(world: World) -> None:
    host, agreement, change, notice = await told(world, lantern(**LEAVING))
    row = await world.notice(change, agreement)
    # The right ends with the time that the text puts before it (14 days).
    assert (row["rule"], row["closes_at"]) == ("termination_right", local("2026-06-18T00:00:00+01:00"))
    with pytest.raises(Refused, match="no right to object"):
        await world.do(notice, "object", channel="mail", by="Kim")
    await world.do(notice, "terminate", channel="mail", by="Kim")
    await world.drain()
    cancelled = await world.rows("select cancelled_services ->> 0 as one from agreement where id = $1", agreement)
    # Before the first day of the subprocessor.
    assert '"on": "2026-06-17"' in cancelled[0]["one"]
    await world.go(local("2026-06-19T00:00:00+01:00"))
    assert (await world.rows("select services from agreement where id = $1", agreement))[0]["services"] == ["mail"]
    assert not await world.engaged(agreement, host)
    # The agreement goes on without the service, so nothing is left to answer.
    assert (await world.state(notice), await world.state(agreement)) == ("cancelled", "active")


async def test_upheld_or_taken_back_nothing_is_sought_any_more(world: World) -> None:
    _, agreement, change, notice = await told(world, lantern())
    await world.do(notice, "object", channel="mail", by="Kim")
    await world.do(notice, "take-back", channel="mail", by="Kim")
    row = await world.notice(change, agreement)
    assert (row["state"], row["alternative_until"]) == ("open", None)
    await world.do(notice, "object", channel="mail", by="Kim")
    await world.do(notice, "decide", decision="uphold", reason="a fair point")
    open_ones = await world.rows("select rule from deadline where subject_id = $1 and closed_at is null", notice)
    assert open_ones == []


async def test_an_emergency_engages_first_and_tells_after(world: World) -> None:
    await world.make_processor()
    await stored(world, lantern())
    old, new = await world.make_subprocessor("Old"), await world.make_subprocessor("New")
    agreement = await world.make_agreement("lantern-dpa", subprocessors=(old,))
    other = await world.make_agreement("kmo-solutions", subprocessors=(old,))
    await world.go(local("2026-06-03T15:00:00+01:00"))
    since = local("2026-06-03T12:00:00+01:00")
    change = await world.make_change(new, "replace", replaces_id=old, emergency_since=since)
    await world.announce(change)
    row = await world.notice(change, agreement)
    assert (row["emergency"], row["state"], row["engaged_at"]) == (True, "open", since)
    assert (await gate(world, agreement, new)).allowed
    assert not (await gate(world, agreement, old)).allowed
    # Where the text knows no emergency it begins no earlier than any other (case 49).
    assert not (await gate(world, other, new)).allowed
    assert (await gate(world, other, old)).allowed
    # The customer may still object within its window, and then it stops.
    await world.days(2)
    await world.do(row["id"], "object", channel="mail", by="Kim")
    assert not (await gate(world, agreement, new)).allowed
    assert (await gate(world, agreement, old)).allowed


async def test_an_emergency_goes_on_while_its_notice_is_on_its_way(world: World) -> None:
    await world.make_processor()
    await stored(world, lantern())
    new = await world.make_subprocessor("New")
    agreement = await world.make_agreement("lantern-dpa")
    await world.go(local("2026-06-03T15:00:00+01:00"))
    change = await world.make_change(new, "add", emergency_since=await world.now())
    world.receipt = "handed_over"
    await world.announce(change)
    row = await world.notice(change, agreement)
    assert row["state"] == "sent"
    assert (await gate(world, agreement, new)).allowed
    due = await world.rows(
        "select due_at, closed_how from deadline where subject_id = $1 and rule = 'subprocessor.emergency'", row["id"]
    )
    assert (due[0]["due_at"], due[0]["closed_how"]) == (local("2026-06-07T00:00:00+01:00"), None)
    await world.do(row["id"], "acknowledge", channel="mail", by="Kim")
    due = await world.rows(
        "select closed_how from deadline where subject_id = $1 and rule = 'subprocessor.emergency'", row["id"]
    )
    assert due[0]["closed_how"] == "met"
    await world.go(local("2026-06-12T00:00:00+01:00"))
    assert (await gate(world, agreement, new)).allowed
    assert await world.state(row["id"]) == "lapsed"
