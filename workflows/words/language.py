"""The languages that the program speaks."""

from functools import lru_cache
from typing import Final, Literal, get_args

from babel import Locale

Language = Literal["nl", "en", "de", "fr"]
"""ISO 639-1. The one list of them: tests compare it with the catalogues, the document and the database."""

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
SOURCE: Final[Language] = "en"
"""What the catalogues are translated from, and what is said where a translation lacks."""


@lru_cache(maxsize=8)
def locale_of(lang: Language) -> Locale:
    """How a language writes days, numbers, amounts and the names of countries."""
    return Locale(lang)
