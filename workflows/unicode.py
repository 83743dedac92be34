"""Text of strangers in one of Unicode's normal forms, in time that grows with its length. Pure."""

import unicodedata
from functools import lru_cache
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
        before, after, whole = _marks_of(letter)
        if marks + before > MOST_MARKS:
            parts.append(_JOINER)
            marks = 0
        marks = marks + before if whole else after
        parts.append(letter)
    return parts


@lru_cache(maxsize=4096)
def _marks_of(letter: str) -> tuple[int, int, bool]:
    """How many marks it begins and ends with once it is taken apart, and whether it is nothing else.

    U+0F73 is no mark by its class, and two once it is taken apart.
    """
    classes = [bool(unicodedata.combining(one)) for one in unicodedata.normalize("NFKD", letter)]
    before = next((place for place, mark in enumerate(classes) if not mark), len(classes))
    after = next((place for place, mark in enumerate(reversed(classes)) if not mark), len(classes))
    return before, after, before == len(classes)
