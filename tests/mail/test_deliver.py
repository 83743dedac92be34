"""What each answer of a mail server comes to, message by message."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from db.session import transaction
from service.mail.outgoing.deliver import deliver
from service.servers import SmtpServer
from tests.mail.conftest import Told, config_for
from tests.mail.server import Scripted
from tests.webhooks.receiver import PEM
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.engine.inbound import Inbound, ingest
from workflows.ids import new_id
from workflows.machine.vocabulary import Command
from workflows.model.parties import Contact, CustomerUpdate

KIM = "kim@customer-kmo-solutions.example"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def attempts(world: World, kind: str = "announcement") -> list[tuple[str, int | None]]:
    rows = await world.rows(
        "select a.outcome, a.code from attempt a join message m on m.id = a.message_id where m.kind = $1 "
        "order by a.id", kind,
    )  # fmt: skip
    return [(row["outcome"], row["code"]) for row in rows]


async def message(world: World, kind: str = "announcement") -> Any:
    (row,) = await world.rows("select * from message where kind = $1", kind)
    return row


async def remove_contacts(world: World, customer: UUID) -> None:
    """As PATCH customers does: no action of the table, so it is not asked for as one."""
    now = await world.now()
    command = Command(
        subject=customer, trigger="update", at=now, now=now, actor="test", data=CustomerUpdate(contacts=())
    )
    async with transaction(world.pools.api, [world.processor]) as connection:
        await world.engine.run(connection, [world.processor], [command])


async def test_a_message_that_arrives_opens_the_window(told: Told, posted: World, smtp: Scripted) -> None:
    change, agreement = await told(name="Acme", reply_to="privacy@acme.example")
    (one,) = smtp.attempts
    row = await message(posted)
    name, _, seal = row["message_id"].strip("<>").partition("@")[0].partition(".")
    assert (name, len(seal)) == (str(row["id"]), 20)
    assert one.sender == f"bounce+{row['id'].hex}.{seal}@dpa.example.org"
    assert one.recipient == KIM
    mail = one.mail
    assert mail["Message-ID"] == row["message_id"] == f"<{row['id']}.{seal}@dpa.example.org>"
    assert mail["From"].addresses[0].addr_spec == "notices@dpa.example.org"
    assert mail["From"].addresses[0].display_name == "Acme"
    assert mail["Reply-To"].addresses[0].addr_spec == "privacy@acme.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    # Exchange goes by this one instead; `All` would ask for no non-delivery report either.
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert mail["Content-Language"] == "nl"
    assert mail["Date"].datetime == START
    assert mail["Subject"] == row["subject"]
    assert (row["state"], row["next_at"], row["leased_until"], row["tries"]) == ("received", None, None, 1)
    assert await attempts(posted) == [("sent", 250)]
    notice = await posted.notice(change, agreement)
    assert (notice["state"], notice["received_how"], notice["received_at"]) == ("open", "direct", START)


async def test_not_now_is_tried_again_after_growing_pauses_with_the_same_bytes(
    told: Told, posted: World, smtp: Scripted
) -> None:
    smtp.at_rcpt[KIM].extend(["250 fine", "450 4.2.0 busy", "421 4.3.0 closing"])
    smtp.at_data[KIM].extend(["250 taken", "451 4.7.1 try later", "hang up", "hello?"])
    change, agreement = await told()
    row = await message(posted)
    assert (row["state"], row["next_at"]) == ("deferred", START + timedelta(minutes=1))
    assert (await posted.notice(change, agreement))["state"] == "queued"
    first = row["content"]
    for pause, state in ((1, "deferred"), (5, "deferred"), (15, "unknown"), (60, "unknown"), (240, "received")):
        await posted.go(await posted.now() + timedelta(minutes=pause))
        assert (await message(posted))["state"] == state
    assert await attempts(posted) == [
        ("deferred", 450), ("deferred", 421), ("deferred", 451), ("unknown", None), ("unknown", None), ("sent", 250),
    ]  # fmt: skip
    reached = [one for one in smtp.attempts if one.content]
    assert {one.content for one in reached} == {first}
    assert len({one.mail["Message-ID"] for one in reached}) == 1
    notice = await posted.notice(change, agreement)
    # Received 5 hours and 21 minutes later: still the same day, so the same last day as the mail says.
    assert notice["received_at"] == START + timedelta(minutes=321)
    assert notice["state"] == "open"


SERVERS_ANSWERS = [
    ("rcpt", "421 4.3.2 shutting down", "deferred", 421, "4.3.2 shutting down"),
    ("rcpt", "450 4.2.0 greylisted", "deferred", 450, "4.2.0 greylisted"),
    ("rcpt", "550 5.1.1 no such mailbox", "rejected", 550, "5.1.1 no such mailbox"),
    ("rcpt", "good morning", "deferred", None, "good morning"),
    ("rcpt", "hang up", "deferred", None, "the connection broke"),
    ("data", "421 4.3.2 shutting down", "deferred", 421, "4.3.2 shutting down"),
    ("data", "451 4.7.1 later", "deferred", 451, "4.7.1 later"),
    ("data", "552 5.2.2 mailbox full", "rejected", 552, "5.2.2 mailbox full"),
    ("data", "silence", "unknown", None, "no answer after DATA"),
    ("data", "hang up", "unknown", None, "no answer after DATA"),
    ("data", "good morning", "unknown", None, "good morning"),
]


@pytest.mark.parametrize(("at", "answer", "outcome", "code", "words"), SERVERS_ANSWERS)
async def test_each_answer_is_recorded_in_the_servers_words_under_one_message_id(
    posted: World, pools: Pools, engine: Engine, smtp: Scripted, at: str, answer: str, outcome: str, code: int | None,
    words: str,
) -> None:  # fmt: skip
    """Faults 6 and 32 to 34: what can still arrive is sent again, byte for byte."""
    hasty = config_for(smtp.port, timeout=0.2 if answer == "silence" else 5.0)
    posted.deliver = partial(deliver, pools.worker, engine, hasty)  # type: ignore[method-assign]
    await posted.make_processor()
    host = await posted.make_subprocessor()
    agreement = await posted.make_agreement("kmo-solutions")
    smtp.attempts.clear()
    (smtp.at_rcpt if at == "rcpt" else smtp.at_data)[KIM].append(answer)
    change = await posted.make_change(host)
    await posted.announce(change)
    (first, *_) = await posted.rows(
        "select a.outcome, a.code, a.words from attempt a join message m on m.id = a.message_id "
        "where m.kind = 'announcement' order by a.id"
    )
    assert (first["outcome"], first["code"]) == (outcome, code)
    assert words in first["words"]
    await posted.go(START + timedelta(minutes=1))
    row = await message(posted)
    reached = [one for one in smtp.attempts if one.content]
    assert {one.content for one in reached} <= {row["content"]}
    assert {one.mail["Message-ID"] for one in reached} <= {row["message_id"]}
    assert {one.mail["Date"].datetime for one in reached} <= {START}
    notice = await posted.notice(change, agreement)
    if outcome == "rejected":
        assert (row["state"], notice["state"], row["tries"]) == ("rejected", "undeliverable", 1)
    else:
        assert (row["state"], notice["state"], row["tries"]) == ("received", "open", 2)
        assert await attempts(posted) == [(outcome, code), ("sent", 250)]


@pytest.mark.parametrize(("at", "answer"), [("rcpt", "550 5.1.1 no such mailbox"), ("data", "552 5.2.2 full")])
async def test_a_refusal_is_a_bounce(told: Told, posted: World, smtp: Scripted, at: str, answer: str) -> None:
    (smtp.at_rcpt if at == "rcpt" else smtp.at_data)[KIM].extend(["250 fine", answer])
    change, agreement = await told()
    row = await message(posted)
    assert (row["state"], row["next_at"]) == ("rejected", None)
    assert await attempts(posted) == [("rejected", int(answer[:3]))]
    words = await posted.rows("select words from attempt where outcome = 'rejected'")
    assert words[0]["words"] == answer[4:]
    assert (await posted.notice(change, agreement))["state"] == "undeliverable"
    links = await posted.rows("select revoked_at from link where purpose = 'notice'")
    assert links[0]["revoked_at"] is not None
    assert len(await posted.rows("select 1 from task where kind = 'undeliverable'")) == 1
    # Sent again, it starts anew, with a link that opens.
    notice = await posted.notice(change, agreement)
    await posted.do(notice["id"], "resend")
    await posted.drain()
    assert (await posted.notice(change, agreement))["state"] == "open"
    links = await posted.rows("select revoked_at, generation from link where purpose = 'notice'")
    assert links[0]["revoked_at"] is None
    assert links[0]["generation"] > 1
    again = await posted.rows("select message_id from message where kind = 'announcement'")
    assert len({one["message_id"] for one in again}) == 2


async def test_a_refusal_of_our_own_return_path_is_nobodys_bounce(told: Told, posted: World, smtp: Scripted) -> None:
    smtp.at_mail.extend(["250 fine", "550 5.7.1 we do not take mail from you"])
    change, agreement = await told()
    assert await attempts(posted) == [("deferred", 550)]
    assert (await posted.notice(change, agreement))["state"] == "queued"


async def test_one_contact_of_three_refused_leaves_the_others_be(posted: World, smtp: Scripted) -> None:
    contacts = tuple(
        Contact(id=new_id(), name=name, email=f"{name}@x.example", roles=("contract",))
        for name in ("ann", "bob", "cas")
    )
    smtp.at_rcpt["bob@x.example"].extend(["250 fine", "550 5.1.1 gone"])
    await posted.make_processor()
    host = await posted.make_subprocessor()
    agreement = await posted.make_agreement("kmo-solutions", await posted.make_customer("X", contacts=contacts))
    change = await posted.make_change(host)
    await posted.announce(change)
    states = await posted.rows("select address, state from message where kind = 'announcement' order by address")
    assert [row["state"] for row in states] == ["received", "rejected", "received"]
    assert (await posted.notice(change, agreement))["state"] == "open"
    assert len(await posted.rows("select 1 from task where kind = 'bounced_copy'")) == 1
    revoked = await posted.rows("select contact_id from link where revoked_at is not null")
    assert [row["contact_id"] for row in revoked] == [contacts[1].id]


async def test_silence_after_data_is_unknown(world: World, pools: Pools, engine: Engine, smtp: Scripted) -> None:
    hasty = config_for(smtp.port, timeout=0.1)
    world.deliver = partial(deliver, pools.worker, engine, hasty)  # type: ignore[method-assign]
    smtp.at_data[KIM].append("silence")
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", active=False)
    await world.do(agreement, "send")
    await world.drain()
    assert await attempts(world, "agreement") == [("unknown", None)]
    await world.go(START + timedelta(minutes=1))
    assert await attempts(world, "agreement") == [("unknown", None), ("sent", 250)]
    assert len({one.content for one in smtp.attempts}) == 1


async def test_what_a_report_says_arrived_is_not_sent_again(
    world: World, pools: Pools, engine: Engine, smtp: Scripted
) -> None:
    hasty = config_for(smtp.port, timeout=0.1)
    world.deliver = partial(deliver, pools.worker, engine, hasty)  # type: ignore[method-assign]
    smtp.at_data[KIM].append("silence")
    await world.make_processor()
    await world.do(await world.make_agreement("kmo-solutions", active=False), "send")
    await world.drain()
    sent = await message(world, "agreement")
    assert sent["state"] == "unknown"
    seal = sent["message_id"].partition(".")[2].partition("@")[0]
    report = Inbound(kind="delivery", message=sent["id"], seal=seal, received_at=await world.now())
    async with transaction(pools.api, [world.processor]) as connection:
        await ingest(connection, engine, await world.acting(), world.processor, report)
    await world.go(START + timedelta(days=1))
    assert [outcome for outcome, _ in await attempts(world, "agreement")] == ["unknown", "delivered"]
    assert (await message(world, "agreement"))["state"] == "received"
    assert len([one for one in smtp.attempts if one.recipient == KIM]) == 1


async def test_a_mail_server_that_is_away_is_given_up_after_five_days(
    told: Told, posted: World, smtp: Scripted
) -> None:
    smtp.greeting = "554 closed for good"
    change, agreement = await told()
    row = await message(posted)
    assert row["state"] == "deferred"
    await posted.go(START + timedelta(days=5) - timedelta(seconds=1))
    assert (await message(posted))["state"] == "deferred"
    assert (await posted.notice(change, agreement))["state"] == "queued"
    await posted.go(START + timedelta(days=5))
    row = await message(posted)
    assert (row["state"], row["next_at"]) == ("rejected", None)
    tried = await attempts(posted)
    assert set(tried[:-1]) == {("deferred", 554)}
    assert tried[-1] == ("rejected", 554)
    assert len(tried) == row["tries"] < 20
    assert (await posted.notice(change, agreement))["state"] == "undeliverable"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_nothing_is_sent_in_the_open_where_tls_was_asked_for(
    world: World, pools: Pools, engine: Engine, smtp: Scripted, tls: Any
) -> None:
    server = SmtpServer(host="127.0.0.1", port=smtp.port, tls=tls, user="", password=config_for(1).smtp.password)
    safe = config_for(smtp.port, smtp=server, timeout=1.0)
    world.deliver = partial(deliver, pools.worker, engine, safe)  # type: ignore[method-assign]
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", active=False)
    await world.do(agreement, "send")
    await world.drain()
    assert smtp.connections > 0
    assert not [one for one in smtp.commands if one.startswith(("MAIL", "RCPT", "DATA"))]
    assert await attempts(world, "agreement") == [("deferred", None)]


async def test_a_certificate_that_nobody_vouches_for_gets_no_mail(world: World, pools: Pools, engine: Engine) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    smtp = Scripted(tls=context)
    await smtp.start()
    server = SmtpServer(host="127.0.0.1", port=smtp.port, tls="implicit", user="", password=config_for(1).smtp.password)
    safe = config_for(smtp.port, smtp=server)
    world.deliver = partial(deliver, pools.worker, engine, safe)  # type: ignore[method-assign]
    await world.make_processor()
    agreement = await world.make_agreement("kmo-solutions", active=False)
    await world.do(agreement, "send")
    await world.drain()
    await smtp.stop()
    assert smtp.commands == []
    assert await attempts(world, "agreement") == [("deferred", None)]


@pytest.mark.parametrize("address", ["kim@x.example, evil@x.example", "kim@x.example\r\nBcc: e@x.example"])
async def test_what_is_not_one_address_is_not_sent_to(posted: World, smtp: Scripted, address: str) -> None:
    contact = Contact(id=new_id(), name="Kim", email=address, roles=("contract",))
    await posted.make_processor()
    host = await posted.make_subprocessor()
    agreement = await posted.make_agreement("kmo-solutions", await posted.make_customer(contacts=(contact,)))
    change = await posted.make_change(host)
    await posted.announce(change)
    assert smtp.attempts == []
    assert await attempts(posted) == [("rejected", None)]
    assert (await posted.notice(change, agreement))["state"] == "undeliverable"
    assert len(await posted.rows("select 1 from task where kind = 'bounced'")) == 1  # the agreement's own mail


async def test_foreign_letters_in_domain_and_names(posted: World, smtp: Scripted) -> None:
    contact = Contact(
        id=new_id(), name="Zoë\r\nBcc: evil@x.example\u2028", email="zoë".replace("ë", "e") + "@köln.example",
        roles=("contract",),
    )  # fmt: skip
    await posted.make_processor(name='Façade "& Zoon"\nX-Evil: 1')
    customer = await posted.make_customer("Klant", contacts=(contact,))
    await posted.make_agreement("stkkr", customer)
    (one,) = smtp.attempts
    assert one.recipient == "zoe@xn--kln-sna.example"
    mail = one.mail
    assert mail["X-Evil"] is None
    assert mail["Bcc"] is None
    assert mail["To"].addresses[0].addr_spec == "zoe@xn--kln-sna.example"
    assert mail["From"].addresses[0].display_name == 'Façade "& Zoon" X-Evil: 1'
    assert len(mail["To"].addresses) == 1
    assert "Façade" in mail["Subject"]


async def test_poison_is_set_apart_without_a_name_in_the_log(
    posted: World, smtp: Scripted, pools: Pools, caplog: pytest.LogCaptureFixture
) -> None:
    await posted.make_processor()
    agreement = await posted.make_agreement("kmo-solutions", active=False)
    async with pools.worker.acquire() as connection:
        for kind, data in (("no_such_kind", "{}"), ("ended", "{}"), ("corrected", '{"reason": "a wrong day"}')):
            await connection.execute(
                "insert into message (id, processor_id, subject_id, customer_id, contact_id, kind, address, "
                "language, data, counts, state, created_at, next_at, tries) select uuidv7(), a.processor_id, a.id, "
                "c.id, (c.contacts -> 0 ->> 'id')::uuid, $1, 'kim@secret.example', 'nl', $2, false, 'queued', "
                "termijn_now(), termijn_now(), 0 from agreement a join customer c on c.id = a.customer_id",
                kind, data,
            )  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        await posted.drain()
    states = {row["kind"]: row for row in await posted.rows("select * from message")}
    assert [states[kind]["state"] for kind in ("no_such_kind", "ended", "corrected")] == [
        "rejected", "rejected", "received",
    ]  # fmt: skip
    assert states["ended"]["next_at"] is None
    words = await posted.rows("select words from attempt where outcome = 'rejected' order by id")
    assert [row["words"] for row in words] == [f"it cannot be made: {kind}" for kind in ("ValueError", "KeyError")]
    assert "cannot be made" in caplog.text
    assert "secret.example" not in caplog.text
    assert "Kim" not in caplog.text
    assert await posted.state(agreement) == "draft"


async def test_one_message_that_cannot_be_read_stops_no_other(
    told: Told, posted: World, smtp: Scripted, pools: Pools
) -> None:
    """Wherever it breaks: it is set apart once, a person is told, the others go out."""
    change, agreement = await told()
    notice = (await posted.notice(change, agreement))["id"]
    broken = (
        ("reminder", '{"closes_at": "tomorrow"}'),
        ("reminder", '{"closes_at": 7}'),
        ("reminder", '{"closes_at": "2026-03-05T10:00:00"}'),
        ("decision", '{"reason": {}}'),
    )
    async with pools.worker.acquire() as connection:
        for kind, data in broken:
            await connection.execute(
                "insert into message (id, processor_id, subject_id, customer_id, contact_id, kind, address, language, "
                "data, counts, state, created_at, next_at, tries) select uuidv7(), processor_id, subject_id, "
                "customer_id, contact_id, $1, address, language, $2, false, 'queued', termijn_now(), termijn_now(), 0 "
                "from message where kind = 'announcement'", kind, data,
            )  # fmt: skip
    await posted.do(notice, "acknowledge", by="Kim")
    await posted.drain()
    assert (await message(posted, "confirmation"))["state"] == "received"
    apart = await posted.rows("select state, next_at from message where kind in ('reminder', 'decision')")
    assert [tuple(row) for row in apart] == [("rejected", None)] * 4
    assert [row["kind"] for row in await posted.rows("select kind from task where kind = 'bounced'")] == ["bounced"]


async def test_behind_a_relay_a_hand_over_is_no_receipt(world: World, pools: Pools, smtp: Scripted) -> None:
    world.engine = Engine(arrival="relay")
    relay = config_for(smtp.port, arrival="relay")
    world.deliver = partial(deliver, pools.worker, world.engine, relay)  # type: ignore[method-assign]
    await world.make_processor()
    host = await world.make_subprocessor()
    agreement = await world.make_agreement("kmo-solutions")
    change = await world.make_change(host)
    await world.announce(change)
    notice = await world.notice(change, agreement)
    assert (notice["state"], notice["sent_at"], notice["received_at"]) == ("sent", START, None)
    assert (await message(world))["state"] == "sent"
    await world.go(START + timedelta(days=5))
    notice = await world.notice(change, agreement)
    assert (notice["state"], notice["received_how"]) == ("open", "assumed")


async def test_what_else_is_said_of_a_notice_takes_nothing_of_it_back(
    told: Told, posted: World, smtp: Scripted
) -> None:
    """That the contact's address does not work any more is told to a person all the same."""
    change, agreement = await told()
    notice = await posted.notice(change, agreement)
    smtp.at_rcpt[KIM].append("550 5.1.1 gone")
    await posted.do(notice["id"], "object", by="Kim", channel="mail")
    await posted.drain()
    assert await attempts(posted, "confirmation") == [("rejected", 550)]
    assert await posted.state(notice["id"]) == "objected"
    tasks = await posted.rows("select kind, about_kind from task where kind like '%bounced%' or kind = 'undeliverable'")
    assert [tuple(row) for row in tasks] == [("bounced", "customer")]
