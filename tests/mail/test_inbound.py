import base64
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.mail.incoming.inbound import match, usable

OURS = UUID("01a200bc-c6ff-753a-baf5-d21f5297a9b9")
OWN_ID = f"<{OURS}@dpa.example.org>"
VERP = f"bounce+{OURS.hex}@dpa.example.org"


def mail(text: str = "We object to this.", **fields: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Kim de Vries <kim@x.example>"
    made["To"] = "privacy@acme.example"
    made["Subject"] = "Re: Nieuwe subverwerker Zoë"
    made["Message-ID"] = "<reply-1@x.example>"
    made["Date"] = datetime(2026, 3, 3, tzinfo=UTC)
    for name, value in fields.items():
        name = name.replace("_", "-")
        del made[name]
        made[name] = value
    made.set_content(text)
    return made


def dsn(action: str, status: str, original: str, *, to: str = VERP, diagnostic: str = "smtp; 550 no mailbox") -> bytes:
    return f"""From: MAILER-DAEMON@mx.x.example\r
To: {to}\r
Return-Path: <>\r
Subject: Undelivered\r
Message-ID: <dsn-1@mx.x.example>\r
Auto-Submitted: auto-replied\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
It did not work.\r
--b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.x.example\r
\r
Final-Recipient: rfc822; kim@x.example\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: {diagnostic}\r
\r
--b\r
{original}\r
--b--\r
""".encode()


HEADERS = f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {OWN_ID}\r\nSubject: x\r\n"
WHOLE = f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {OWN_ID}\r\nSubject: x\r\n\r\nbody\r\n"
NOTHING = "Content-Type: text/plain\r\n\r\nnothing\r\n"


@pytest.mark.parametrize("field", ["In_Reply_To", "References"])
def test_a_reply_is_tied_to_the_message_it_answers(field: str) -> None:
    value = OWN_ID if field == "In_Reply_To" else f"<other@x.example> {OWN_ID}"
    found = match(mail(**{field: value}).as_bytes())
    assert (found.kind, found.message_id) == ("reply", OURS)
    assert found.sender == "kim@x.example"
    assert found.subject == "Re: Nieuwe subverwerker Zoë"
    assert found.text == "We object to this."
    assert found.external_id == "<reply-1@x.example>"
    assert found.status is None


def test_a_reply_that_names_nothing_is_still_a_reply() -> None:
    found = match(mail().as_bytes())
    assert (found.kind, found.message_id) == ("reply", None)


def test_an_absence_note_is_a_reply_that_says_so() -> None:
    found = match(mail("I am away.", In_Reply_To=OWN_ID, Auto_Submitted="auto-replied").as_bytes())
    assert (found.kind, found.message_id, found.status) == ("reply", OURS, "auto-replied")


@pytest.mark.parametrize(
    ("original", "to"), [(HEADERS, "x@y.example"), (WHOLE, "x@y.example"), (NOTHING, VERP), (WHOLE, VERP)]
)
def test_a_delivery_status_that_failed_is_a_bounce(original: str, to: str) -> None:
    found = match(dsn("failed", "5.1.1", original, to=to))
    assert (found.kind, found.message_id, found.status) == ("bounce", OURS, "5.1.1")
    assert found.words == "550 no mailbox"
    assert found.external_id == "<dsn-1@mx.x.example>"


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [("delayed", "4.4.1", "unknown"), ("relayed", "2.0.0", "unknown"), ("expanded", "2.0.0", "unknown"),
     ("delivered", "2.0.0", "delivery"), ("failed", "4.4.7", "bounce"), ("", "", "unknown")],
)  # fmt: skip
def test_only_what_a_report_proves_counts(action: str, status: str, kind: str) -> None:
    found = match(dsn(action, status, HEADERS))
    assert (found.kind, found.message_id) == (kind, OURS)


