"""Text of strangers in one of Unicode's normal forms, in time that grows with its length. Pure."""

import unicodedata
from typing import Final, Literal

MOST_MARKS: Final = 30
"""Marks on one letter, as Stream-Safe Text has them (UAX 15, 13): no language comes near."""
_JOINER: Final = "\u034f"
"""The combining grapheme joiner: nobody sees it, and marks are not put in order across it."""


def normalise(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """The text in that form.

    Marks are put in order by a sort whose time is the square of their number: after thirty of them on one letter stands
    a joiner, by which the text looks the same.
    """
    if text.isascii():
        return text
    return unicodedata.normalize(form, text if len(text) <= MOST_MARKS else "".join(_in_runs(text)))


def _in_runs(text: str) -> list[str]:
    parts: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > MOST_MARKS:
            parts.append(_JOINER)
            marks = 1
        parts.append(letter)
    return parts
