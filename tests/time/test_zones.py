"""Days in a zone, and reading instants."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.errors import BadInput
from workflows.time import (
    check_zone,
    end_of_day,
    local_day,
    local_time,
    parse_instant,
    start_of_day,
    tzdata_version,
    zone_of,
)
from workflows.time.zones import clock_changes, when_over

AMS = "Europe/Amsterdam"
QUICK = settings(max_examples=150, deadline=None, database=None)
ODD_ZONES = (
    *("Europe/Amsterdam", "Europe/Brussels", "UTC", "America/St_Johns", "America/Havana", "Asia/Beirut"),
    *("America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo", "Asia/Gaza", "Australia/Lord_Howe"),
    *("Africa/Casablanca", "Asia/Pyongyang", "Pacific/Kwajalein", "America/Asuncion", "Asia/Kathmandu"),
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_late_in_the_evening_utc_is_tomorrow_in_summer() -> None:
    assert local_day(utc("2026-06-01T22:30"), AMS) == date(2026, 6, 2)
    assert local_day(utc("2026-06-01T21:59:59.999999"), AMS) == date(2026, 6, 1)
    assert local_day(utc("2026-12-01T22:30"), AMS) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        (AMS, date(2026, 1, 1), "2025-12-31T23:00", 24),
        (AMS, date(2026, 3, 29), "2026-03-28T23:00", 23),
        (AMS, date(2026, 10, 25), "2026-10-24T22:00", 25),
        (AMS, date(1970, 1, 1), "1969-12-31T23:00", 24),
        (AMS, date(9990, 12, 31), "9990-12-30T23:00", 24),
        # Midnight skipped: the clocks go from 00:00 to 01:00.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00", 23),
        # From midnight back to 23:00: the day before has 25 hours.
        ("America/Sao_Paulo", date(2018, 2, 17), "2018-02-17T02:00", 25),
        ("America/Sao_Paulo", date(2018, 2, 18), "2018-02-18T03:00", 24),
        # From 01:00 back to 00:00: midnight twice, both within the same day.
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00", 25),
        # From 00:01 back to 23:01: the day before comes back, and lasts until the second midnight.
        ("America/St_Johns", date(2006, 10, 28), "2006-10-28T02:30", 25),
        ("America/St_Johns", date(2006, 10, 29), "2006-10-29T03:30", 24),
        # A day that was left out at the date line.
        ("Pacific/Apia", date(2011, 12, 29), "2011-12-29T10:00", 24),
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00", 0),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00", 24),
    ],
)
def test_where_days_begin_and_end(zone: str, day: date, start: str, hours: int) -> None:
    assert start_of_day(day, zone) == utc(start)
    assert end_of_day(day, zone) - start_of_day(day, zone) == timedelta(hours=hours)
    assert start_of_day(day, zone).tzinfo is UTC


@QUICK
@given(
    zone=st.sampled_from(ODD_ZONES),
    day=st.dates(date(1970, 1, 2), date(2070, 12, 31)),
    after=st.timedeltas(timedelta(0), timedelta(hours=30)),
)
def test_no_moment_of_a_day_lies_after_its_end(zone: str, day: date, after: timedelta) -> None:
    assert local_day(end_of_day(day, zone) + after, zone) > day
    assert local_day(start_of_day(day, zone), zone) >= day
    assert local_day(start_of_day(day, zone) - timedelta(microseconds=1), zone) < day
    assert start_of_day(day, zone) <= end_of_day(day, zone)


def test_clock_changes_lie_after_the_first_and_up_to_the_second_instant() -> None:
    (change,) = clock_changes(AMS, utc("2026-01-01T00:00"), utc("2026-10-01T00:00"))
    assert change.at == utc("2026-03-29T01:00")
    assert (change.day, change.by, change.length) == (
        date(2026, 3, 29),
        timedelta(hours=1),
        timedelta(hours=23),
    )
    assert clock_changes(AMS, change.at, utc("2026-10-01T00:00")) == ()
    assert clock_changes(AMS, utc("2026-03-01T00:00"), change.at) == (change,)
    (back,) = clock_changes("Australia/Lord_Howe", utc("2026-04-01T00:00"), utc("2026-05-01T00:00"))
    assert (back.by, back.length) == (timedelta(minutes=-30), timedelta(hours=24, minutes=30))
    assert clock_changes("UTC", utc("1970-01-01T00:00"), utc("2100-01-01T00:00")) == ()


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../../etc/passwd", "europe/amsterdam", "/etc/localtime"])
def test_unknown_zones_are_refused(zone: str) -> None:
    with pytest.raises(BadInput, match="IANA"):
        zone_of(zone)


def test_the_zone_rules_are_the_packaged_ones() -> None:
    assert zone_of(AMS) is zone_of(AMS)
    assert zone_of(AMS).key == AMS
    assert tzdata_version().startswith("20")


def test_naive_instants_are_refused() -> None:
    naive = datetime(2026, 1, 1)
    with pytest.raises(BadInput, match="offset"):
        local_day(naive, AMS)
    with pytest.raises(BadInput, match="offset"):
        local_time(naive, AMS)


@pytest.mark.parametrize("day", [date(1969, 12, 31), date(9991, 1, 1), date(9999, 12, 31), date.min])
def test_days_out_of_range_are_refused(day: date) -> None:
    with pytest.raises(BadInput, match="1970 to 9990"):
        start_of_day(day, AMS)
    with pytest.raises(BadInput, match="1970 to 9990"):
        end_of_day(day, AMS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-29T10:00:00+01:00", "2025-03-29T09:00:00"),
        ("2025-03-29T09:00:00Z", "2025-03-29T09:00:00"),
        ("2025-03-29t09:00:00z", "2025-03-29T09:00:00"),
        ("2025-03-29 09:00:00Z", "2025-03-29T09:00:00"),
        ("2025-03-29T10:00+01:00", "2025-03-29T09:00:00"),
        ("2025-03-29T09:00:00-00:00", "2025-03-29T09:00:00"),
        ("2025-03-29T05:29:59.5-03:30", "2025-03-29T08:59:59.500000"),
        ("2025-03-29T09:00:00.123456789Z", "2025-03-29T09:00:00.123456"),
        ("2025-10-26T02:30:00+02:00", "2025-10-26T00:30:00"),
        ("2025-10-26T02:30:00+01:00", "2025-10-26T01:30:00"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00"),
        ("9990-12-31T23:59:59Z", "9990-12-31T23:59:59"),
    ],
)
def test_instants_with_an_offset(text: str, expected: str) -> None:
    read = parse_instant(text, AMS)
    assert read == utc(expected)
    assert isinstance(read, datetime)
    assert read.tzinfo is UTC
    assert parse_instant(text) == read


def test_a_bare_date_stays_a_date() -> None:
    for zone in (None, AMS):
        read = parse_instant("2025-12-31", zone)
        assert read == date(2025, 12, 31)
        assert not isinstance(read, datetime)


def test_local_times_are_read_in_the_zone_that_is_named() -> None:
    assert parse_instant("2025-07-01T10:00:00", AMS) == utc("2025-07-01T08:00")
    assert parse_instant("2025-01-01T10:00", AMS) == utc("2025-01-01T09:00")
    assert parse_instant("2025-10-26T01:59:59.999999", AMS) == utc("2025-10-25T23:59:59.999999")
    assert parse_instant("2025-10-26T03:00", AMS) == utc("2025-10-26T02:00")
    assert parse_instant("2025-03-30T01:59:59", AMS) == utc("2025-03-30T00:59:59")
    assert parse_instant("2025-03-30T03:00", AMS) == utc("2025-03-30T01:00")


def test_an_ambiguous_local_time_names_both_offsets() -> None:
    with pytest.raises(BadInput) as caught:
        parse_instant("2025-10-26T02:30:00", AMS)
    assert "2025-10-26T02:30:00+02:00 for the first" in caught.value.detail
    assert "2025-10-26T02:30:00+01:00 for the second" in caught.value.detail


@pytest.mark.parametrize("time", ["02:00", "02:30:00", "02:59:59.999999"])
def test_a_local_time_that_does_not_exist_names_the_gap(time: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_instant(f"2025-03-30T{time}", AMS)
    assert "does not exist in Europe/Amsterdam" in caught.value.detail
    assert "from 02:00 on Sunday 30 March 2025 straight to 03:00" in caught.value.detail


def test_a_day_left_out_names_the_gap() -> None:
    with pytest.raises(BadInput, match=r"from 00:00 on Friday 30 .* straight to 00:00 on Saturday 31 December 2011"):
        parse_instant("2011-12-30T12:00", "Pacific/Apia")


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2025-03-29T10:00:00", "2025-3-29", "2025-02-29", "2025-13-01", "20250329"),
        *("2025-03-29T24:00:00Z", "2025-03-29T10:60:00Z", "2025-02-30T10:00:00Z", "2016-12-31T23:59:60Z"),
        *("2025-03-29T10:00:00+24:00", "2025-03-29T10:00:00+01:60", "2025-03-29T10:00:00+0100"),
        *("2025-03-29T10:00:00+01:00[Europe/Amsterdam]", "2025-03-29T10:00:00.Z", "2025-03-29T10Z"),
        *("2025-03-29T10:00:00Z\n", "2025-03-29\n", " 2025-03-29", "٢٠٢٥-03-29", "1743242400", "2025-W13-6"),
        *("1969-12-31", "9991-01-01", "0000-01-01", "1969-12-31T23:59:59Z", "9991-01-01T00:00:00Z"),
        *("1970-01-01T00:00:00+01:00", "9990-12-31T23:59:59-01:00", "9999-12-31T23:59:59-12:00"),
        *("0001-01-01T00:00:00+14:00", "2" * 10_000),
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_instant(text)
    assert len(caught.value.detail) < 300


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "US/Eastern", "UTC", "Etc/UTC"])
def test_a_zone_names_a_place(zone: str) -> None:
    assert check_zone(zone) == zone


@pytest.mark.parametrize(
    ("zone", "instead"),
    [("EST", "America/New_York"), ("CET", "Europe/Amsterdam"), ("GB", "Europe/London"), ("Etc/GMT-1", "Europe/"),
     ("GMT", "Europe/London"), ("Factory", "Europe/")],
)  # fmt: skip
def test_what_names_no_place_is_refused_with_one_that_does(zone: str, instead: str) -> None:
    with pytest.raises(BadInput, match=f"names no place.*{instead}"):
        check_zone(zone)


@pytest.mark.parametrize(
    ("instant", "zone", "over"),
    [
        ("2026-06-12T22:00:00Z", "Europe/Amsterdam", date(2026, 6, 12)),
        ("2026-06-12T22:00:00.000001Z", "Europe/Amsterdam", None),
        ("2026-06-12T21:59:59Z", "Europe/Amsterdam", None),
        # Cairo's clocks skip midnight on Friday 24 April 2026: Thursday is over at 01:00.
        ("2026-04-23T22:00:00Z", "Africa/Cairo", date(2026, 4, 23)),
    ],
)
def test_a_midnight_is_the_end_of_the_day_before(instant: str, zone: str, over: date | None) -> None:
    at = datetime.fromisoformat(instant)
    assert when_over(at, zone) == (over or at)
