"""A message's bytes: composed once, sent as often as it takes.

Written by hand because an EmailMessage costs more than all the rest of sending; the tests read every
message back with the standard library's parser.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from workflows.names import DIRECTING

_LINE: Final = 76  # RFC 2047, 2: no longer line with an encoded word
_CHUNK: Final = 42  # bytes of UTF-8 in one encoded word: 56 characters of base64 and 12 around them
_HIDDEN: Final = re.compile(f"[{DIRECTING}]")
"""A name could be made to read as another."""
_BREAKING: Final = frozenset(("Cc", "Zl", "Zp", "Zs"))
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (*("Jan", "Feb", "Mar", "Apr", "May", "Jun"), *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))

UNANSWERED_BY_MACHINES: Final = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "OOF, AutoReply"))
"""Asks for no out-of-office note: RFC 3834, and what Exchange goes by instead (MS-OXCMAIL). Not `All`, which asks for
no non-delivery report either."""


def one_line(text: str, longest: int = 200) -> str:
    """Text fit for a header field: one line, single spaces, nothing that breaks or turns it, clipped."""
    if not text.isascii() or not text.isprintable():
        text = "".join(_plain(char) for char in text)
    words = " ".join(text.split())
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


def _plain(char: str) -> str:
    if _HIDDEN.match(char):
        return ""
    kind = unicodedata.category(char)
    if kind in _BREAKING:
        return " "
    return "\ufffd" if kind == "Cs" else char


def unstructured(text: str, used: int) -> str:
    """A header field's text (already one line), folded; in encoded words (RFC 2047) where it is not ASCII.

    `used` is how much of the first line is taken by the field's name.
    """
    if not text.isascii() or "=?" in text:
        return "\r\n ".join(_encoded_words(text))
    lines, room = [""], _LINE - used
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = _LINE - 1
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded_words(text: str) -> list[str]:
    words, chunk = [], b""
    for char in text:
        more = char.encode("utf-8", "replace")
        if len(chunk) + len(more) > _CHUNK:
            words.append(chunk)
            chunk = b""
        chunk += more
    words.append(chunk)
    return [f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in words]


def mailbox(name: str, address: str) -> str:
    """`"Name" <address>`; the name is made one line, `address` must come from `one_address`."""
    name = one_line(name, 100)
    if not name:
        return address
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        gap = " " if len(quoted) + len(address) < _LINE - 18 else "\r\n "
        return f'"{quoted}"{gap}<{address}>'
    return "\r\n ".join((*_encoded_words(name), f"<{address}>"))


def date_field(instant: datetime) -> str:
    """`Thu, 24 Dec 2026 09:00:00 +0000` (RFC 5322, 3.3) for an aware instant."""
    at = instant.astimezone(UTC)
    return f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04} {at:%H:%M:%S} +0000"


class Attached(msgspec.Struct, frozen=True):
    """What goes with a message: its bytes, its media type with all parameters, and the name (ASCII) to save it by."""

    content: bytes
    kind: str
    filename: str


def compose(
    fields: Sequence[tuple[str, str]], text: str, html: str, boundary: str, *attached: Attached | None
) -> bytes:
    """The whole message: the fields as given (ASCII, folded), then text and HTML as alternatives, then what goes
    with it (None: nothing).

    `boundary` must not occur in either part: a message's own random id serves.
    """
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    parts = [_attachment(one, boundary) for one in attached if one is not None]
    if not parts:
        body = _alternatives(text, html, boundary)
    else:
        # Neither boundary is the beginning of the other (RFC 2046, 5.1.1).
        body = b"".join(
            (
                _multipart("mixed", boundary),
                f"--{boundary}\r\n".encode(),
                _alternatives(text, html, f"in{boundary}"),
                *parts,
                f"--{boundary}--\r\n".encode(),
            )
        )
    return b"".join((head.encode("ascii"), b"MIME-Version: 1.0\r\n", body))


def _alternatives(text: str, html: str, boundary: str) -> bytes:
    return b"".join(
        (
            _multipart("alternative", boundary),
            _part("plain", text, boundary),
            _part("html", html, boundary),
            f"--{boundary}--\r\n".encode(),
        )
    )


def _multipart(kind: str, boundary: str) -> bytes:
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()


def _attachment(attached: Attached, boundary: str) -> bytes:
    """What a reader offers to keep; a calendar is thus never taken for an invitation to be answered."""
    head = (
        f"--{boundary}\r\nContent-Type: {attached.kind}\r\n"
        f'Content-Disposition: attachment; filename="{attached.filename}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    # Base64 keeps the calendar's own line ends and folds (RFC 5545, 3.1).
    return head.encode() + base64.encodebytes(attached.content).replace(b"\n", b"\r\n")


def _part(kind: str, content: str, boundary: str) -> bytes:
    body = content.rstrip("\n").replace("\r\n", "\n").replace("\n", "\r\n") + "\r\n"
    # istext keeps line ends as they are; a lone dot and blanks at a line's end are encoded.
    encoded = binascii.b2a_qp(body.encode("utf-8", "replace"), istext=True)
    head = (
        f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + encoded + b"\r\n"
