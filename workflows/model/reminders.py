"""When a deadline or a task is spoken of again before its end, and after it: a processor's own settings. Pure.

A step is a length of time before the end, or after it. Days are counted back on the clocks of the agreement's
zone from the moment at which the period is over, so that `P1D` of a window that closes at midnight is its last
day. Hours are time that really passes, and are for what is due at an hour.

To a customer the steps say on which day: it is written to at nine in the morning of its agreement's zone, on a
working day; where that day is none, on the working day before.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from workflows.errors import BadInput
from workflows.time import (
    Period,
    end_of_day,
    last_working_day_before,
    local_day,
    local_time,
    next_working_day_after,
    parse_period,
    working_day_on_or_before,
    zone_of,
)

LOOK_AGAIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands in `remind_at` where the settings changed: the next step is to be found, and none is due by that."""
MORNING: Final = time(9)
"""When customers are reminded, on the clocks of their agreement's zone."""
MOST_STEPS: Final = 12
LONGEST: Final = timedelta(days=366)


class Reminders(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A processor's settings: periods (ISO 8601) in hours, days or weeks; an empty list reminds of nothing.

    `customer`: before a customer's window closes. `consent`: after receipt of a notice that waits for a consent
    which has no period. `processor`: before the processor's own deadline. `tasks`: before the end of a task.
    `overdue`: after the end of either of the last two, when the director is told.
    """

    customer: tuple[str, ...] = ("P7D", "P1D")
    consent: tuple[str, ...] = ("P14D", "P28D")
    processor: tuple[str, ...] = ("P14D", "P3D", "P1D", "PT4H")
    tasks: tuple[str, ...] = ("P3D", "P1D", "PT4H")
    overdue: tuple[str, ...] = ("P0D", "P3D", "P7D")


BEFORE: Final = ("customer", "processor", "tasks")
"""Lists whose steps lie before an end, so that nothing at all is no step."""
DEFAULTS: Final = Reminders()


class Remind(msgspec.Struct, frozen=True):
    """What a subject is told when the other party's deadline about it comes near; `closes_at` UTC."""

    rule: str
    closes_at: datetime


class ReminderStep(msgspec.Struct, frozen=True):
    """One step towards an end, or past it.

    `at` UTC; `level` counts the steps at which it is pressing: 0 for an ordinary one, 1 for the last before the
    end where that is asked for, then each one after it.
    """

    at: datetime
    overdue: bool
    level: int


def step_problem(name: str, text: str) -> str | None:
    """What is wrong with a step of the list called `name`, or None.

    >>> step_problem("customer", "P7D")
    >>> step_problem("customer", "P1M")
    'is in hours, days or weeks, such as PT4H, P7D or P2W'
    """
    try:
        period = parse_period(text)
    except BadInput as error:
        return error.detail
    if period.unit not in ("hours", "days", "weeks"):
        return "is in hours, days or weeks, such as PT4H, P7D or P2W"
    if name in (*BEFORE, "consent") and period.count == 0:
        return "is longer than nothing"
    if _length(period) > LONGEST:
        return f"is at most {LONGEST.days} days"
    return None


def of_deadline(
    chosen: Reminders | None, party: str, due_at: datetime, zone: str, calendar: str
) -> tuple[ReminderStep, ...]:
    """Steps of a deadline that `party` has to meet, in order: a customer is told before its end only.

    `calendar` is the one that the deadline was counted by, as it names itself; its country's working days hold.
    """
    given = chosen or DEFAULTS
    if party == "controller":
        return _mornings(given.customer, due_at, zone, calendar)
    return _steps(given.processor, given.overdue, due_at, zone, True)


def of_task(chosen: Reminders | None, due_at: datetime, zone: str) -> tuple[ReminderStep, ...]:
    """Steps of a task, in order; pressing from its end on."""
    given = chosen or DEFAULTS
    return _steps(given.tasks, given.overdue, due_at, zone, False)


def of_consent(chosen: Reminders | None, received_at: datetime, zone: str, calendar: str) -> tuple[ReminderStep, ...]:
    """Steps after receipt of a notice that waits for consent, in order; the last one is pressing.

    Where the working day before is no later than the receipt, the next one: nothing ends that could be missed.
    """
    given = chosen or DEFAULTS
    found = set()
    for at in _instants(given.consent, received_at, zone, 1, at_an_hour=True):
        day = working_day_on_or_before(local_day(at, zone), calendar)
        while (morning := _morning(day, zone)) <= received_at:
            day = next_working_day_after(day, calendar)
        found.add(morning)
    last = max(found, default=None)
    return tuple(ReminderStep(at, False, int(at == last)) for at in sorted(found))


def first(steps: Iterable[ReminderStep], due_at: datetime, at: datetime, now: datetime) -> datetime | None:
    """When something that ends at `due_at` is first spoken of, opened at `now` for what happened `at` (UTC all).

    To be opened is news enough, also at its very end or a little later. At once, where a step after its end was past
    already when that happened, or nothing is left ahead.
    """
    known = tuple(steps)
    missed = [one.at for one in known if one.overdue and one.at <= now]
    ahead = following(known, now)
    return missed[-1] if missed and (ahead is None or any(due_at < one <= at for one in missed)) else ahead


def following(steps: Iterable[ReminderStep], now: datetime) -> datetime | None:
    """The next step after `now` (UTC), or None where nothing is left to say."""
    return next((one.at for one in steps if one.at > now), None)


def latest(steps: Iterable[ReminderStep], now: datetime) -> ReminderStep | None:
    """The last step up to `now`: what several missed ones collapse into."""
    found = None
    for one in steps:
        if one.at <= now:
            found = one
    return found


@lru_cache(maxsize=1 << 13)
def _mornings(lengths: tuple[str, ...], due_at: datetime, zone: str, calendar: str) -> tuple[ReminderStep, ...]:
    """The mornings of working days on which a customer is told of an end, each before that end; shared as below."""
    found = set()
    for at in _instants(lengths, due_at, zone, -1, at_an_hour=_at_an_hour(due_at, zone)):
        try:
            day = working_day_on_or_before(local_day(at, zone), calendar)
            while (morning := _morning(day, zone)) >= due_at:
                day = last_working_day_before(day, calendar)
        except BadInput:
            continue  # as in `_instants`
        found.add(morning)
    return tuple(ReminderStep(at, False, 0) for at in sorted(found))


def _morning(day: date, zone: str) -> datetime:
    return datetime.combine(day, MORNING, zone_of(zone)).astimezone(UTC)


@lru_cache(maxsize=1 << 13)
def _steps(
    before: tuple[str, ...], after: tuple[str, ...], due_at: datetime, zone: str, last_is_pressing: bool
) -> tuple[ReminderStep, ...]:
    """Thousands of windows close at one midnight: they share what is computed here."""
    hour = _at_an_hour(due_at, zone)
    ahead = sorted({at for at in _instants(before, due_at, zone, -1, at_an_hour=hour) if at < due_at})
    past = sorted(set(_instants(after, due_at, zone, 1, at_an_hour=hour)))
    level = 0
    found = []
    for at in ahead:
        level += last_is_pressing and at == ahead[-1]
        found.append(ReminderStep(at, False, level))
    for at in past:
        level += 1
        found.append(ReminderStep(at, True, level))
    return tuple(found)


def _instants(lengths: Iterable[str], end: datetime, zone: str, sign: int, *, at_an_hour: bool) -> Iterator[datetime]:
    for text in lengths:
        period = parse_period(text)
        if period.unit == "hours" and not at_an_hour:
            continue
        try:
            yield _moved(end, period, zone, sign)
        except (BadInput, OverflowError):
            continue  # beyond the years that can be computed with: nobody is there to be told


def _moved(end: datetime, period: Period, zone: str, sign: int) -> datetime:
    """So much before or after an instant; whole days on the clocks of `zone`, whatever they do in between."""
    if period.unit == "hours":
        return end + sign * _length(period)
    there = local_time(end, zone)
    day: date = there.date() + sign * _length(period)
    if not _at_an_hour(end, zone):
        return end_of_day(day - timedelta(days=1), zone)
    return datetime.combine(day, there.time(), zone_of(zone)).astimezone(UTC)


def _length(period: Period) -> timedelta:
    match period.unit:
        case "hours":
            return timedelta(hours=period.count)
        case "weeks":
            return timedelta(weeks=period.count)
        case _:
            return timedelta(days=period.count)


def _at_an_hour(end: datetime, zone: str) -> bool:
    """Whether it ends within a day, rather than when a day is over."""
    return end != end_of_day(local_time(end, zone).date() - timedelta(days=1), zone)
