"""Live tokens out of what is handed over: whoever holds one can answer for the customer. Pure.

A token is found by its shape and redacted where its digest is that of a link, so nothing else is ever touched.
It is replaced by as many X: lines, folds and lengths stay as they were. What people send back quotes links as their
programs left them: broken into lines, marked as quoted, or wrapped into the address of a scanner.
"""

import asyncio
import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from db.queries import sql
from db.session import Connection
from service.links import calendar_link, digest

TOKEN: Final = 43
CALENDAR: Final = 64
_BREAK: Final = rb"(?:=?\r?\n|(?:\\r)?\\n)[ \t>|]*"
"""Within a word: a soft break of quoted-printable (RFC 2045, 6.7), a fold of a calendar (RFC 5545, 3.1), or a line's
end with the marks of what is quoted, as JSON writes it too."""
_RUN: Final = re.compile(
    rb"(?:(?<=/)|(?<=%2[Ff])|(?<=%252[Ff]))(?:" + _BREAK + rb")?(?:[A-Za-z0-9_-](?:" + _BREAK + rb")?){43,}"
)
_BASE64: Final = (
    re.compile(
        rb"^Content-Transfer-Encoding:[ \t]*base64[ \t]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([A-Za-z0-9+/=\r\n]+)",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(rb'"((?:[A-Za-z0-9+/]|\\/){80,}={0,2})"'),
)
"""Parts of messages, and texts of JSON."""
_FOLDED: Final = re.compile(_BREAK)
_DEPTH: Final = 3
"""A message within a message, each in base64."""
_AT_ONCE: Final = 256 * 1024


async def cover(connection: Connection, processors: Sequence[UUID], content: bytes) -> tuple[bytes, int]:
    """The content without the tokens of links of these processors, and how many there were."""
    large = len(content) > _AT_ONCE
    digests, links = await asyncio.to_thread(candidates, content) if large else candidates(content)
    if not digests:
        return content, 0
    row = await connection.fetchrow(sql("evidence_live_links"), list(processors), list(digests), list(links))
    assert row is not None, "it reads no table alone"
    known = set(row["digests"]), set(row["links"])
    if not any(known):
        return content, 0
    return await asyncio.to_thread(redacted, content, *known) if large else redacted(content, *known)


def candidates(content: bytes, depth: int = _DEPTH) -> tuple[set[bytes], set[UUID]]:
    """What may be a token: digests of links' own, and the links that calendars' tokens claim to come from."""
    digests: set[bytes] = set()
    links: set[UUID] = set()
    for run in _RUN.finditer(content):
        word = _FOLDED.sub(b"", run[0]).decode()
        digests.add(digest(word[:TOKEN]))
        if (link := calendar_link(word[:CALENDAR])) is not None:
            links.add(link)
    for _, decoded in _attached(content) if depth else ():
        more = candidates(decoded, depth - 1)
        digests |= more[0]
        links |= more[1]
    return digests, links


def redacted(content: bytes, digests: set[bytes], links: set[UUID], depth: int = _DEPTH) -> tuple[bytes, int]:
    """The content without the tokens of these links, and how many there were."""
    count = 0

    def hide(run: re.Match[bytes]) -> bytes:
        nonlocal count
        word = _FOLDED.sub(b"", run[0]).decode()
        length = 0
        if calendar_link(word[:CALENDAR]) in links:
            length = CALENDAR
        elif digest(word[:TOKEN]) in digests:
            length = TOKEN
        count += length > 0
        return _covered(run[0], length)

    hidden = _RUN.sub(hide, content)
    for span, decoded in _attached(hidden) if depth else ():
        plain, more = redacted(decoded, digests, links, depth - 1)
        if more:
            count += more
            hidden = hidden[: span[0]] + _encoded(plain, hidden[span[0] : span[1]]) + hidden[span[1] :]
    return hidden, count


def _covered(run: bytes, length: int) -> bytes:
    """The first `length` characters of a run as X, its folds left as they are."""
    made, at = bytearray(), 0
    while at < len(run):
        fold = _FOLDED.match(run, at)
        if fold is not None:
            made += fold[0]
            at = fold.end()
            continue
        made += b"X" if length > 0 else run[at : at + 1]
        length -= 1
        at += 1
    return bytes(made)


def _attached(content: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """What stands in it in base64: where its text stands, and what it says."""
    found = []
    for shape in _BASE64:
        for part in shape.finditer(content):
            try:
                found.append((part.span(1), base64.b64decode(part[1].replace(b"\\", b""))))
            except binascii.Error:
                continue
    return found


def _encoded(content: bytes, before: bytes) -> bytes:
    """Base64 as it was laid out before: the same bytes but for what changed, since the length is the same."""
    fresh = iter(base64.b64encode(content))
    return bytes(char if char in b"\r\n\\" else next(fresh) for char in before)
