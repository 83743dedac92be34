"""From the bytes of a CSV file to its cells: encoding, separator, quotes and the lines they stand on. Pure.

CSV as in RFC 4180, and as spreadsheet programs write it: other separators, other encodings, `sep=;`.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from service.importing.findings import WrongCell, failure
from workflows.errors import BadInput

LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a file; 10,000 customers take some three million."""
SEPARATORS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

_SEP: Final = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)
_WIDTH: Final = (
    "has {has} cells and the heading {wants}: put a cell that holds the separator in double quotes, and leave "
    "empty cells in their place"
)
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Record(msgspec.Struct, frozen=True):
    """One row: the line of the file that it begins on, and its cells as they stand there."""

    line: int
    cells: tuple[str, ...]


class Sheet(msgspec.Struct, frozen=True):
    """A file's heading and its rows, each as long as the heading; blank lines are left out.

    `wrong` names the rows that are longer or shorter.
    """

    heading: Record
    rows: tuple[Record, ...]
    wrong: tuple[WrongCell, ...] = ()


def decode(raw: bytes, encoding: str | None = None) -> str:
    """Give the text: in `encoding` where one is named, else UTF-8, UTF-16 or UTF-32, else Windows-1252.

    Raises BadInput for what is none of these, naming the line, and for lines of different encodings.
    """
    if len(raw) > LARGEST:
        raise BadInput(f"The file has {len(raw)} bytes, more than {LARGEST}: import it in parts.")
    if encoding is not None:
        return _decoded(raw, _codec(encoding)).removeprefix("\ufeff")
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :], name)
    if wide := _utf16_without_mark(raw):
        return _decoded(raw, wide)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_mixture(raw, error.start)
    return _decoded(raw, "cp1252")


def read_sheet(text: str, known: Callable[[str], bool], separator: str | None = None) -> Sheet:
    """Take the text apart. The separator, where none is given, is the one whose heading makes most sense.

    `known` says whether a heading is one that can be used. Raises BadInput where there is no heading or a
    quote is not closed.
    """
    skipped = 0
    if said := _SEP.match(text):
        separator = separator or said[1]
        text, skipped = text[said.end() :], 1
    separator = separator or _separator(text, known)
    records = _records(text, separator, skipped)
    heading = next(records, None)
    if heading is None:
        raise BadInput("The file is empty: its first line names the columns.")
    width = len(heading.cells)
    rows: list[Record] = []
    wrong: list[WrongCell] = []
    for record in records:
        if len(record.cells) < width or any(cell.strip() for cell in record.cells[width:]):
            wrong.append(WrongCell(record.line, "", _WIDTH.format(has=len(record.cells), wants=width)))
        else:
            rows.append(Record(record.line, record.cells[:width]))
    return Sheet(heading, tuple(rows), tuple(wrong))


def _records(text: str, separator: str, skipped: int) -> Iterator[Record]:
    """Every row that is not blank. Raises BadInput, naming its line, where a quote is not closed."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise _unclosed(line + skipped, reader.line_num + skipped) from None
        if any(cell.strip() for cell in cells):
            yield Record(line + skipped, tuple(cells))


def _unclosed(line: int, seen: int) -> BadInput:
    if seen <= line:
        words = (
            "has a quoted cell that does not end where its quote does: close it before the separator, and write a "
            'double quote inside a cell twice ("")'
        )
    else:
        words = f'opens a double quote that is not closed (seen by line {seen}): close it, or write it twice ("")'
    return failure([WrongCell(line, "", words)])


def _separator(text: str, known: Callable[[str], bool]) -> str:
    """The separator with which most headings are known; among equals the one that gives most cells."""
    found: list[tuple[int, int, str]] = []
    for separator in SEPARATORS.values():
        try:
            heading = next(_records(text, separator, 0), None)
        except BadInput:
            continue
        if heading is not None:
            found.append((sum(map(known, heading.cells)), len(heading.cells), separator))
    return max(found, key=lambda one: one[:2])[2] if found else ","


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
        words = f"has the byte {what}, which is nothing in {codec}: save the file as UTF-8, or name its --encoding"
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
            words = "is not UTF-8, and other lines are: save the whole file in one encoding, or name its --encoding"
            raise failure([WrongCell(number, "", words)])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
