from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from service.up.sink import SIZE_LIMIT, Sink, read_raw, read_sink

DATE = "Sat, 01 Mar 2025 12:00:00 +0100"


@pytest.fixture
async def smtp(tmp_path: Path) -> AsyncIterator[aiosmtplib.SMTP]:
    sink = Sink(tmp_path)
    port = await sink.start()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as connection:
        yield connection
    await sink.stop()


def mail(subject: str, text: str = "Hello", html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "termijn@example.org"
    message["To"] = "Somebody <else@example.org>"
    message["Subject"] = subject
    message["Date"] = DATE
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


async def test_gives_back_what_was_sent(smtp: aiosmtplib.SMTP, tmp_path: Path) -> None:
    await smtp.send_message(
        mail("Één melding: wijziging", "Zie https://dpa.example.org/n/abc."),
        sender="bounce@example.org",
        recipients=["Anna@Example.org"],
    )
    [message] = read_sink(tmp_path)
    assert message.to == "Anna@Example.org"
    assert message.subject == "Één melding: wijziging"
    assert message.text == "Zie https://dpa.example.org/n/abc.\n"
    assert message.html is None
    assert message.links == ("https://dpa.example.org/n/abc",)
    assert message.at == datetime(2025, 3, 1, 11, tzinfo=UTC)
    assert message.identifier == "00000001"
    assert message.raw_url.endswith("00000001/raw")
    raw = read_raw(tmp_path, message.identifier)
    assert raw is not None
    assert b"Subject: =?utf-8?" in raw
    envelope = tmp_path.joinpath("00000001.json").read_text()
    assert envelope == '{"from":"bounce@example.org","to":["Anna@Example.org"],"seq":1}'


async def test_a_link_may_end_in_a_mark_of_its_own(smtp: aiosmtplib.SMTP, tmp_path: Path) -> None:
    text = "Zie https://dpa.example.org/w/abc_ en https://dpa.example.org/w/abc-."
    await smtp.send_message(mail("links", text), recipients=["a@example.org"])
    [message] = read_sink(tmp_path)
    assert message.links == ("https://dpa.example.org/w/abc_", "https://dpa.example.org/w/abc-")


async def test_finds_every_link_once_and_decoded(smtp: aiosmtplib.SMTP, tmp_path: Path) -> None:
    text = "Antwoord op <https://dpa.example.org/n/one?a=1&b=2>, of op https://dpa.example.org/p/two!"
    html = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><p>'
        '<a href="https://dpa.example.org/n/one?a=1&amp;b=2">Antwoord</a> '
        f'<a href="https://dpa.example.org/n/{"x" * 90}">lang</a> of (http://three.example.org/)'
        '<a href="mailto:a@example.org">mail</a></p></html>'
    )
    await smtp.send_message(mail("links", text, html), recipients=["a@example.org"])
    [message] = read_sink(tmp_path)
    assert message.html is not None
    assert message.html.strip() == html
    assert message.links == (
        "https://dpa.example.org/n/one?a=1&b=2",
        "https://dpa.example.org/p/two",
        f"https://dpa.example.org/n/{'x' * 90}",
        "http://three.example.org/",
    )


async def test_filters_by_recipient_and_subject(smtp: aiosmtplib.SMTP, tmp_path: Path) -> None:
    for subject, recipient in (
        ("One", "a@example.org"),
        ("Two", "b@example.org"),
        ("one more", "a@example.org"),
    ):
        await smtp.send_message(mail(subject), recipients=[recipient])
    found = [each.subject for each in read_sink(tmp_path, to="A@example.org", subject="ONE")]
    assert found == ["One", "one more"]
    assert read_sink(tmp_path, to="example.org") == []


async def test_sees_what_came_since_it_last_read(smtp: aiosmtplib.SMTP, tmp_path: Path) -> None:
    assert read_sink(tmp_path) == []
    await smtp.send_message(mail("first"), recipients=["a@example.org"])
    assert [each.subject for each in read_sink(tmp_path)] == ["first"]
    for number in range(30):  # over one connection
        await smtp.send_message(mail(str(number)), recipients=["a@example.org"])
    assert [each.subject for each in read_sink(tmp_path)] == ["first", *map(str, range(30))]


async def test_numbers_run_on_over_a_restart(tmp_path: Path) -> None:
    for subject in ("before", "after"):
        sink = Sink(tmp_path)
        port = await sink.start()
        await aiosmtplib.send(
            mail(subject), hostname="127.0.0.1", port=port, start_tls=False, recipients=["a@example.org"]
        )
        await sink.stop()
    assert [(each.identifier, each.subject) for each in read_sink(tmp_path)] == [
        ("00000001", "before"),
        ("00000002", "after"),
    ]


async def test_keeps_bytes_as_they_came(smtp: aiosmtplib.SMTP, tmp_path: Path) -> None:
    head = "Subject: één\r\nDate: nonsense\r\nContent-Type: text/plain; charset=none-such\r\n\r\n"
    raw = f"{head}.a\r\n\u2028é\r\n"
    await smtp.sendmail("a@example.org", ["é@example.org"], raw.encode(), mail_options=["SMTPUTF8"])
    [message] = read_sink(tmp_path)
    assert read_raw(tmp_path, message.identifier) == raw.encode()
    assert message.to == "é@example.org"
    assert message.subject == "één"
    assert message.at.tzinfo is UTC
    assert message.text == ".a\n\u2028é\n"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?q?E=C3=A9n_?=\r\n =?utf-8?b?bWVsZGluZw==?=", "Eén melding"),
        ("=?iso-8859-1?q?=E9=E9n?= en meer", "één en meer"),
        ("lang\r\n\tonderwerp", "lang\tonderwerp"),
        ("=?none-such?q?a?=", "=?none-such?q?a?="),
        ("=?utf-8?b?a?=", "=?utf-8?b?a?="),
    ],
)
async def test_decodes_subjects(smtp: aiosmtplib.SMTP, tmp_path: Path, written: str, read: str) -> None:
    raw = f"Subject: {written}\r\n\r\n".encode()
    await smtp.sendmail("a@example.org", ["b@example.org"], raw)
    assert [each.subject for each in read_sink(tmp_path)] == [read]


async def test_refuses_what_is_too_large(smtp: aiosmtplib.SMTP, tmp_path: Path) -> None:
    with pytest.raises(aiosmtplib.SMTPResponseException, match="exceeds"):
        await smtp.sendmail(
            "a@example.org", ["b@example.org"], b"a: b\r\n\r\n" + (b"x" * 70 + b"\r\n") * (SIZE_LIMIT // 70)
        )
    assert read_sink(tmp_path) == []


async def test_says_when_it_could_not_keep_a_message(smtp: aiosmtplib.SMTP, tmp_path: Path) -> None:
    (tmp_path / "00000001.json").mkdir()
    with pytest.raises(aiosmtplib.SMTPDataError, match="could not be kept"):
        await smtp.send_message(mail("lost"), recipients=["a@example.org"])
    assert read_sink(tmp_path) == []


@pytest.mark.parametrize("identifier", ["../lock", "1", "00000009", "0000000a", "٠٠٠٠٠٠٠١", ""])
def test_gives_no_other_file(tmp_path: Path, identifier: str) -> None:
    (tmp_path / "00000001.eml").write_bytes(b"")
    assert read_raw(tmp_path, identifier) is None
