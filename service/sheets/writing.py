"""Rows as files: CSV (RFC 4180) with cells that no spreadsheet runs, and XLSX."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO, Final

import xlsxwriter

from service.sheets.columns import SheetCell
from workflows.errors import BadInput

MOST_ROWS: Final = 1_048_575
"""Rows of a worksheet below its heading."""
LONGEST_CELL: Final = 32_767
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With what a cell begins that spreadsheets take for a formula."""
_FIRST_DAY: Final = date(1900, 3, 1)
"""Before it, spreadsheets count a day that there never was."""
_CUT: Final = " … (cut)"


def csv_lines(rows: Iterable[Sequence[SheetCell]]) -> bytes:
    """Rows as lines of CSV in UTF-8."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return made.getvalue().encode()


def defused(text: str) -> str:
    """Text that no spreadsheet runs: an apostrophe stands before what would begin a formula."""
    return f"'{text}" if text.startswith(_RUNS) else text


def _plain(cell: SheetCell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return cell.isoformat(sep=" ")
        case date():
            return cell.isoformat()
        case str():
            return defused(cell)
        case _:
            return str(cell)


class SheetFile:
    """A workbook of one sheet, written row by row into a file; texts are texts, whatever they begin with."""

    def __init__(self, into: BinaryIO, name: str, headings: Sequence[str]) -> None:
        options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
        self._book: Any = xlsxwriter.Workbook(into, options)
        self._sheet = self._book.add_worksheet(name[:31])
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        bold = self._book.add_format({"bold": True})
        self._sheet.freeze_panes(1, 0)
        self._next = 0
        self._write(headings, bold)

    def write(self, rows: Iterable[Sequence[SheetCell]]) -> None:
        """Put rows behind those that there are. Raises BadInput where a sheet has no more."""
        for row in rows:
            if self._next > MOST_ROWS:
                raise BadInput(
                    f"The list has more than the {MOST_ROWS:,} rows of a sheet: narrow it by filters or take CSV."
                )
            self._write(row)

    def close(self) -> None:
        """The workbook is whole, and stands in the file."""
        self._book.close()

    def _write(self, row: Sequence[SheetCell], form: Any = None) -> None:
        for place, cell in enumerate(row):
            match cell:
                case None:
                    pass
                case bool():
                    self._sheet.write_boolean(self._next, place, cell)
                case datetime() if cell.date() >= _FIRST_DAY:
                    self._sheet.write_datetime(self._next, place, cell, self._instant)
                case date() if not isinstance(cell, datetime) and cell >= _FIRST_DAY:
                    self._sheet.write_datetime(self._next, place, cell, self._day)
                case int() | float():
                    self._sheet.write_number(self._next, place, cell)
                case _:
                    self._sheet.write_string(self._next, place, _short(str(cell)), form)
        self._next += 1


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(_CUT)] + _CUT
