"""What is a bounce and what is none, by what it says: reports, servers' own words, absence notes, persons."""

import base64

import pytest

from service.mail.incoming.inbound import Matched, match
from tests.mail.test_inbound import HEADERS, OURS, OWN_ID, SEAL, SEALED_ID, SEALED_PATH, VERP, dsn

KIM = "kim@customer.example"


def mail(text: str, **fields: str | None) -> Matched:
    """A mail from nobody in particular; `None` leaves a field out."""
    all_fields: dict[str, str | None] = {
        "Return-Path": "<>", "From": "Mail Delivery System <MAILER-DAEMON@mx.example>", "To": VERP,
        "Subject": "a message", "Message-ID": "<x@mx.example>", **{key.replace("_", "-"): value
        for key, value in fields.items()},
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in all_fields.items() if value is not None)
    return match(f"{head}\r\n{text}".replace("\r\n", "\n").replace("\n", "\r\n").encode())


EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  kim@customer.example
    host mx.customer.example [192.0.2.1]: retry timeout exceeded

------ This is a copy of the message, including all the headers. ------

Subject: we will continue to try
"""
EXIM_FOR_LONG = """This message was created automatically by mail delivery software.
A message that you sent could not be delivered to one or more of its
recipients. The following address(es) failed:

  kim@customer.example
    retry timeout exceeded
"""
QMAIL = """Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<kim@customer.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <x@y.example>
This mail is delayed on purpose.
"""
QMAIL_FOR_NOW = """Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<kim@customer.example>:
192.0.2.1 does not like recipient.
Remote host said: 450 4.2.2 mailbox full
I'm not going to try again; this message has been in the queue too long.
"""
SENDMAIL = """The original message was received at Mon, 5 Jan 2026 09:00:00 +0100
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<kim@customer.example>
    (reason: 550 5.1.1 <kim@customer.example>... User unknown)

   ----- Transcript of session follows -----
"""
EXCHANGE = """Your message did not reach some or all of the intended recipients.

      Subject:  Nieuwe subverwerker
      Sent:     5-1-2026 9:00

The following recipient(s) could not be reached:

      kim@customer.example on 6-1-2026 11:00
            The e-mail system was unable to deliver the message, but did not report a specific reason.
"""
EXCHANGE_EXPIRED = """Delivery has failed to these recipients or groups:

kim@customer.example
The server has tried to deliver this message, without success, and has stopped trying. Please try sending it again.

Diagnostic information for administrators:
Generating server: mx.example
#550 4.4.7 QUEUE.Expired; message expired ##
"""
GMAIL = """** Message not delivered **

There was a problem delivering your message to kim@customer.example. See the technical details below.

The response was:
The recipient server did not accept our requests to connect. 421 4.4.2 Connection dropped
"""
DUTCH = "Dit bericht is automatisch gemaakt. Uw bericht kon niet worden afgeleverd bij kim@customer.example.\n"
GERMAN = "Ihre Nachricht an kim@customer.example konnte nicht zugestellt werden: Postfach voll.\n"

FAILED = {
    "exim": (EXIM, "Mail delivery failed: returning message to sender"),
    "exim after days": (EXIM_FOR_LONG, "Mail delivery failed: returning message to sender"),
    "qmail": (QMAIL, "failure notice"),
    "qmail, a number that says for now": (QMAIL_FOR_NOW, "failure notice"),
    "sendmail": (SENDMAIL, "Returned mail: see transcript for details"),
    "exchange": (EXCHANGE, "Undeliverable: Nieuwe subverwerker"),
    "exchange, expired": (EXCHANGE_EXPIRED, "Undeliverable: Nieuwe subverwerker"),
    "gmail": (GMAIL, "Delivery Status Notification (Failure)"),
    "in Dutch": (DUTCH, "Onbestelbaar: Nieuwe subverwerker"),
    "in German": (GERMAN, "Unzustellbar: Nieuwe subverwerker"),
    "nothing but a number": ("<kim@customer.example>: 552 5.2.2 over quota\n", "mail"),
    "nothing but an old number": ("kim@customer.example 550 unknown\n", "mail"),
}


@pytest.mark.parametrize("name", FAILED)
def test_what_servers_call_a_failure(name: str) -> None:
    text, subject = FAILED[name]
    found = mail(text, Subject=subject, Auto_Submitted="auto-replied")
    assert (found.kind, found.message_id, found.temporary) == ("bounce", OURS, False)
    # Who looks after the webhook may hand on less of its head.
    assert mail(text, Subject=subject, Return_Path=None).kind == "bounce"
    assert KIM in found.mentioned, "whose address it is"


POSTFIX_LATER = """This is the mail system at host mx.example.

