"""What comes back: replies hold everything until they are read, bounces and reports find their notice."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from service.mail.incoming.body import LARGEST
from service.mail.outgoing.render import return_path
from tests.resources.conftest import Desk
from tests.resources.test_notices import told


@dataclass(frozen=True)
class Sent:
    id: UUID
    own_id: str

    @property
    def return_path(self) -> str:
        return return_path(self.own_id, "termijn.example")


async def message(desk: Desk, subject: str, kind: str = "announcement") -> Sent:
    """The last message of a kind about a notice or an agreement."""
    async with desk.world.pools.worker.acquire() as connection:
        row = await connection.fetchrow(
            "select id, message_id from message where subject_id = $1 and kind = $2 order by id desc limit 1",
            UUID(subject), kind,
        )  # fmt: skip
    assert row is not None
    return Sent(row["id"], row["message_id"])


def reply_to(original: Sent, text: str = "We object.", number: int = 1) -> str:
    return (
        f"From: Kim <kim@customer.example>\r\nTo: answers@acme.example\r\nSubject: Re: a change\r\n"
        f"In-Reply-To: {original.own_id}\r\nMessage-ID: <{number}@customer.example>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )


def bounce_of(to: str, number: int = 1, *, original: str = "", action: str = "failed") -> str:
    """A delivery status notification (RFC 3464) that came to this address."""
    return (
        f"From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: failed\r\n"
        f"Message-ID: <b{number}@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; kim@customer.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {original}\r\n\r\n--x--\r\n"
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
    came = await post(desk, bounce_of((await message(desk, notice["id"])).return_path))
    assert came["kind"] == "bounce"
    undelivered = await desk.get(f"notices/{notice['id']}")
    assert undelivered["state"] == "undeliverable"
    assert undelivered["attempts"][-1]["outcome"] == "bounced"
    assert "550 5.1.1" in undelivered["attempts"][-1]["words"]
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    await post(desk, bounce_of((await message(desk, notice["id"])).return_path), status=200)
    assert len((await desk.get(f"notices/{notice['id']}"))["attempts"]) == 1


async def test_an_answer_outweighs_a_bounce(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/acknowledge", {"by": "Kim", "channel": "mail"})
    await post(desk, bounce_of((await message(desk, notice["id"])).return_path))
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"


async def test_each_end_of_a_bounce_is_recorded(desk: Desk) -> None:
    """Forged, late, doubled: P2 and fault 35."""
    made, worker, notice = await told(desk)
    sent = await message(desk, notice["id"])
    other = UUID(int=sent.id.int + 1)
    forged = [
        bounce_of(f"bounce+{sent.id.hex}@termijn.example", 1),
        bounce_of(f"bounce+{sent.id.hex}.{'0' * 20}@termijn.example", 2),
        bounce_of("postmaster@termijn.example", 3, original=f"<{sent.id}@termijn.example>"),
        bounce_of(f"bounce+{sent.id.hex}@termijn.example", 4, action="delivered"),
    ]
    for raw in forged:
        came = await post(desk, raw)
        assert (came["outcome"], came["subject"], came["message_id"]) == ("forged", None, None)
    came = await desk.act("inbound", {"kind": "bounce", "recipient": f"bounce+{sent.id.hex}.{'0' * 20}@x.example",
                                      "external_id": "f"}, status=201)  # fmt: skip
    assert came["outcome"] == "forged"
    unknown = await post(desk, bounce_of(f"bounce+{other.hex}.{'0' * 20}@termijn.example", 5))
    # It names no mail of ours, but the address of a contact: until a person has looked its notice waits.
    assert (unknown["outcome"], unknown["waiting"]) == ("untied", [notice["id"]])
    assert (await desk.gate(made["id"], worker["id"]))["reason"] == "unread_reply"
    await desk.act(f"inbound/{unknown['id']}/classify", {"as": "other"})
    untouched = await desk.get(f"notices/{notice['id']}")
    assert (untouched["state"], untouched["attempts"]) == ("open", [])
    # Late: after the lapse, and by the original's Message-ID alone.
    await desk.world.go(datetime(2026, 4, 5, tzinfo=UTC))
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True
    late = await post(desk, bounce_of("postmaster@termijn.example", 6, original=sent.own_id))
    assert (late["outcome"], late["subject"]) == ("taken", notice["id"])
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "undeliverable"
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    # Doubled: by another server, about the same mail.
    doubled = await post(desk, bounce_of(sent.return_path, 7))
    assert (doubled["outcome"], doubled["subject"]) == ("no_effect", notice["id"])
    assert len(await desk.items("tasks", subject=notice["id"], kind="undeliverable")) == 1


async def test_a_bounce_of_what_was_sent_before_takes_nothing_of_the_new_mail_back(desk: Desk) -> None:
    _, _, notice = await told(desk)
    first = await message(desk, notice["id"])
    await post(desk, bounce_of(first.return_path, 1))
    await desk.act(f"notices/{notice['id']}/resend")
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    again = await post(desk, bounce_of(first.return_path, 2))
    assert again["outcome"] == "no_effect"
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    # Nor does one more copy: the window is the first one's.
    kim = (await desk.get(f"customers/{notice['customer_id']}"))["contacts"][0]["id"]
    await desk.act(f"notices/{notice['id']}/resend", {"contact_id": kim})
    copy = await message(desk, notice["id"])
    assert (await post(desk, bounce_of(copy.return_path, 3)))["outcome"] == "taken"
    assert (await desk.get(f"notices/{notice['id']}"))["state"] == "open"
    assert await desk.items("tasks", subject=notice["id"], kind="bounced_copy")


async def test_a_bounce_after_an_answer_changes_nothing(desk: Desk) -> None:
    _, _, notice = await told(desk)
    await desk.act(f"notices/{notice['id']}/object", {"by": "Kim", "channel": "phone"})
    await post(desk, bounce_of((await message(desk, notice["id"])).return_path))
    bounced = await desk.get(f"notices/{notice['id']}")
    assert bounced["state"] == "objected"
    assert bounced["attempts"][-1]["outcome"] == "bounced"


async def test_a_list_of_events_is_taken_in_one_by_one(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    own = (await message(desk, notice["id"])).own_id
    events = [
        {"event": "deferred", "smtp-id": own, "sg_event_id": "1", "response": "451 4.7.1 later"},
        {"event": "delivered", "smtp-id": own, "sg_event_id": "2", "response": "250 2.0.0 OK"},
        {},
        7,
    ]
    took = await desk.act("inbound", events, status=201)
    assert [one["kind"] for one in took["items"]] == ["unknown", "delivery"]
    opened = await desk.get(f"notices/{notice['id']}")
    assert (opened["state"], opened["received_how"]) == ("open", "delivery_report")
    assert [one["outcome"] for one in opened["attempts"]] == ["deferred", "delivered"]
    assert [one["id"] for one in (await desk.act("inbound", events, status=200))["items"]] == [
        one["id"] for one in took["items"]
    ]
    assert (await desk.refused("inbound", [{}, 7]))["status"] == 400


async def test_answers_by_phone_letter_and_mail_are_confirmed_to_all_contacts(desk: Desk) -> None:
    """P5, P6, P10: typed in later, judged by when it was received, told to everybody."""
    contacts = [
        {"name": name, "email": f"{name.lower()}@customer.example", "roles": ["contract"]} for name in ("Kim", "Sam")
    ]
    customer = await desk.customer(contacts=contacts)
    made = await desk.agreement(customer_id=customer["id"])
    worker = await desk.subprocessor()
    change = await desk.announced(worker["id"])
    (notice,) = await desk.items("notices", change_id=change["id"])
    await desk.world.go(datetime(2026, 4, 6, tzinfo=UTC))
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is True
    for number, channel in enumerate(("phone", "letter", "mail"), 1):
        said = {"by": "Kim", "channel": channel, "received_at": f"2026-03-2{number}T10:00:00+01:00", "grounds": "no",
                "evidence": f"note {number}"}  # fmt: skip
        await desk.act(f"notices/{notice['id']}/object", said)
    objected = await desk.get(f"notices/{notice['id']}")
    assert objected["state"] == "objected"
    assert (await desk.gate(made["id"], worker["id"]))["allowed"] is False
    assert [(one["channel"], one["late"], one["recorded_at"][:10]) for one in objected["answers"]] == [
        (channel, False, "2026-04-06") for channel in ("phone", "letter", "mail")
    ]
    told_to = await desk.world.rows(
        "select address, data ->> 'received_at' as received from message where kind = 'confirmation' order by id"
    )
    assert sorted(row["address"] for row in told_to) == ["kim@customer.example"] * 3 + ["sam@customer.example"] * 3
    assert {row["received"][:10] for row in told_to} == {"2026-03-21", "2026-03-22", "2026-03-23"}


async def test_a_delivery_report_is_receipt_behind_a_relay(desk: Desk) -> None:
    desk.world.receipt = "handed_over"
    _, _, notice = await told(desk)
    assert notice["state"] == "sent"
    original = await message(desk, notice["id"])
    await desk.world.go(datetime(2026, 3, 3, 9, tzinfo=UTC))
    event = {"event": "delivered", "event_id": "e-1", "recipient": original.return_path}
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
    came = await desk.act("inbound", {"kind": "bounce", "message_id": str(original.id)}, status=201)
    assert (came["subject"], came["message_id"]) == (notice["id"], str(original.id))
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
        (b"x" * (LARGEST + 1), "message/rfc822", 413),
    ],
)
async def test_odd_messages_are_refused_or_kept_and_nothing_breaks(
    desk: Desk, content: bytes, kind: str, status: int
) -> None:
    answer = await desk.api.call("POST", "inbound", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    if status == 201:
        assert len(await desk.items("inbound")) == 1


async def test_a_provider_that_knows_only_an_address_gives_the_key_as_its_password(desk: Desk) -> None:
    key = await desk.api.key(desk.processor, "manager")
    auditor = await desk.api.key(desk.processor, "auditor")
    body = {"kind": "reply", "external_id": "x", "from": "a@b.example", "text": "hello"}

    async def post(path: str, given: str) -> int:
        answer = await desk.api.client.post(f"/api/v1/{path}", json=body, headers={"Authorization": given})
        return answer.status_code

    def basic(word: str) -> str:
        return "Basic " + base64.b64encode(f"termijn:{word}".encode()).decode()

    assert await post("inbound", basic(key)) == 201
    assert await post("inbound", basic(auditor)) == 403
    assert await post("customers", basic(key)) == 401, "only here"
    for wrong in (basic("tmj_no"), basic(""), "Basic", "Basic !", "Basic " + base64.b64encode(b"\xff").decode()):
        assert await post("inbound", wrong) == 401


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
