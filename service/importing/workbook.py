"""From the bytes of a workbook (XLSX) to the cells of its sheet, as text that a CSV file would have.

A workbook is a stranger's archive. So it is unpacked here within bounds, what it says of itself is not believed, and
only parts that a sheet needs are handed on: a few bytes may unpack to all memory, and one cell far out makes a sheet
of billions.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from service.importing.findings import WrongCell
from service.importing.sheet import Record, Sheet
from workflows.errors import BadInput

MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 500
MOST_CELLS: Final = 5_000_000
LARGEST_UNPACKED: Final = 128 * 1024 * 1024
MOST_PARTS: Final = 2_000

_ZIP: Final = b"PK\x03\x04"
_NEEDED: Final = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/(?:workbook|styles|sharedStrings)\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/worksheets/[^/]+\.xml"
)
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_PLACE: Final = re.compile(rb"""[\s]r\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_CELL: Final = re.compile(rb"([A-Z]{1,3})([0-9]{1,7})")
_MERGED: Final = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*ref\s*=\s*["']([A-Z]+)([0-9]+):?([A-Z0-9]*)""")
_SAVE: Final = "save it as a workbook of its own (XLSX), or as CSV"
_ERROR: Final = re.compile(rb"""<(?:\w+:)?c\s(?=[^>]*\bt\s*=\s*["']e["'])[^>]*\br\s*=\s*["']([A-Z]+)([0-9]+)["']""")
_ID: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NAMED: Final = 100
"""Places that are named of one kind of mistake."""


def is_workbook(raw: bytes) -> bool:
    """Whether a file is an archive, as workbooks are."""
    return raw.startswith(_ZIP)


def read_workbook(raw: bytes, sheet: str | None = None) -> Sheet:
    """The heading and the rows of a workbook's only sheet, or of the one that is named.

    A row's line is its number in the sheet. Raises BadInput for what is no workbook, is too large, has merged cells or
    cells that hold an error, and where there is a choice of sheets.
    """
    parts = _unpacked(raw)
    for name, part in parts.items():
        if _SHEET.fullmatch(name):
            _check_extent(part)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(_packed(parts)))
        found = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, ValueError, OSError, UnicodeError) as error:
        raise BadInput(f"The file is no workbook that can be read ({str(error)[:100]}): {_SAVE}.") from None
    name = _chosen(found, sheet)
    rows = [Record(number, tuple(_text(cell) for cell in row)) for number, row in enumerate(found[name], 1)]
    rows = [row for row in rows if any(cell.strip() for cell in row.cells)]
    if not rows:
        raise BadInput("The sheet is empty: its first row names the columns.")
    heading, *rest = rows
    width = max(place for place, cell in enumerate(heading.cells, 1) if cell.strip())
    wrong = list(_odd_cells(parts[_part_of(parts, name)], heading))
    for row in rest:
        if any(cell.strip() for cell in row.cells[width:]):
            wrong.append(
                WrongCell(row.line, "", "has cells beyond the last heading: name their columns, or empty them")
            )
    cut = Record(heading.line, heading.cells[:width])
    return Sheet(cut, tuple(Record(row.line, row.cells[:width]) for row in rest), tuple(wrong))


def _unpacked(raw: bytes) -> dict[str, bytes]:
    """The parts that a sheet needs; how large they are is found by unpacking, not believed."""
    found: dict[str, bytes] = {}
    left = LARGEST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if len(members) > MOST_PARTS:
                raise BadInput(f"The workbook has {len(members)} parts, more than {MOST_PARTS}: {_SAVE}.")
            for member in members:
                if not _NEEDED.fullmatch(member.filename):
                    continue
                if member.flag_bits & 1:
                    raise BadInput("The workbook is protected by a password: save it without one.")
                with archive.open(member) as part:
                    text = part.read(left + 1)
                left -= len(text)
                if left < 0:
                    size = LARGEST_UNPACKED // (1024 * 1024)
                    raise BadInput(f"The workbook unpacks to more than {size} MiB: import it in parts.")
                if b"<!DOCTYPE" in text[:4096] or b"\0" in text[:4096]:
                    raise BadInput(f"A part of the workbook ({member.filename[:60]}) is none of a workbook: {_SAVE}.")
                found[member.filename] = text
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BadInput(f"The file is a damaged workbook ({str(error)[:100]}): {_SAVE}.") from None
    if "xl/workbook.xml" not in found:
        raise BadInput(f"The file is an archive, and no workbook in XLSX: {_SAVE}.")
    return found


