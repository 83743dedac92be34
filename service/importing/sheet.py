"""From the text of a CSV file to its cells: separator, quotes and the lines they stand on. Pure.

CSV as in RFC 4180, and as spreadsheet programs write it: other separators, `sep=;`.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from service.importing.findings import WrongCell, failure
from workflows.errors import BadInput

SEPARATORS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

_SEP: Final = re.compile(r"sep=([,;\t|])\r?\n", re.IGNORECASE)
_WIDTH: Final = (
    "has {has} cells and the heading {wants}: put a cell that holds the separator in double quotes, and leave "
    "empty cells in their place"
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
