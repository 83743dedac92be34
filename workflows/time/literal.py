"""The day on which a period literally ends, before anything moves it: pure, with the reasons in words."""

import calendar as gregorian
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, assert_never

from workflows.errors import BadInput
from workflows.time.calendars import WEEK, Calendar
from workflows.time.legal_days import NONE, called
from workflows.time.period import Period
from workflows.time.words import month_name, say_day, say_list
from workflows.time.zones import LAST_YEAR

_ONE_DAY: Final = timedelta(days=1)
_MANY_DAYS: Final = 12


@lru_cache(maxsize=4096)
def literal_last_day(period: Period, day: date, calendar: Calendar) -> tuple[date, tuple[str, ...]]:
    """Count from the event's day; give the literal last day and why it is that."""
    match period.unit:
        case "days":
            last_day = _days_after(day, period.count)
        case "weeks":
            last_day = _days_after(day, 7 * period.count)
        case "months":
            return _months_after(period, day, period.count)
        case "years":
            return _months_after(period, day, 12 * period.count)
        case "working_days":
            return _working_days_after(period, day, calendar)
        case "hours":
            raise AssertionError("hours are not counted in days")
        case _:
            assert_never(period.unit)
    why = "the same day of the week" if period.unit == "weeks" else "holidays and weekends on the way count"
    return last_day, (
        f"The day of the event does not count: {period.words('en')} after it is {say_day(last_day)} ({why}).",
    )


def days_on(period: Period, day: date) -> date:
    """The last day of a period of days, weeks, months or years from a whole day: the same in every zone and under every
    calendar. Raises BadInput where it lies too far ahead, AssertionError for hours and working days."""
    match period.unit:
        case "days":
            return _days_after(day, period.count)
        case "weeks":
            return _days_after(day, 7 * period.count)
        case "months":
            return _months_after(period, day, period.count)[0]
        case "years":
            return _months_after(period, day, 12 * period.count)[0]
        case _:
            raise AssertionError(f"{period.unit} do not say a day by themselves")


def _days_after(day: date, days: int) -> date:
    if days > (date(LAST_YEAR, 12, 31) - day).days:
        raise too_late()
    return day + timedelta(days=days)


def _months_after(period: Period, day: date, months: int) -> tuple[date, tuple[str, ...]]:
    """One step from the event's day: the same number, else the last day of that month (I-04)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > LAST_YEAR:
        raise too_late()
    longest = gregorian.monthrange(year, month + 1)[1]
    last_day = date(year, month + 1, min(day.day, longest))
    if last_day.day == day.day:
        why = "the day with the same number"
    else:
        why = f"{month_name(last_day)} has no day {day.day}, so its last day counts"
    return last_day, (
        f"The day of the event does not count: {period.words('en')} after it, in one step, "
        f"is {say_day(last_day)} ({why}).",
    )


def _working_days_after(period: Period, day: date, calendar: Calendar) -> tuple[date, tuple[str, ...]]:
    """Without days off and legal holidays; Good Friday and decreed days, which are equated only, count (I-07)."""
    left, last_day = period.count, day
    skipped: list[str] = []
    counted: list[str] = []
    while left:
        last_day += _ONE_DAY
        if last_day.weekday() not in calendar.manner.week:
            continue
        holiday = calendar.free_from_work(last_day)
        if holiday is not None:
            skipped.append(f"{say_day(last_day)} ({holiday})")
            continue
        left -= 1
        equated = calendar.equated(last_day)
        if equated is not None:
            counted.append(f"{say_day(last_day)} ({equated})")
    steps = [
        f"The day of the event does not count; working days are {working_days(calendar)}. "
        f"{period.words('en')} after it is {say_day(last_day)}."
    ]
    if skipped:
        steps.append(f"Passed over as holidays: {_listed(skipped)}.")
    if counted:
        steps.append(
            f"Counted as working days, being equated with holidays for statutory terms only: {_listed(counted)}."
        )
    return last_day, tuple(steps)


def working_days(calendar: Calendar) -> str:
    """What a working day is, as a sentence goes on."""
    week = calendar.manner.week
    names = [WEEK[day].capitalize() for day in week]
    run = len(week) > 2 and list(week) == list(range(week[0], week[0] + len(week)))
    days = f"{names[0]} to {names[-1]}" if run else say_list(names)
    holidays = calendar.manner.holidays or calendar.id
    if holidays == NONE:
        return f"{days}, holidays or not"
    of = f" of {called(holidays)}" if calendar.manner.holidays else ""
    return f"{days} without the legal holidays{of}"


def _listed(parts: list[str]) -> str:
    more = len(parts) - _MANY_DAYS
    return say_list(parts if more <= 0 else [*parts[:_MANY_DAYS], f"{more} more"])


def too_late() -> BadInput:
    """What is raised where a period would end too far ahead."""
    return BadInput(f"The period would end after the year {LAST_YEAR}: give an earlier event or a shorter period.")