def _packed(parts: dict[str, bytes]) -> bytes:
    """The same parts as an archive that says the truth about itself."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def _check_extent(part: bytes) -> None:
    """Raises BadInput where a cell stands farther out than an import goes."""
    rows = columns = 1
    for found in _PLACE.finditer(part):
        value = found[1] if found[1] is not None else found[2]
        if value.isdigit():
            rows = max(rows, int(value[:9]))
        elif cell := _CELL.fullmatch(value):
            rows, columns = max(rows, int(cell[2])), max(columns, _number(cell[1]))
        elif b"&" in value:
            raise BadInput(f"The workbook names a cell in a way that no program does: {_SAVE}.")
    if rows > MOST_ROWS:
        raise BadInput(f"The sheet goes down to row {rows:,}; at most {MOST_ROWS:,} are taken: import it in parts.")
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        raise BadInput(
            f"The sheet is {columns:,} columns wide and {rows:,} rows long: delete what lies outside the list."
        )


def _number(letters: bytes) -> int:
    found = 0
    for letter in letters:
        found = found * 26 + letter - 64
    return found


def _chosen(found: Mapping[str, Sequence[Sequence[object]]], wanted: str | None) -> str:
    if wanted is not None:
        if wanted not in found:
            raise BadInput(f"There is no sheet {wanted[:60]!r}: the workbook has {_listed(list(found))}.")
        return wanted
    if not found:
        raise BadInput(f"The workbook names no sheet: {_SAVE}.")
    filled = [name for name, rows in found.items() if any(cell != "" for row in rows for cell in row)]
    if len(filled) > 1:
        raise BadInput(f"Several sheets hold something: name the one that is meant (`sheet`): {_listed(filled)}.")
    return filled[0] if filled else next(iter(found))


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name[:60]) for name in names[:20])


def _text(cell: object) -> str:
    """A cell as a CSV file would have it: days and instants in ISO 8601, whole numbers without a point."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)


def _odd_cells(part: bytes, heading: Record) -> Iterator[WrongCell]:
    """Cells that say nothing by themselves: those merged with others, and those that hold an error."""
    for found in list(_MERGED.finditer(part))[:_NAMED]:
        place = b"".join(found.groups()[:2]).decode()
        yield WrongCell(int(found[2][:7]), "", f"has merged cells from {place} on: take them apart")
    for found in list(_ERROR.finditer(part))[:_NAMED]:
        column = _number(found[1][:3]) - 1
        said = heading.cells[column].strip() if column < len(heading.cells) else ""
        words = "holds an error of a formula: write what is meant"
        yield WrongCell(int(found[2][:7]), said or found[1].decode(), words)


def _part_of(parts: dict[str, bytes], sheet: str) -> str:
    """The part that holds a sheet, as the workbook's own lists have it; of one sheet, the only one."""
    sheets = [name for name in parts if _SHEET.fullmatch(name)]
    if len(sheets) == 1:
        return sheets[0]
    try:
        book = ElementTree.fromstring(parts["xl/workbook.xml"])
        links = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
        ids = {one.get("name"): one.get(_ID) for one in book.iter() if one.tag.endswith("}sheet")}
        targets = {one.get("Id"): one.get("Target") or "" for one in links}
        found = posixpath.normpath(posixpath.join("/xl", targets[ids[sheet]])).lstrip("/")
    except (ElementTree.ParseError, KeyError) as error:
        raise BadInput(f"The workbook does not say where its sheets are ({str(error)[:60]}): {_SAVE}.") from None
    if found not in sheets:
        raise BadInput(f"The workbook does not say where its sheet {sheet[:60]!r} is: {_SAVE}.")
    return found