def test_a_bounce_that_follows_no_standard() -> None:
    plain = mail("Sorry.\n\n<kim@x.example>: 550 5.1.1 unknown user", From="MAILER-DAEMON@x.example", To=VERP)
    found = match(plain.as_bytes())
    assert (found.kind, found.message_id, found.status) == ("bounce", OURS, "5.1.1")
    soon = mail("Still trying: 4.7.1 greylisted", From="postmaster@x.example", To=VERP)
    assert match(soon.as_bytes()).kind == "unknown"


def test_a_disposition_notification_shows_that_it_reached_somebody() -> None:
    raw = dsn("x", "y", HEADERS).replace(b"message/delivery-status", b"message/disposition-notification")
    raw = raw.replace(b"Action: x", b"Disposition: manual-action/MDN-sent-manually; displayed")
    assert (match(raw).kind, match(raw).message_id) == ("delivery", OURS)


@pytest.mark.parametrize(
    ("fields", "kind", "status"),
    [
        ({"event": "delivered", "message_id": OWN_ID}, "delivery", "delivered"),
        ({"type": "bounce", "Return-Path": VERP, "reason": "550 5.1.1 gone"}, "bounce", "5.1.1"),
        ({"RecordType": "Bounce", "MessageID": str(OURS) + "@h", "Description": "hard"}, "bounce", "bounce"),
        ({"event-data": {"event": "failed", "severity": "permanent", "message": {"headers": {
            "message-id": OWN_ID}}, "delivery-status": {"code": 550, "message": "5.1.1 no"}}}, "bounce", "5.1.1"),
        ({"event-data": {"event": "failed", "severity": "temporary", "message": {"headers": {
            "message-id": OWN_ID}}}}, "unknown", "failed"),
        ({"notificationType": "Delivery", "mail": {"headers": [{"name": "Message-ID", "value": OWN_ID}]}},
         "delivery", "delivery"),
        ({"kind": "reply", "in_reply_to": OWN_ID, "from": "Kim <kim@x.example>", "text": "No."}, "reply", "reply"),
        ({"from": "kim@x.example", "subject": "Re", "text": "No.", "headers": {"References": f"<a@b> {OWN_ID}"}},
         "reply", None),
        ({"event": "bounce", "messageId": OWN_ID, "status": "4.2.2"}, "bounce", "4.2.2"),
        ({"event": "failed", "messageId": OWN_ID, "severity": "temporary", "code": "4.2.2"}, "unknown", "4.2.2"),
        ({"event": "opened", "messageId": OWN_ID}, "unknown", None),
    ],
)  # fmt: skip
def test_what_providers_post(fields: dict[str, Any], kind: str, status: str | None) -> None:
    found = match(fields)
    assert (found.kind, found.message_id, found.status) == (kind, OURS, status)


SEAL = "0123456789abcdef0123"
SEALED_ID = f"<{OURS}.{SEAL}@dpa.example.org>"
SEALED_PATH = f"bounce+{OURS.hex}.{SEAL}@dpa.example.org"


@pytest.mark.parametrize(
    ("original", "to", "seal"),
    [
        (NOTHING, SEALED_PATH, SEAL),
        (NOTHING, SEALED_PATH.upper(), SEAL),
        (HEADERS.replace(OWN_ID, SEALED_ID), "x@y.example", SEAL),
        (WHOLE.replace(OWN_ID, SEALED_ID), VERP, SEAL),  # what proves more counts
        (HEADERS, VERP, None),
        (NOTHING, SEALED_PATH.replace(SEAL, SEAL[:-1]), None),
    ],
)
def test_a_bounce_shows_its_seal(original: str, to: str, seal: str | None) -> None:
    found = match(dsn("failed", "5.1.1", original, to=to))
    assert (found.seal, found.vouched) == (seal, False)
    assert found.message_id == (OURS if seal or to == VERP else None)
    assert to.lower() in found.recipients


def test_a_complaint_is_neither_bounce_nor_reply() -> None:
    raw = dsn("x", "y", HEADERS).replace(b"message/delivery-status", b"message/feedback-report")
    found = match(raw.replace(b"Action: x", b"Feedback-Type: abuse"))
    assert (found.kind, found.message_id, found.status, found.temporary) == ("unknown", OURS, "complaint", False)


