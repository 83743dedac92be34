"""Which days a law makes free, year by year: the reviewed lists of `legal_days.toml`, computed by `holidays`.

The package knows on which day a movable feast falls. Which of its days are legal holidays, what it leaves out, and
which days a law puts on the same footing stands in the file, each list with its source. A day that the file does not
name is no holiday, whatever the package says, and a place that it does not name has no calendar.
"""

import difflib
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files
from typing import Final, Literal

import msgspec
from holidays import country_holidays

from workflows.errors import BadInput
from workflows.time.decrees import decrees
from workflows.time.zones import FIRST_YEAR, LAST_YEAR, tzdata_version

Kind = Literal["holiday", "equated"]

NONE: Final = "none"
"""The calendar in which no day is a holiday."""

_ONE_DAY: Final = timedelta(days=1)
_TUESDAY: Final = 1
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OBSERVED: Final = re.compile(r"(?P<name>.+) \(observed\)")
_SWAPPED: Final = re.compile(r"Day off \(substituted from [^)]*\)")
_LAST_PACKAGED: Final = 2100
_OTHERWISE: Final = {"UK": "GB", "EL": "GR", "USA": "US", "GB-UKM": "GB", "EN": "GB-ENG", "UK-ENG": "GB-ENG"}


class FreeDay(msgspec.Struct, frozen=True):
    """One day of a calendar; `equated`: no holiday, but a law puts it on the same footing."""

    day: date
    name: str
    kind: Kind
    source: str


class CalendarYear(msgspec.Struct, frozen=True):
    """One year of a calendar, for people: its free days in order, and what is not known of that year."""

    id: str
    year: int
    called: str
    source: str
    version: str
    days: tuple[FreeDay, ...]
    note: str


