"""When a period ends, and why: every rule of counting that the agreements need.

Hours are elapsed hours, in UTC. Everything else is counted in local days of the agreement's zone and
ends at a local midnight. No statute counts the terms of an agreement; the rules follow Regulation
(EEC, Euratom) 1182/71 art. 3, Algemene termijnenwet art. 1 and PECL art. 1:304 as far as they agree,
and the codes I-.. beside them name the reading that was taken where they do not.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

import msgspec

from workflows.time.calendars import Calendar
from workflows.time.literal import literal_last_day, too_late
from workflows.time.moving import Party, settled_last_day
from workflows.time.period import Period
from workflows.time.words import say_day, say_length, say_local, say_time, say_utc
from workflows.time.zones import (
    LAST_YEAR,
    check_day,
    check_instant,
    clock_changes,
    end_of_day,
    local_day,
    local_time,
    zone_of,
)

Boundary = Literal["exclusive", "inclusive", "from"]

_NONE: Final = timedelta(0)
_END: Final = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_MANY_CHANGES: Final = 4  # beyond these the steps give a number instead of each change of the clocks


class Span(msgspec.Struct, frozen=True):
    """What a period was counted over, for whoever draws it: the steps say the same in words.

    `period` None: due at once, or with the calendar year. `event_at` UTC; `counts_from` the day that does not count
    itself, which is the event's own or the business day on which it counts as arrived; `literal` the last day before
    it moved.
    """

    period: Period | None
    event_at: datetime
    event_day: date
    counts_from: date
    literal: date


class Counted(msgspec.Struct, frozen=True):
    """The end of a period.

    `due_at` UTC; `last_day` the last local day; in time is `instant < due_at` where `boundary` is
    exclusive and `instant <= due_at` where it is inclusive; `from`: it may be done at `due_at` or later.
    `steps` are the reasons, in order.
    """

    due_at: datetime
    last_day: date
    boundary: Boundary
    steps: tuple[str, ...]
    span: Span


class _Event(msgspec.Struct, frozen=True):
    """What a period runs from: its local day, the UTC instant that hours run from, and the words."""

    day: date
    instant: datetime
    step: str


def count(
    period: Period,
    event: datetime | date,
    *,
    zone: str,
    calendar: Calendar,
    party: Party,
    move: bool = True,
    arrival: bool = False,
) -> Counted:
    """Give the end of `period` from `event`, an aware instant or a date (the whole of that day).

    The day of the event does not count (I-01). A controller's period in days or longer ends on an open
    day, a processor's where it literally ends (I-05, I-06); `move=False` gives the literal end to either,
    for a processor's own setting that is no term of the agreement. Nothing at all (`P0D`) is due at once
    for a processor (I-16), while for a controller it lasts the rest of the event's day. An agreement may count
    otherwise (`calendar.manner`); `arrival`: the event is that something reached its addressee, which after the end
    of a business day counts as the next one's.
    Raises BadInput for a naive instant, an unknown zone, and an event or end outside 1970..9990.
    """
    begun = _event(event, zone)
    if period.unit == "hours":
        return _hours(period, begun, zone)
    if period.count == 0 and party == "processor":
        return _at_once(begun, zone)
    day, arrived = _arrived(event, begun, zone, calendar) if arrival else (begun.day, ())
    literal, counting = literal_last_day(period, day, calendar)
    last_day, moving = settled_last_day(literal, calendar, party, move)
    due_at, boundary, ending = _ending(last_day, zone, calendar)
    clocks = _clock_steps(begun.instant, due_at, zone)
    steps = (begun.step, *arrived, *counting, *moving, *clocks, *ending)
    span = Span(period, begun.instant, begun.day, day, literal)
    return Counted(due_at=due_at, last_day=last_day, boundary=boundary, steps=steps, span=span)


def wait(period: Period, event: datetime | date, *, zone: str, calendar: Calendar, arrival: bool = False) -> Counted:
    """Give the first instant after `period` from `event`: a waiting time, which moves for nobody.

    Raises BadInput as `count` does.
    """
    begun = _event(event, zone)
    arrived: tuple[str, ...] = ()
    if period.unit == "hours":
        counted = _hours(period, begun, zone)
        due_at, last_day, counting, span = counted.due_at, counted.last_day, counted.steps[1:-1], counted.span
    else:
        day, arrived = _arrived(event, begun, zone, calendar) if arrival else (begun.day, ())
        last_day, counting = literal_last_day(period, day, calendar)
        due_at = _within_range(end_of_day(last_day, zone))
        counting = (*counting, *_clock_steps(begun.instant, due_at, zone))
        span = Span(period, begun.instant, begun.day, day, last_day)
    end = _in_both_times(due_at, zone)
    ending = f"That time is waited for, and its end moves for neither party: from {end} on it is over."
    steps = (begun.step, *arrived, *counting, ending)
    return Counted(due_at=due_at, last_day=last_day, boundary="from", steps=steps, span=span)


def due_at_once(event: datetime | date, *, zone: str) -> Counted:
    """Give the end of no period at all: due at the instant of the event, for a date at its end (I-16).

    There is no hidden grace: what comes after that instant is late. Raises BadInput as `count` does.
    """
    return _at_once(_event(event, zone), zone)


def _event(event: datetime | date, zone: str) -> _Event:
    if isinstance(event, datetime):
        return _event_at(check_instant(event), zone)
    check_day(event)
    instant = end_of_day(event, zone)
    step = f"The event is the whole of {say_day(event)}, which is over at {_in_both_times(instant, zone)}."
    return _Event(day=event, instant=instant, step=step)


@lru_cache(maxsize=1024)
def _event_at(instant: datetime, zone: str) -> _Event:
    """Several rules are counted from one event. In UTC alone two that are equal are the same (PEP 495)."""
    day = local_day(instant, zone)
    step = f"The event is at {_in_both_times(instant, zone)}; its day is {say_day(day)}."
    return _Event(day=day, instant=instant, step=step)


def _arrived(event: datetime | date, begun: _Event, zone: str, calendar: Calendar) -> tuple[date, tuple[str, ...]]:
    """The business day that something counts as arrived on, where the agreement says when such a day ends."""
    ends = calendar.manner.day_ends
    if ends is None or not isinstance(event, datetime):
        return begun.day, ()
    local = local_time(begun.instant, zone)
    if calendar.is_working_day(begun.day) and local.time() <= ends:
        return begun.day, ()
    day = calendar.next_working_day_after(begun.day)
    why = f" ({calendar.manner.clause})" if calendar.manner.clause else ""
    step = (
        f"A business day ends at {say_time(local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0))}"
        f"{why}, and what arrives after that counts as the next one's: it counts as arrived on {say_day(day)}."
    )
    return day, (step,)


def _ending(last_day: date, zone: str, calendar: Calendar) -> tuple[datetime, Boundary, tuple[str, ...]]:
    """When the last day is over, and why: with the day, or with the business day where the agreement says so."""
    ends = calendar.manner.day_ends
    if ends is not None and calendar.manner.ends_then and calendar.is_working_day(last_day):
        local = datetime.combine(last_day, ends, zone_of(zone))
        due_at = _within_range(local.astimezone(UTC))
        step = (
            f"The last day is {say_day(last_day)} until a business day ends: the period ends at "
            f"{_in_both_times(due_at, zone)}; what happens at that very instant is still in time."
        )
        return due_at, "inclusive", (step,)
    due_at = _within_range(end_of_day(last_day, zone))
    step = (
        f"The last day is {say_day(last_day)} until it is over: the period ends at "
        f"{_in_both_times(due_at, zone)}; only what happens before that instant is in time."
    )
    whole = "The hour at which a business day ends is for what arrives; the last day itself counts as a whole."
    return due_at, "exclusive", (whole, step) if ends is not None else (step,)


def _hours(period: Period, begun: _Event, zone: str) -> Counted:
    """Elapsed hours from the exact instant; the end moves for nobody (I-03)."""
    length = timedelta(hours=period.count)
    if length >= _END - begun.instant:
        raise too_late()
    due_at = begun.instant + length
    steps = (
        begun.step,
        f"{period.words('en')} run from that instant as time that really passes; weekends and holidays "
        "count, and the end moves for neither party.",
        *_clock_steps(begun.instant, due_at, zone),
        f"The period ends at {_in_both_times(due_at, zone)}; what happens at that very instant is still in time.",
    )
    last_day = local_time(due_at, zone).date()
    span = Span(period, begun.instant, begun.day, begun.day, last_day)
    return Counted(due_at=due_at, last_day=last_day, boundary="inclusive", steps=steps, span=span)


def _at_once(begun: _Event, zone: str) -> Counted:
    steps = (
        begun.step,
        f"It is due at once, at {_in_both_times(begun.instant, zone)}; there is no further time, "
        "and what comes after that instant is late.",
    )
    span = Span(None, begun.instant, begun.day, begun.day, begun.day)
    due_at = _within_range(begun.instant)
    return Counted(due_at=due_at, last_day=begun.day, boundary="inclusive", steps=steps, span=span)


def _clock_steps(after: datetime, until: datetime, zone: str) -> tuple[str, ...]:
    """Say where the clocks change in (after, until], and how long those days are."""
    changes = clock_changes(zone, after, until)
    if len(changes) > _MANY_CHANGES:
        return (f"The clocks in {zone} change {len(changes)} times on the way.",)
    return tuple(
        f"On {say_day(change.day)} the clocks in {zone} go {'forward' if change.by > _NONE else 'back'} "
        f"by {say_length(abs(change.by))}; that day has {say_length(change.length)}."
        for change in changes
    )


@lru_cache(maxsize=1024)
def _in_both_times(instant: datetime, zone: str) -> str:
    """Of a UTC instant; thousands of periods end at one midnight."""
    return f"{say_local(local_time(instant, zone), zone)}, which is {say_utc(instant)}"


def _within_range(due_at: datetime) -> datetime:
    if due_at.year > LAST_YEAR:
        raise too_late()
    return due_at
