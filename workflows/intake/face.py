"""A processor's own face as it is given: a colour, and a logo that is a PNG by its content."""

import base64
import binascii
import re
import struct
import zlib
from typing import Final, NoReturn

from workflows.errors import BadInput, Problem

LARGEST: Final = 40 * 1024
WIDEST: Final = 2_000
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_HEADER: Final = 12
"""Bytes of a chunk beside its data: length, type and checksum."""
_DRAWN: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"bKGD", b"sBIT"}
)
"""Chunks that say how it looks; others (texts, times, other pictures) are left out of what is kept."""


def check_colour(path: str, colour: str) -> None:
    """Raises BadInput for what is no colour."""
    if _COLOUR.fullmatch(colour) is None:
        _bad(path, "is not a colour: write # and six small hexadecimal digits, such as #0b5d66")


def png_of(path: str, text: str) -> bytes:
    """The picture in base64, without what nobody sees of it. Raises BadInput for what is no such picture."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        _bad(path, "is not base64")
    return checked_png(path, raw)


def checked_png(path: str, raw: bytes) -> bytes:
    """The same of its bytes: each part is read, so that nothing else hides in it."""
    if len(raw) > LARGEST:
        _bad(path, f"has {len(raw)} bytes: at most {LARGEST} are taken")
    if not raw.startswith(_SIGNATURE):
        _no_png(path)
    kept, place, drawn = [_SIGNATURE], len(_SIGNATURE), False
    while True:
        if place + _HEADER > len(raw):
            _no_png(path)
        length, kind = struct.unpack_from(">I4s", raw, place)
        end = place + _HEADER + length
        if end > len(raw) or zlib.crc32(raw[place + 4 : end - 4]) != struct.unpack_from(">I", raw, end - 4)[0]:
            _no_png(path)
        if (kind == b"IHDR") != (place == len(_SIGNATURE)):
            _no_png(path)
        if kind == b"IHDR":
            _check_size(path, raw[place + 8 : end - 4])
        drawn |= kind == b"IDAT"
        if kind in _DRAWN:
            kept.append(raw[place:end])
        elif kind[:1].isupper():
            _no_png(path)
        place = end
        if kind == b"IEND":
            break
    if place != len(raw) or not drawn:
        _no_png(path)
    return b"".join(kept)


def _check_size(path: str, header: bytes) -> None:
    width, height = struct.unpack_from(">II", header) if len(header) == 13 else (0, 0)
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        _bad(path, f"is a picture of {width} by {height} pixels: at most {WIDEST} either way are taken")


def _bad(path: str, message: str) -> NoReturn:
    raise BadInput(f"{path} {message}.", (Problem(path, message),))


def _no_png(path: str) -> NoReturn:
    _bad(path, "is no PNG, or a broken one: hand in another picture")
