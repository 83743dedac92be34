"""Days, moments and countries as a reader says them, in each language."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from workflows.time import end_of_day, local_day, local_time
from workflows.words import Language, locale_of, said_in
from workflows.words.days import say_day, short_day

__all__ = [
    "Moment",
    "last_moment",
    "moment",
    "say_announced_place",
    "say_clock",
    "say_country",
    "say_day",
    "say_place",
    "short_day",
]

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


def say_clock(hour: int, minute: int, lang: Language) -> str:
    """The time of a day: `08:30`, `8 h 30`."""
    return said_in(lang)("day.time", hour=f"{hour:02}", minute=f"{minute:02}")


@lru_cache(maxsize=1024)
def say_country(code: str | None, lang: Language) -> str:
    """The name of a country by its ISO 3166-1 code; an unknown code is its own name, and none is said to be none."""
    if code is None:
        return said_in(lang)("place.not_stated")
    found: str = locale_of(lang).territories.get(code, code)
    return found


def say_announced_place(country: str | None, known_at: datetime | None, zone: str, lang: Language) -> str:
    """Where somebody works as customers are told it; `known_at` (UTC): it became known only after they were told."""
    place = say_country(country, lang)
    if known_at is None:
        return place
    return said_in(lang)("place.added", place=place, day=say_day(local_day(known_at, zone), lang))


@lru_cache(maxsize=256)
def say_place(zone: str, lang: Language) -> str:
    """The city a time zone is named after: `Brussel` for Europe/Brussels in Dutch."""
    known = locale_of(lang).time_zones.get(zone) or {}
    found: str = known.get("city") or zone.rpartition("/")[2].replace("_", " ")
    return found


@lru_cache(maxsize=1024)
def moment(instant: datetime, zone: str, lang: Language) -> Moment:
    """An instant (UTC) by the clocks of `zone`; seconds are left off, which is never later than it is."""
    at = local_time(instant, zone)
    day = at.date()
    return Moment(
        day=say_day(day, lang),
        short=short_day(day, lang),
        time=say_clock(at.hour, at.minute, lang),
        place=say_place(zone, lang),
        whole_day=False,
    )


def last_day_of(ends_at: datetime, zone: str) -> date:
    """The last day of a period that ends at an instant (UTC, exclusive)."""
    return local_day(ends_at - _BEFORE, zone)


@lru_cache(maxsize=1024)
def last_moment(closes_at: datetime, zone: str, lang: Language) -> Moment:
    """The end of a period: the midnight that ends a day is said as 24:00 of that day."""
    day = last_day_of(closes_at, zone)
    if end_of_day(day, zone) != closes_at:
        return moment(closes_at, zone, lang)
    return Moment(
        day=say_day(day, lang),
        short=short_day(day, lang),
        time=say_clock(24, 0, lang),
        place=say_place(zone, lang),
        whole_day=True,
    )
