"""From bytes to cells: encodings, separators, quotes and the lines they stand on."""

import pytest

from service.importing.decoding import decode, sample_of
from service.importing.headings import is_known
from service.importing.sheet import SEPARATORS, Sheet, read_sheet
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
        (b"customer\nA\nB\x8d\n", 3, "'Bç' in Mac Roman (`encoding` mac_roman)"),
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


NAMES = (
    "Café Zoë – “De Zwaan”", "Seán O’Brien", "François & Cie", "Müller GmbH", "Österreich AG", "ÅRHUS A/S", "’t Hof",
    "D’Été", "foto’s", "vloer m²", "€ 100", "Coöperatie", "«Été»", "L’Œuvre d’Ève", "Sacré-Cœur", "NIÑO SL", "São João",
    "Rotterdam–Antwerpen", "§ 28", "Größe", "Ångström", "½ liter", "Acme™", "É.C.", "Île-de-France", "Einstraße",
)  # fmt: skip
IN_MAC = (
    "Café", "Zoë", "Müller", "Köln", "Ärzte", "Übermut", "Élan", "François", "“De Zwaan”", "Foo’s – bar", "Seán",
    "Niño", "Là-bas", "île", "Größe", "één", "Curaçao",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_in_windows_1252_is_read_so(name: str) -> None:
    raw = f"customer\n{name}\n".encode("cp1252")
    assert read(raw).rows[0].cells == (name,)
    shown = sample_of(raw, None)
    assert not shown.isascii()
    assert shown in name
    assert sample_of(raw.decode("cp1252").encode(), None) == ""


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
@pytest.mark.parametrize("name", IN_MAC)
def test_another_encoding_is_asked_for_and_never_garbled(name: str, encoding: str) -> None:
    try:
        raw = f"customer\nA\n{name}\n".encode(encoding)
    except UnicodeEncodeError:
        return
    with pytest.raises(BadInput) as bad:
        read(raw)
    [problem] = bad.value.problems
    assert problem.path == "line 3"
    assert f"`encoding` {encoding}" in problem.message
    assert decode(raw, encoding) == f"customer\nA\n{name}\n"


@pytest.mark.parametrize(("name", "encoding"), [("Łódź", "cp1250"), ("Dvořák", "cp1250"), ("Общество", "cp1251")])
def test_a_language_of_another_alphabet_is_asked_for(name: str, encoding: str) -> None:
    with pytest.raises(BadInput) as bad:
        read(f"customer\n{name}\n".encode(encoding))
    assert repr(name) in bad.value.problems[0].message
    assert f"`encoding` {encoding}" in bad.value.problems[0].message


@pytest.mark.parametrize("name", ["Café", "D’Été – x", "Zoë"])
def test_what_was_garbled_before_it_was_saved_is_refused(name: str) -> None:
    with pytest.raises(BadInput) as bad:
        read(f"customer\nA\n{name.encode().decode('cp1252')}\n".encode())
    assert bad.value.problems[0].path == "line 3"
    assert "wrong encoding once before" in bad.value.problems[0].message


def test_a_letter_that_was_lost_is_named() -> None:
    with pytest.raises(BadInput) as bad:
        read("customer\nCaf\ufffd\n".encode())
    assert "a letter that was lost" in bad.value.problems[0].message


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "XLSX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
        (b"\xef\xbb\xbf<html><table><tr><td>customer", "web page"),
        (b"<?xml version='1.0'?><Workbook>", "XML"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_a_workbook_is_told_from_csv(raw: bytes, what: str) -> None:
    for encoding in (None, "utf-8"):
        with pytest.raises(BadInput, match="save it there as CSV") as bad:
            decode(raw, encoding)
        assert what in bad.value.detail
