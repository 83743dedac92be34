"""By which calendar an agreement counts: which days are free by law, and on which a customer may be expected to act."""

from collections.abc import Callable
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Final, Literal

import msgspec

from workflows.errors import BadInput
from workflows.time.legal_days import (
    NONE,
    Yearly,
    called,
    equated_of,
    holidays_of,
    known_calendars,
    unknown,
    version_of,
    yearly_of,
)
from workflows.time.zones import check_day

Mover = Literal["controller", "processor", "both", "none"]

WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_WORKING_WEEK: Final[tuple[int, ...]] = (0, 1, 2, 3, 4)
_LONGEST: Final = 366
"""Days within which every calendar with a day of the week that is open has one."""
_WORKS: Final = "working days "
_FREE: Final = "holidays of "


class Manner(msgspec.Struct, frozen=True):
    """How an agreement counts, where it says so.

    `moves`: whose last day moves off a free day, by which `law` or `clause`; with neither it is the protective
    reading (I-05, I-06). `week`: the days of the week on which people work, Monday is 0. `holidays`: the calendar
    whose holidays are no working days, where that is another than the one that moves last days. `day_ends`: what
    arrives later on a working day counts as the next one's; `ends_then`: a period's last day ends then too.
    """

    moves: Mover = "controller"
    law: str = ""
    clause: str = ""
    week: tuple[int, ...] = _WORKING_WEEK
    holidays: str = ""
    day_ends: time | None = None
    ends_then: bool = False
    statutory: bool = False
    """The period is no agreement's: `law` has a clock of its own, whose last day moves, or stays, by itself."""
    protective: bool = False
    """Nobody wrote whose last day moves, whatever else of the counting has a clause."""

    @property
    def ground(self) -> str:
        """What the moving of a last day rests on; empty for the protective reading."""
        return "" if self.protective else ", ".join(one for one in (self.law, self.clause) if one)

    @property
    def moves_to_working_days(self) -> bool:
        """Whether a last day moves to the text's own working days, a Saturday among them where it says so: by a clause
        and no law, and where that says another week than most. A law moves it off every Saturday and Sunday."""
        return bool(self.ground) and not self.law and self.week != _WORKING_WEEK


class Calendar(msgspec.Struct, frozen=True):
    """The legal holidays of one country or part of one, and how an agreement counts by them.

    `version` names what an answer rests on, with the working days where the agreement says other ones. `yearly`: the
    years for which days that are named year by year are known, None where the law knows none. Days outside
    1970..9990, and those of years that are not listed, raise BadInput.
    """

    id: str
    version: str
    yearly: Yearly | None = None
    manner: Manner = Manner()

    @property
    def called(self) -> str:
        """Whose holidays they are, for a sentence; empty for the calendar without any."""
        return called(self.id) if self.id != NONE else ""

    @property
    def equated_years(self) -> tuple[int, int] | None:
        """The years for which days named year by year are known."""
        return (self.yearly.first_year, self.yearly.last_year) if self.yearly is not None else None

    def holiday(self, day: date) -> str | None:
        """Name of the legal holiday (NL: Algemene termijnenwet art. 3(1); BE: the ten days)."""
        found = holidays_of(self.id, check_day(day).year).get(day)
        return found.name if found is not None else None

    def equated(self, day: date) -> str | None:
        """Name of a day that a law or a decree puts on the same footing as a holiday (NL: Good Friday)."""
        found = equated_of(self.id, check_day(day).year).get(day)
        return found.name if found is not None else None

    def free_from_work(self, day: date) -> str | None:
        """Name of the holiday on which nobody works, by the calendar that the agreement names for that."""
        if not self.manner.holidays:
            return self.holiday(day)
        found = holidays_of(self.manner.holidays, check_day(day).year).get(day)
        return found.name if found is not None else None

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday and no legal holiday, unless the agreement says otherwise; Good Friday and decreed days
        that are only put on the same footing do count (I-07)."""
        return day.weekday() in self.manner.week and self.free_from_work(day) is None

    def is_open_day(self, day: date) -> bool:
        """A day on which a customer's period may end (I-05): no weekend, holiday or equated day."""
        works = day.weekday() < _SATURDAY and day.weekday() in self.manner.week
        return works and self.holiday(day) is None and self.equated(day) is None

    def next_open_day(self, day: date) -> date:
        """Give the first open day from `day` on: the day itself if it is one. BadInput where no day is open."""
        return _first(day, self.is_open_day, _ONE_DAY)

    def next_working_day_after(self, day: date) -> date:
        """Give the first working day later than `day`."""
        return _first(day + _ONE_DAY, self.is_working_day, _ONE_DAY)

    def last_working_day_before(self, day: date) -> date:
        """Give the last working day earlier than `day`, what a planner should aim at."""
        return _first(day - _ONE_DAY, self.is_working_day, -_ONE_DAY)


def _first(day: date, holds: Callable[[date], bool], step: timedelta) -> date:
    """The first day from `day` on, or back, for which it holds."""
    for steps in range(_LONGEST):
        if holds(found := day + steps * step):
            return found
    raise BadInput(
        f"No day within a year of {day.isoformat()} is one on which a period may end: by the working days and the "
        "holidays of this agreement every day is free."
    )


def working_day_on_or_before(day: date, named: str) -> date:
    """The day itself where it is a working day, else the last one before it; `named` as a calendar names itself."""
    return day if _works(day, named) else last_working_day_before(day, named)


def last_working_day_before(day: date, named: str) -> date:
    """The last working day earlier than `day`."""
    return _step(day, named, -_ONE_DAY)


def next_working_day_after(day: date, named: str) -> date:
    """The first working day later than `day`."""
    return _step(day, named, _ONE_DAY)


def _step(day: date, named: str, by: timedelta) -> date:
    return _first(day + by, lambda one: _works(one, named), by)


def _works(day: date, named: str) -> bool:
    """By the calendar that counted a deadline (its `version`); where none did, Monday to Friday."""
    calendar, *said = named.split("; ")
    calendar = calendar.partition(" ")[0]
    if calendar not in known_calendars():
        return day.weekday() < _SATURDAY
    return calendar_for(calendar, _read_manner(tuple(said))).is_working_day(day)


def _written_manner(manner: Manner) -> str:
    """What an agreement says of working days, behind the name of the calendar it counts by."""
    found = ""
    if manner.week != _WORKING_WEEK:
        found += f"; {_WORKS}{', '.join(WEEK[one] for one in manner.week)}"
    if manner.holidays:
        found += f"; {_FREE}{manner.holidays}"
    return found


@lru_cache(maxsize=512)
def _read_manner(said: tuple[str, ...]) -> Manner:
    """The same the other way round."""
    week, holidays = _WORKING_WEEK, ""
    for one in said:
        if one.startswith(_WORKS):
            days = (name for name in one.removeprefix(_WORKS).split(", ") if name in WEEK)
            week = tuple(WEEK.index(name) for name in days)
        elif one.startswith(_FREE):
            holidays = one.removeprefix(_FREE)
    return Manner(week=week or _WORKING_WEEK, holidays=holidays if holidays in known_calendars() else "")


@lru_cache(maxsize=512)
def calendar_for(calendar: str, manner: Manner = Manner()) -> Calendar:  # noqa: B008  # it never changes
    """Give a calendar by its id, such as `NL`, `DE-BY`, `US` or `none`; BadInput, which lists them, for another."""
    if calendar not in known_calendars():
        raise unknown(calendar)
    version = version_of(calendar) + _written_manner(manner)
    return Calendar(id=calendar, version=version, yearly=yearly_of(calendar), manner=manner)
