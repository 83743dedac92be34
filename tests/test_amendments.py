"""What an amendment in substance makes of each notice, by where that stands (P17)."""

from datetime import date
from typing import Any
from uuid import UUID

from tests.test_notices import told
from tests.world import World, local


async def amend(world: World, change: UUID, **fields: Any) -> None:
    await world.do(change, "amend", fields=fields, substance=True, reason="Looked at again.")
    await world.drain()


async def mails(world: World, notice: UUID, kind: str) -> list[Any]:
    """What its contacts were sent: each with whether it is a copy of what starts no window."""
    rows = await world.rows(
        "select coalesce(data ->> 'copy', 'false') as copy from message where subject_id = $1 and kind = $2 "
        "and state <> 'dropped' order by id", notice, kind,
    )  # fmt: skip
    return [row["copy"] for row in rows]


async def test_who_is_served_by_it_is_told_of_the_new_text_and_keeps_what_it_has(world: World) -> None:
    """Whose window lapsed and who consented: both are served, and neither begins anew."""
    host, silent, change, _ = await told(world)
    consenting = await world.make_agreement("mms-solutions", await world.make_customer("Consents"))
    await world.do((await world.notice(change, consenting))["id"], "consent", by="Kim", channel="mail")
    await world.days(31)
    before = {one: await world.notice(change, one) for one in (silent, consenting)}
    assert {row["state"] for row in before.values()} == {"lapsed", "consented"}
    await amend(world, change, reason="It is nearer.")
    for agreement, row in before.items():
        after = await world.notice(change, agreement)
        assert (after["state"], after["revision"], row["revision"]) == (row["state"], 2, 1)
        assert (after["closes_at"], after["engaged_at"]) == (row["closes_at"], row["engaged_at"])
        assert await world.engaged(agreement, host)
        assert await mails(world, row["id"], "announcement") == ["false", "true"]
    await world.days(60)
    assert {(await world.notice(change, one))["state"] for one in before} == {"lapsed", "consented"}


async def test_who_is_served_by_it_and_is_not_concerned_any_more_keeps_what_it_has(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    voip = await world.make_agreement("kmo-solutions", services=("voip",))
    change = await world.make_change(host, services=("voip",))
    await world.announce(change)
    await world.days(31)
    await amend(world, change, services=["cloud"])
    row = await world.notice(change, voip)
    assert (row["state"], row["revision"], row["outcome"]) == ("lapsed", 2, "lapsed")
    assert await world.engaged(voip, host)
    assert await mails(world, row["id"], "announcement") == ["false", "true"]
    assert await mails(world, row["id"], "superseded") == []


async def test_who_is_not_concerned_any_more_is_told_so_and_waits_for_nothing(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    voip = await world.make_agreement("kmo-solutions", services=("voip",))
    consents = await world.make_agreement("mms-solutions", services=("voip",))
    change = await world.make_change(host, services=("voip",))
    await world.announce(change)
    await world.do((await world.notice(change, voip))["id"], "object", by="Kim")
    await amend(world, change, services=["cloud"])
    for agreement in (voip, consents):
        row = await world.notice(change, agreement)
        assert (row["state"], row["outcome"], row["running"]) == ("superseded", "superseded", False)
        assert await mails(world, row["id"], "superseded") == ["false"]
        assert not await world.rows("select from deadline where subject_id = $1 and closed_at is null", row["id"])
        tasks = await world.rows("select kind from task where about = $1 and done_at is null", row["id"])
        assert [one["kind"] for one in tasks] == []
    await world.days(60)
    assert not await world.engaged(voip, host)


async def test_an_overruled_objection_stays_decided_and_its_customer_hears_of_the_new_text(world: World) -> None:
    host, agreement, change, notice = await told(world, "stkkr")
    await world.do(notice, "object", channel="mail", by="Kim", grounds="Not them.")
    overrule: dict[str, Any] = {
        "decision": "overrule",
        "reason": "No other does it.",
        "engage_not_before": date(2026, 6, 1),
    }
    await world.do(notice, "decide", **overrule)
    await world.drain()
    await amend(world, change, reason="It is nearer.")
    row = await world.notice(change, agreement)
    assert (row["state"], row["revision"], row["engage_not_before"]) == ("overruled", 2, date(2026, 6, 1))
    assert (await mails(world, notice, "announcement"))[-1] == "true"
    await world.go(local("2026-05-31T23:59:59+02:00"))
    assert not await world.engaged(agreement, host)
    await world.go(local("2026-06-01T00:00:00+02:00"))
    assert await world.engaged(agreement, host)
