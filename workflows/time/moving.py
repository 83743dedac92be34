"""Whether a last day that is free moves, for whom, and by what: pure, with the reasons in words."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

from workflows.time.calendars import Calendar
from workflows.time.words import say_day, say_list

Party = Literal["controller", "processor"]

_ONE_DAY: Final = timedelta(days=1)


@lru_cache(maxsize=4096)
def settled_last_day(last_day: date, calendar: Calendar, party: Party, move: bool) -> tuple[date, tuple[str, ...]]:
    """Let a controller's last day move to an open day, leave a processor's where it is; or as the agreement says.

    Kept, as `literal_last_day` is: thousands of windows open, and end, on one day.
    """
    manner = calendar.manner
    if manner.statutory and manner.moves == "none":
        return last_day, _stays_by_law(last_day, calendar)
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
        if manner.statutory:
            statute = manner.law
            step = (
                f"The clocks of {statute} move off a last day that is free: past {passed} to the next open day, "
                f"{say_day(moved)}."
            )
        elif own:
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


def _stays_by_law(last_day: date, calendar: Calendar) -> tuple[str, ...]:
    if calendar.is_open_day(last_day):
        return ()
    statute, day = calendar.manner.law, _named(last_day, calendar)
    before = calendar.last_working_day_before(last_day)
    return (
        f"Nothing known moves the clocks of {statute} off a day that is free: the last day stays on {day}.",
        f"That is no working day; the last working day before it is {say_day(before)}.",
    )


def _named(day: date, calendar: Calendar) -> str:
    names = [name for name in (calendar.holiday(day), calendar.equated(day)) if name is not None]
    return f"{say_day(day)} ({say_list(names)})" if names else say_day(day)
