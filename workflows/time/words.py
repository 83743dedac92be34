"""Days and instants as a lawyer reads them, for the steps of a computation."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NONE: Final = timedelta(0)


def month_name(day: date) -> str:
    """Month and year, such as `April 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


@lru_cache(maxsize=8192)
def say_day(day: date) -> str:
    """`Monday 10 May 2027`."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {month_name(day)}"


def say_offset(offset: timedelta) -> str:
    """An offset from UTC as RFC 3339 writes it, `+02:00`; seconds only where a zone has them."""
    total = int(offset.total_seconds())
    sign = "-" if total < 0 else "+"
    minutes, seconds = divmod(abs(total), 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def say_time(moment: datetime) -> str:
    """`10:00`, with seconds and their fraction only where there are any."""
    if moment.microsecond:
        return moment.strftime("%H:%M:%S.%f").rstrip("0")
    if moment.second:
        return moment.strftime("%H:%M:%S")
    return f"{moment.hour:02}:{moment.minute:02}"


def say_local(local: datetime, zone: str) -> str:
    """`10:00 on Saturday 29 March 2025 (UTC+01:00) in Europe/Amsterdam`; `local` is aware, in `zone`."""
    offset = local.utcoffset() or _NONE
    return f"{say_time(local)} on {say_day(local.date())} (UTC{say_offset(offset)}) in {zone}"


def say_utc(instant: datetime) -> str:
    """`2025-03-29T09:00:00Z` for an aware instant."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def say_length(length: timedelta) -> str:
    """A stretch of time in hours, such as `23 hours`, `1 hour` or `24 hours and 30 minutes`."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        f"{number} {unit}{'' if number == 1 else 's'}"
        for number, unit in ((hours, "hour"), (minutes, "minute"), (seconds, "second"))
        if number
    ]
    return say_list(parts) or "0 hours"


def say_list(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
