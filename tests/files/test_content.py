"""What a file is goes by what is in it, and its name follows."""

import io

import pytest

from service.files.content import CSV, PDF, TAKEN, TEXT, clean_name, file_type
from tests.files import samples

KNOWN = {
    "PDF": (samples.PDF, "a.pdf"),
    "PNG": (samples.PNG, "a.exe"),
    "JPEG": (samples.JPEG, ""),
    "WebP": (samples.WEBP, "a"),
    "TXT": ("Heute, früh: nein.".encode("latin-1"), "a.html"),
    "CSV": ("a;b\r\n1;é\r\n".encode("utf-16"), "a.CSV"),
    "EML": (samples.MAIL, "a.txt"),
    "DOCX": (samples.DOCX, "a.zip"),
    "XLSX": (samples.XLSX, "a.zip"),
    "ODT": (samples.ODT, "a.odt"),
    "ZIP": (samples.archive("a.txt"), "a.docx"),
}
REFUSED = {
    "nothing": b"",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(30),
    "another": b"MZ\x90\x00\x03",
    "a page": b"\xef\xbb\xbf\n <!DOCTYPE html><script>alert(1)</script>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
    "data": b"<?xml version='1.0'?><a/>",
    "a page that says it is a PDF": b"<html>%PDF-1.7",
    "an archive cut short": samples.DOCX[:40],
    "an archive that ends early": samples.DOCX[:-30],
    "macros": samples.archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "slides": samples.archive("[Content_Types].xml", "ppt/presentation.xml"),
    "too many": samples.archive(*map(str, range(5_001))),
    "half of a wide character": b"\xff\xfea\x00b",
    "NUL behind the head": b"a" * 70_000 + b"\x00",
}


def test_every_type_that_is_kept_has_a_sample() -> None:
    assert set(KNOWN) == {one.name for one in TAKEN}


@pytest.mark.parametrize("name", KNOWN)
def test_a_file_is_what_is_in_it(name: str) -> None:
    content, called = KNOWN[name]
    found = file_type(io.BytesIO(content), called)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_none_of_them_is_not_kept(name: str) -> None:
    assert file_type(io.BytesIO(REFUSED[name]), "letter.pdf") is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("brief.pdf", "brief.pdf"),
        ("C:\\Users\\kim\\Brief van mei.PDF", "Brief van mei.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("brief.pdf.exe", "brief.pdf.exe.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("a\r\nX: b\x00\u200bc.pdf", "aX_ bc.pdf"),
        ('"een"\u00a0<twee>.pdf', "_een_ _twee_.pdf"),
        ("...", "file.pdf"),
        ("", "file.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("x" * 500, "x" * 120 + ".pdf"),
    ],
)
def test_a_name_is_one_line_that_any_system_takes(given: str, kept: str) -> None:
    assert clean_name(given, PDF) == kept


def test_a_name_keeps_an_ending_that_fits() -> None:
    assert clean_name("a.jpeg", TAKEN[2]) == "a.jpeg"
    assert clean_name("a.csv", CSV) == "a.csv"
    assert clean_name("a", TEXT) == "a.txt"
