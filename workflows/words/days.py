"""Days as a reader says them."""

from datetime import date
from functools import lru_cache

from workflows.words import Language, locale_of, said_in


@lru_cache(maxsize=8192)
def say_day(day: date, lang: Language) -> str:
    """`donderdag 24 december 2026`, `Donnerstag, 24. Dezember 2026`, `jeudi 24 décembre 2026`."""
    weekday = locale_of(lang).days["format"]["wide"][day.weekday()]
    return said_in(lang)("day.long", weekday=weekday, day=short_day(day, lang))


@lru_cache(maxsize=8192)
def short_day(day: date, lang: Language) -> str:
    """A day without its weekday: `24 december 2026`, `24. Dezember 2026`, `1er mai 2027`."""
    month = locale_of(lang).months["format"]["wide"][day.month]
    return said_in(lang)("day.first" if day.day == 1 else "day.short", day=day.day, month=month, year=day.year)
