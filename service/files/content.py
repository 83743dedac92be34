"""What a file is, by its content, and how it is called. Pure but for the file that is read.

Nothing of a file is ever run, unpacked or shown in place. What it is decides whether it is kept at all, and how it is
called when somebody takes it away.
"""

import codecs
import re
import struct
import unicodedata
import zipfile
from collections.abc import Sequence
from typing import IO, Final

import msgspec

from workflows.unicode import normalise


class FileType(msgspec.Struct, frozen=True):
    """`endings` are those of its names, the usual one first."""

    name: str
    media: str
    endings: tuple[str, ...]


PDF: Final = FileType("PDF", "application/pdf", ("pdf",))
PNG: Final = FileType("PNG", "image/png", ("png",))
JPEG: Final = FileType("JPEG", "image/jpeg", ("jpg", "jpeg"))
WEBP: Final = FileType("WebP", "image/webp", ("webp",))
TEXT: Final = FileType("TXT", "text/plain", ("txt", "log", "md"))
CSV: Final = FileType("CSV", "text/csv", ("csv",))
MAIL: Final = FileType("EML", "message/rfc822", ("eml",))
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
DOCX: Final = FileType("DOCX", f"{_OFFICE}wordprocessingml.document", ("docx",))
XLSX: Final = FileType("XLSX", f"{_OFFICE}spreadsheetml.sheet", ("xlsx",))
ODT: Final = FileType("ODT", "application/vnd.oasis.opendocument.text", ("odt",))
ZIP: Final = FileType("ZIP", "application/zip", ("zip",))
TAKEN: Final = (PDF, PNG, JPEG, WEBP, TEXT, CSV, MAIL, DOCX, XLSX, ODT, ZIP)
"""What is kept."""

_HEAD: Final = 4096
_PIECE: Final = 64 * 1024
_MOST_ENTRIES: Final = 5_000
"""Of an archive: its list is read, nothing in it."""
_END_OF_ZIP: Final = b"PK\x05\x06"
_LARGEST_END: Final = 22 + 65535
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MARKUP: Final = re.compile(rb"\s*<(?:[!?]|/?[a-z][a-z0-9:-]*[\s/>])", re.IGNORECASE)
_FIELD: Final = re.compile(rb"[!-9;-~]+:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_OF_MAIL: Final = re.compile(rb"^(?:Message-ID|Received|From|Return-Path|MIME-Version):", re.IGNORECASE | re.MULTILINE)
_LONGEST_NAME: Final = 120
_ODD: Final = re.compile(r'[<>:"|?*\\/]')


def file_type(file: IO[bytes], name: str) -> FileType | None:
    """What the whole of it is; None for what is not kept. A text's name says whether it is a table."""
    file.seek(0)
    head = file.read(_HEAD)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if b"%PDF-" in head[:1024] and not _MARKUP.match(head):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return _archive(file)
    return _text(file, head, name)


def clean_name(given: str, kind: FileType) -> str:
    """One line that any system takes as a name, and that ends as its content says."""
    last = re.split(r"[\\/]", given)[-1]
    marked = ((one, unicodedata.category(one)[0]) for one in normalise("NFC", last))
    plain = "".join(" " if sort == "Z" else one for one, sort in marked if sort != "C")
    plain = " ".join(_ODD.sub("_", plain).split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not dot or ending.lower() not in kind.endings:
        stem, ending = plain, kind.endings[0]
    stem = stem[:_LONGEST_NAME].strip(". ") or "file"
    return f"{stem}.{ending.lower()}"


def listed(kinds: Sequence[FileType] = TAKEN) -> str:
    """Their names in a row."""
    return ", ".join(one.name for one in kinds)


def _archive(file: IO[bytes]) -> FileType | None:
    """What a ZIP is, by the names in it; None where it holds macros, or cannot be listed in little time."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LARGEST_END))
    tail = file.read()
    at = tail.rfind(_END_OF_ZIP)
    if at < 0 or len(tail) < at + 22:
        return None
    (entries,) = struct.unpack_from("<H", tail, at + 10)
    if entries > _MOST_ENTRIES:
        return None
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            listed = archive.infolist()
            names = {one.filename for one in listed}
            first = listed[0] if listed else None
            odt = first is not None and first.filename == "mimetype" and _starts_as(archive, first, ODT.media)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None
    if any(one.lower().endswith("vbaproject.bin") for one in names):
        return None
    if odt:
        return ODT
    if "[Content_Types].xml" in names:
        return DOCX if "word/document.xml" in names else XLSX if "xl/workbook.xml" in names else None
    return ZIP


def _starts_as(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, words: str) -> bool:
    with archive.open(entry) as inside:
        return inside.read(len(words) + 1).strip() == words.encode()


def _text(file: IO[bytes], head: bytes, name: str) -> FileType | None:
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if wide:
        return _named_text(name) if _decodes(file, "utf-16") else None
    file.seek(0)
    while piece := file.read(_PIECE):
        if _CONTROL.search(piece):
            return None
    if _is_mail(head):
        return MAIL
    if not head or _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        return None
    return _named_text(name)


def _named_text(name: str) -> FileType:
    return CSV if name.lower().endswith(".csv") else TEXT


def _is_mail(head: bytes) -> bool:
    at, fields = 0, 0
    while (found := _FIELD.match(head, at)) is not None:
        at, fields = found.end(), fields + 1
    return fields > 1 and len(_OF_MAIL.findall(head[:at])) > 1


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(_PIECE):
            if "\x00" in decoder.decode(piece):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
