from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.mail.outgoing.mime import compose, date_field, mailbox, one_line, unstructured

ANYTHING = st.text(st.characters(), max_size=300)


def parsed(fields: list[tuple[str, str]], text: str = "hello", html: str = "<p>hello</p>") -> EmailMessage:
    content = compose(fields, text, html, "=_boundary")
    assert b"\r\n.\r\n" not in content
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    return message_from_bytes(content, EmailMessage, policy=policy.default)


@given(ANYTHING)
def test_no_text_breaks_out_of_its_header_field(text: str) -> None:
    line = one_line(text)
    mail = parsed([("Subject", unstructured(line, 9)), ("To", mailbox(text, "a@b.example"))])
    assert set(mail.keys()) == {"Subject", "To", "MIME-Version", "Content-Type"}
    assert str(mail["Subject"]) == line
    assert [one.addr_spec for one in mail["To"].addresses] == ["a@b.example"]
    # The standard library's parser puts a blank between encoded words of a name, which RFC 2047, 6.2 ignores.
    assert mail["To"].addresses[0].display_name.replace(" ", "") == one_line(text, 100).replace(" ", "")


@pytest.mark.parametrize(
    "text",
    ["Acme\r\nBcc: evil@x.example", "Acme\nX: y", "Acme\u2028Bcc: z", "Acme\u2029", "Acme\x85B", "A\x00B\x0b"],
)
def test_line_breaks_of_every_sort_become_blanks(text: str) -> None:
    assert one_line(text).isprintable()
    mail = parsed([("Subject", unstructured(one_line(text), 9))])
    assert mail["Bcc"] is None
    assert str(mail["Subject"]).startswith("A")


def test_marks_that_turn_the_direction_are_left_out_and_long_text_is_clipped() -> None:
    assert one_line("gnp.\u202excod") == "gnp.xcod"
    assert len(one_line("x" * 900)) == 200
    assert one_line("  two   words ") == "two words"


@given(ANYTHING, ANYTHING)
def test_bodies_come_back_as_they_were(text: str, html: str) -> None:
    mail = parsed([("Subject", "x")], text, html)
    for kind, was in (("plain", text), ("html", html)):
        part = mail.get_body((kind,))
        assert isinstance(part, EmailMessage)
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        said = payload.decode().replace("\r\n", "\n").rstrip("\n")
        # A lone carriage return is no line end to a mail server; it is encoded and comes back as it was.
        assert said == was.encode("utf-8", "replace").decode().replace("\r\n", "\n").rstrip("\n")


def test_the_date_is_in_english_and_utc() -> None:
    at = datetime(2026, 12, 24, 8, 5, 9, 999999, tzinfo=UTC)
    assert date_field(at) == "Thu, 24 Dec 2026 08:05:09 +0000"