@pytest.mark.parametrize(
    ("fields", "kind", "status", "temporary"),
    [
        ({"RecordType": "Delivery", "Metadata": {}, "MessageID": SEALED_ID}, "delivery", "delivery", False),
        ({"RecordType": "Bounce", "Type": "HardBounce", "Description": "unknown", "message_id": SEALED_ID},
         "bounce", "hardbounce", False),
        ({"RecordType": "Bounce", "Type": "SoftBounce", "Description": "full", "message_id": SEALED_ID},
         "bounce", "softbounce", False),
        ({"RecordType": "Bounce", "Type": "Transient", "Description": "later", "message_id": SEALED_ID},
         "unknown", "bounce", True),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint", "message_id": SEALED_ID},
         "unknown", "complaint", False),
        ({"event": "dropped", "smtp-id": SEALED_ID, "reason": "Bounced Address"}, "bounce", "dropped", False),
        ({"event": "deferred", "smtp-id": SEALED_ID, "response": "451 4.7.1 later"}, "unknown", "4.7.1", True),
        ({"event": "spamreport", "smtp-id": SEALED_ID}, "unknown", "complaint", False),
        ({"event-data": {"event": "complained", "message": {"headers": {"message-id": SEALED_ID}}}},
         "unknown", "complaint", False),
        ({"Type": "Notification", "Message": '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent"},'
          f'"mail":{{"headers":[{{"name":"Message-ID","value":"{SEALED_ID}"}}]}}}}'}, "bounce", "bounce", False),
        ({"eventType": "DeliveryDelay", "mail": {"headers": [{"name": "Message-ID", "value": SEALED_ID}]}},
         "unknown", None, True),
        ({"notificationType": "Bounce", "bounce": {"bounceType": "Transient"}, "message-id": SEALED_ID},
         "unknown", "bounce", True),
        ({"event": "bounce", "hard_bounce": False, "Message-Id": SEALED_ID}, "unknown", "bounce", True),
        ({"event": "bounce", "hard_bounce": True, "Message-Id": SEALED_ID}, "bounce", "bounce", False),
        ({"event": "hard_bounce", "message-id": SEALED_ID}, "bounce", "hardbounce", False),
        ({"event": "soft_bounce", "message-id": SEALED_ID}, "unknown", "softbounce", True),
        ({"event": "soft_bounce", "message-id": SEALED_ID, "reason": "mailbox full"}, "bounce", "softbounce", False),
        ({"type": "activity.soft_bounced", "message-id": SEALED_ID, "reason": "4.2.2 full"}, "bounce", "4.2.2", False),
        ({"event": "bounce", "bounce": "soft", "smtp-id": SEALED_ID, "reason": "greylisted for 3 days"},
         "bounce", "bounce", False),
        ({"event": "expired", "smtp-id": SEALED_ID, "reason": "too long in the queue"}, "bounce", "expired", False),
        ({"type": "email.suppressed", "data": {"message_id": SEALED_ID}}, "bounce", "suppressed", False),
        ({"event": "deferral", "message-id": SEALED_ID, "diag": "421 busy"}, "unknown", None, True),
        ({"notificationType": "Bounce", "message-id": SEALED_ID, "bounce": {
            "bounceType": "Transient", "bouncedRecipients": [{"action": "failed", "status": "4.4.7"}]}},
         "bounce", "4.4.7", False),
        ({"notificationType": "Bounce", "message-id": SEALED_ID, "bounce": {
            "bounceType": "Transient", "bounceSubType": "MailboxFull"}}, "bounce", "bounce", False),
        ({"type": "email.delivered", "data": {"headers": [{"name": "Message-ID", "value": SEALED_ID}]}},
         "delivery", "delivered", False),
        ({"type": "email.complained", "data": {"message_id": SEALED_ID}}, "unknown", "complaint", False),
        ({"type": "email.delivery_delayed", "data": {"message_id": SEALED_ID}}, "unknown", None, True),
    ],
)  # fmt: skip
def test_what_each_provider_calls_it(fields: dict[str, Any], kind: str, status: str | None, temporary: bool) -> None:
    found = match(fields)
    assert (found.kind, found.status, found.temporary) == (kind, status, temporary)
    assert (found.message_id, found.seal, found.vouched) == (OURS, SEAL, True)


