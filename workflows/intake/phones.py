"""Telephone numbers as people write them in signatures and lists: what a person can dial is one. Pure.

Kept as it was written; only what no telephone takes is refused.
"""

import re
import unicodedata
from typing import Final

from workflows.unicode import normalise

_LEAST: Final = 5
_MOST: Final = 15
"""Digits of a number with its country (ITU-T E.164)."""
_LONGEST: Final = 60
_BEFORE: Final = re.compile(
    r"^(?:tel(?:efoon|efon|ephone|éphone)?|phone|mob(?:iel|ile)?|gsm|[tm])?\s*[.:]*\s*", re.IGNORECASE
)
_EXTENSION: Final = re.compile(
    r"""
    [\s,;(/-]*  # as "tst. 12", "(keuze 2)", ";ext=12", "x12" behind a digit
    (?:\b(?:ext(?:ension)?|extn|tst|toestel|int(?:ern)?|keuze(?:\s?optie)?|optie|option|press|poste|durchwahl|dw)\b
        |(?<=[\s\d)])x(?=[\s.\d]))
    [\s.:=]*[0-9]{1,7}\s*\)?$
    |[\s,;(]*\#\s*[0-9]{1,7}\s*\)?$  # as "#12"
    |,{1,4}[0-9]{1,7}\#?$  # as ",,12", which telephones dial after a pause
    """,
    re.IGNORECASE | re.VERBOSE,
)
_NUMBER: Final = re.compile(r"\+?[0-9()][0-9 ()./-]*")
_DASHES: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-") | {"\u2044": "/"})


def tidy_phone(text: str) -> str:
    """The number as it is kept: as it was written, with plain digits, spaces and hyphens, and nothing unseen in it."""
    plain = "".join(mark for mark in normalise("NFKC", text) if unicodedata.category(mark) != "Cf")
    return " ".join(plain.translate(_DASHES).split(" ")).strip()


def phone_problem(text: str) -> str | None:
    """Say what is wrong with a telephone number; None where a person can dial it."""
    plain = tidy_phone(text)
    if len(plain) > _LONGEST or not plain.isprintable():
        return "is not one telephone number on one line: write it such as +31 20 123 4567"
    if re.fullmatch(r"[0-9]+[.,][0-9]*[eE]\+?[0-9]+", plain):
        return "is a number that a spreadsheet has shortened: format the column as text, and enter it again"
    plain = _EXTENSION.sub("", _BEFORE.sub("", plain)).strip()
    if not _NUMBER.fullmatch(plain) or plain.count("(") != plain.count(")"):
        return "is not a telephone number: write it such as +31 20 123 4567"
    digits = re.sub(r"[^0-9]", "", plain.replace("(0)", ""))
    if plain.startswith("00"):
        digits = digits[2:]
    if len(digits) < _LEAST:
        return "is too short for a telephone number: write it with its area, such as +31 20 123 4567"
    if len(digits) > _MOST:
        return f"has {len(digits)} digits, more than a telephone number: write one, such as +31 20 123 4567"
    return None
