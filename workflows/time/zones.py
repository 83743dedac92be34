"""Where days begin and end in a time zone, and where its clocks change.

Zones come from the packaged `tzdata`, never from the machine's own files: two machines then agree on
a deadline, and the version that is stored with it (`tzdata_version`) is the one that was used.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from importlib.metadata import version
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from workflows.errors import BadInput

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 9990
"""Years that can be computed with; ten are kept free below Python's last year, 9999."""

_UNIVERSAL: Final = ("UTC", "Etc/UTC")
_INSTEAD: Final = {
    "EST": "America/New_York", "EST5EDT": "America/New_York", "CST6CDT": "America/Chicago", "MST": "America/Denver",
    "MST7MDT": "America/Denver", "PST8PDT": "America/Los_Angeles", "HST": "Pacific/Honolulu", "GMT": "Europe/London",
    "GB": "Europe/London", "WET": "Europe/Lisbon", "EET": "Europe/Helsinki", "Japan": "Asia/Tokyo",
    "Singapore": "Asia/Singapore", "Turkey": "Europe/Istanbul", "Poland": "Europe/Warsaw", "Eire": "Europe/Dublin",
}  # fmt: skip

_ONE_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NONE: Final = timedelta(0)


@lru_cache(maxsize=1)
def tzdata_version() -> str:
    """The version of the time zone rules in use, such as `2026.6`."""
    return version("tzdata")


@lru_cache(maxsize=1)
def _known_zones() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text("ascii").split())


@lru_cache(maxsize=1024)
def zone_of(zone: str) -> ZoneInfo:
    """Give the rules of an IANA zone such as `Europe/Amsterdam`; BadInput where there is none."""
    if zone not in _known_zones():
        raise BadInput(f"{zone[:60]!r} is not a time zone: write an IANA name such as Europe/Amsterdam.")
    with files("tzdata").joinpath("zoneinfo", *zone.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=zone)


def check_zone(zone: str) -> str:
    """Give the name of a place's zone back, or UTC.

    Raises BadInput where there is none, and for names of no place: EST keeps winter time all year, in Etc/GMT+5 the
    sign is turned round, and CET is the time of countries that need not go on together.
    """
    zone_of(zone)
    if zone in _UNIVERSAL or ("/" in zone and not zone.startswith("Etc/")):
        return zone
    better = _INSTEAD.get(zone, "Europe/Amsterdam")
    raise BadInput(f"{zone!r} names no place, so nothing says when its clocks change: write one such as {better}.")