@pytest.mark.parametrize(
    ("fields", "kind", "automatic", "unclear"),
    [
        ({"RecordType": "Bounce", "Type": "AutoResponder", "Description": "Out of office"}, "reply", True, False),
        ({"RecordType": "Bounce", "Type": "ChallengeVerification"}, "unknown", False, True),
        ({"RecordType": "Bounce", "Type": "AddressChange"}, "unknown", False, True),
        ({"type": "out_of_band", "bounce_class": "60", "reason": "I am away"}, "reply", True, False),
        ({"type": "bounce", "bounce_class": "10", "reason": "550 5.1.1 unknown"}, "bounce", False, False),
        ({"type": "bounce", "bounce_class": "100", "reason": "confirm"}, "unknown", False, True),
        # Absence notes come as such: a bounce for now that says nothing of what failed.
        ({"notificationType": "Bounce", "bounce": {"bounceType": "Transient", "bounceSubType": "General"}},
         "unknown", False, True),
        ({"event": "complained"}, "unknown", False, True),
        ({"event": "opened"}, "unknown", False, False),
    ],
)  # fmt: skip
def test_what_providers_file_under_bounces_and_is_none(
    fields: dict[str, Any], kind: str, automatic: bool, unclear: bool
) -> None:
    found = match({**fields, "message-id": SEALED_ID})
    assert (found.kind, found.automatic, found.unclear) == (kind, automatic, unclear)
    assert (found.message_id, found.seal) == (OURS, SEAL)


HOSTILE = {
    "tags": b"Content-Type: text/html\r\n\r\n" + b"<" * 1_500_000,
    "styles": b"Content-Type: text/html\r\n\r\n" + b"<style" * 250_000,
    "closed": b"Content-Type: text/html\r\n\r\n" + b"<style></script>" * 100_000,
    "blanks": b"\r\n\r\n" + (b"\n" + b" " * 999) * 1_500,
    "address": b"To: " + b"a" * 1_500_000 + b"\r\n\r\nx",
    "addresses": b"To: " + b"a@" * 700_000 + b"\r\n\r\nx",
    "from": b"From: " + b"(" * 1_000_000 + b"\r\n\r\nx",
    "subject": b"Subject: " + b"=?utf-8?q?" * 100_000 + b"\r\n\r\nx",
    "fields": b"To: a@b\r\n" * 100_000 + b"\r\nx",
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 50_000,
    "depth": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(10_000)
    ),
    "nested": b"Content-Type: message/rfc822\r\n\r\n" * 30_000,
    "parameters": b"Content-Type: text/plain" + b";a=b" * 150_000 + b"\r\n\r\nx",
    "pieces": b"Content-Disposition: attachment"
    + b"".join(b";filename*%d=a" % n for n in range(40_000))
    + b"\r\n\r\nx",
    "levels": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(90))
    + b"\n" * 600_000,
    "names": b"From: x@y.example\r\n\r\n" + b"a@" * 700_000,
    "dashes": b"From: mailer-daemon@x.example\r\nSubject: undeliverable\r\n\r\n" + b"-" * 1_500_000,
    "lines": b"From: mailer-daemon@x.example\r\nReturn-Path: <>\r\n\r\n" + b"rcpt to: <\n" * 150_000,
    "words": b"From: mailer-daemon@x.example\r\n\r\n" + b"5.1." * 300_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_message_takes_long(name: str) -> None:
    """A mailbox takes in what anybody sends: every one of these would take minutes if time grew with its square."""
    began = time.process_time()
    found = match(HOSTILE[name])
    assert time.process_time() - began < 5
    assert found.message_id is None


