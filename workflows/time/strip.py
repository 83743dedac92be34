"""A period day by day, as it was counted: what a picture of it shows."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, Literal

import msgspec

from workflows.time.calendars import Calendar
from workflows.time.counting import Counted
from workflows.time.zones import end_of_day

What = Literal["event", "waits", "counted", "passed", "moved"]

_ONE_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_SATURDAY: Final = 5


class StripDay(msgspec.Struct, frozen=True, kw_only=True):
    """One local day between the event and the end of its period.

    `event`: does not count itself. `waits`: between the event and the business day on which it counts as arrived.
    `counted` with its `number`, of days or, where hours run, of those that have passed when it is over. `passed`: no
    working day. `moved`: the last day moved past it, or to it. `free`: the holidays on it.
    """

    day: date
    what: What
    number: int | None = None
    weekend: bool = False
    free: tuple[str, ...] = ()
    last: bool = False


def days_of(counted: Counted, calendar: Calendar, zone: str) -> Iterator[StripDay]:
    """The days of a count, the event's first and the last one last."""
    span, number = counted.span, 0
    working = span.period is not None and span.period.unit == "working_days"
    hours = span.period is not None and span.period.unit == "hours"
    week = calendar.manner.week
    for day in _days(span.event_day, counted.last_day):
        weekend = day.weekday() not in week if working else day.weekday() >= _SATURDAY
        what: What = "counted"
        if hours:
            number = int((min(end_of_day(day, zone), counted.due_at) - span.event_at) / _HOUR)
        elif day == span.event_day:
            what = "event"
        elif day <= span.counts_from:
            what = "waits"
        elif day > span.literal:
            what = "moved"
        elif working and not calendar.is_working_day(day):
            what = "passed"
        else:
            number += 1
        yield StripDay(
            day=day,
            what=what,
            number=number if what == "counted" else None,
            weekend=weekend,
            free=_free(day, calendar, working=working),
            last=day == counted.last_day,
        )


def _days(first: date, last: date) -> Iterator[date]:
    return (first + _ONE_DAY * ahead for ahead in range((last - first).days + 1))


def _free(day: date, calendar: Calendar, *, working: bool) -> tuple[str, ...]:
    holiday = calendar.free_from_work(day) if working else calendar.holiday(day)
    names = [name for found in (holiday, calendar.equated(day)) if found for name in found.split(" and ")]
    return tuple(dict.fromkeys(names))
