"""Countries as people write them: by name in any of the program's languages, or by code."""

import unicodedata
from functools import cache

from workflows.unicode import normalise
from workflows.words import LANGUAGES, Language, locale_of


@cache
def country_names(lang: Language) -> tuple[tuple[str, str], ...]:
    """Every country by code and name, in the order of the names."""
    named = [(code, name) for code, name in locale_of(lang).territories.items() if len(code) == 2 and code.isalpha()]
    return tuple(sorted(named, key=lambda one: _plain(one[1])))


def country_code(text: str) -> str:
    """The code of what was typed; what names no country comes back as it is, to be refused by who knows countries."""
    return _codes().get(_plain(text), text)


def country_name(code: str, lang: Language) -> str:
    """What stands in a field for a code."""
    name: str | None = locale_of(lang).territories.get(code)
    return name or code


@cache
def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        for code, name in country_names(lang):
            found.setdefault(_plain(name), code)
    return {**found, **{code.lower(): code for code, _ in country_names("en")}}


def _plain(text: str) -> str:
    folded = normalise("NFKD", text.strip().casefold())
    return "".join(one for one in folded if not unicodedata.combining(one))
