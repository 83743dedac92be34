"""Answers that come after the end of what they are about, or beside others: kept, and never lost (P5, P6, P9, P11)."""

import msgspec

from tests.test_notices import contacts, outage, system, told
from tests.world import World, local
from workflows.engine.engine import Engine
from workflows.reach.fan_out import carry_chunk


async def tasks(world: World, subject: object) -> set[str]:
    rows = await world.rows("select kind from task where about = $1 and done_at is null", subject)
    return {row["kind"] for row in rows}


async def test_a_refusal_after_the_work_has_begun_is_a_task_and_ends_nothing(world: World) -> None:
    """P9: a consent may be taken back until then."""
    host, agreement, change, notice = await told(world, "mms-solutions")
    await world.do(notice, "consent", by="Kim", channel="mail")
    await world.drain()
    await world.days(1)
    assert await world.engaged(agreement, host)
    await world.do(notice, "refuse", by="Kim", channel="mail", grounds="We read about them.")
    row = await world.notice(change, agreement)
    assert (row["state"], row["outcome"]) == ("consented", "consented")
    assert await world.engaged(agreement, host)
    assert "consent_withdrawn" in await tasks(world, notice)
    confirmed = await world.rows("select from message where kind = 'confirmation' and subject_id = $1", notice)
    assert len(confirmed) == 2, "the consent and the refusal"


async def test_each_refusal_has_to_be_taken_back(world: World) -> None:
    """P6: a second contact's refusal stands by itself."""
    host, agreement, _, notice = await told(world, "mms-solutions", contacts=contacts("Ann", "Bob"))
    await world.do(notice, "refuse", by="Ann", channel="mail")
    await world.do(notice, "refuse", by="Bob", channel="mail")
    await world.do(notice, "consent", by="Ann", channel="mail")
    assert await world.state(notice) == "refused"
    assert not await world.engaged(agreement, host)
    await world.do(notice, "consent", by="Bob", channel="mail")
    await world.drain()
    assert await world.state(notice) == "consented"
    assert await world.engaged(agreement, host)


async def test_an_objection_that_is_taken_back_after_the_window_lets_the_change_go_on(world: World) -> None:
    host, agreement, change, notice = await told(world)
    await world.days(20)
    await world.do(notice, "object", by="Kim", grounds="Not them.")
    assert "decide_objection" in await tasks(world, notice)
    await world.days(20)
    assert (await world.state(notice), await world.engaged(agreement, host)) == ("objected", False)
    await world.do(notice, "take-back", by="Kim")
    await world.drain()
    row = await world.notice(change, agreement)
    # Not from the end of the window on, but from now: nobody worked for it while the objection stood.
    assert (row["state"], row["engaged_at"]) == ("lapsed", await world.now())
    assert await world.engaged(agreement, host)
    assert await tasks(world, notice) == set()
    assert await world.state(change) == "active"


async def test_an_end_that_comes_after_the_right_to_it_is_looked_at_by_a_person(world: World) -> None:
    """Constant IT II 2.2: within thirty days."""
    _, agreement, change, notice = await told(world, "constant-it")
    await world.days(35)
    await world.do(notice, "terminate", channel="mail", by="Kim", grounds="Too many parties.")
    await world.drain()
    row = await world.notice(change, agreement)
    (answer,) = msgspec.json.decode(row["answers"])
    assert (answer["answer"], answer["late"]) == ("terminate", True)
    assert await world.state(agreement) == "active"
    assert "late_answer" in await tasks(world, notice)
    assert await world.rows("select from message where kind = 'confirmation' and subject_id = $1", notice)


async def test_a_right_to_end_is_held_open_after_an_outage_of_ours(world: World) -> None:
    """P3 holds for a right beside the window as it does for the window."""
    _, agreement, change, notice = await told(world, "constant-it")
    rights = msgspec.json.decode((await world.notice(change, agreement))["rights"])
    (right,) = [one for one in rights if one["rule"] == "amendment.termination"]
    assert local(right["closes_at"]) == local("2026-04-02T00:00:00+02:00")
    await outage(world, "2026-04-01T20:00:00+02:00", "2026-04-01T21:00:00+02:00")
    await world.go(local("2026-04-02T12:00:00+02:00"))
    (right,) = [
        one
        for one in msgspec.json.decode((await world.notice(change, agreement))["rights"])
        if one["rule"] == "amendment.termination"
    ]
    assert local(right["closes_at"]) == local("2026-04-03T00:00:00+02:00")
    (deadline,) = await world.rows(
        "select due_at, closed_at from deadline where subject_id = $1 and rule = 'amendment.termination' "
        "and closed_how is distinct from 'replaced'", notice,
    )  # fmt: skip
    assert (deadline["due_at"], deadline["closed_at"]) == (local("2026-04-03T00:00:00+02:00"), None)
    assert await world.rows("select from message where kind = 'held_open' and subject_id = $1", notice)
    await world.do(notice, "terminate", channel="mail", by="Kim", grounds="Too many parties.")
    await world.drain()
    assert await world.state(agreement) in ("terminated", "deletion_pending")


async def test_a_copy_that_a_relay_takes_first_starts_nothing(world: World) -> None:
    """The server of the contact that counts is busy; that of another took its mail."""
    world.engine = Engine(arrival="relay")
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions", await world.make_customer(contacts=contacts("Ann", "Bob")))
    change = await world.make_change(host)
    await world.do(change, "notify")
    while await carry_chunk(world.pools.worker, world.engine):
        pass
    row = await world.notice(change, agreement)
    (who,) = await world.rows("select contacts::text as c from customer")
    (bob,) = [one["id"] for one in msgspec.json.decode(who["c"]) if one["id"] != str(row["counting_contact"])]
    await system(world, row["id"], "handed_over", contact_id=bob)
    assert (await world.notice(change, agreement))["state"] == "queued"
    world.receipt = "handed_over"
    await world.days(1)
    sent = await world.notice(change, agreement)
    assert (sent["state"], sent["sent_at"]) == ("sent", world.start)
    await world.days(5)
    assert (await world.notice(change, agreement))["received_how"] == "assumed"
