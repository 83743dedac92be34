"""Clauses as the reader of the agreement's own text finds them. Pure."""

import re
from itertools import groupby
from typing import Final

from workflows.terms.model import Terms
from workflows.terms.phrases import Language, phrases_in

_PARTS: Final = re.compile(r"(; )")


def as_found(terms: Terms, clause: str, lang: Language) -> str:
    """A clause, or several, with the numbers printed there where those are others."""
    if not terms.printed:
        return clause
    return "".join(one if one == "; " else _listed(terms.printed, one, lang) for one in _PARTS.split(clause))


def _listed(printed: dict[str, str], clause: str, lang: Language) -> str:
    said = phrases_in(lang).phrases
    found = []
    for misprinted, run in groupby(clause.split(", "), key=printed.__contains__):
        names = list(run)
        if misprinted:
            numbers = said["and"].join(printed[one] for one in names)
            found.append(said["printed"].format(clause=", ".join(names), printed=numbers))
        else:
            found += names
    return ", ".join(found)
