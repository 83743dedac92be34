"""What stands on a list, whichever form it has: JSON by the published schema, an Atom feed, or a page. Pure."""

import re
import xml.etree.ElementTree as ET
from typing import Any, Final, Literal

import msgspec

from workflows.model.public_list import Announced, PublicList, SubprocessorInUse
from workflows.page_text import lines_of

ListForm = Literal["json", "atom", "page"]

MOST: Final = 2_000
"""Subprocessors, changes or entries that one list may have."""
LONGEST: Final = 2_000
"""Characters of one text that are looked at."""
LONGEST_NAME: Final = 200
"""Characters of a name, as everywhere."""
_NAMES: Final = frozenset({"name", "replaces", "title"})
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_IN_PAGE: Final = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class FeedEntry(msgspec.Struct, frozen=True):
    """An entry of a feed, known by its id."""

    id: str
    title: str
    text: str = ""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What was read: of a feed its entries, of a page its lines."""

    form: ListForm
    in_use: tuple[SubprocessorInUse, ...] = ()
    announced: tuple[Announced, ...] = ()
    entries: tuple[FeedEntry, ...] = ()
    lines: tuple[str, ...] = ()


class Unreadable(ValueError):
    """What was answered is no list that can be read; says why."""


_CHARSETS: Final = re.compile(
    r"utf-?8|(us-)?ascii|latin-?1|iso-8859-\d{1,2}|(windows|cp)-?125\d|utf-16(le|be)?|gbk|gb2312|gb18030|big5|shift_jis"
    r"|euc-(jp|kr)|koi8-[ru]",
    re.IGNORECASE | re.ASCII,
)
"""Those that the web knows (Encoding Standard). Python has more, which are no charsets of pages, and some are slow."""
_WINDOWS: Final = frozenset({"ascii", "us-ascii", "latin1", "latin-1", "iso-8859-1"})
"""Names by which browsers know windows-1252 (Encoding Standard)."""
_CONTROLS: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000)])
"""What no text has, and PostgreSQL does not keep; halves of characters among them."""


class _Built(ET.TreeBuilder):
    """Nothing that defines entities is read: a few bytes of it can stand for gigabytes."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise Unreadable("what stands there is XML with a document type: only plain Atom is read")


def read_list(kind: str, body: bytes) -> Listed:
    """Read an answer; `kind` is its Content-Type. Raises Unreadable."""
    return msgspec.convert(_clean(msgspec.to_builtins(_read(kind, body))), Listed)


def _clean(value: Any, most: int = LONGEST) -> Any:
    """The same without controls in its texts, none of which is longer than is looked at."""
    match value:
        case str():
            return value.translate(_CONTROLS)[:most]
        case list() | tuple():
            return [_clean(one) for one in value]
        case dict():
            return {key: _clean(one, LONGEST_NAME if key in _NAMES else LONGEST) for key, one in value.items()}
        case _:
            return value


def _read(kind: str, body: bytes) -> Listed:
    begins = body.lstrip()[:200].lower()
    media = kind.partition(";")[0].strip().lower()
    if media.endswith(("json", "+json")) or begins.startswith(b"{"):
        return _json(body)
    if (begins.startswith((b"<?xml", b"<feed")) and b"<html" not in begins) or media.endswith(("atom+xml", "/xml")):
        return _atom(body)
    if media in ("text/html", "application/xhtml+xml", "text/plain", "") or begins.startswith((b"<!doctype", b"<html")):
        return Listed(form="page", lines=lines_of(_text(kind, body)))
    raise Unreadable(f"it answered the type {media[:60]!r}: a list is JSON by our schema, an Atom feed or a page")


def _json(body: bytes) -> Listed:
    try:
        found = msgspec.json.decode(body, type=PublicList)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"what stands there is JSON, and not by the schema of lists: {str(error)[:200]}") from None
    if max(len(found.in_use), len(found.announced)) > MOST:
        raise Unreadable(f"what stands there has more than {MOST} entries")
    return Listed(form="json", in_use=found.in_use, announced=found.announced)


def _atom(body: bytes) -> Listed:
    try:
        root: Any = ET.fromstring(body, parser=ET.XMLParser(target=_Built()))
    except Unreadable:
        raise
    except (ET.ParseError, ValueError, LookupError) as error:
        raise Unreadable(f"what stands there is XML that does not hold: {str(error)[:200]}") from None
    if root.tag != f"{_ATOM}feed":
        raise Unreadable("what stands there is XML and no Atom feed")
    entries = []
    for one in root.iterfind(f"{_ATOM}entry"):
        id = (one.findtext(f"{_ATOM}id") or "").strip()
        text = " ".join(_said(one.find(f"{_ATOM}{name}")) for name in ("summary", "content"))
        if id:
            entries.append(FeedEntry(id[:LONGEST], _said(one.find(f"{_ATOM}title"))[:LONGEST], text.strip()[:LONGEST]))
    if len(entries) > MOST:
        raise Unreadable(f"what stands there has more than {MOST} entries")
    return Listed(form="atom", entries=tuple(entries))


def _said(element: Any) -> str:
    """The words of a text construct, without tags."""
    if element is None:
        return ""
    text = "".join(element.itertext())
    return " ".join(lines_of(text)) if element.get("type") == "html" else " ".join(text.split())


def _text(kind: str, body: bytes) -> str:
    named = _CHARSET.search(kind)
    inside = _IN_PAGE.search(body[:2_000])
    charset = named[1] if named else inside[1].decode("ascii", "replace") if inside else "utf-8"
    if _CHARSETS.fullmatch(charset) is None:
        charset = "utf-8"
    if charset.lower() in _WINDOWS:
        charset = "windows-1252"
    try:
        return body.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace")
