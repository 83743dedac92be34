"""A mail server that keeps what it gets: every message a file, for people and tests to read.

    DIR/mail/00000001.eml    the message, byte for byte
    DIR/mail/00000001.json   its envelope: {"from", "to": […], "seq"}

One supervisor writes, any process reads. The message is moved into place last, so what can be seen is
whole. Numbers run on over restarts and have no gaps.
"""

import asyncio
import os
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from weakref import WeakSet

import msgspec
from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Received

from service.up.account import Account

HOST: Final = "127.0.0.1"
SIZE_LIMIT: Final = 10_000_000

_URL: Final = re.compile(r"https?://[^\s<>\"'\\^`{|}]+", re.IGNORECASE)
_AFTER_URL: Final = ".,;:!?)]*"


class Envelope(msgspec.Struct, frozen=True):
    """Who sent a message to whom, as said to the mail server (RFC 5321), and its number."""

    sender: str = msgspec.field(name="from")
    to: tuple[str, ...]
    seq: int


class SinkMessage(msgspec.Struct, frozen=True, rename={"identifier": "id"}):
    """One message as `/api/v1/dev/messages` shows it.

    `to` is the envelope's recipient, several joined by a comma and a space; `subject`, `text` and `html`
    are decoded (RFC 2047, 2045), `html` null where there is none; `links` are all http and https addresses
    in text and HTML, each once, in order; `at` is the Date header in UTC (RFC 3339).
    """

    identifier: str
    to: str
    subject: str
    text: str
    html: str | None
    links: tuple[str, ...]
    raw_url: str
    at: datetime


class Sink:
    """The mail server; `folder` must exist and be written by one sink at a time. `reader` gets what is kept."""

    def __init__(self, folder: Path, reader: Account | None = None) -> None:
        self._folder = folder
        self._reader = reader
        self._next = max(_numbers(folder), default=0) + 1
        self._server: asyncio.Server | None = None
        self._sessions: WeakSet[SMTP] = WeakSet()

    async def start(self, port: int = 0) -> int:
        """Listen on the loopback address; gives the port, a free one where 0 was asked for."""
        loop = asyncio.get_running_loop()

        def session() -> SMTP:
            one = SMTP(self, hostname=HOST, enable_SMTPUTF8=True, data_size_limit=SIZE_LIMIT, loop=loop)
            self._sessions.add(one)
            return one

        self._server = await loop.create_server(session, HOST, port)
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def stop(self) -> None:
        """Take no more connections and end those there are."""
        if self._server:
            self._server.close()
            for session in self._sessions:
                if session.transport:
                    session.transport.close()
            await self._server.wait_closed()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Received) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep one message (called by aiosmtpd); the answer is the SMTP reply."""
        del server, session
        try:
            self._keep(envelope)
        except OSError as error:
            return f"452 4.3.1 the message could not be kept: {error.strerror}"
        return "250 2.0.0 kept"

    def _keep(self, received: Received) -> None:
        content = received.original_content or b""
        envelope = Envelope(received.mail_from or "", tuple(received.rcpt_tos), self._next)
        name = f"{self._next:08d}"
        about = self._folder / f"{name}.json"
        aside = self._folder / f".{name}.new"
        about.write_bytes(msgspec.json.encode(envelope))
        aside.write_bytes(content)
        if self._reader is not None:
            for each in (about, aside):
                os.chown(each, self._reader.uid, self._reader.gid)
        aside.rename(self._folder / f"{name}.eml")
        self._next += 1


def read_sink(folder: Path, to: str | None = None, subject: str | None = None) -> list[SinkMessage]:
    """The messages that the sink has kept in `folder`, oldest first.

    `to` picks those to that address (any case), `subject` those whose subject contains it (any case).
    What was parsed once is remembered by this process, and what `to` leaves out is not parsed.
    """
    kept = _READERS.setdefault(folder, _Reader(folder)).read()
    return [
        one.message
        for one in kept
        if (to is None or to.casefold() in one.recipients)
        and (subject is None or subject.casefold() in one.message.subject.casefold())
    ]


def read_raw(folder: Path, identifier: str) -> bytes | None:
    """One message byte for byte; None where there is none of that id."""
    if not re.fullmatch(r"[0-9]{8,}", identifier):
        return None
    try:
        return folder.joinpath(f"{identifier}.eml").read_bytes()
    except FileNotFoundError:
        return None


class _Reader:
    """Remembers what it has parsed and looks only for what came after."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: list[_Kept] = []
        self._last = 0

    def read(self) -> "list[_Kept]":
        if not self._kept:  # somebody may have cleared away the oldest
            self._last = min(_numbers(self._folder), default=1) - 1
        while (path := self._folder / f"{self._last + 1:08d}.eml").exists():
            self._kept.append(_Kept(path))
            self._last += 1
        return self._kept


class _Kept:
    """One file, its message parsed when it is first wanted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._envelope = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Envelope)
        self.recipients = frozenset(each.casefold() for each in self._envelope.to)

    @cached_property
    def message(self) -> SinkMessage:
        return _parse(self._path, self._envelope)


_READERS: Final[dict[Path, _Reader]] = {}


def _numbers(folder: Path) -> list[int]:
    return [int(path.stem) for path in folder.glob("*.eml") if path.stem.isdecimal()]


def _parse(path: Path, envelope: Envelope) -> SinkMessage:
    # The older of the library's two parsers: the newer reads a Content-Type nine times a message.
    mail = message_from_bytes(path.read_bytes())
    text, html = _part(mail, "text/plain"), _part(mail, "text/html")
    return SinkMessage(
        identifier=path.stem,
        to=", ".join(envelope.to),
        subject=_header(mail, "subject"),
        text=text or "",
        html=html,
        links=tuple(dict.fromkeys([*_links(text or ""), *_html_links(html or "")])),
        raw_url=f"/api/v1/dev/messages/{path.stem}/raw",
        at=_date(_header(mail, "date")) or datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


def _header(mail: Message, name: str) -> str:
    """A header as a person reads it: unfolded, encoded words (RFC 2047) and UTF-8 (RFC 6532) decoded."""
    found = next((str(value) for key, value in mail.raw_items() if key.lower() == name), "")
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", found)
    plain = unfolded.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(plain)))
    except (HeaderParseError, LookupError, UnicodeError):
        return plain


def _part(mail: Message, kind: str) -> str | None:
    """The first text of this kind that is no attachment, line ends as \\n; None where there is none."""
    for part in mail.walk():
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            content = payload if isinstance(payload, bytes) else b""
            try:
                text = content.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:  # a character set that Python does not know
                text = content.decode("utf-8", "replace")
            return text.replace("\r\n", "\n")
    return None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _links(text: str) -> list[str]:
    return [found.rstrip(_AFTER_URL) for found in _URL.findall(text)]


def _html_links(html: str) -> list[str]:
    finder = _LinkFinder()
    finder.feed(html)
    finder.close()
    return finder.links


class _LinkFinder(HTMLParser):
    """Collects addresses from attributes and from text, entities decoded; no namespaces."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        for name, value in attrs:
            if value and not name.startswith("xmlns") and _URL.match(value.strip()):
                self.links.append(value.strip())

    def handle_data(self, data: str) -> None:
        self.links.extend(_links(data))
