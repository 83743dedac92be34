"""Workbooks: read as the same list in CSV, and whatever a stranger put into the archive within bounds."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from service.importing import workbook
from service.importing.sheet import Record
from service.importing.workbook import read_workbook
from tests.importing.conftest import ROW, Office
from workflows.errors import BadInput


def book(*sheets: Sequence[Sequence[Any]], merged: str = "", formula: tuple[int, int, str, Any] | None = None) -> bytes:
    """A workbook of these sheets, as spreadsheet programs write it."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"default_date_format": "yyyy-mm-dd"}) as into:
        for number, rows in enumerate(sheets, 1):
            sheet = into.add_worksheet(f"Sheet {number}")
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    write = sheet.write_string if isinstance(cell, str) else sheet.write
                    write(place, column, cell)
            if merged:
                sheet.merge_range(merged, "together")
            if formula is not None:
                row_at, column_at, text, value = formula
                sheet.write_formula(row_at, column_at, text, None, value)
    return made.getvalue()


def with_part(raw: bytes, name: str, part: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same workbook with another part in the place of one of its own."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(made, "w", method) as new:
        for member in old.infolist():
            new.writestr(member.filename, part if member.filename == name else old.read(member))
    return made.getvalue()


def sheet_xml(cells: str) -> bytes:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f'<?xml version="1.0"?><worksheet {space}><sheetData>{cells}</sheetData></worksheet>'.encode()


def texts(raw: bytes, **more: Any) -> list[tuple[str, ...]]:
    found = read_workbook(raw, **more)
    assert found.wrong == ()
    return [found.heading.cells, *(row.cells for row in found.rows)]


def refused(raw: bytes, **more: Any) -> str:
    with pytest.raises(BadInput) as error:
        read_workbook(raw, **more)
    return error.value.detail


def as_book(*rows: Mapping[str, Any]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return book([names, *([row.get(name, "") for name in names] for row in rows)])


def test_cells_read_as_a_csv_file_has_them() -> None:
    raw = book([
        ["name", "number", "day", "at", "yes", "half", ""],
        ["=1+1", 1001, date(2026, 3, 31), datetime(2026, 3, 31, 9, 30), True, 0.5, ""],
        [],
        ["", 20_012_345_678, "2026-03-31"],
    ])  # fmt: skip
    assert texts(raw) == [
        ("name", "number", "day", "at", "yes", "half"),
        ("=1+1", "1001", "2026-03-31", "2026-03-31T09:30:00", "true", "0.5"),
        ("", "20012345678", "2026-03-31", "", "", ""),
    ]
    assert [row.line for row in read_workbook(raw).rows] == [2, 4]
    # What a program last reckoned is what a formula says.
    assert texts(book([["name"], [""]], formula=(1, 0, "=1+1", 2))) == [("name",), ("2",)]
    # A day that nothing says is one stays the number it is, which the import names.
    assert texts(book([["day"], [46112]])) == [("day",), ("46112",)]


async def test_the_same_list_as_csv_and_as_a_workbook_is_loaded_once(office: Office) -> None:
    done = await office.load_raw(as_book({**ROW, "starts_on": date(2025, 1, 1), "customer_key": 1001}))
    assert (done.customers, done.agreements) == (1, {"draft": 1})
    again = await office.load({**ROW, "customer_key": "1001"})
    assert (again.customers, again.agreements, again.there_already) == (0, {}, 1)
    with pytest.raises(BadInput) as error:
        await office.load_raw(as_book({**ROW, "customer": "Beta", "starts_on": 46112}))
    (problem,) = error.value.problems
    assert problem.path == "line 2, column 'starts_on'"
    assert "a spreadsheet's number, perhaps for 2026-03-31" in problem.message
    with pytest.raises(BadInput, match="1 line is wrong"):
        await office.load_raw(book([["customer", "Customer", "country", "language"], ["A", "B", "NL", "nl"]]))
    with pytest.raises(BadInput, match="Only a workbook has sheets"):
        await office.load(ROW, sheet="Sheet 1")


def test_one_sheet_is_meant() -> None:
    two = book([["a"], ["1"]], [], [["b"], ["2"]])
    assert refused(two) == "Several sheets hold something: name the one that is meant (`sheet`): 'Sheet 1', 'Sheet 3'."
    assert texts(two, sheet="Sheet 3") == [("b",), ("2",)]
    assert "There is no sheet 'None'" in refused(two, sheet="None")
    assert texts(book([], [["b"]])) == [("b",)]
    assert refused(book([])) == "The sheet is empty: its first row names the columns."
    assert "is empty" in refused(book([[""]]))


def test_what_cannot_be_meant_is_named_by_its_row() -> None:
    found = read_workbook(
        book([["a", "b"], ["1", "2", "3"], ["", ""]], merged="A5:B6", formula=(2, 0, "=NA()", "#N/A"))
    )
    said = [(one.line, one.column, one.message.partition(":")[0]) for one in found.wrong]
    assert said == [
        (5, "", "has merged cells from A5 on"),
        (3, "a", "holds an error of a formula"),
        (2, "", "has cells beyond the last heading"),
    ]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
            "row 1,048,576",
        ),
        ('<row r="1"><c r="XFD1"><v>1</v></c></row>', "16,384 columns wide"),
        ("<row r='1'><c r = 'A1'><v>1</v></c></row><row r='150000'><c r='CV150000'><v>1</v></c></row>", "columns wide"),
        ('<row r="1"><c r="&#88;FD1048576"><v>1</v></c></row>', "in a way that no program does"),
    ],
)
def test_a_cell_far_out_is_refused_before_anything_is_made_of_it(cells: str, says: str) -> None:
    raw = with_part(book([["a"]]), "xl/worksheets/sheet1.xml", sheet_xml(cells))
    assert says in refused(raw)


def test_bombs_and_broken_archives_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = book([["a"], ["1"]])
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 1 << 20)
    bomb = with_part(raw, "xl/sharedStrings.xml", b"<sst>" + b" " * (1 << 21) + b"</sst>")
    assert len(bomb) < 20_000
    assert "unpacks to more than 1 MiB" in refused(bomb)
    for name, part, says in (
        ("xl/sharedStrings.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><sst/>', "is none of a workbook"),
        ("xl/worksheets/sheet1.xml", sheet_xml("").decode().encode("utf-16"), "is none of a workbook"),
        ("xl/worksheets/sheet1.xml", b"<worksheet", "no workbook that can be read"),
        ("xl/workbook.xml", b"", "no workbook that can be read"),
        ("xl/workbook.xml", b"<workbook><sheets/></workbook>", "names no sheet"),
    ):
        assert says in refused(with_part(raw, name, part)), name
    assert "damaged workbook" in refused(raw[:200])
    assert "damaged workbook" in refused(raw[:-100])
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "no workbook in XLSX" in refused(other.getvalue())
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(workbook.MOST_PARTS + 1):
            archive.writestr(f"{number}", b"")
    assert "more than 2000" in refused(many.getvalue())


def test_a_long_list_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["name"], *([f"Customer {number}"] for number in range(5_000))]
    found = read_workbook(book(rows))
    assert len(found.rows) == 5_000
    assert found.rows[-1] == Record(5_001, ("Customer 4999",))
    monkeypatch.setattr(workbook, "MOST_ROWS", 1_000)
    assert "goes down to row 5,001" in refused(book(rows))
