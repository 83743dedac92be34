"""Days, moments and countries as a reader says them, in Dutch and English."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec
from babel import Locale

from workflows.model.parties import Language
from workflows.time import end_of_day, local_day, local_time

_BEFORE: Final = timedelta(microseconds=1)


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A last moment: `Thursday 24 December 2026`, `24:00`, `Amsterdam`; `whole_day` when the day is all in.

    `short` is the day without its weekday, for a subject line.
    """

    day: str
    short: str
    time: str
    place: str
    whole_day: bool


@lru_cache(maxsize=4)
def _locale(lang: Language) -> Locale:
    return Locale(lang)


@lru_cache(maxsize=8192)
def say_day(day: date, lang: Language) -> str:
    """`donderdag 24 december 2026` or `Thursday 24 December 2026`."""
    return f"{_locale(lang).days['format']['wide'][day.weekday()]} {short_day(day, lang)}"


@lru_cache(maxsize=8192)
def short_day(day: date, lang: Language) -> str:
    """A day in Dutch or English: `24 december 2026` or `24 December 2026`."""
    return f"{day.day} {_locale(lang).months['format']['wide'][day.month]} {day.year}"


_NOT_STATED: Final[dict[Language, str]] = {"nl": "niet vermeld", "en": "not stated"}


@lru_cache(maxsize=1024)
def say_country(code: str | None, lang: Language) -> str:
    """The name of a country by its ISO 3166-1 code; an unknown code is its own name, and none is said to be none."""
    if code is None:
        return _NOT_STATED[lang]
    found: str = _locale(lang).territories.get(code, code)
    return found


_ADDED: Final = {"nl": "{place} (toegevoegd op {day})", "en": "{place} (added on {day})"}


def say_announced_place(country: str | None, known_at: datetime | None, zone: str, lang: Language) -> str:
    """Where somebody works as customers are told it; `known_at` (UTC): it became known only after they were told."""
    place = say_country(country, lang)
    if known_at is None:
        return place
    return _ADDED[lang].format(place=place, day=say_day(local_day(known_at, zone), lang))


@lru_cache(maxsize=256)
def say_place(zone: str, lang: Language) -> str:
    """The city a time zone is named after: `Brussel` for Europe/Brussels in Dutch."""
    known = _locale(lang).time_zones.get(zone) or {}
    found: str = known.get("city") or zone.rpartition("/")[2].replace("_", " ")
    return found


def moment(instant: datetime, zone: str, lang: Language) -> Moment:
    """An instant (UTC) by the clocks of `zone`; seconds are left off, which is never later than it is."""
    at = local_time(instant, zone)
    day = at.date()
    return Moment(
        day=say_day(day, lang),
        short=short_day(day, lang),
        time=f"{at.hour:02}:{at.minute:02}",
        place=say_place(zone, lang),
        whole_day=False,
    )


def last_day_of(ends_at: datetime, zone: str) -> date:
    """The last day of a period that ends at an instant (UTC, exclusive)."""
    return local_day(ends_at - _BEFORE, zone)


def last_moment(closes_at: datetime, zone: str, lang: Language) -> Moment:
    """The end of a period: the midnight that ends a day is said as 24:00 of that day."""
    day = last_day_of(closes_at, zone)
    if end_of_day(day, zone) != closes_at:
        return moment(closes_at, zone, lang)
    return Moment(
        day=say_day(day, lang),
        short=short_day(day, lang),
        time="24:00",
        place=say_place(zone, lang),
        whole_day=True,
    )
