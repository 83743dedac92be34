"""Whole lives on the simulated clock: what each of the five agreements says, on the days it says so."""

from datetime import date, timedelta

import pytest

from tests.world import World, local


async def test_silence_lets_an_objection_change_go_on_the_day_the_terms_say(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions")
    assert await world.state(agreement) == "active"
    change = await world.make_change(host)
    await world.announce(change)
    notice = await world.notice(change, agreement)
    # Monday 2 March + 30 days = Wednesday 1 April; due at its end, in summer time.
    assert (notice["state"], notice["closes_at"]) == ("open", local("2026-04-02T00:00:00+02:00"))
    assert await world.state(change) == "objection_window"
    await world.go(local("2026-04-01T23:59:59.999999+02:00"))
    assert (await world.notice(change, agreement))["state"] == "open"
    assert not await world.engaged(agreement, host)
    await world.go(local("2026-04-02T00:00:00+02:00"))
    assert (await world.notice(change, agreement))["state"] == "lapsed"
    assert await world.engaged(agreement, host)
    assert await world.state(change) == "active"


@pytest.mark.parametrize("terms", ["stkkr", "constant-it", "mms-solutions", "contict"])
async def test_the_same_change_under_the_other_terms(world: World, terms: str) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement(terms)
    change = await world.make_change(host)
    await world.announce(change)
    notice = await world.notice(change, agreement)
    assert notice["state"] == "open"
    assert notice["closes_at"] is None
    await world.days(40)
    notice = await world.notice(change, agreement)
    assert notice["state"] == "open"
    if terms in ("stkkr", "constant-it"):
        assert notice["proceeds_at"] == local("2026-04-02T00:00:00+02:00")
        assert await world.engaged(agreement, host)
        assert await world.state(change) == "active"
    else:
        assert not await world.engaged(agreement, host)
        assert await world.state(change) == "objection_window"
        await world.do(notice["id"], "consent", channel="mail", by="Kim")
        await world.drain()
        assert await world.engaged(agreement, host)
        assert await world.state(change) == "active"
    assert date(2026, 4, 11) > date(2026, 4, 2) + timedelta(days=1)
