"""The sentences of the pictures, from `catalogue/*.po`, and days as short as a small box wants them."""

from datetime import date, datetime
from typing import Final

from service.wording import last_moment, moment, say_day
from workflows.time import Boundary
from workflows.words import FIVE, Catalogue, Language, Sentences, locale_of

CATALOGUE: Final = Catalogue("service.pictures.catalogue")
_KEPT_ON_ANOTHER: Final = ("observed", "observed_elsewhere")
"""How a calendar's names mark a holiday that is kept on another day."""
Lang = Language


def sentences(lang: Lang, week: int = FIVE) -> Sentences:
    """The catalogue in one language, with working days called as in a week of so many of them."""
    return CATALOGUE.in_language(lang).in_week(week)


def month(day: date, lang: Lang) -> str:
    """`mei`, `Sept.`, `sept.`."""
    found: str = locale_of(lang).months["format"]["abbreviated"][day.month]
    return found


def tick(day: date, lang: Lang) -> str:
    """`3 mei`, `3. Mai`."""
    return sentences(lang)("day.tick", day=day.day, month=month(day, lang))


def weekday(number: int, lang: Lang) -> str:
    """`ma`, `Mo`, `lun`."""
    found: str = locale_of(lang).days["format"]["short"][number]
    return found.rstrip(".")


def holiday(name: str, lang: Lang) -> str:
    """A holiday by the name that its readers have for it, where we know one; else as the calendar has it."""
    return known_holiday(name, lang) or name


def known_holiday(name: str, lang: Lang) -> str | None:
    """The same; None where we know none. Two that fall on one day, and one that is kept on another, are named so."""
    said = sentences(lang)
    if (key := f"holiday.{name}") in said:
        return said(key)
    for kept in _KEPT_ON_ANOTHER:
        bare = name.removesuffix(f" ({kept.replace('_', ' ')})")
        if bare != name and (known := known_holiday(bare, lang)) is not None:
            return said(f"holiday_{kept}", name=known)
    first, both, second = name.partition(" and ")
    if not both:
        return None
    one, other = known_holiday(first, lang), known_holiday(second, lang)
    return said("holiday_both", first=one, second=other) if one is not None and other is not None else None


def at(instant: datetime, zone: str, lang: Lang) -> str:
    """An instant (UTC) by the clocks of `zone`."""
    found = moment(instant, zone, lang)
    return sentences(lang)("day.at", day=found.day, time=found.time, place=found.place)


def until(due_at: datetime, boundary: Boundary, zone: str, lang: Lang) -> str:
    """Until when, and whether that very instant is still in time."""
    found = last_moment(due_at, zone, lang) if boundary == "exclusive" else moment(due_at, zone, lang)
    return sentences(lang)(f"until.{boundary}", day=found.day, time=found.time, place=found.place)


def day(one: date, lang: Lang) -> str:
    """A day in full."""
    return say_day(one, lang)
