"""From the bytes of a file to its text: encodings told apart, and asked for where two would read. Pure."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from service.importing.findings import WrongCell, failure
from workflows.errors import BadInput

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a file; 10,000 customers take some three million."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "a workbook (XLSX, ODS or Numbers)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (XLS)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
)
_MARKUP: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml)", re.IGNORECASE)
_WINDOWS: Final = "cp1252"
_INSTEAD: Final = {
    "mac_roman": "Mac Roman", "cp850": "DOS (code page 850)", "cp1250": "Windows-1250", "cp1254": "Windows-1254",
    "cp1251": "Windows-1251", "cp1253": "Windows-1253",
}  # fmt: skip
"""What else a list in one byte a letter may be in, the likeliest first."""

_RARE: Final = frozenset("ÐðÞþŠšŽžŸƒ¤¦¬¯¸¶ˆ˜†‡‰‹›¨")
"""Hardly ever in a list of customers; where they stand, another encoding may have been meant."""
_SECOND: Final = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_TWICE: Final = re.compile(f"[ÂÃÄÅÎÏÐÑ]{_SECOND}|â[€‚„]{_SECOND}?")
"""What letters of UTF-8 look like that were once taken for Windows-1252."""
_SAVE: Final = "save the file as UTF-8 (in Excel: CSV UTF-8)"


def decode(raw: bytes, encoding: str | None = None) -> str:
    """Give the text: in `encoding` where one is named, else UTF-8, UTF-16 or UTF-32, else Windows-1252.

    Raises BadInput for what is none of these or reads as another encoding too, naming the line, and for lines of
    different encodings.
    """
    if len(raw) > LARGEST:
        raise BadInput(f"The file has {len(raw)} bytes, more than {LARGEST}: import it in parts.")
    _refuse_workbook(raw)
    if encoding is not None:
        return _decoded(raw, _codec(encoding)).removeprefix("\ufeff")
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _whole(_decoded(raw[len(mark) :], name))
    if wide := _utf16_without_mark(raw):
        return _whole(_decoded(raw, wide))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_mixture(raw, error.start)
        return _windows(raw)
    return _whole(text)


def _refuse_workbook(raw: bytes) -> None:
    kind = next((what for start, what in _NOT_TEXT if raw.startswith(start)), None)
    if kind is None and _MARKUP.match(raw[:1000]):
        kind = "a web page or XML, whatever its name says"
    if kind is not None:
        raise BadInput(
            f"The file is {kind}, not CSV: open it in the program that it comes from, save it there as CSV (in Excel: "
            "CSV UTF-8), and import that."
        )


def _windows(raw: bytes) -> str:
    """The text of Windows-1252, where nothing in it looks as if another encoding was meant."""
    text = raw.decode(_WINDOWS, "replace")
    doubts = list(_doubts(text))
    if not doubts and "\ufffd" not in text:
        return text
    place = text.find("\ufffd") if not doubts else doubts[0]
    number = _line(text, place)
    start, end = _word(text, place)
    others: list[str] = []
    for codec, name in _INSTEAD.items():
        try:
            other = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        if next(_doubts(other), None) is None:
            others.append(f"{other[start:end]!r} in {name} (`encoding` {codec})")
    if others:
        here = f"{text[start:end]!r} in Windows-1252 (`encoding` windows-1252)"
        words = f"reads {here} and {', '.join(others)}: {_SAVE}, or name its `encoding`"
        raise failure([WrongCell(number, "", words)])
    if "\ufffd" in text:
        return _decoded(raw, _WINDOWS)
    words = (
        f"reads {text[start:end]!r} in Windows-1252, which may not be what was written: {_SAVE}, or name what it is "
        "(`encoding` windows-1252, if it is right)"
    )
    raise failure([WrongCell(number, "", words)])


def sample_of(raw: bytes, encoding: str | None) -> str:
    """A word with a letter outside ASCII of a file that `decode` takes for Windows-1252; empty for any other."""
    if encoding is not None or raw.isascii() or _utf16_without_mark(raw) or any(raw.startswith(m) for m, _ in _BOMS):
        return ""
    if _is_utf8(raw):
        return ""
    text = raw.decode(_WINDOWS)
    found = re.search(r"[^\x00-\x7f]", text)
    return text[slice(*_word(text, found.start()))] if found else ""


def _word(text: str, place: int) -> tuple[int, int]:
    start, end = place, place + 1
    while start > 0 and place - start < 20 and not text[start - 1].isspace() and text[start - 1] not in ',;"|':
        start -= 1
    while end < len(text) and end - place < 20 and not text[end].isspace() and text[end] not in ',;"|':
        end += 1
    return start, end


def _doubts(text: str) -> Iterator[int]:
    """Places of what hardly anybody writes: a capital or a sign inside a word, a quote on the wrong side, rare letters,
    words that have no plain letter at all.
    """
    for found in re.finditer(r"[^\x00-\x7f]", text):
        place, mark = found.start(), found[0]
        before, after = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
        if _doubtful(mark, before, after):
            yield place
    for found in re.finditer(r"[\u00c0-\u024f]{3,}|[øæåþð][à-ïñ-ôùúûý]|[à-ïñ-ôùúûý][øæåþð]", text):
        yield found.start()


def _doubtful(mark: str, before: str, after: str) -> bool:
    inside = before.isalpha() and after.isalpha()
    if "\u0370" <= mark < "\u0530":
        return False  # Greek and Cyrillic, where those were tried
    if mark in "“‘„‚«":
        return before.isalnum() or (mark in "„‚" and not after.isalnum())
    if mark in "”»":
        return after.isalpha()
    if mark in "–—":
        return before.islower() and after.islower()
    if mark in "§£¥¢€…¡¿":
        return before.isalpha() or (after.isalpha() and mark not in "¡¿")
    if mark in "œŒ":
        return after not in "uUiI"
    if mark in _RARE or mark > "\u2122" or "\u0250" < mark < "\u2010":
        return True
    if mark.isupper():
        return before.islower()
    return inside and not mark.islower() and mark != "’"


def _whole(text: str) -> str:
    """The text, unless letters of it were lost or garbled before it was saved."""
    if "\ufffd" in text:
        raise failure([_lost(text, text.index("\ufffd"), "has \ufffd in place of a letter that was lost")])
    for found in _TWICE.finditer(text):
        start, end = _word(text, found.start())
        try:
            meant = text[start:end].encode(_WINDOWS).decode("utf-8")
        except UnicodeError:
            continue
        words = f"has {text[start:end]!r} for {meant!r}: it was read in a wrong encoding once before"
        raise failure([_lost(text, found.start(), words)])
    return text


def _lost(text: str, place: int, words: str) -> WrongCell:
    return WrongCell(_line(text, place), "", f"{words}. Export the list anew, and {_SAVE}")


def _line(text: str, place: int) -> int:
    return text.count("\n" if "\n" in text else "\r", 0, place) + 1


def _codec(encoding: str) -> str:
    try:
        found = codecs.lookup(encoding)
        "".encode(found.name).decode(found.name)
    except (LookupError, ValueError, TypeError):
        raise BadInput(f"There is no encoding {encoding[:40]!r}: name one such as utf-8 or windows-1252.") from None
    return found.name


def _decoded(raw: bytes, codec: str) -> str:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        line = raw[: error.start].decode(codec, "replace").count("\n") + 1
        what = raw[error.start : error.start + 1].hex().upper()
        words = f"has the byte {what}, which is nothing in {codec}: save the file as UTF-8, or name its `encoding`"
        raise failure([WrongCell(line, "", words)]) from None


def _utf16_without_mark(raw: bytes) -> str | None:
    """Mostly Latin text in UTF-16 has a zero in every other byte; text in UTF-8 has none at all."""
    start = raw[:2000]
    odd, even = start[1::2].count(0), start[0::2].count(0)
    if odd > len(start) // 4 > even:
        return "utf-16-le"
    if even > len(start) // 4 > odd:
        return "utf-16-be"
    return None


def _refuse_mixture(raw: bytes, bad: int) -> None:
    """One wrong line between lines of UTF-8 is a file put together from two: Windows-1252 would garble the rest.

    Letters outside ASCII that pass for UTF-8 by chance are rare enough to ask.
    """
    for line in raw.splitlines():
        if not line.isascii() and _is_utf8(line):
            number = raw[:bad].count(b"\n") + 1
            words = "is not UTF-8, and other lines are: save the whole file in one encoding, or name its `encoding`"
            raise failure([WrongCell(number, "", words)])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
