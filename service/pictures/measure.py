"""How wide a text may be, whatever font the reader has: as in a wide one, so that a narrow one only leaves room."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

_WIDTHS: Final[dict[str, float]] = {**dict.fromkeys("w", 0.85), **dict.fromkeys("m%MWOQGD—…→", 1.0)}
_LETTER: Final = 0.62
"""Also of the narrowest: some read everything in a font in which all are as wide."""
_CAPITAL: Final = 0.77
_WIDE: Final = 1.1
_LATIN: Final = 0x250
_BOLD: Final = 1.1
_ROUNDING: Final = 0.01
MORE: Final = "…"


@lru_cache(maxsize=1 << 14)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """An upper estimate in pixels for a font of `size` pixels."""
    return sum(map(_of, text)) * size * (_BOLD if bold else 1)


def _of(char: str) -> float:
    if char in _WIDTHS:
        return _WIDTHS[char]
    if ord(char) >= _LATIN:
        return _WIDE
    return _CAPITAL if char.isupper() else _LETTER


def fitting(text: str, most: float, sizes: Sequence[float], *, bold: bool = False) -> float:
    """The first of the sizes in which a text fits, else the last."""
    return next((one for one in sizes if width(text, one, bold=bold) <= most + _ROUNDING), sizes[-1])


def cut(text: str, most: float, size: float, *, bold: bool = False) -> str:
    """The text, or as much of it as fits before an ellipsis; nothing where not even one letter does."""
    most += _ROUNDING
    if width(text, size, bold=bold) <= most:
        return text
    while text and width(text + MORE, size, bold=bold) > most:
        text = text[:-1].rstrip()
    return text + MORE if text else ""


def wrapped(text: str, most: float, size: float, *, bold: bool = False) -> Iterator[str]:
    """Lines of whole words; a word that is too long by itself is cut."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if line and width(longer, size, bold=bold) > most:
            yield cut(line, most, size, bold=bold)
            longer = word
        line = longer
    yield cut(line, most, size, bold=bold)
