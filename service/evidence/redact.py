"""Live tokens out of what is handed over: whoever holds one can answer for the customer. Pure.

A token is found by its shape and redacted where its digest is that of a link, so nothing else is ever touched.
It is replaced by as many X: lines, folds and lengths stay as they were.
"""

import base64
import binascii
import re
from typing import Final
from uuid import UUID

from service.links import calendar_link, digest

TOKEN: Final = 43
CALENDAR: Final = 64
_FOLD: Final = rb"(?:=\r?\n|\r?\n[ \t])?"
"""Within a word: a soft break of quoted-printable (RFC 2045, 6.7) or a fold of a calendar (RFC 5545, 3.1)."""
_RUN: Final = re.compile(rb"(?<=/)" + _FOLD + rb"(?:[A-Za-z0-9_-]" + _FOLD + rb"){43,}")
_BASE64: Final = re.compile(
    rb"^Content-Transfer-Encoding:[ \t]*base64[ \t]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([A-Za-z0-9+/=\r\n]+)",
    re.IGNORECASE | re.MULTILINE,
)
_FOLDED: Final = re.compile(rb"=\r?\n|\r?\n[ \t]")


def candidates(content: bytes) -> tuple[set[bytes], set[UUID]]:
    """What may be a token: digests of links' own, and the links that calendars' tokens claim to come from."""
    digests: set[bytes] = set()
    links: set[UUID] = set()
    for text in (content, *(found[1] for found in _attached(content))):
        for run in _RUN.finditer(text):
            word = _FOLDED.sub(b"", run[0]).decode()
            digests.add(digest(word[:TOKEN]))
            if (link := calendar_link(word[:CALENDAR])) is not None:
                links.add(link)
    return digests, links


def redacted(content: bytes, digests: set[bytes], links: set[UUID]) -> tuple[bytes, int]:
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
    for span, decoded in _attached(hidden):
        plain = _RUN.sub(hide, decoded)
        if plain != decoded:
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
    """Parts in base64: where their text stands, and what it says."""
    found = []
    for part in _BASE64.finditer(content):
        try:
            found.append((part.span(1), base64.b64decode(part[1])))
        except binascii.Error:
            continue
    return found


def _encoded(content: bytes, before: bytes) -> bytes:
    """Base64 as it was laid out before: the same bytes but for what changed, since the length is the same."""
    fresh = iter(base64.b64encode(content))
    return bytes(char if char in b"\r\n" else next(fresh) for char in before)