def test_fields_of_a_posted_reply() -> None:
    found = match({"id": "evt-1", "from": "Kim <kim@x.example>", "subject": "Re:\nX", "html": "<p>No <b>way</b></p>"})
    assert (found.kind, found.sender, found.subject) == ("reply", "kim@x.example", "Re: X")
    assert found.text.split() == ["No", "way"]
    assert found.external_id == "reply:evt-1"
    assert match({"external_id": "a", "event": "bounce"}).external_id == "a"
    # One id for two events of one message must not hide the bounce behind the delivery.
    assert match({"id": "m", "event": "bounce"}).external_id != match({"id": "m", "event": "delivered"}).external_id


@pytest.mark.parametrize("field", ["message_id", "in_reply_to", "references"])
def test_the_bare_id_is_as_good_as_the_message_id(field: str) -> None:
    found = match({"kind": "bounce", field: str(OURS)})
    assert (found.kind, found.message_id) == ("bounce", OURS)
    assert match({"kind": "reply", "message_id": str(OURS), "from": "k@x.example"}).external_id is None


@pytest.mark.parametrize(
    ("fields", "enough"),
    [
        ({"kind": "x"}, False),
        ({"kind": "bounce"}, False),
        ({"raw": 12}, False),
        ({"kind": "x", "message_id": str(OURS)}, True),
        ({"kind": "bounce", "reason": "550 no mailbox"}, True),
        ({"from": "kim@x.example", "text": "No."}, True),
        ({"raw": "From: kim@x.example\n\nNo."}, True),
    ],
)
def test_what_says_something_to_go_by(fields: dict[str, Any], enough: bool) -> None:
    assert usable(fields) is enough


@pytest.mark.parametrize("fields", [{"raw": "a:\ud800"}, {"from": "a\ud800@b"}, {"id": "\ud800"}])
def test_half_a_character_breaks_nothing(fields: dict[str, Any]) -> None:
    found = match(fields)
    (found.text + found.subject + found.words + found.sender + (found.external_id or "")).encode()


@pytest.mark.parametrize("wrap", [lambda raw: raw.decode(), lambda raw: base64.b64encode(raw).decode()])
def test_a_whole_message_within_json(wrap: Any) -> None:
    raw = mail(In_Reply_To=OWN_ID).as_bytes()
    assert match({"raw": wrap(raw)}) == match(raw)


def test_the_same_message_has_the_same_identity() -> None:
    bare = b"From: kim@x.example\r\n\r\nNo."
    assert match(bare).external_id == match(bare).external_id
    assert match(bare).external_id != match(bare + b".").external_id


@given(st.binary(max_size=2000))
def test_no_raw_message_is_too_odd(raw: bytes) -> None:
    found = match(raw)
    assert found.message_id is None
    assert "\x00" not in found.text + found.subject + found.words
    (found.text + found.subject + found.words).encode()


LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=40)
JSON = LEAF | st.lists(LEAF, max_size=3) | st.dictionaries(st.text(max_size=5), LEAF, max_size=3)
NAMES = st.sampled_from(["event", "raw", "text", "from", "subject", "status", "id", "headers", "message", "to"])


@given(st.dictionaries(NAMES, JSON))
def test_no_posted_object_is_too_odd(fields: dict[str, Any]) -> None:
    found = match(fields)
    assert found.kind in ("reply", "bounce", "delivery", "unknown")
    (found.text + found.subject + found.words + found.sender).encode()


def test_words_that_are_encoded_by_halves_are_left_as_they_came() -> None:
    raw = b"From: kim@x.example\r\nSubject: =?utf-8?b?bject?=\r\n\r\nWe object."
    assert match(raw).subject == "=?utf-8?b?bject?="


@pytest.mark.parametrize("field", ["Content-Disposition: attachment", "Content-Type: text/plain"])
def test_parameters_that_are_numbered_by_halves_are_not_there(field: str) -> None:
    raw = f"From: kim@x.example\r\n{field}; filename*=x; filename*1=y; charset*=a; charset*1=b\r\n\r\nWe object."
    assert match(raw.encode()).kind == "reply"
