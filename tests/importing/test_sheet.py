"""From bytes to cells: encodings, separators, quotes and the lines they stand on."""

import pytest

from service.importing.headings import is_known
from service.importing.sheet import SEPARATORS, Sheet, decode, read_sheet
from workflows.errors import BadInput

ENCODINGS = {
    "utf-8": lambda text: text.encode("utf-8"),
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "utf-16 little": lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    "utf-16 big": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "utf-16 without a mark": lambda text: text.encode("utf-16-le"),
    "utf-16 big without a mark": lambda text: text.encode("utf-16-be"),
    "utf-32": lambda text: text.encode("utf-32"),
    "windows-1252": lambda text: text.encode("cp1252"),
}


def read(raw: bytes, **more: str) -> Sheet:
    return read_sheet(decode(raw), is_known, **more)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", list(SEPARATORS.values()))
@pytest.mark.parametrize("encoding", list(ENCODINGS))
def test_every_encoding_with_every_separator(encoding: str, separator: str, end: str) -> None:
    rows = [
        ["Klant", "Land", "Taal"],
        ["Café Zoë, Ede; en co", "NL", "nl"],
        [],
        ['"De" Brug\tB.V.|', "BE", "nl"],
    ]
    text = end.join(separator.join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) for row in rows) + end
    sheet = read(ENCODINGS[encoding](text))
    assert sheet.heading.cells == ("Klant", "Land", "Taal")
    assert [(row.line, *row.cells) for row in sheet.rows] == [
        (2, "Café Zoë, Ede; en co", "NL", "nl"),
        (4, '"De" Brug\tB.V.|', "BE", "nl"),
    ]


def test_a_spreadsheets_own_first_line_names_the_separator() -> None:
    sheet = read(b"sep=;\r\ncustomer;country\r\nA, B;NL\r\n")
    assert (sheet.heading.line, sheet.rows[0].line, sheet.rows[0].cells) == (2, 3, ("A, B", "NL"))


def test_an_encoding_may_be_named() -> None:
    assert decode("klant\nPálinka".encode("cp1250"), "windows-1250") == "klant\nPálinka"
    with pytest.raises(BadInput, match="no encoding 'klingon'"):
        decode(b"x", "klingon")


@pytest.mark.parametrize(
    ("raw", "line", "words"),
    [
        (b'customer\n"A\nB\n', 2, "not closed"),
        (b'customer,country\nA,NL\n"B","NL\n"C","NL"\n', 3, "not closed"),
        (b'customer\n"A"B\n', 2, "does not end where its quote does"),
        ("customer\nZoë\n".encode() + "René\n".encode("cp1252"), 3, "is not UTF-8, and other lines are"),
        (b"customer\nA\nB\x8d\n", 3, "byte 8D"),
        (b"\xff\xfec\x00\n\x00x", 2, "utf-16"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(raw: bytes, line: int, words: str) -> None:
    with pytest.raises(BadInput) as bad:
        read(raw)
    assert [problem.path for problem in bad.value.problems] == [f"line {line}"]
    assert words in bad.value.problems[0].message


def test_a_quote_that_swallows_the_rest_is_named_where_it_opens() -> None:
    rows = "".join(f"Klant {number},NL\n" for number in range(20_000))
    with pytest.raises(BadInput) as bad:
        read(f'customer,country\nA,NL\n"B,NL\n{rows}'.encode())
    assert bad.value.problems[0].path == "line 3"


def test_rows_of_another_length_are_all_named() -> None:
    sheet = read(b"customer,country\nA\nB,NL\nC,NL,x\nD,NL,,\n")
    assert [one.line for one in sheet.wrong] == [2, 4]
    assert [row.cells for row in sheet.rows] == [("B", "NL"), ("D", "NL")]


@pytest.mark.parametrize("raw", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_heading_says_so(raw: bytes) -> None:
    with pytest.raises(BadInput, match="first line names the columns"):
        read(raw)
