"""Local times as people type them, on the clocks of a zone that is known. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import msgspec

from workflows.time.zones import local_time, zone_of

Fold = Literal["", "first", "second"]
"""Which of the two is meant, where the clocks show a time twice."""
_MINUTE: Final = timedelta(minutes=1)


class NoTime(Exception):
    """No date and time stands there."""


class Skipped(Exception):
    """The clocks never show that time on that day: they are put forward over it."""


class Twice(Exception):
    """The clocks show that time twice; nobody said which is meant."""


class Readings(msgspec.Struct, frozen=True):
    """The instants (UTC) at which the clocks show a local time: none, one or two, the earlier first."""

    found: tuple[datetime, ...]


def readings(text: str, zone: str) -> Readings:
    """When the clocks of `zone` show what was typed. Raises NoTime."""
    try:
        local = datetime.fromisoformat(text.strip().replace(" ", "T", 1))
    except ValueError:
        raise NoTime from None
    if local.tzinfo is not None:
        return Readings((_utc(local),))
    clocks = zone_of(zone)
    both = [local.replace(tzinfo=clocks, fold=fold) for fold in (0, 1)]
    instants = {_utc(one) for one in both if local_time(_utc(one), zone).replace(tzinfo=None, fold=0) == local}
    return Readings(tuple(sorted(instants)))


def instant(text: str, zone: str, which: str = "") -> datetime:
    """The instant (UTC) that was typed. Raises NoTime, Skipped, Twice."""
    found = readings(text, zone).found
    if not found:
        raise Skipped
    if len(found) == 1:
        return found[0]
    if which not in ("first", "second"):
        raise Twice
    return found[0] if which == "first" else found[1]


def typed(at: datetime, zone: str) -> tuple[str, Fold]:
    """An instant as it is typed, and which of two it is where the clocks show that time twice."""
    text = local_time(at, zone).replace(tzinfo=None, fold=0).isoformat()
    found = readings(text, zone).found
    if len(found) < 2:
        return text, ""
    return text, "first" if _utc(at) == found[0] else "second"


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise NoTime from None
