"""What real life adds to a notice: outages, relays, replies, several contacts, replacing and moving."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from db.session import transaction
from tests.world import World, local
from workflows.engine.engine import Engine
from workflows.errors import NotAllowed, Refused
from workflows.ids import new_id
from workflows.machine.vocabulary import Command
from workflows.model.parties import Contact


async def told(world: World, terms: str = "kmo-solutions", **customer: Any) -> tuple[UUID, UUID, UUID, UUID]:
    """An active agreement that was told of a new subprocessor: host, agreement, change, notice."""
    await world.make_processor()
    host = await world.make_subprocessor()
    who = await world.make_customer("The customer", **customer)
    agreement = await world.make_agreement(terms, who)
    change = await world.make_change(host)
    await world.announce(change)
    return host, agreement, change, (await world.notice(change, agreement))["id"]


async def system(world: World, subject: UUID, trigger: str, **data: Any) -> None:
    """What the program itself says to a subject."""
    now = await world.now()
    async with transaction(world.pools.worker) as connection:
        command = Command(subject=subject, trigger=trigger, at=now, now=now, actor="test", data=data)
        await world.engine.run(connection, [world.processor], [command])


async def outage(world: World, began: str, ended: str) -> None:
    async with transaction(world.pools.worker) as connection:
        await connection.execute("insert into outage (began_at, ended_at) values ($1, $2)", local(began), local(ended))


async def test_behind_a_relay_receipt_is_assumed_after_five_days(world: World) -> None:
    world.engine = Engine(arrival="relay")
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(host)
    world.receipt = "handed_over"
    await world.announce(change)
    row = await world.notice(change, agreement)
    assert (row["state"], row["received_at"]) == ("sent", None)
    assert await world.state(change) == "notified"
    await world.days(5)
    row = await world.notice(change, agreement)
    assert (row["state"], row["received_how"]) == ("open", "assumed")
    # Received on Saturday 7 March; 30 days end on Easter Monday 6 April: moved to Tuesday.
    assert row["closes_at"] == local("2026-04-08T00:00:00+02:00")
    assert await world.state(change) == "objection_window"


async def test_deemed_received_needs_evidence_and_closes_nothing_in_the_past(world: World) -> None:
    world.engine = Engine(arrival="relay")
    world.receipt = "handed_over"
    _, _, _, notice = await told(world)
    await world.days(3)
    now = await world.now()
    said: dict[str, Any] = {"at": now - timedelta(days=1), "reason": "They called."}
    with pytest.raises(Refused) as refused:
        await world.do(notice, "deemed-received", evidence=" ", **said)
    assert "evidence" in refused.value.detail
    with pytest.raises(Refused):
        await world.do(notice, "deemed-received", evidence="mail", reason="x", at=now + timedelta(days=1))
    with pytest.raises(Refused):
        await world.do(notice, "deemed-received", evidence="mail", reason="x", at=now - timedelta(days=90))
    await world.do(notice, "deemed-received", evidence="Call log", **said)
    assert await world.state(notice) == "open"


async def test_an_unread_reply_holds_its_notice(world: World) -> None:
    """P4: no lapse until a person has said what the reply is."""
    host, agreement, change, notice = await told(world)
    reply = new_id()
    await system(world, notice, "reply", inbound_id=reply, received_at=(await world.now()).isoformat())
    await world.days(40)
    assert await world.state(notice) == "open"
    assert not await world.engaged(agreement, host)
    assert await world.state(change) == "objection_window"
    await system(world, notice, "classified", inbound_id=reply, classified_as="question")
    await world.drain()
    assert await world.state(notice) == "lapsed"
    assert await world.engaged(agreement, host)


async def test_a_bounce_however_late_and_an_answer_outweighs_it(world: World) -> None:
    host, agreement, change, notice = await told(world)
    contact = (await world.notice(change, agreement))["counting_contact"]
    await world.days(60)
    assert await world.engaged(agreement, host)
    await system(world, notice, "bounced", contact_id=str(contact), words="550 no such user")
    assert await world.state(notice) == "undeliverable"
    assert not await world.engaged(agreement, host)
    other = await world.make_agreement("kmo-solutions", await world.make_customer("Other"))
    await world.drain()
    second = await world.notice(change, other)
    await world.do(second["id"], "acknowledge", by="Kim")
    await system(world, second["id"], "bounced", contact_id=str(second["counting_contact"]), words="late")
    assert await world.state(second["id"]) == "open"


def contacts(*names: str) -> tuple[Contact, ...]:
    return tuple(
        Contact(id=new_id(), name=name, email=f"{name.lower()}@x.example", roles=("contract", "privacy"))
        for name in names
    )


async def test_the_protective_answer_stands_where_contacts_disagree(world: World) -> None:
    host, agreement, _, notice = await told(world, "mms-solutions", contacts=contacts("Ann", "Bob"))
    await world.do(notice, "refuse", by="Ann", channel="mail")
    await world.do(notice, "consent", by="Bob", channel="mail")
    assert await world.state(notice) == "refused"
    assert await world.rows("select 1 from task where about = $1 and kind = 'disagreement'", notice)
    await world.do(notice, "consent", by="Ann", channel="mail")
    await world.drain()
    assert await world.state(notice) == "consented"
    assert await world.engaged(agreement, host)
    told_all = await world.rows(
        "select count(*) as n from message where kind = 'confirmation' and subject_id = $1", notice
    )
    assert told_all[0]["n"] == 6, "both contacts are told of every answer"


async def test_only_the_first_contract_contact_starts_the_window(world: World) -> None:
    _, agreement, change, notice = await told(world, contacts=contacts("Ann", "Bob"))
    people = msgspec.json.decode((await world.rows("select contacts::text as c from customer"))[0]["c"])
    row = await world.notice(change, agreement)
    assert str(row["counting_contact"]) == people[0]["id"]
    received = await world.rows("select type from event where subject_id = $1 order by seq", notice)
    assert [one["type"] for one in received] == ["notice.created", "notice.received", "notice.copy_received"]


async def test_consent_may_be_taken_back_until_engagement(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("mms-solutions")
    change = await world.make_change(host, effective_on=date(2026, 5, 1))
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    await world.do(notice, "consent", by="Kim", channel="mail")
    await world.days(10)
    assert not await world.engaged(agreement, host), "P13: not before the wished day"
    await world.do(notice, "take-back", by="Kim", channel="mail")
    assert await world.state(notice) == "open"
    await world.days(60)
    assert not await world.engaged(agreement, host)
    await world.do(notice, "consent", by="Kim", channel="mail")
    await world.drain()
    assert await world.engaged(agreement, host)
    await world.do(notice, "take-back", by="Kim", channel="mail")
    assert await world.state(notice) == "consented"
    assert await world.rows("select 1 from task where about = $1 and kind = 'consent_withdrawn'", notice)


async def test_replacing_ends_the_old_when_the_new_begins_and_refusers_keep_the_old(world: World) -> None:
    await world.make_processor()
    old = await world.make_subprocessor("Old")
    new = await world.make_subprocessor("New")
    goes = await world.make_agreement("kmo-solutions", subprocessors=(old,))
    keeps = await world.make_agreement("mms-solutions", subprocessors=(old,))
    change = await world.make_change(new, "replace", replaces_id=old)
    await world.announce(change)
    refusal = (await world.notice(change, keeps))["id"]
    await world.do(refusal, "refuse", by="Kim", channel="mail")
    await world.go(local("2026-04-01T23:59:59+02:00"))
    assert await world.engaged(goes, old)
    await world.go(local("2026-04-02T00:00:00+02:00"))
    assert (await world.engaged(goes, old), await world.engaged(goes, new)) == (False, True)
    assert (await world.engaged(keeps, old), await world.engaged(keeps, new)) == (True, False)
    # P2: taken back with the notice it rested on, and the old one works on.
    notice = (await world.notice(change, goes))["id"]
    await world.do(notice, "not-received", reason="Wrong address.")
    assert (await world.engaged(goes, old), await world.engaged(goes, new)) == (True, False)


async def test_moving_to_another_country(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions", subprocessors=(host,))
    change = await world.make_change(host, "relocate", country="DE", from_country="NL")
    await world.announce(change)
    await world.days(31)
    rows = await world.rows(
        "select country, until is null as on from engagement where agreement_id = $1 order by since, country", agreement
    )
    assert [(row["country"], row["on"]) for row in rows] == [("NL", False), ("DE", True)]


async def test_a_move_leaves_alone_what_it_has_elsewhere(world: World) -> None:
    """Two countries, one is left; taken back, it works on there, and what was stays on record as it was."""
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions", subprocessors=(host,))
    await world.announce(await world.make_change(host, country="BE"))
    await world.days(45)
    move = await world.make_change(host, "relocate", country="DE", from_country="NL")
    await world.announce(move)
    await world.days(45)

    async def works_in() -> list[str]:
        rows = await world.rows(
            "select country from engagement where agreement_id = $1 and until is null order by country", agreement
        )
        return [row["country"] for row in rows]

    ended = "select id, since, until, ended_why, ended_by from engagement where country = 'NL' and until is not null"
    assert await works_in() == ["BE", "DE"]
    before = await world.rows(ended)
    await world.days(1)
    await world.do((await world.notice(move, agreement))["id"], "not-received", reason="Wrong address.")
    assert await works_in() == ["BE", "NL"]
    assert await world.rows(ended) == before
    (again,) = await world.rows("select basis, since from engagement where country = 'NL' and until is null")
    assert (again["basis"], again["since"]) == ("signature", await world.now())


async def test_a_replacement_that_comes_back_again_and_again(world: World) -> None:
    """Taken back, delivered anew, engaged anew, taken back: one of the two works at any time, never both."""
    await world.make_processor()
    old, new = [await world.make_subprocessor(name) for name in ("Old BV", "New BV")]
    agreement = await world.make_agreement("kmo-solutions", subprocessors=(old,))
    change = await world.make_change(new, "replace", replaces_id=old)
    await world.announce(change)
    notice = (await world.notice(change, agreement))["id"]
    for _ in range(2):
        await world.days(40)
        assert (await world.engaged(agreement, old), await world.engaged(agreement, new)) == (False, True)
        await world.do(notice, "not-received", reason="Wrong address.")
        assert (await world.engaged(agreement, old), await world.engaged(agreement, new)) == (True, False)
        await world.do(notice, "resend")
        await world.drain()
    open_ones = await world.rows("select subprocessor_id from engagement where until is null")
    assert [row["subprocessor_id"] for row in open_ones] == [old]


async def test_what_the_board_decides_no_role_does_not(world: World) -> None:
    _, _, _, notice = await told(world, "stkkr")
    await world.do(notice, "object", channel="mail", by="Kim", grounds="No.")
    for role in ("", "contact", "manager"):
        with pytest.raises(NotAllowed, match="board"):
            await world.do(notice, "decide", role=role, decision="uphold", reason="You were here first.")
    await world.do(notice, "decide", role="director", decision="uphold", reason="You were here first.")


async def test_removing_a_subprocessor_only_informs(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("mms-solutions", subprocessors=(host,))
    change = await world.make_change(host, "remove", effective_on=date(2026, 4, 1))
    await world.announce(change)
    notice = await world.notice(change, agreement)
    assert (notice["rule"], notice["state"]) == ("information", "open")
    await world.go(local("2026-03-31T23:59:59+02:00"))
    assert await world.engaged(agreement, host)
    await world.go(local("2026-04-01T00:00:00+02:00"))
    assert not await world.engaged(agreement, host)
    assert await world.state(change) == "active"


async def test_joined_in_the_middle_gets_its_own_full_window(world: World) -> None:
    host, _, change, _ = await told(world)
    await world.days(20)
    late = await world.make_agreement("kmo-solutions", await world.make_customer("Late"))
    row = await world.notice(change, late)
    # Received Sunday 22 March; 30 days end on Tuesday 21 April.
    assert row["closes_at"] == local("2026-04-22T00:00:00+02:00")
    await world.go(local("2026-04-21T23:59:59+02:00"))
    assert await world.state(change) == "objection_window", "P12: while any window runs"
    await world.days(1)
    assert await world.state(change) == "active"
    listed = await world.make_agreement("kmo-solutions", await world.make_customer("Lists it"), subprocessors=(host,))
    assert await world.notice(change, listed) is None, "P15: it was there before"
    assert await world.engaged(listed, host)


async def test_scheduled_and_taken_back_without_a_trace(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(host)
    await world.do(change, "notify", not_before=world.start + timedelta(days=7))
    await world.days(6)
    assert await world.state(change) == "draft"
    await world.do(change, "withdraw", reason="Not now.")
    await world.days(6)
    assert await world.notice(change, agreement) is None
    assert await world.rows("select 1 from message where kind = 'announcement'") == []
    second = await world.make_change(host)
    await world.do(second, "notify", not_before=await world.now() + timedelta(days=7))
    await world.days(8)
    assert await world.state(second) == "objection_window"


async def test_only_the_services_it_touches(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    voip = await world.make_agreement("kmo-solutions", services=("voip",))
    cloud = await world.make_agreement("kmo-solutions", services=("cloud",))
    change = await world.make_change(host, services=("voip",))
    await world.announce(change)
    assert await world.notice(change, voip) is not None
    assert await world.notice(change, cloud) is None


async def test_nobody_engaged_waits_with_a_task(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    await world.make_agreement("mms-solutions")
    change = await world.make_change(host)
    await world.announce(change)
    await world.days(90)
    assert await world.state(change) == "objection_window"
    tasks = await world.rows("select 1 from task where about = $1 and kind = 'nobody_engaged'", change)
    assert len(tasks) == 1
    events = await world.rows("select 1 from event where subject_id = $1 and type = 'change.waits'", change)
    assert len(events) == 1


async def test_what_was_told_to_nobody_says_so_until_an_agreement_that_begins_is_told(world: World) -> None:
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions", active=False)
    change = await world.make_change(host)
    await world.announce(change)
    [task] = await world.rows("select id, text, done_at from task where about = $1", change)
    assert task["text"].startswith("This change concerns no agreement that is in force")
    await world.days(3)
    await world.do(agreement, "send")
    await world.drain()
    assert await world.notice(change, agreement) is not None
    [task] = await world.rows("select done_at from task where about = $1 and kind = 'nobody_engaged'", change)
    assert task["done_at"] is not None, "its window runs"
    assert len(await world.rows("select 1 from event where subject_id = $1 and type = 'change.goes_on'", change)) == 1


async def test_an_active_change_runs_to_deleted(world: World) -> None:
    host, agreement, change, _ = await told(world)
    await world.days(31)
    assert await world.state(change) == "active"
    await world.do(change, "end", on=date(2026, 5, 31))
    await world.go(local("2026-05-31T23:59:59+02:00"))
    assert await world.engaged(agreement, host)
    await world.go(local("2026-06-01T00:00:00+02:00"))
    assert not await world.engaged(agreement, host)
    assert await world.state(change) == "deletion_pending"
    plan = msgspec.json.decode((await world.rows("select plan::text as p from change where id = $1", change))[0]["p"])
    await world.do(change, "confirm", task_id=plan[0]["id"], evidence="Letter of 2 June.")
    assert await world.state(change) == "deleted"


async def test_two_changes_that_bring_the_same_host_at_one_instant_engage_it_once(world: World) -> None:
    host, agreement, _, first = await told(world)
    second = await world.make_change(host)
    await world.announce(second)
    await world.days(31)
    assert {await world.state(first), (await world.notice(second, agreement))["state"]} == {"lapsed"}
    assert len(await world.rows("select 1 from engagement where agreement_id = $1", agreement)) == 1


async def test_both_objectors_take_back(world: World) -> None:
    """P8: taken back whenever undecided; the other's objection stands until it is taken back too."""
    _, _, _, notice = await told(world, contacts=contacts("Ann", "Bob"))
    await world.do(notice, "object", by="Ann")
    await world.do(notice, "object", by="Bob")
    await world.do(notice, "take-back", by="Ann")
    assert await world.state(notice) == "objected"
    await world.do(notice, "take-back", by="Bob")
    assert await world.state(notice) == "open"


