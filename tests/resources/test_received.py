"""What came in stays neither unseen nor lost: whose it may be waits for a person, and all of it is kept as it came."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from service.links import Wanted, ensure_links
from tests.resources.conftest import Desk
from tests.resources.receiving import evidence, new_mail, take, tasks
from tests.resources.test_inbound import bounce_of, message, post, reply_to
from tests.resources.test_inbound_together import bundle, states
from tests.resources.test_notices import told

CLOSED = datetime(2026, 4, 8, tzinfo=UTC)


async def two_notices(desk: Desk) -> list[Any]:
    _, _, first = await told(desk)
    change = await desk.announced((await desk.subprocessor("Second BV"))["id"])
    (second,) = await desk.items("notices", change_id=change["id"])
    return [first, second]


async def test_a_new_mail_holds_all_that_it_may_answer(desk: Desk) -> None:
    notices = await two_notices(desk)
    ids = [one["id"] for one in notices]
    came = await post(desk, new_mail("Kim+new@CUSTOMER.example"))
    assert (came["outcome"], came["subject_kind"], came["waiting"]) == ("untied", "customer", ids)
    (task,) = await desk.items("tasks", kind="classify_reply", state="open")
    assert (task["about_kind"], task["key"]) == ("customer", came["id"])
    assert task["due_at"] == notices[0]["closes_at"]
    await desk.world.go(CLOSED)
    assert await states(desk, notices) == ["open", "open"]
    problem = await desk.refused(f"inbound/{came['id']}/classify", {"as": "objection"})
    assert problem["errors"][0]["path"] == "notice_id"
    assert all(one in problem["detail"] for one in ids)
    said = {"as": "objection", "by": "Kim", "notice_ids": ids}
    assert (await desk.act(f"inbound/{came['id']}/classify", said))["waiting"] == []
    assert await states(desk, notices) == ["objected", "objected"]
    assert "classify_reply" not in [kind for kind, _ in await tasks(desk)]
    (answer,) = (await desk.get(f"notices/{ids[0]}"))["answers"]
    assert (answer["received_at"], answer["late"]) == ("2026-03-02T09:00:00Z", False)


async def test_said_to_be_about_one_the_others_go_on(desk: Desk) -> None:
    notices = await two_notices(desk)
    came = await post(desk, new_mail("kim@customer.example"))
    await desk.world.go(CLOSED)
    said = {"as": "objection", "by": "Kim", "notice_id": notices[1]["id"]}
    await desk.act(f"inbound/{came['id']}/classify", said)
    assert await states(desk, notices) == ["lapsed", "objected"]


async def test_read_as_nothing_all_that_waited_goes_on(desk: Desk) -> None:
    notices = await two_notices(desk)
    came = await post(desk, new_mail("kim@customer.example", text="Thanks for the invoice."))
    await desk.world.go(CLOSED)
    await desk.act(f"inbound/{came['id']}/classify", {"as": "other"})
    assert await states(desk, notices) == ["lapsed", "lapsed"]
    assert "classify_reply" not in [kind for kind, _ in await tasks(desk)]


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("boss@customer.example", ""),
        ("boss@mail.customer.example", ""),
        ("boss@customer.nl", ""),
        ("kdv@gmail.com", "Kim de Vries"),
        ("boss@customer-groep.example", ""),
        ("boss@customerofkmo.example", ""),  # it is called `Customer of kmo-solutions` here
    ],
)
async def test_whoever_may_write_for_a_customer_holds_its_notices(desk: Desk, sender: str, name: str) -> None:
    made, worker, notice = await told(desk)
    came = await post(desk, new_mail(sender, name=name))
    assert (came["waiting"], came["contact_id"]) == ([notice["id"]], None)
    assert ("classify_reply", "customer") in await tasks(desk)
    no = await desk.gate(made["id"], worker["id"])
    assert (no["allowed"], no["reason"]) == (False, "unread_reply")
    assert "may be about" in no["why"]
    await desk.world.go(CLOSED)
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"


async def test_whom_a_text_names_holds_its_notices(desk: Desk) -> None:
    _, _, notice = await told(desk)
    came = await post(
        desk, new_mail("kim@private.org", text="We object.\n\nKim, on behalf of Customer of KMO-solutions")
    )
    assert came["waiting"] == [notice["id"]]


async def test_what_began_before_it_came_works_on(desk: Desk) -> None:
    """Who writes about anything at all takes no yes back that was there."""
    made, worker, lapsed = await told(desk)
    await desk.world.go(CLOSED)
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True
    change = await desk.announced((await desk.subprocessor("Second BV"))["id"])
    (second,) = await desk.items("notices", change_id=change["id"])
    came = await post(desk, new_mail("boss@customer.example"))
    assert came["waiting"] == [second["id"]]
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True
    # Read only now, though it lay there in time: it may undo the lapse.
    early = {"raw": new_mail("boss@customer.example", 2), "received_at": "2026-03-30T10:00:00Z"}
    assert (await desk.act("inbound", early, status=201))["waiting"] == [lapsed["id"]]
    assert (await desk.gate(made["id"], worker["id"]))["reason"] == "unread_reply"


async def test_a_stranger_is_read_and_holds_nothing(desk: Desk) -> None:
    made, worker, notice = await told(desk)
    came = await post(desk, new_mail("stranger@gmail.com", name="Some Body"))
    assert (came["waiting"], came["subject"]) == ([], None)
    (task,) = await desk.items("tasks", kind="classify_reply", state="open")
    # Somebody's right may close on it: by then it should be read.
    assert (task["about_kind"], task["due_at"]) == ("processor", notice["closes_at"])
    await desk.world.go(CLOSED)
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True
    await desk.act(f"inbound/{came['id']}/classify", {"as": "other"})
    assert "classify_reply" not in [kind for kind, _ in await tasks(desk)]


async def test_one_who_may_write_for_several_customers_holds_them_all(desk: Desk) -> None:
    for name in ("First", "Second"):
        contacts = [{"name": name, "email": f"{name.lower()}@adviser.example", "roles": ["contract"]}]
        await desk.agreement(customer_id=(await desk.customer(name, contacts=contacts))["id"])
    await desk.announced((await desk.subprocessor())["id"])
    notices = await desk.items("notices")
    came = await post(desk, new_mail("boss@adviser.example"))
    assert (sorted(came["waiting"]), came["subject"]) == (sorted(one["id"] for one in notices), None)
    assert [about for kind, about in await tasks(desk) if kind == "classify_reply"] == ["processor"]
    await desk.act(f"inbound/{came['id']}/classify", {"as": "question", "notice_id": notices[0]["id"]})
    assert [kind for kind, _ in await tasks(desk) if kind == "classify_reply"] == []
    # Nobody gets to read what turned out to be another's.
    mine, theirs = [await evidence(desk, one["agreement_id"]) for one in notices]
    assert (came["id"].encode() in mine["inbound.jsonl"], theirs["inbound.jsonl"]) == (True, b"")


async def test_a_mail_that_staff_sends_on_is_its_writers(desk: Desk) -> None:
    _, _, notice = await told(desk)
    text = "FYI\n\n---- From: Kim <kim@customer.example>\nWe object."
    came = await post(desk, new_mail("piet@acme.example", text=text))
    assert came["waiting"] == [notice["id"]]


EVENT = {"event": "bounce", "email": "KIM@customer.example", "status": "5.1.1", "reason": "550 unknown"}


@pytest.mark.parametrize("raw", [True, False])
async def test_a_bounce_that_names_only_the_recipient(desk: Desk, raw: bool) -> None:
    made, worker, notice = await told(desk)
    other = bounce_of("postmaster@termijn.example", 3)
    came = await (post(desk, other) if raw else desk.act("inbound", EVENT, status=201))
    assert (came["kind"], came["outcome"], came["waiting"]) == ("bounce", "untied", [notice["id"]])
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    assert ("classify_reply", "customer") in await tasks(desk)
    await desk.world.go(CLOSED)
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    await desk.act(f"inbound/{came['id']}/classify", {"as": "bounce"})
    undelivered = await desk.get(f"notices/{notice['id']}")
    assert (undelivered["state"], undelivered["attempts"][-1]["outcome"]) == ("undeliverable", "bounced")
    asked = [kind for kind, _ in await tasks(desk)]
    assert ("undeliverable" in asked, "classify_reply" in asked) == (True, False)


async def test_bounces_of_nobody_known_are_one_task(desk: Desk) -> None:
    await told(desk)
    for number in range(3):
        fields = {"event": "bounce", "email": f"{number}@spam.example", "id": number, "reason": "550 no"}
        await desk.act("inbound", fields, status=201)
    assert [about for kind, about in await tasks(desk) if kind == "classify_reply"] == ["processor"]
    await post(desk, bounce_of("bounce+" + "0" * 32 + "@termijn.example", 9))


async def test_a_forged_report_is_seen(desk: Desk) -> None:
    _, _, notice = await told(desk)
    sent = await message(desk, notice["id"])
    for number in (1, 2):
        came = await post(desk, bounce_of(f"bounce+{sent.id.hex}.{'0' * 20}@termijn.example", number))
        assert (came["outcome"], came["waiting"]) == ("forged", [])
    (task,) = await desk.items("tasks", kind="classify_reply", state="open")
    assert (task["about_kind"], task["key"]) == ("processor", "forged")


async def link_of(desk: Desk, settings: Any, notice: Any) -> str:
    customer = await desk.get(f"customers/{notice['customer_id']}")
    wanted = Wanted(
        processor=UUID(desk.processor), customer=UUID(customer["id"]), contact=UUID(customer["contacts"][0]["id"]),
        purpose="notice", subject=UUID(notice["id"]),
    )  # fmt: skip
    async with desk.world.pools.worker.acquire() as connection:
        (token,) = await ensure_links(connection, settings.secret_key, [wanted], await desk.world.now())
    assert token is not None
    return token


async def test_a_quoted_link_says_whose_it_is_and_is_shown_to_nobody(desk: Desk, settings: Any) -> None:
    _, second = await two_notices(desk)
    token = await link_of(desk, settings, second)
    text = f"We object.\n\n> Answer here:\n> https://dpa.example.org/n/{token}>."
    came = await take(desk, new_mail("kim@private.example", text=text).encode())
    assert (came["subject"], came["outcome"], came["waiting"]) == (second["id"], "taken", [])
    assert token not in json.dumps(came)
    assert "/n/" + "X" * 43 in came["text"]
    raw = await desk.api.get(came["raw_url"].removeprefix("/api/v1/"))
    assert token not in raw.text
    assert raw.headers["termijn-received-sha256"] == came["file"]["sha256"]
    assert sha256(new_mail("kim@private.example", text=text).encode()).hexdigest() == came["file"]["sha256"]
    files = await evidence(desk, second["agreement_id"])
    assert not [name for name, content in files.items() if token.encode() in content]
    (row,) = [json.loads(line) for line in files["inbound.jsonl"].splitlines()]
    assert (row["received_sha256"], row["file_redacted"]) == (came["file"]["sha256"], 1)
    assert row["sha256"] == sha256(files[row["file"]]).hexdigest() != row["received_sha256"]


async def test_an_answer_to_what_is_over_is_read_all_the_same(desk: Desk) -> None:
    _, _, notice = await told(desk)
    original = await message(desk, notice["id"])
    await desk.act(f"changes/{notice['change_id']}/withdraw", {"reason": "another one"})
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "cancelled"
    came = await post(desk, reply_to(original, "Good. But our data?"))
    assert (came["outcome"], came["subject"]) == ("no_effect", notice["id"])
    assert ("classify_reply", "customer") in await tasks(desk)
    await desk.act(f"inbound/{came['id']}/classify", {"as": "question"})
    assert "classify_reply" not in [kind for kind, _ in await tasks(desk)]


async def test_a_bounce_of_what_else_was_said_is_told_at_the_customer(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "phone"})
    confirmation = await message(desk, notice["id"], "confirmation")
    came = await post(desk, bounce_of(confirmation.return_path))
    assert came["outcome"] == "taken"
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "objected"
    assert ("bounced", "customer") in await tasks(desk)


async def test_an_absence_note_is_no_bounce_and_starts_nothing(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    original = await message(desk, notice["id"])
    note = reply_to(original, "I am away.").replace(
        "Subject: Re: a change", "Return-Path: <>\r\nAuto-Submitted: auto-replied\r\nSubject: Automatic reply: a change"
    )
    came = await post(desk, note)
    assert (came["kind"], came["automatic"], came["outcome"]) == ("reply", True, "taken")
    waiting = await desk.get(f"notices/{notice['id']}")
    assert (waiting["state"], waiting["received_at"]) == ("sent", None)
    assert "undeliverable" not in [kind for kind, _ in await tasks(desk)]


async def test_what_is_said_of_an_arrival_after_a_bounce_was_before_it(desk: Desk) -> None:
    """Providers promise no order (P2): only an answer outweighs a bounce."""
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    own = (await message(desk, notice["id"])).own_id
    bounced = {"event": "bounce", "message-id": own, "id": "1", "reason": "550 5.1.1"}
    await desk.act("inbound", bounced, status=201)
    late = await desk.act("inbound", {"event": "delivered", "message-id": own, "id": "2"}, status=201)
    assert late["outcome"] == "no_effect"
    await desk.act("inbound", {"event": "deferred", "message-id": own, "id": "3"}, status=201)
    stands = await desk.get(f"notices/{notice['id']}")
    assert (stands["state"], stands["received_at"]) == ("undeliverable", None)
    assert [one["outcome"] for one in stands["attempts"]] == ["bounced", "delivered", "deferred"]
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "phone"})
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "objected"


async def test_the_other_way_round_it_is_taken_back(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    own = (await message(desk, notice["id"])).own_id
    await desk.act("inbound", {"event": "delivered", "message-id": own, "id": "1"}, status=201)
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    await desk.act("inbound", {"event": "softBounce", "message-id": own, "id": "2", "reason": "full"}, status=201)
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "undeliverable"
    # Sent again, what is said of the new mail counts.
    await desk.act(f"notices/{notice['id']}/resend")
    own = (await message(desk, notice["id"])).own_id
    await desk.act("inbound", {"event": "delivered", "message-id": own, "id": "3"}, status=201)
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"


@pytest.mark.parametrize("more", ["nothing", "delivered", "answered"])
async def test_a_mail_whose_last_word_is_not_yet_is_never_assumed_received(desk: Desk, more: str) -> None:
    desk.world.receipt = "handed_over"
    made, worker, notice = await told(desk)
    own = (await message(desk, notice["id"])).own_id
    came = await desk.act("inbound", {"event": "deferred", "message-id": own, "response": "451 4.7.1"}, status=201)
    assert (came["outcome"], (await desk.get(f"notices/{notice['id']}"))["state"]) == ("taken", "sent")
    if more == "delivered":
        await desk.act("inbound", {"event": "delivered", "message-id": own}, status=201)
    if more == "answered":
        await desk.act(f"notices/{notice['id']}/acknowledge", {"by": "Kim", "channel": "mail"})
    await desk.world.go(datetime(2026, 3, 9, tzinfo=UTC))
    stands = await desk.get(f"notices/{notice['id']}")
    if more != "nothing":
        assert stands["state"] == "open"
        return
    assert (stands["state"], stands["received_how"]) == ("undeliverable", None)
    assert ("undeliverable", "notice") in await tasks(desk)
    await desk.world.go(CLOSED)
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    # It may arrive after all, and its link lives.
    await desk.act("inbound", {"event": "delivered", "message-id": own}, status=201)
    opened = await desk.get(f"notices/{notice['id']}")
    assert (opened["state"], opened["received_how"]) == ("open", "delivery_report")
    assert "undeliverable" not in [kind for kind, _ in await tasks(desk)]


async def test_what_is_known_at_last_never_to_arrive_has_a_dead_link(desk: Desk, settings: Any) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    own = (await message(desk, notice["id"])).own_id
    path = f"/n/{await link_of(desk, settings, notice)}"
    await desk.act("inbound", {"event": "deferred", "message-id": own, "id": "1", "reason": "busy"}, status=201)
    await desk.world.go(datetime(2026, 3, 9, tzinfo=UTC))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "undeliverable"
    assert (await desk.api.client.get(path)).status_code == 200
    bounce = {"event": "bounce", "message-id": own, "id": "2", "reason": "4.4.7 expired"}
    assert (await desk.act("inbound", bounce, status=201))["outcome"] == "taken"
    assert (await desk.api.client.get(path)).status_code == 404
    assert (await desk.act("inbound", {**bounce, "id": "3"}, status=201))["outcome"] == "no_effect"


async def test_what_a_provider_gives_up_for_now_without_a_reason_is_read(desk: Desk) -> None:
    """An absence note comes as such, too: the link lives, nothing is assumed, a person looks."""
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    own = (await message(desk, notice["id"])).own_id
    event = {"notificationType": "Bounce", "bounce": {"bounceType": "Transient", "bounceSubType": "General"},
             "mail": {"headers": [{"name": "Message-ID", "value": own}]}}  # fmt: skip
    came = await desk.act("inbound", event, status=201)
    assert (came["kind"], came["outcome"]) == ("unknown", "taken")
    assert ("classify_reply", "notice") in await tasks(desk)
    await desk.world.go(datetime(2026, 3, 9, tzinfo=UTC))
    assert (await desk.get(f"notices/{notice['id']}"))["received_how"] is None


async def test_a_link_through_which_somebody_answered_outlives_a_bounce(desk: Desk, settings: Any) -> None:
    _, _, notice = await told(desk)
    path = f"n/{await link_of(desk, settings, notice)}"
    kim = (await desk.get(f"customers/{notice['customer_id']}"))["contacts"][0]["name"]
    await desk.act(f"notices/{notice['id']}/acknowledge", {"by": kim, "channel": "link"})
    await post(desk, bounce_of((await message(desk, notice["id"])).return_path))
    assert (await desk.api.client.get(f"/{path}")).status_code == 200
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"


async def test_a_reply_to_one_mail_about_two_is_named_in_both_chains(desk: Desk) -> None:
    notices, mail = await bundle(desk)
    came = await post(desk, reply_to(mail))
    for one in notices:
        (event,) = await desk.items("events", subject=one["id"], type="notice.reply")
        assert event["data"]["sha256"] == came["file"]["sha256"]