class Added(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day that the package lacks.

    It falls `on` a date (`12-24`), or on the first `weekday` on or after that date, or some days beside `easter`, or
    `by` days beside a day `of` the list. `every`: each so many years from one that it divides.
    """

    name: str
    source: str
    on: str = ""
    weekday: Literal["", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = ""
    easter: int | None = None
    of: str = ""
    by: int = 0
    every: int = 1
    first_year: int = 0
    last_year: int = LAST_YEAR


class Yearly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days that are named year by year, and the first and the last year for which they are known."""

    what: str
    first_year: int
    last_year: int

    def gap(self, year: int) -> str:
        """What to say of a year for which they are not known; empty for the others."""
        if self.first_year <= year <= self.last_year:
            return ""
        return (
            f"{self.what} are known for {self.first_year} to {self.last_year} only; "
            f"for {year} none could be taken into account."
        )


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The legal holidays of one part of a country, beside those of the whole of it unless it is `alone`.

    `days` are names of the package; `left_out` names those that are no legal holidays, each with the reason.
    """

    called: str
    source: str
    days: tuple[str, ...] = ()
    alone: bool = False
    left_out: dict[str, str] = {}
    added: tuple[Added, ...] = ()
    equated: tuple[Added, ...] = ()
    yearly: Yearly | None = None
    package: str = ""
    """The part's code in the package, where that is another one."""
    in_lieu: Literal["package", "sunday", "none"] = "package"
    """Whether another day counts for a holiday on a day of rest: as the package has it, for a Sunday alone, or none."""


class Place(Part, frozen=True, forbid_unknown_fields=True):
    """The legal holidays of one country. `category`: what the package calls them; `swapped`: whose decrees swap a
    working day for a rest day."""

    category: Literal["public", "government"] = "public"
    own_words: bool = False
    """Its holidays keep the package's American names."""
    first_year: int = 2000
    swapped: str = ""
    parts: dict[str, Part] = {}


class Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reviewed lists. `words` are our names for days that the package calls otherwise."""

    edition: str
    words: dict[str, str]
    places: dict[str, Place]


@lru_cache(maxsize=1)
def lists() -> Lists:
    """Give the packaged `legal_days.toml`."""
    return msgspec.toml.decode(files("workflows.time").joinpath("legal_days.toml").read_bytes(), type=Lists)


@lru_cache(maxsize=1)
def known_calendars() -> tuple[str, ...]:
    """Every calendar by its id: countries, their parts, and `none`."""
    found = [NONE]
    for country, place in sorted(lists().places.items()):
        found += [country, *(f"{country}-{part}" for part in sorted(place.parts))]
    return tuple(found)


def place_and_part(calendar: str) -> tuple[Place, Part | None]:
    """The lists of a calendar that is known; KeyError for another."""
    country, _, part = calendar.partition("-")
    place = lists().places[country]
    return place, place.parts[part] if part else None


def called(calendar: str) -> str:
    """The place whose holidays they are, as a sentence goes on: `Germany (Bavaria)`."""
    place, part = place_and_part(calendar)
    return f"{place.called} ({part.called})" if part is not None else place.called


def called_part(calendar: str) -> str:
    """The part of a country that a calendar is of, such as `Bavaria`; empty where it is of none that is known."""
    if calendar not in known_calendars() or "-" not in calendar:
        return ""
    _, part = place_and_part(calendar)
    return part.called if part is not None else ""


def source_of(calendar: str) -> str:
    """The law that a calendar rests on."""
    place, part = place_and_part(calendar)
    if part is None:
        return place.source
    return part.source if part.alone else f"{place.source}; {part.source}"


def years_of(calendar: str) -> tuple[int, int]:
    """The first and the last year that a calendar can be computed for."""
    if calendar == NONE:
        return FIRST_YEAR - 1, LAST_YEAR + 1
    place, _ = place_and_part(calendar)
    return max(place.first_year, FIRST_YEAR - 1), LAST_YEAR + 1 if calendar in ("NL", "BE") else _LAST_PACKAGED


def yearly_of(calendar: str) -> Yearly | None:
    """What is named year by year only, and for which years that is known."""
    if calendar == NONE:
        return None
    if calendar == "NL":
        listed = decrees().decree
        what = "Decrees that equate further days with holidays"
        return Yearly(what, listed[0].first_year, listed[-1].last_year)
    place, part = place_and_part(calendar)
    return (part.yearly if part is not None else None) or place.yearly


def version_of(calendar: str) -> str:
    """What an answer by this calendar rests on, its id first."""
    edition = decrees().edition if calendar in ("NL", "BE") else lists().edition
    return f"{calendar} {edition}, holidays {_package_version('holidays')}, tzdata {tzdata_version()}"


@lru_cache(maxsize=1)
def _package_version(name: str) -> str:
    """A package's version: to read what was installed takes longer than to count."""
    return version(name)


def unknown(calendar: str) -> BadInput:
    """Say that a calendar is not known, and which are."""
    country, _, part = calendar.partition("-")
    place = lists().places.get(country)
    close = _OTHERWISE.get(calendar.upper(), calendar.upper().replace("_", "-"))
    near = [one for one in known_calendars() if place is None or one.startswith(country)]
    if close not in near:
        close = next(iter(difflib.get_close_matches(close[:20], near, n=1, cutoff=0.7)), "")
    meant = f" Did you mean {close}?" if close else ""
    if place is not None and part:
        of = ", ".join(f"{country}-{one}" for one in sorted(place.parts))
        there = f"{country} and its parts {of}" if of else f"{country} alone"
        return BadInput(
            f"No list of the legal holidays of {calendar[:20]!r} has been reviewed.{meant} Of {place.called} "
            f"there is {there}."
        )
    countries = ", ".join(sorted(lists().places))
    return BadInput(
        f"There is no calendar of {calendar[:20]!r}.{meant} Write {countries}, one of their parts such as DE-BY, "
        f"GB-ENG or US-NY, or {NONE}."
    )


def holidays_of(calendar: str, year: int) -> dict[date, FreeDay]:
    """The legal holidays of one year; not to be changed by callers. BadInput for a year that is not listed."""
    return _days(calendar, year)[0]


def equated_of(calendar: str, year: int) -> dict[date, FreeDay]:
    """The days put on the same footing, which are no holidays; not to be changed by callers. BadInput as above."""
    return _days(calendar, year)[1]


def free_days(calendar: str, year: int) -> tuple[FreeDay, ...]:
    """All days of a year that count under a calendar, in order; BadInput for an unknown one or a year not listed."""
    if calendar not in known_calendars():
        raise unknown(calendar)
    found = [*holidays_of(calendar, year).values(), *equated_of(calendar, year).values()]
    return tuple(sorted(found, key=lambda one: (one.day, one.kind == "equated")))


def calendar_year(calendar: str, year: int) -> CalendarYear:
    """One year of a calendar; BadInput for an unknown calendar or a year that is not listed."""
    days = free_days(calendar, year)
    yearly = yearly_of(calendar)
    return CalendarYear(
        id=calendar,
        year=year,
        called=called(calendar) if calendar != NONE else "",
        source=source_of(calendar) if calendar != NONE else "",
        version=version_of(calendar),
        days=days,
        note=yearly.gap(year) if yearly is not None else "",
    )


@lru_cache(maxsize=4096)
def _days(calendar: str, year: int) -> tuple[dict[date, FreeDay], dict[date, FreeDay]]:
    days: dict[date, FreeDay] = {}
    equated: dict[date, FreeDay] = {}
    if calendar == NONE:
        return days, equated
    first, last = years_of(calendar)
    if not first <= year <= last:
        raise BadInput(
            f"The legal holidays of {called(calendar)} are listed for {first} to {last} only: "
            f"for {year} nothing can be counted by them."
        )
    place, part = place_and_part(calendar)
    parts = (part,) if part is not None and part.alone else (place,) if part is None else (place, part)
    source = {name: one.source for one in reversed(parts) for name in one.days}
    for day, name in _packaged(calendar, year):
        observed = _OBSERVED.fullmatch(name)
        base = observed["name"] if observed else name
        if base in source:
            ours = base if place.own_words else lists().words.get(base, base)
            if observed is None:
                _add(days, FreeDay(day, ours, "holiday", source[base]))
            elif _stands_in(day, (part or place).in_lieu):
                _add(days, FreeDay(day, f"{ours} (observed)", "holiday", source[base]))
            else:
                why = f"kept elsewhere in {place.called}; {source[base]} has no such day in lieu"
                _add(equated, FreeDay(day, f"{ours} (observed elsewhere)", "equated", why))
        elif place.swapped and _SWAPPED.fullmatch(name):
            _add(equated, FreeDay(day, "a rest day for which a Saturday is worked", "equated", place.swapped))
    for one in parts:
        for added in one.added:
            for day in _when(added, year, days):
                _add(days, FreeDay(day, added.name, "holiday", added.source))
    for one in parts:
        for added in one.equated:
            for day in _when(added, year, days):
                _add(equated, FreeDay(day, added.name, "equated", added.source))
    if calendar == "NL":
        for decree in decrees().decree:
            for day in decree.days:
                if day.year == year:
                    name = f"a day equated with a holiday by the {decree.title}"
                    _add(equated, FreeDay(day, name, "equated", decree.source))
    return days, {day: one for day, one in equated.items() if day not in days}


def _stands_in(day: date, in_lieu: Literal["package", "sunday", "none"]) -> bool:
    """Whether a day counts in lieu of a holiday on a day of rest; one that does so for a Sunday follows it."""
    return in_lieu == "package" or (in_lieu == "sunday" and day.weekday() <= _TUESDAY)


def _packaged(calendar: str, year: int) -> Iterator[tuple[date, str]]:
    """What the package says of a year, one name at a time."""
    country, _, code = calendar.partition("-")
    place, part = place_and_part(calendar)
    subdivision = (part.package or code) if part is not None else None
    category = "public" if part is not None and part.alone else place.category
    found = country_holidays(country, subdiv=subdivision, categories=(category,), language="en_US")
    found.end_year = LAST_YEAR + 1  # the package stops at 2100; its rules for days that are no exceptions do not
    found.get(date(year, 1, 1))  # it computes a year when it is asked for a day of it
    for day, names in sorted(found.items()):
        if day.year == year:
            for name in dict.fromkeys(names.split("; ")):
                yield day, name


def packaged_names(calendar: str, year: int) -> set[str]:
    """The package's own names of the days of a year, without what it adds to days that move."""
    names = {name for _, name in _packaged(calendar, year) if not _SWAPPED.fullmatch(name)}
    return {found["name"] if (found := _OBSERVED.fullmatch(name)) else name for name in names}


def _when(added: Added, year: int, days: dict[date, FreeDay]) -> Iterator[date]:
    if not added.first_year <= year <= added.last_year or year % added.every:
        return
    if added.easter is not None:
        yield _easter(year) + added.easter * _ONE_DAY
    if added.of:
        yield from (day + added.by * _ONE_DAY for day, one in days.items() if added.of in one.name)
    if added.on:
        month, _, number = added.on.partition("-")
        day = date(year, int(month), int(number))
        if added.weekday:
            day += (_WEEKDAYS.index(added.weekday) - day.weekday()) % 7 * _ONE_DAY
        yield day


def _easter(year: int) -> date:
    """Easter Sunday of the western churches, by the anonymous Gregorian algorithm."""
    golden, (century, of_century) = year % 19, divmod(year, 100)
    leaps, left = divmod(century, 4)
    epact = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    leap, after = divmod(of_century, 4)
    weekday = (32 + 2 * left + 2 * leap - epact - after) % 7
    month, day = divmod(epact + weekday - 7 * ((golden + 11 * epact + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


def _add(days: dict[date, FreeDay], one: FreeDay) -> None:
    before = days.get(one.day)
    if before is None:
        days[one.day] = one
    elif one.name not in before.name.split(" and "):
        source = before.source if before.source == one.source else f"{before.source}; {one.source}"
        days[one.day] = FreeDay(one.day, f"{before.name} and {one.name}", one.kind, source)
