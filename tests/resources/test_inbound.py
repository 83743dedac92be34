"""What comes back: replies hold everything until they are read, bounces and reports find their notice."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.resources.conftest import Desk
from tests.resources.test_notices import told


async def message(desk: Desk, subject: str, kind: str = "announcement") -> UUID:
    """The outbox row of a notice or an agreement."""
    async with desk.world.pools.worker.acquire() as connection:
        found: UUID = await connection.fetchval(
            "select id from message where subject_id = $1 and kind = $2 order by id limit 1", UUID(subject), kind
        )
    return found


def reply_to(original: UUID, text: str = "We object.", number: int = 1) -> str:
    return (
        f"From: Kim <kim@customer.example>\r\nTo: answers@acme.example\r\nSubject: Re: a change\r\n"
        f"In-Reply-To: <{original}@termijn.example>\r\nMessage-ID: <{number}@customer.example>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )


def bounce_of(original: UUID) -> str:
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: bounce+{original.hex}@termijn.example\r\nSubject: failed\r\n"
        "Message-ID: <b1@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; kim@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--x--\r\n"
    )


async def post(desk: Desk, raw: str, status: int = 201) -> Any:
    return await desk.act("inbound", {"raw": raw}, status=status)


async def test_a_reply_holds_the_window_and_the_gate_until_it_is_read(desk: Desk) -> None:
    made, worker, notice = await told(desk)
    await desk.world.go(datetime(2026, 3, 30, 10, tzinfo=UTC))
    came = await post(desk, reply_to(await message(desk, notice["id"])))
    assert came["kind"] == "reply"
    assert came["subject"] == notice["id"]
    assert came["subject_kind"] == "notice"
    assert came["sender"] == "kim@customer.example"
    assert came["text"] == "We object."
    assert came["classified_as"] is None
    await desk.world.go(datetime(2026, 4, 8, tzinfo=UTC))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    no = await desk.gate(made["id"], worker["id"])
    assert (no["allowed"], no["reason"]) == (False, "unread_reply")
    (waiting,) = await desk.items("inbound", classified="false")
    assert waiting == came
    said = await desk.act(f"inbound/{came['id']}/classify", {"as": "objection", "by": "Kim", "grounds": "no"})
    assert said["classified_as"] == "objection"
    assert said["classified_by"].startswith("key:")
    objected = await desk.get(f"notices/{notice['id']}")
    assert objected["state"] == "objected"
    (answer,) = objected["answers"]
    assert answer["received_at"] == "2026-03-30T10:00:00Z"
    assert answer["recorded_at"] == "2026-04-08T00:00:00Z"
    assert answer["channel"] == "mail"
    assert answer["late"] is False
    assert came["id"] in answer["evidence"]
    tasks = await desk.items("tasks", subject=notice["id"], state="open")
    assert [one["kind"] for one in tasks] == ["decide_objection"]
    assert (await desk.gate(made["id"], worker["id"]))["reason"] == "objected"


async def test_read_as_nothing_the_window_closes_at_last(desk: Desk) -> None:
    made, worker, notice = await told(desk)
    came = await post(desk, reply_to(await message(desk, notice["id"]), "Thank you."))
    await desk.world.go(datetime(2026, 4, 8, tzinfo=UTC))
    await desk.act(f"inbound/{came['id']}/classify", {"as": "other"})
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "lapsed"
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True


async def test_the_same_message_again_does_nothing(desk: Desk) -> None:
    _, _, notice = await told(desk)
    raw = reply_to(await message(desk, notice["id"]))
    first = await post(desk, raw)
    again = await post(desk, raw, status=200)
    assert again == first
    assert len((await desk.get(f"notices/{notice['id']}"))["replies"]) == 1
    await desk.act(f"inbound/{first['id']}/classify", {"as": "question"})
    problem = await desk.refused(f"inbound/{first['id']}/classify", {"as": "objection"})
    assert problem["status"] == 409
    assert (await post(desk, raw, status=200))["classified_as"] == "question"


async def test_two_replies_are_read_one_by_one(desk: Desk) -> None:
    _, _, notice = await told(desk)
    original = await message(desk, notice["id"])
    one = await post(desk, reply_to(original, "When?", 1))
    two = await post(desk, reply_to(original, "No!", 2))
    await desk.act(f"inbound/{one['id']}/classify", {"as": "question"})
    (task,) = await desk.items("tasks", subject=notice["id"], state="open")
    assert task["key"] == two["id"]
    await desk.world.go(datetime(2026, 4, 8, tzinfo=UTC))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    await desk.act(f"inbound/{two['id']}/classify", {"as": "object"})
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "objected"


async def test_a_bounce_takes_the_lapse_back(desk: Desk) -> None:
    made, worker, notice = await told(desk)
    await desk.world.go(datetime(2026, 4, 5, tzinfo=UTC))
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True
    came = await post(desk, bounce_of(await message(desk, notice["id"])))
    assert came["kind"] == "bounce"
    undelivered = await desk.get(f"notices/{notice['id']}")
    assert undelivered["state"] == "undeliverable"
    assert undelivered["attempts"][-1]["outcome"] == "bounced"
    assert "550 5.1.1" in undelivered["attempts"][-1]["words"]
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    await post(desk, bounce_of(await message(desk, notice["id"])), status=200)
    assert len((await desk.get(f"notices/{notice['id']}"))["attempts"]) == 1


async def test_an_answer_outweighs_a_bounce(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/acknowledge", {"by": "Kim"})
    await post(desk, bounce_of(await message(desk, notice["id"])))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"


async def test_a_delivery_report_is_receipt_behind_a_relay(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    assert notice["state"] == "sent"
    original = await message(desk, notice["id"])
    await desk.world.go(datetime(2026, 3, 3, 9, tzinfo=UTC))
    event = {"event": "delivered", "event_id": "e-1", "recipient": f"bounce+{original.hex}@termijn.example"}
    came = await desk.act("inbound", event, status=201)
    assert came["kind"] == "delivery"
    opened = await desk.get(f"notices/{notice['id']}")
    assert opened["state"] == "open"
    assert opened["received_how"] == "delivery_report"
    assert opened["received_at"] == "2026-03-03T09:00:00Z"
    assert opened["attempts"][-1]["outcome"] == "delivered"


async def test_what_names_nothing_is_kept_and_can_be_tied(desk: Desk) -> None:
    _, _, notice = await told(desk)
    fields = {
        "kind": "reply",
        "external_id": "x-1",
        "from": "boss@elsewhere.example",
        "subject": "no",
        "text": "We object.",
    }
    came = await desk.act("inbound", fields, status=201)
    assert came["subject"] is None
    problem = await desk.refused(f"inbound/{came['id']}/classify", {"as": "objection"})
    assert problem["errors"][0]["path"] == "notice_id"
    foreign = {"as": "objection", "notice_id": desk.processor}
    assert (await desk.refused(f"inbound/{came['id']}/classify", foreign))["status"] == 404
    tied = await desk.act(f"inbound/{came['id']}/classify", {"as": "objection", "notice_id": notice["id"]})
    assert tied["subject"] == notice["id"]
    objected = await desk.get(f"notices/{notice['id']}")
    assert objected["state"] == "objected"
    assert objected["answers"][0]["by"] == "boss@elsewhere.example"


async def test_a_new_mail_of_a_known_sender_is_tied_to_the_only_notice(desk: Desk) -> None:
    _, _, notice = await told(desk)
    fields = {"kind": "reply", "external_id": "x-2", "from": "KIM@customer.example", "text": "We have doubts."}
    came = await desk.act("inbound", fields, status=201)
    assert came["subject"] == notice["id"]


async def test_read_in_time_though_posted_late(desk: Desk) -> None:
    _, _, notice = await told(desk)
    original = await message(desk, notice["id"])
    await desk.world.go(datetime(2026, 4, 5, tzinfo=UTC))
    body = {"raw": reply_to(original), "received_at": "2026-03-31T08:00:00+02:00"}
    came = await desk.act("inbound", body, status=201)
    assert came["received_at"] == "2026-03-31T06:00:00Z"
    await desk.act(f"inbound/{came['id']}/classify", {"as": "objection"})
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "objected"


async def test_the_bare_id_that_attempts_show_ties_a_bounce(desk: Desk) -> None:
    _, _, notice = await told(desk)
    original = await message(desk, notice["id"])
    came = await desk.act("inbound", {"kind": "bounce", "message_id": str(original)}, status=201)
    assert (came["subject"], came["message_id"]) == (notice["id"], str(original))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "undeliverable"


async def test_a_person_says_that_an_untied_message_is_a_bounce(desk: Desk) -> None:
    _, _, notice = await told(desk)
    fields = {"kind": "reply", "external_id": "x-9", "from": "mail@elsewhere.example", "text": "No such mailbox."}
    at = f"inbound/{(await desk.act('inbound', fields, status=201))['id']}"
    assert (await desk.refused(f"{at}/classify", {"as": "bounce"}))["errors"][0]["path"] == "notice_id"
    nobody = {"as": "bounce", "notice_id": notice["id"], "contact_id": notice["id"]}
    assert (await desk.refused(f"{at}/classify", nobody))["errors"][0]["path"] == "contact_id"
    said = await desk.act(f"{at}/classify", {"as": "bounce", "notice_id": notice["id"]})
    assert (said["classified_as"], said["subject"]) == ("bounce", notice["id"])
    undelivered = await desk.get(f"notices/{notice['id']}")
    assert undelivered["state"] == "undeliverable"
    assert undelivered["attempts"][-1]["outcome"] == "bounced"
    assert undelivered["replies"] == []


async def test_a_person_says_that_an_untied_message_proves_delivery(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    fields = {"kind": "delivery", "external_id": "x-8", "recipient": "kim@customer.example"}
    came = await desk.act("inbound", fields, status=201)
    assert came["subject"] is None
    await desk.act(f"inbound/{came['id']}/classify", {"as": "delivery", "notice_id": notice["id"]})
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"


async def test_what_says_nothing_is_refused_with_what_may_be_given(desk: Desk) -> None:
    problem = await desk.refused("inbound", {"kind": "x"})
    assert problem["status"] == 400
    assert {one["path"] for one in problem["errors"]} >= {"raw", "kind", "message_id"}


async def test_an_answer_that_the_notice_does_not_take_is_not_classified(desk: Desk) -> None:
    _, _, notice = await told(desk)
    came = await post(desk, reply_to(await message(desk, notice["id"]), "We agree."))
    problem = await desk.refused(f"inbound/{came['id']}/classify", {"as": "consent"})
    assert problem["status"] == 409
    assert (await desk.get(f"inbound/{came['id']}"))["classified_as"] is None
    assert (await desk.get(f"notices/{notice['id']}"))["replies"][0]["classified_as"] is None


async def test_a_reply_about_an_agreement_is_a_task(desk: Desk) -> None:
    made = await desk.agreement("stkkr")
    came = await post(desk, reply_to(await message(desk, made["id"], "agreement"), "Please return our data."))
    assert came["subject_kind"] == "agreement"
    (task,) = await desk.items("tasks", subject=made["id"], kind="classify_reply")
    await desk.act(f"inbound/{came['id']}/classify", {"as": "other"})
    assert (await desk.get(f"tasks/{task['id']}"))["state"] == "dropped"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"[]", "application/json", 400),
        (b"{}", "application/json", 400),
        (b"null", "application/json", 400),
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'"raw"', "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b'{"text":"\\ud800"}', "application/json", 400),
        (b'{"raw":"x"}', "text/plain", 415),
        (b'{"raw":12}', "application/json", 400),
        (b'{"a\\u0000b":"\\u0000","text":"nul\\u0000nul","from":"a@b.example"}', "application/json", 201),
        (b"\xff\xfe\x00", "message/rfc822", 201),
        (b"", "message/rfc822", 400),
        (b"x" * 3_000_000, "message/rfc822", 413),
    ],
)
async def test_odd_messages_are_refused_or_kept_and_nothing_breaks(
    desk: Desk, content: bytes, kind: str, status: int
) -> None:
    answer = await desk.api.call("POST", "inbound", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    if status == 201:
        assert len(await desk.items("inbound")) == 1


async def test_another_processors_message_is_not_there(desk: Desk, other: str) -> None:
    own = {"Termijn-Processor": desk.processor}
    body = {"kind": "reply", "external_id": "x", "from": "a@b.example", "text": "hello"}
    answer = await desk.api.post("inbound", body, headers=own)
    assert answer.status_code == 201, answer.text
    path = f"inbound/{answer.json()['id']}"
    assert (await desk.api.get(path, key=other)).status_code == 404
    assert (await desk.api.post(f"{path}/classify", {"as": "other"}, key=other)).status_code == 404
    # The same name of another's message is no double.
    assert (await desk.api.post("inbound", body, key=other)).status_code == 201
