"""Lengths as somebody says them, `30 days` or `zwei Wochen`, as the format writes them: `P30D`, `P2W`. Pure.

How a unit and a number are called stands in `asking/*.po`, under `length.`. A word for working days that takes in
Saturday (Werktage, jours ouvrables) is none of them: which days count is for `[counting]` to say.
"""

import re
from functools import lru_cache
from typing import Final

from workflows.words import SOURCE, Catalogue, Language

_CATALOGUE: Final = Catalogue("workflows.terms.asking")
_UNITS: Final = {
    "hours": "PT{}H", "days": "P{}D", "weeks": "P{}W", "months": "P{}M", "years": "P{}Y", "working_days": "P{}WD",
}  # fmt: skip
_NUMBER: Final = r"[^\W\d_]+(?:-[^\W\d_]+)*|\d{1,4}"
_SAID: Final = re.compile(rf"(?P<first>{_NUMBER})(?: ?\((?P<again>{_NUMBER})\))?[ -](?P<unit>\D+)")


def length_said(text: str, lang: Language) -> str | None:
    """The length that is said in a language or in English, digits or word, or both as in `two (2) weeks`; None where
    it is none, or where the two differ."""
    plain = " ".join(text.casefold().split()).rstrip(".")
    for one in dict.fromkeys((lang, SOURCE)):
        if (found := _SAID.fullmatch(plain)) is None:
            return None
        shape = _units(one).get(found["unit"])
        counts = {_count(each, one) for each in (found["first"], found["again"]) if each}
        if shape is not None and len(counts) == 1 and (count := counts.pop()) is not None:
            return shape.format(count)
    return None


def _count(said: str, lang: Language) -> int | None:
    return int(said) if said.isdecimal() else _numbers(lang).get(said)


@lru_cache(maxsize=8)
def _units(lang: Language) -> dict[str, str]:
    return {
        name.strip().casefold(): shape
        for unit, shape in _UNITS.items()
        for name in _CATALOGUE.say(f"length.{unit}", lang).split(",")
    }


@lru_cache(maxsize=8)
def _numbers(lang: Language) -> dict[str, int]:
    pairs = (one.split() for one in _CATALOGUE.say("length.numbers", lang).split(","))
    return {name.casefold(): int(count) for count, name in pairs}