async def test_a_bounce_of_the_new_text_counts_whatever_was_said_of_the_old(world: World) -> None:
    """P2, P17."""
    _, agreement, change, notice = await told(world)
    await world.do(notice, "acknowledge", by="Kim")
    await world.do(change, "amend", fields={"country": "DE"}, substance=True, reason="Elsewhere.")
    await world.drain()
    contact = (await world.notice(change, agreement))["counting_contact"]
    await system(world, notice, "bounced", contact_id=str(contact), words="550")
    assert await world.state(notice) == "undeliverable"


async def test_a_refusal_received_before_engagement_counts_when_entered_after(world: World) -> None:
    """P5, P9."""
    host, agreement, _, notice = await told(world, "mms-solutions")
    await world.days(1)
    await world.do(notice, "consent", by="Kim", channel="mail")
    await world.drain()
    assert await world.engaged(agreement, host)
    early = await world.now() - timedelta(hours=5)
    await world.days(1)
    await world.do(notice, "refuse", by="Kim", channel="mail", received_at=early)
    assert await world.state(notice) == "refused"
    assert not await world.engaged(agreement, host)


async def test_an_objection_to_the_old_text_taken_back_gets_the_window_of_the_new(world: World) -> None:
    """P17 and I-05: never shortened."""
    _, agreement, change, notice = await told(world)
    await world.do(notice, "object", by="Kim")
    await world.days(10)
    await world.do(change, "amend", fields={"country": "DE"}, substance=True, reason="Elsewhere.")
    await world.drain()
    await world.do(notice, "take-back", by="Kim")
    row = await world.notice(change, agreement)
    # The new text was received on Thursday 12 March; 30 days end on Saturday 11 April: moved to Monday.
    assert (row["state"], row["closes_at"]) == ("open", local("2026-04-14T00:00:00+02:00"))