####################################################################
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
####################################################################

Your message could not be delivered for more than 4 hour(s).
It will be retried until it is 5 day(s) old.

<kim@customer.example>: connect to mx.customer.example[192.0.2.1]:25: Connection timed out
"""
SENDMAIL_LATER = """    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

   ----- The following addresses had transient non-fatal errors -----
<kim@customer.example>

   ----- Transcript of session follows -----
451 4.4.1 reply: read error from mx.customer.example
Warning: message still undelivered after 4 hours
Will keep trying until message is 5 days old; then it will be returned to sender.
"""
EXIM_LATER = """A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.

  kim@customer.example
    Delay reason: SMTP error: 451 4.7.1 greylisted

No action is required on your part. Delivery attempts will continue for
some time. Eventually the mail delivery software will give up.
"""
GMAIL_LATER = """** Delivery incomplete **

There was a temporary problem delivering your message to kim@customer.example.
Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.
"""
EXCHANGE_LATER = """Delivery is delayed to these recipients or groups:

kim@customer.example

This message hasn't been delivered yet. Delivery will continue to be attempted.
The server will keep trying to deliver this message for the next 1 days, 19 hours and 56 minutes.
"""
LATER = {
    "postfix": (POSTFIX_LATER, "Delayed Mail (still being retried)"),
    "sendmail": (SENDMAIL_LATER, "Warning: could not send message for past 4 hours"),
    "exim": (EXIM_LATER, "Warning: message 1vX0Yz-0001aB-2c delayed 24 hours"),
    "gmail": (GMAIL_LATER, "Delivery Status Notification (Delay)"),
    "exchange": (EXCHANGE_LATER, "Delivery delayed: Nieuwe subverwerker"),
    "in Dutch": ("Uw bericht aan kim@customer.example is nog niet afgeleverd.\n", "Vertraagd: Nieuwe subverwerker"),
    "nothing but a number": ("kim@customer.example: 451 4.7.1 busy\n", "mail"),
}


@pytest.mark.parametrize("name", LATER)
def test_what_is_still_tried_is_no_bounce(name: str) -> None:
    text, subject = LATER[name]
    found = mail(text, Subject=subject, Auto_Submitted="auto-replied")
    assert (found.kind, found.message_id, found.temporary) == ("unknown", OURS, True)


AWAY = {
    "exchange": {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
                 "Subject": "Automatisch antwoord: Nieuwe subverwerker"},
    "sieve": {"Auto-Submitted": "auto-replied (vacation)", "Precedence": "bulk", "Subject": "Auto: Nieuw"},
    "exchange, of what it answers": {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All",
                                     "Subject": "Automatic reply: undeliverable until Monday"},
    "no mark but the subject": {"Subject": "Out of Office: Nieuwe subverwerker"},
    "X-Autoreply": {"X-Autoreply": "yes", "Subject": "Nieuwe subverwerker"},
    "X-Autorespond": {"X-Autorespond": "Nieuwe subverwerker", "Subject": "Re: Nieuwe subverwerker"},
    "Precedence": {"Precedence": "auto_reply", "Subject": "I'm away"},
    "German": {"Auto-Submitted": "auto-replied", "Subject": "Abwesenheitsnotiz: Nieuwe subverwerker"},
    "French": {"Auto-Submitted": "auto-replied", "Subject": "Réponse automatique : Nieuwe subverwerker"},
    "left for good": {"Auto-Submitted": "auto-replied", "Subject": "Nieuwe subverwerker"},
}  # fmt: skip
NOTES = (
    "Ik ben er niet.\n",
    "I am away until 19 January. Your message will not be forwarded; for urgent matters call 0800 5.1.1.\n",
    "Kim does not work here any more. This mailbox is no longer read.\n",
)


@pytest.mark.parametrize("note", NOTES)
@pytest.mark.parametrize("name", AWAY)
@pytest.mark.parametrize("back_to", ["<>", f"<{KIM}>", None])
def test_an_absence_note_is_no_bounce_whatever_its_return_path(name: str, note: str, back_to: str | None) -> None:
    fields: dict[str, str | None] = {**AWAY[name], "Return-Path": back_to, "From": f"Kim <{KIM}>"}
    found = mail(note, **fields, In_Reply_To=OWN_ID)
    assert (found.kind, found.message_id, found.automatic, found.sender) == ("reply", OURS, True, KIM)
    assert found.status == "auto-replied"


def test_an_empty_return_path_alone_decides_nothing() -> None:
    found = mail("We object.\n", From=f"Kim <{KIM}>", Subject="Re: Nieuwe subverwerker", In_Reply_To=OWN_ID)
    assert (found.kind, found.automatic, found.text) == ("reply", False, "We object.")


@pytest.mark.parametrize("back_to", ["<postmaster@customer.example>", None])
@pytest.mark.parametrize(
    "text",
    [
        "Wij maken bezwaar tegen deze partij. Groet, Piet\n",
        "Your mail to Kim was delivered to me: her mailbox is unavailable (550 5.1.1). We object to this party.\n",
        "We object.\n\n> Your message could not be delivered\n",
    ],
)
def test_a_person_may_write_as_postmaster(text: str, back_to: str | None) -> None:
    fields: dict[str, str | None] = {"Return-Path": back_to, "From": "Piet <postmaster@customer.example>"}
    found = mail(text, **fields, Subject="RE: Nieuwe subverwerker", In_Reply_To=OWN_ID)
    assert (found.kind, found.automatic, found.unclear) == ("reply", False, False)


def test_a_subject_alone_makes_nobody_a_server() -> None:
    fields = {"Return-Path": f"<{KIM}>", "From": f"Kim <{KIM}>", "To": "answers@acme.example"}
    assert mail("Your parcels never come. We object.\n", **fields, Subject="Delivery failed").kind == "reply"


def test_a_server_that_says_nothing_that_can_be_told_is_read_by_a_person() -> None:
    found = mail("Your message has been received by the gateway.\n")
    assert (found.kind, found.unclear, found.message_id) == ("unknown", True, OURS)
    # With the message that it gives back there is no doubt.
    raw = dsn("", "", HEADERS).replace(b"message/delivery-status", b"text/plain").replace(b"It did", "発送".encode())
    assert match(raw.replace(b"not work.", b"").replace(b"Action: \r\nStatus: \r\n", b"")).kind == "bounce"


GROUPS = ("delivered", "failed", "delayed", "relayed")


def several(*actions: str) -> bytes:
    groups = "\r\n".join(
        f"Final-Recipient: rfc822; {number}@customer.example\r\nAction: {action}\r\n"
        f"Status: {'2.0.0' if action in ('delivered', 'relayed') else '5.1.1' if action == 'failed' else '4.4.1'}\r\n"
        for number, action in enumerate(actions)
    )
    made = dsn("X", "Y", HEADERS).decode()
    start, end = made.index("Final-Recipient"), made.index("--b\r\nContent-Type: text/rfc822-headers")
    return f"{made[:start]}{groups}\r\n{made[end:]}".encode()


@pytest.mark.parametrize(
    ("actions", "kind", "temporary"),
    [
        (("failed", "failed"), "bounce", False),
        (("delivered", "failed"), "delivery", False),
        (("delayed", "delivered"), "delivery", False),
        (("failed", "delayed"), "unknown", True),
        (("failed", "relayed"), "unknown", True),
        (("relayed", "expanded"), "unknown", False),
        (("failed (mailbox full)", "failed"), "bounce", False),
        (("error", "error"), "bounce", False),
    ],
)
def test_several_people_behind_one_address_give_one_verdict_in_any_order(
    actions: tuple[str, ...], kind: str, temporary: bool
) -> None:
    for order in (actions, actions[::-1]):
        found = match(several(*order))
        assert (found.kind, found.temporary, found.message_id) == (kind, temporary, OURS)
        assert not found.unclear
        assert {"0@customer.example", "1@customer.example"} <= set(found.mentioned)


GLOBAL = """Return-Path: <>\r
From: MAILER-DAEMON@mx.example\r
To: postmaster@us.example\r
Subject: =?utf-8?q?Onbestelbaar?=\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r
\r
--b\r
Content-Type: text/plain; charset=utf-8\r
\r
Dörte is niet bereikt.\r
--b\r
Content-Type: message/global-delivery-status{encoding}\r
\r
{status}\r
--b\r
Content-Type: message/global{headers}\r
\r
Message-ID: {original}\r
Subject: Nieuwe subverwerker für Dörte\r
\r
--b--\r
"""
STATUS = """Reporting-MTA: dns; mx.example\r
\r
Original-Recipient: utf-8; d\\x{{F6}}rte@xn--mller-kva.example\r
Final-Recipient: utf-8; dörte@müller.example\r
Action: {action}\r
Status: {status}\r
Localized-Diagnostic: de; Postfach für Dörte gibt es nicht\r
"""


@pytest.mark.parametrize("headers", ["", "-headers"])
@pytest.mark.parametrize("encoding", ["", "base64"])
@pytest.mark.parametrize(
    ("action", "status", "kind", "temporary"),
    [
        ("failed", "5.1.1", "bounce", False),
        ("delayed", "4.4.1", "unknown", True),
        ("delivered", "2.0.0", "delivery", False),
    ],
)
def test_reports_in_letters_that_are_not_ascii(
    action: str, status: str, kind: str, temporary: bool, encoding: str, headers: str
) -> None:
    """RFC 6533: the same report, for addresses that are not ASCII."""
    said = STATUS.format(action=action, status=status)
    if encoding:
        said = base64.encodebytes(said.encode()).decode().replace("\n", "\r\n")
    raw = GLOBAL.format(
        status=said, original=SEALED_ID, headers=headers,
        encoding=f"\r\nContent-Transfer-Encoding: {encoding}" if encoding else "",
    )  # fmt: skip
    found = match(raw.encode())
    assert (found.kind, found.temporary, found.status) == (kind, temporary, status)
    assert (found.message_id, found.seal) == (OURS, SEAL)
    assert found.words == "Postfach für Dörte gibt es nicht"
    assert {"dörte@müller.example", "dörte@xn--mller-kva.example"} <= set(found.mentioned)


def test_a_report_that_a_person_sends_on_is_the_persons_mail() -> None:
    report = dsn("failed", "5.1.1", HEADERS)
    raw = (
        b"Return-Path: <kim@customer.example>\r\nFrom: Kim <kim@customer.example>\r\nTo: answers@acme.example\r\n"
        b"Subject: FW: Undelivered\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
        b"--o\r\nContent-Type: text/plain\r\n\r\nI got this when I answered you. We object.\r\n"
        b"--o\r\nContent-Type: message/rfc822\r\n\r\n" + report + b"\r\n--o--\r\n"
    )
    found = match(raw)
    assert (found.kind, found.sender, found.unclear) == ("reply", KIM, False)


def test_who_wrote_and_what_is_quoted() -> None:
    token = "Abc" * 14 + "A"
    raw = (
        "From: =?iso-8859-1?q?J=F6rg_M=FCller?= <jörg@müller.example>\r\nReply-To: Büro <Buero@MÜLLER.example>\r\n"
        f"To: {SEALED_PATH}\r\nSubject: Einwand\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n"
    ).encode() + (
        f"<p>Wir widersprechen dem f&uuml;r Br\xfcssel &amp; Gent.</p><p>&gt; https://dpa.example.org/n/{token}&gt;."
        f"<a href='https://safe.example/?url=https%3A%2F%2Fdpa.example.org%2Fn%2F{token}&amp;data=1'>x</a></p>"
    ).encode("latin-1")
    found = match(raw)
    assert (found.name, found.sender) == ("Jörg Müller", "jörg@müller.example")
    assert found.senders == ("jörg@müller.example", "Buero@MÜLLER.example")
    assert found.text.startswith("Wir widersprechen dem für Brüssel & Gent.")
    assert found.links == (token,)


@pytest.mark.parametrize(
    "charset", ["", "; charset=utf-8", "; charset=us-ascii", "; charset=x-unknown", "; charset=latin1"]
)
def test_text_in_another_character_set_than_it_says(charset: str) -> None:
    raw = f"From: {KIM}\r\nContent-Type: text/plain{charset}\r\n\r\n".encode() + "Eén partij te veel €".encode("cp1252")
    assert match(raw).text.startswith("Eén partij te veel")