def _refuse_naive(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise BadInput("An instant needs its offset from UTC, such as 2025-03-29T10:00:00+01:00.")


def check_instant(instant: datetime) -> datetime:
    """Give an aware instant in UTC; BadInput for a naive one or one outside 1970..9990."""
    _refuse_naive(instant)
    if FIRST_YEAR - 1 <= instant.year <= LAST_YEAR + 1:
        utc = instant.astimezone(UTC)
        if FIRST_YEAR <= utc.year <= LAST_YEAR:
            return utc
    raise BadInput(f"The year {instant.year} is outside {FIRST_YEAR} to {LAST_YEAR}.")


def check_day(day: date) -> date:
    """Give the day back; BadInput outside 1970..9990."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadInput(f"The year {day.year} is outside {FIRST_YEAR} to {LAST_YEAR}.")
    return day


def local_time(instant: datetime, zone: str) -> datetime:
    """Give an aware instant on the clocks of `zone`. Never add to it: that would be wall-clock time."""
    _refuse_naive(instant)  # or Python would take it for the machine's own time
    return instant.astimezone(zone_of(zone))


def local_day(instant: datetime, zone: str) -> date:
    """Give the calendar day that an aware instant falls on in `zone` (22:30 UTC may be tomorrow)."""
    return local_time(check_instant(instant), zone).date()


def start_of_day(day: date, zone: str) -> datetime:
    """Give the UTC instant at which `day` begins in `zone`; BadInput outside 1970..9990.

    Midnight, or the first moment after it where the clocks skip midnight. Where midnight comes twice,
    the first; but the second where the day before comes back in between, since that day lasts so long.
    """
    return _start_of_day(check_day(day), zone)


def end_of_day(day: date, zone: str) -> datetime:
    """Give the UTC instant, exclusive, at which `day` is over in `zone`: the start of the next day."""
    return _start_of_day(check_day(day) + _ONE_DAY, zone)


def when_over(instant: datetime, zone: str) -> datetime | date:
    """What something is over with that ends at `instant`: the local day which is over then, else that instant itself.

    A period of days ends at an exclusive midnight, which is the end of its last day and belongs to no later one: what
    runs from there runs from that day (I-14, I-15).
    """
    day = local_day(instant - _MICROSECOND, zone)
    return day if end_of_day(day, zone) == instant else instant


@lru_cache(maxsize=1 << 16)
def _start_of_day(day: date, zone: str) -> datetime:
    info = zone_of(zone)
    wall = datetime.combine(day, time(), info)
    first, again = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first == again:
        return first
    if again < first:  # the clocks skip midnight; in a gap fold=1 reads with the later offset
        return _first_instant(again, first, lambda instant: instant.astimezone(info).date() >= day)
    day_before_came_back = (again - _MICROSECOND).astimezone(info).date() < day
    return again if day_before_came_back else first


def _first_instant(low: datetime, high: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """First whole second in (low, high] where `holds` turns true; it holds at `high`, not at `low`."""
    before, after = int(low.timestamp()), int(high.timestamp())
    while after - before > 1:
        middle = (before + after) // 2
        if holds(_EPOCH + timedelta(seconds=middle)):
            after = middle
        else:
            before = middle
    return _EPOCH + timedelta(seconds=after)


def end_of_gap(wall: datetime, zone: str) -> datetime:
    """Give the UTC instant at which the clocks of `zone` skip `wall`, a naive time that they never show."""
    info = zone_of(zone)
    local = wall.replace(tzinfo=info, fold=0)
    late, early = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    return _first_instant(early, late, partial(_differs, info, _offset(info, early)))


class ClockChange(msgspec.Struct, frozen=True):
    """One change of a zone's offset.

    `at` the UTC instant, `day` the local day on the new clock, `by` what the clocks move (positive:
    forward), `length` how long that day lasts.
    """

    at: datetime
    day: date
    before: timedelta
    after: timedelta
    length: timedelta

    @property
    def by(self) -> timedelta:
        """How far the clocks move; negative when they go back."""
        return self.after - self.before


def clock_changes(zone: str, after: datetime, until: datetime) -> tuple[ClockChange, ...]:
    """Give the changes of the clocks in (after, until], both aware, soonest first."""
    return tuple(
        change
        for year in range(after.astimezone(UTC).year, until.astimezone(UTC).year + 1)
        for change in _changes_in(zone, year)
        if after < change.at <= until
    )


def _offset(info: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(info).utcoffset() or _NONE


def _differs(info: ZoneInfo, offset: timedelta, instant: datetime) -> bool:
    return _offset(info, instant) != offset


@lru_cache(maxsize=4096)
def _changes_in(zone: str, year: int) -> tuple[ClockChange, ...]:
    """Changes in a UTC year, found by comparing one midnight (UTC) with the next."""
    info = zone_of(zone)
    found: list[ClockChange] = []
    low = datetime(year, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    before = _offset(info, low)
    end = datetime(year + 1, 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    while low < end:
        high = min(low + _ONE_DAY, end)
        now = _offset(info, high)
        if now != before:
            at = _first_instant(low, high, partial(_differs, info, before))
            day = at.astimezone(info).date()
            length = _start_of_day(day + _ONE_DAY, zone) - _start_of_day(day, zone)
            found.append(ClockChange(at=at, day=day, before=before, after=now, length=length))
        low, before = high, now
    return tuple(found)
