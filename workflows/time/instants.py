"""Reading instants and days as people and programs write them (RFC 3339)."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from workflows.errors import BadInput
from workflows.time.words import say_day, say_local, say_offset, say_time
from workflows.time.zones import check_day, check_instant, end_of_gap, local_time, zone_of

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"(?P<wall>[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,12}))?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)


def parse_instant(text: str, zone: str | None = None) -> datetime | date:
    """Read an instant, given back aware and in UTC, or a bare ISO date, given back as a date.

    A local time without an offset is read on the clocks of `zone`, and only if it happens there
    exactly once. Digits beyond the microsecond are dropped. Raises BadInput with the remedy for
    anything else and for years outside 1970..9990.
    """
    if _DAY.fullmatch(text):
        return check_day(_day(text))
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise BadInput(
            f"{text[:40]!r} is not an instant. Write date, time and offset, such as "
            "2025-03-29T10:00:00+01:00 or 2025-03-29T09:00:00Z, or a date alone, 2025-03-29."
        )
    second = found["second"] or "00"
    if second == "60":
        raise BadInput(f"{text!r} is a leap second, which cannot be stored: write second 59 or the next minute.")
    try:
        wall = datetime.strptime(f"{found['wall'][:10]} {found['wall'][11:]}:{second}", "%Y-%m-%d %H:%M:%S")
    except ValueError:
        raise BadInput(f"{text!r} has a day or a time that does not exist.") from None
    wall = wall.replace(microsecond=int((found["fraction"] or "0")[:6].ljust(6, "0")))
    check_day(wall.date())
    offset = found["offset"]
    if offset is None:
        return check_instant(_on_clocks(wall, text, zone))
    return check_instant(wall.replace(tzinfo=_offset(offset, text)))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"The day {text} does not exist.") from None


def _offset(offset: str, text: str) -> timezone:
    if offset in "Zz":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:])
    if hours > 23 or minutes > 59:
        raise BadInput(f"{text!r} has the offset {offset}: write one between -23:59 and +23:59.")
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if offset[0] == "-" else ahead)


def _on_clocks(wall: datetime, text: str, zone: str | None) -> datetime:
    if zone is None:
        raise BadInput(f"{text!r} needs its offset from UTC: write {text}Z or, for example, {text}+01:00.")
    local = wall.replace(tzinfo=zone_of(zone))
    again = local.replace(fold=1)
    first, second = local.astimezone(UTC), again.astimezone(UTC)
    if first == second:
        return local
    if first < second:
        offsets = [say_offset(time.utcoffset() or timedelta(0)) for time in (local, again)]
        raise BadInput(
            f"{say_time(wall)} on {say_day(wall.date())} happens twice in {zone}: "
            f"write {text}{offsets[0]} for the first or {text}{offsets[1]} for the second."
        )
    goes_on = end_of_gap(wall, zone)
    stops = goes_on.replace(tzinfo=None) + (local.utcoffset() or timedelta(0))
    raise BadInput(
        f"{say_time(wall)} on {say_day(wall.date())} does not exist in {zone}: the clocks go "
        f"from {say_time(stops)} on {say_day(stops.date())} straight to "
        f"{say_local(local_time(goes_on, zone), zone)}. Write the instant with its offset from UTC."
    )
