"""When a period ends, and why: every rule of counting that the agreements need.

Hours are elapsed hours, in UTC. Everything else is counted in local days of the agreement's zone and
ends at a local midnight. No statute counts the terms of an agreement; the rules follow Regulation
(EEC, Euratom) 1182/71 art. 3, Algemene termijnenwet art. 1 and PECL art. 1:304 as far as they agree,
and the codes I-.. beside them name the reading that was taken where they do not.
"""

import calendar as gregorian
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, assert_never

import msgspec

from workflows.errors import BadInput
from workflows.time.calendars import WEEK, Calendar
from workflows.time.legal_days import NONE, called
from workflows.time.period import Period
from workflows.time.words import month_name, say_day, say_length, say_list, say_local, say_time, say_utc
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

Party = Literal["controller", "processor"]
Boundary = Literal["exclusive", "inclusive", "from"]

_ONE_DAY: Final = timedelta(days=1)
_NONE: Final = timedelta(0)
_END: Final = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_MANY_CHANGES: Final = 4  # beyond these the steps give a number instead of each change of the clocks
_MANY_DAYS: Final = 12


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
    literal, counting = _literal_last_day(period, day, calendar)
    last_day, moving = _settled_last_day(literal, calendar, party, move)
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
        last_day, counting = _literal_last_day(period, day, calendar)
        due_at = _within_range(end_of_day(last_day, zone))
        counting = (*counting, *_clock_steps(begun.instant, due_at, zone))
        span = Span(period, begun.instant, begun.day, day, last_day)
    end = _in_both_times(due_at, zone)
    ending = f"That time is waited for, and its end moves for neither party: from {end} on it is over."
    steps = (begun.step, *arrived, *counting, ending)
    return Counted(due_at=due_at, last_day=last_day, boundary="from", steps=steps, span=span)


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


def due_at_once(event: datetime | date, *, zone: str) -> Counted:
    """Give the end of no period at all: due at the instant of the event, for a date at its end (I-16).

    There is no hidden grace: what comes after that instant is late. Raises BadInput as `count` does.
    """
    return _at_once(_event(event, zone), zone)


def _event(event: datetime | date, zone: str) -> _Event:
    if isinstance(event, datetime):
        instant = check_instant(event)
        day = local_day(instant, zone)
        step = f"The event is at {_in_both_times(instant, zone)}; its day is {say_day(day)}."
        return _Event(day=day, instant=instant, step=step)
    check_day(event)
    instant = end_of_day(event, zone)
    step = f"The event is the whole of {say_day(event)}, which is over at {_in_both_times(instant, zone)}."
    return _Event(day=event, instant=instant, step=step)


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
        raise _too_late()
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


def _literal_last_day(period: Period, day: date, calendar: Calendar) -> tuple[date, tuple[str, ...]]:
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


def _days_after(day: date, days: int) -> date:
    if days > (date(LAST_YEAR, 12, 31) - day).days:
        raise _too_late()
    return day + timedelta(days=days)


def _months_after(period: Period, day: date, months: int) -> tuple[date, tuple[str, ...]]:
    """One step from the event's day: the same number, else the last day of that month (I-04)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > LAST_YEAR:
        raise _too_late()
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


def _settled_last_day(last_day: date, calendar: Calendar, party: Party, move: bool) -> tuple[date, tuple[str, ...]]:
    """Let a controller's last day move to an open day, leave a processor's where it is; or as the agreement says."""
    manner = calendar.manner
    if not move or manner.moves not in (party, "both"):
        return last_day, _stays(last_day, calendar, party, move)
    # By a law its own equated days count for both; a clause or a reading gives the processor no more than it says.
    own = manner.moves_to_working_days
    every = bool(manner.law) or (party == "controller" and not own)
    moved = calendar.next_open_day(last_day) if every else _next_working_day(last_day, calendar)
    if moved == last_day:
        steps = [
            f"{say_day(last_day)} is a working day of this agreement, so the last day does not move."
            if own
            else f"{say_day(last_day)} is no Saturday, Sunday or holiday and no day equated with one, "
            "so the last day does not move."
        ]
    else:
        ahead = range((moved - last_day).days)
        passed = say_list([_named(last_day + timedelta(days=days), calendar) for days in ahead])
        if own:
            step = (
                f"A last day that is free moves for the {party} ({manner.ground}): past "
                f"{passed} to the next working day, {say_day(moved)}."
            )
        elif manner.ground:
            step = (
                f"A last day that is free moves for the {party} ({manner.ground}): past "
                f"{passed} to the next open day, {say_day(moved)}."
            )
        else:
            step = (
                "A period in which the controller may act is never shortened, so its last day moves past "
                f"{passed} to the next open day, {say_day(moved)}."
            )
        steps = [step]
    gap = calendar.yearly.gap(moved.year) if calendar.yearly is not None else ""
    if gap:
        steps.append(gap)
    return moved, tuple(steps)


def _next_working_day(day: date, calendar: Calendar) -> date:
    return day if calendar.is_working_day(day) else calendar.next_working_day_after(day)


def _stays(last_day: date, calendar: Calendar, party: Party, move: bool) -> tuple[str, ...]:
    if not move and party == "controller":
        return (f"This is no term of the agreement: the last day stays on {_named(last_day, calendar)}.",)
    if calendar.manner.ground:
        steps = [
            f"No last day of the {party}'s moves ({calendar.manner.ground}): it stays on {_named(last_day, calendar)}."
        ]
    else:
        steps = [
            "A period in which the processor must act is never extended: "
            f"the last day stays on {_named(last_day, calendar)}."
        ]
    if party == "processor" and not calendar.is_working_day(last_day):
        before = calendar.last_working_day_before(last_day)
        steps.append(f"That is no working day; the last working day before it is {say_day(before)}.")
    return tuple(steps)


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


def _named(day: date, calendar: Calendar) -> str:
    names = [name for name in (calendar.holiday(day), calendar.equated(day)) if name is not None]
    return f"{say_day(day)} ({say_list(names)})" if names else say_day(day)


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


def _in_both_times(instant: datetime, zone: str) -> str:
    return f"{say_local(local_time(instant, zone), zone)}, which is {say_utc(instant)}"


def _listed(parts: list[str]) -> str:
    more = len(parts) - _MANY_DAYS
    return say_list(parts if more <= 0 else [*parts[:_MANY_DAYS], f"{more} more"])


def _within_range(due_at: datetime) -> datetime:
    if due_at.year > LAST_YEAR:
        raise _too_late()
    return due_at


def _too_late() -> BadInput:
    return BadInput(f"The period would end after the year {LAST_YEAR}: give an earlier event or a shorter period.")
