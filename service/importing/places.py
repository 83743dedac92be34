"""Countries as people write them in lists: by name in the languages of their office, or by a code. Pure."""

import difflib
import re
import unicodedata
from functools import cache
from typing import Final

from babel.core import get_global

from service.importing.place_names import ALSO_CALLED
from workflows.names import name_key
from workflows.terms.countries import COUNTRIES, country_problem
from workflows.unicode import normalise
from workflows.words import LANGUAGES, locale_of

_CLOSE: Final = 0.8
_SMALL: Final = ("the", "and", "de", "het", "en", "der", "die", "und", "la", "le", "les", "et")


def country_code(text: str) -> str | None:
    """The code of the country that is meant; None where none is."""
    plain = text.strip().upper()
    if plain in COUNTRIES:
        return plain
    key = _plain(text)
    return _by_name().get(key) if key else None


def place_problem(text: str) -> str:
    """What is wrong with a country that is none, and what would be right."""
    if len(text.strip()) <= len("NLD") and (problem := country_problem(text.strip())):
        return problem
    words = f"is {text[:60]!r}, which is no country: write its name, or two letters such as NL"
    close = _close(text)
    return f"{words}.{close}" if close else words


def _close(text: str) -> str:
    names = {name for lang in LANGUAGES for code, name in locale_of(lang).territories.items() if code in COUNTRIES}
    found = difflib.get_close_matches(text.strip().title(), sorted(names), n=1, cutoff=_CLOSE)
    return f" Did you mean {found[0]}?" if found else ""


@cache
def _by_name() -> dict[str, str]:
    found = {_plain(name): code for name, code in ALSO_CALLED.items()}
    for lang in reversed(LANGUAGES):
        names = locale_of(lang).territories
        found |= {_plain(names[code]): code for code in COUNTRIES if code in names}
    aliases = get_global("territory_aliases")
    for old, codes in aliases.items():
        # Three letters or three digits of ISO 3166-1, and UK.
        if len(codes) == 1 and codes[0] in COUNTRIES and old not in COUNTRIES:
            found.setdefault(_plain(old), codes[0])
    return found


def _plain(name: str) -> str:
    """A name without capitals, accents, signs, article and "and"; `U.K.` is `uk`."""
    bare = "".join(mark for mark in normalise("NFD", name_key(name)) if unicodedata.category(mark) != "Mn")
    bare = re.sub(r"\b(\w)\.(?=\w\b)", r"\1", bare)
    words = re.sub(r"[^\w']+", " ", bare).split()
    return " ".join(word for word in words if word not in _SMALL)
