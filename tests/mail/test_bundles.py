"""One mail to a contact for several notices (P19): what becomes of it becomes of each of them."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from db.session import transaction
from service.mail.outgoing.deliver import deliver
from tests.mail.conftest import config_for
from tests.mail.server import Scripted
from tests.world import Pools, World
from workflows.engine.engine import Engine, New
from workflows.engine.sweep import sweep
from workflows.ids import new_id
from workflows.model.agreement import MainContract
from workflows.model.announcement import Announcement
from workflows.model.parties import Contact
from workflows.reach.fan_out import carry_chunk

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KIM = "kim@bakery.example"
SAM = "sam@bakery.example"


class Bundle:
    """Two subprocessors and a new measure, told to a customer with two agreements."""

    def __init__(self, world: World, smtp: Scripted) -> None:
        self.world = world
        self.smtp = smtp
        self.changes: list[UUID] = []
        self.agreements: list[UUID] = []
        self.id = new_id()
        self.customer = new_id()

    async def make(
        self, *, contacts: int = 1, language: str = "nl", terms: tuple[str, ...] = ("kmo-solutions",) * 2
    ) -> None:
        world = self.world
        await world.make_processor(name="Acme", reply_to="privacy@acme.example")
        people = tuple(
            Contact(id=new_id(), name=name, email=f"{name.lower()}@bakery.example", roles=("contract",))
            for name in ("Kim", "Sam")[:contacts]
        )
        self.customer = await world.make_customer("Bakery", contacts=people, language=language)
        for number, one in enumerate(terms, 1):
            contract = MainContract(reference=f"M-{number}", starts_on=START.date())
            self.agreements.append(await world.make_agreement(one, self.customer, main_contracts=(contract,)))
        self.smtp.attempts.clear()
        for name in ("First BV", "Second BV"):
            self.changes.append(await world.make_change(await world.make_subprocessor(name), reason=f"why {name}"))
        self.changes.append(await world.make_change(None, "measure", reason="stronger locks"))
        entity = Announcement(
            id=self.id, processor_id=world.processor, changes=tuple(self.changes), terms_version="2026-2"
        )
        await world.create(New(kind="announcement", entity=entity))

    async def announce(self) -> None:
        await self.world.do(self.id, "notify")
        await self.world.drain()

    async def queue(self) -> None:
        """Announced, and in the outbox."""
        await self.world.do(self.id, "notify")
        pools, engine = self.world.pools, self.world.engine
        while await sweep(pools.worker, engine) or await carry_chunk(pools.worker, engine):
            pass

    async def notices(self) -> list[Any]:
        return await self.world.rows(
            "select n.*, s.state from notice n join subject s on s.id = n.id order by n.change_id, n.agreement_id"
        )

    async def notice(self, change: int, agreement: int) -> Any:
        return await self.world.notice(self.changes[change], self.agreements[agreement])

    async def states(self) -> set[str]:
        return {one["state"] for one in await self.notices()}

    async def messages(self) -> list[Any]:
        return await self.world.rows("select * from message where kind = 'announcement' order by id")

    def mails(self, address: str = KIM) -> list[Any]:
        return [one for one in self.smtp.to(address) if one.content]


@pytest.fixture
def bundle(posted: World, smtp: Scripted) -> Bundle:
    return Bundle(posted, smtp)


def plain(attempt: Any) -> str:
    body = attempt.mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


async def test_one_mail_to_a_contact_says_all_and_each_window_opens(bundle: Bundle) -> None:
    await bundle.make(contacts=2)
    await bundle.announce()
    assert await bundle.world.state(bundle.id) == "sent"
    (one,) = bundle.mails()
    assert len(bundle.mails(SAM)) == 1
    assert len(bundle.smtp.attempts) == 2
    text = plain(one)
    assert one.mail["Subject"] == "Acme: 3 wijzigingen (u kunt reageren tot en met 1 april 2026)"
    assert "versie 2026-2" in text
    for said in ("1. Nieuwe subverwerker First BV", "2. Nieuwe subverwerker Second BV", "3. Andere maatregelen"):
        assert said in text
    assert text.count("Contract: M-1, M-2") == 3
    assert text.count("/n/") == 3, "agreements that are alike are one part"
    notices = await bundle.notices()
    assert len(notices) == 6
    assert {row["state"] for row in notices} == {"open"}
    assert {row["received_at"] for row in notices} == {START}
    attempts = await bundle.world.rows(
        "select m.subject_id, a.outcome from attempt a join message m on m.id = a.message_id "
        "where m.kind = 'announcement'"
    )
    assert len(attempts) == 12
    assert {row["subject_id"] for row in attempts} == {row["id"] for row in notices}
    messages = await bundle.messages()
    assert {(row["state"], row["next_at"]) for row in messages} == {("received", None)}
    assert sum(row["content"] is not None for row in messages) == 2
    links = await bundle.world.rows("select 1 from link where purpose = 'notice' and revoked_at is null")
    assert len(links) == 12


async def test_each_last_moment_goes_into_the_calendar_under_its_own_name(bundle: Bundle) -> None:
    await bundle.make(language="en", terms=("kmo-solutions", "stkkr"))
    await bundle.announce()
    (one,) = bundle.mails()
    (entry,) = [part for part in one.mail.walk() if part.get_content_type() == "text/calendar"]
    content = entry.get_content()
    assert content.count("BEGIN:VEVENT") == sum(
        right["closes_at"] is not None
        for row in await bundle.world.rows("select r.value ->> 'closes_at' as closes_at from notice n, "
                                           "jsonb_array_elements(n.rights) r")
        for right in [row]
    )  # fmt: skip
    assert "First BV" in content
    assert "Second BV" in content


async def test_one_change_for_several_agreements_is_one_mail_and_another_customers_is_its_own(
    posted: World, smtp: Scripted
) -> None:
    await posted.make_processor(name="Acme")
    host = await posted.make_subprocessor("Frankfurt Cloud")
    customer = await posted.make_customer("Bakery", language="en")
    agreements = [await posted.make_agreement(terms, customer) for terms in ("kmo-solutions", "contict", "stkkr")]
    other = await posted.make_agreement("kmo-solutions", await posted.make_customer("Smithy", language="en"))
    smtp.attempts.clear()
    change = await posted.make_change(host)
    await posted.announce(change)
    first, second = sorted(smtp.attempts, key=lambda one: one.recipient)
    assert first.mail["Subject"] == "Acme: New subprocessor Frankfurt Cloud (you can answer until 1 April 2026)"
    assert second.mail["Subject"] == "Acme: New subprocessor Frankfurt Cloud (you can object until 1 April 2026)"
    text = plain(first)
    assert "It concerns 3 of your agreements" in text
    assert "requires your prior" in text
    for agreement in (*agreements, other):
        assert (await posted.notice(change, agreement))["state"] == "open"


async def test_a_change_announced_to_one_agreement_reads_as_ever(posted: World, smtp: Scripted) -> None:
    await posted.make_processor(name="Acme")
    agreement = await posted.make_agreement("kmo-solutions", await posted.make_customer("Bakery", language="en"))
    smtp.attempts.clear()
    change = await posted.make_change(await posted.make_subprocessor("Frankfurt Cloud"))
    entity = Announcement(id=new_id(), processor_id=posted.processor, changes=(change,), terms_version="2")
    await posted.create(New(kind="announcement", entity=entity))
    await posted.announce(entity.id)
    (one,) = smtp.attempts
    assert one.mail["Subject"] == "Acme: New subprocessor Frankfurt Cloud (you can object until 1 April 2026)"
    assert (await posted.notice(change, agreement))["state"] == "open"


async def test_a_refused_mail_takes_back_each_window_and_one_sent_again_goes_alone(bundle: Bundle) -> None:
    bundle.smtp.at_rcpt[KIM].extend(["250 fine"] * 2 + ["550 5.1.1 no such mailbox"])
    await bundle.make()
    await bundle.announce()
    assert await bundle.states() == {"undeliverable"}
    assert len(bundle.mails()) == 0
    revoked = await bundle.world.rows("select 1 from link where purpose = 'notice' and revoked_at is not null")
    assert len(revoked) == 6
    assert len(await bundle.world.rows("select 1 from task where kind = 'undeliverable'")) == 6
    again = await bundle.notice(0, 0)
    await bundle.world.do(again["id"], "resend")
    await bundle.world.drain()
    (one,) = bundle.mails()
    assert "First BV" in one.mail["Subject"]
    assert "Second BV" not in plain(one)
    assert (await bundle.notice(0, 0))["state"] == "open"
    assert (await bundle.notice(0, 1))["state"] == "undeliverable"


async def test_deferred_unknown_then_taken_is_one_mail_with_one_body(bundle: Bundle) -> None:
    bundle.smtp.at_rcpt[KIM].extend(["250 fine"] * 2 + ["450 4.2.0 busy"])
    bundle.smtp.at_data[KIM].extend(["250 taken"] * 2 + ["hang up"])
    await bundle.make()
    await bundle.announce()
    messages = await bundle.messages()
    assert {row["state"] for row in messages} == {"deferred"}
    assert [row["next_at"] for row in messages] == [START + timedelta(minutes=1)] + [None] * 5
    await bundle.world.go(START + timedelta(minutes=1))
    assert {row["state"] for row in await bundle.messages()} == {"unknown"}
    assert {row["sent_at"] for row in await bundle.notices()} == {START + timedelta(minutes=1)}
    assert await bundle.states() == {"queued"}
    await bundle.world.go(START + timedelta(hours=1))
    assert await bundle.states() == {"open"}
    reached = bundle.mails()
    assert len(reached) == 2
    assert len({one.content for one in reached}) == 1
    outcomes = await bundle.world.rows(
        "select m.subject_id, array_agg(a.outcome order by a.id) as all from attempt a "
        "join message m on m.id = a.message_id where m.kind = 'announcement' group by 1"
    )
    assert [row["all"] for row in outcomes] == [["deferred", "unknown", "sent"]] * 6


@pytest.mark.parametrize("which", [0, 1], ids=["the-first", "another"])
async def test_what_was_taken_back_before_it_was_sent_is_left_out(bundle: Bundle, which: int) -> None:
    await bundle.make()
    await bundle.queue()
    await bundle.world.do(bundle.changes[which], "withdraw", reason="no need any more")
    await bundle.world.drain()
    (one,) = bundle.mails()
    text = plain(one)
    assert ("why First BV" in text, "why Second BV" in text) == (which != 0, which != 1)
    assert "2 wijzigingen" in one.mail["Subject"]
    states = {(row["change_id"], row["state"]) for row in await bundle.notices()}
    assert states == {(change, "cancelled" if change == bundle.changes[which] else "open") for change in bundle.changes}
    assert [row["next_at"] for row in await bundle.messages() if row["next_at"] is not None] == []
    assert {row["state"] for row in await bundle.messages()} == {"received", "dropped"}


async def test_what_was_taken_back_after_the_mail_was_made_goes_out_in_other_words(bundle: Bundle) -> None:
    bundle.smtp.at_rcpt[KIM].extend(["250 fine"] * 2 + ["450 4.2.0 busy"])
    await bundle.make()
    await bundle.announce()
    await bundle.world.do(bundle.changes[2], "withdraw", reason="no need any more")
    await bundle.world.go(START + timedelta(days=1))
    (one,) = bundle.mails()
    assert "stronger locks" not in plain(one)
    assert "why First BV" in plain(one)
    measure = [row["state"] for row in await bundle.notices() if row["change_id"] == bundle.changes[2]]
    assert measure == ["cancelled"] * 2
    others = [row["state"] for row in await bundle.notices() if row["change_id"] != bundle.changes[2]]
    assert others == ["open"] * 4
    assert len(await bundle.world.rows("select 1 from message where kind = 'withdrawal'")) == 0, "nobody had been told"


async def test_one_that_cannot_be_made_does_not_hold_up_the_others(bundle: Bundle, pools: Pools) -> None:
    await bundle.make()
    await bundle.queue()
    bad = await bundle.notice(0, 0)
    async with transaction(pools.worker) as connection:
        await connection.execute("update notice set rights = '[{}]' where id = $1", bad["id"])
    sender = config_for(bundle.smtp.port)
    assert await deliver(pools.worker, bundle.world.engine, sender) == 1, "the first of it is the one that fails"
    assert await deliver(pools.worker, bundle.world.engine, sender) == 1, "the others go out anew"
    async with transaction(pools.worker) as connection:
        await connection.execute("update notice set rights = '[]' where id = $1", bad["id"])
    await bundle.world.drain()
    assert (await bundle.notice(0, 0))["state"] == "undeliverable"
    assert {row["state"] for row in await bundle.notices() if row["id"] != bad["id"]} == {"open"}
    assert len(bundle.mails()) == 1


async def test_amended_one_change_is_told_by_itself_for_both_agreements(bundle: Bundle) -> None:
    await bundle.make()
    await bundle.announce()
    bundle.smtp.attempts.clear()
    await bundle.world.do(
        bundle.changes[1], "amend", fields={"reason": "another reason"}, substance=True, reason="better words"
    )
    await bundle.world.drain()
    (one,) = bundle.mails()
    assert "Second BV" in one.mail["Subject"]
    assert "First BV" not in plain(one)
    assert "another reason" in plain(one)
    assert {row["revision"] for row in await bundle.notices() if row["change_id"] == bundle.changes[1]} == {2}
    assert {row["revision"] for row in await bundle.notices() if row["change_id"] != bundle.changes[1]} == {1}
    assert await bundle.states() == {"open"}


async def test_behind_a_relay_each_is_handed_over_and_assumed(world: World, pools: Pools, smtp: Scripted) -> None:
    world.engine = Engine(arrival="relay")
    relay = config_for(smtp.port, arrival="relay")
    world.deliver = partial(deliver, pools.worker, world.engine, relay)  # type: ignore[method-assign]
    bundle = Bundle(world, smtp)
    await bundle.make()
    await bundle.announce()
    assert await bundle.states() == {"sent"}
    await world.go(START + timedelta(days=5))
    assert {(row["state"], row["received_how"]) for row in await bundle.notices()} == {("open", "assumed")}


async def test_a_killed_fan_out_goes_on_and_still_sends_one_mail_to_each(
    posted: World, smtp: Scripted, pools: Pools, engine: Engine
) -> None:
    bundle = Bundle(posted, smtp)
    await bundle.make()
    for number in range(5):
        customer = await posted.make_customer(f"Shop {number}")
        for _ in range(2):
            await posted.make_agreement("kmo-solutions", customer)
    smtp.attempts.clear()
    await posted.do(bundle.id, "notify")
    assert not await carry_chunk(pools.worker, engine), "its changes have not heard of it"
    while await sweep(pools.worker, engine):
        pass
    chunks = 0
    while await carry_chunk(pools.worker, engine, chunk=9):
        chunks += 1
        progress = (await posted.rows("select done, finished_at from fan_out where announcement_id = $1", bundle.id))[0]
        assert progress["done"] % 2 == 0, "whole customers"
    assert chunks >= 3
    assert progress["done"] == 12
    await posted.drain()
    assert len(smtp.attempts) == 6
    assert len(await bundle.notices()) == 36
    assert await bundle.states() == {"open"}
    assert await posted.state(bundle.id) == "sent"
    for change in bundle.changes:
        assert await posted.state(change) in ("objection_window", "active")
