"""The end of periods, case by case; expected values are worked out by hand."""

from datetime import UTC, date, datetime
from typing import Literal

import pytest

from workflows.errors import BadInput
from workflows.time import Counted, calendar_for, count, due_at_once, parse_instant, parse_period
from workflows.time.zones import zone_of

AMS = "Europe/Amsterdam"
NL = calendar_for("NL")
BE = calendar_for("BE")

Party = Literal["controller", "processor"]


def counted(period: str, event: str, party: Party, *, move: bool = True) -> Counted:
    return count(parse_period(period), parse_instant(event, AMS), zone=AMS, calendar=NL, party=party, move=move)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "event", "due"),
    [
        ("PT24H", "2025-03-29T10:00:00+01:00", "2025-03-30T09:00"),  # Sunday 11:00, the clocks go forward
        ("PT24H", "2025-10-25T10:00:00+02:00", "2025-10-26T08:00"),  # Sunday 09:00, the clocks go back
        ("PT48H", "2026-03-27T17:00:00+01:00", "2026-03-29T16:00"),  # over a weekend: nothing moves
        ("PT72H", "2025-12-24T12:17:00+01:00", "2025-12-27T11:17"),  # over Christmas, to the minute
        ("PT1H", "2025-10-26T02:30:00+02:00", "2025-10-26T01:30"),  # the second 02:30
        ("PT1H", "2025-10-26T02:30:00+01:00", "2025-10-26T02:30"),
        ("PT24H", "2026-06-01T10:00:00.123456Z", "2026-06-02T10:00:00.123456"),
        ("PT24H", "2025-12-31", "2026-01-01T23:00"),  # from the end of that day
        ("PT0H", "2025-12-31", "2025-12-31T23:00"),
    ],
)
@pytest.mark.parametrize("party", ["controller", "processor"])
def test_hours_are_elapsed_and_move_for_nobody(period: str, event: str, due: str, party: Party) -> None:
    result = counted(period, event, party)
    assert result.due_at == utc(due)
    assert result.due_at.tzinfo is UTC
    assert result.boundary == "inclusive"


def test_the_last_day_of_hours_is_the_local_day_of_the_end() -> None:
    assert counted("PT24H", "2026-06-01T22:30:00Z", "processor").last_day == date(2026, 6, 3)
    assert counted("PT24H", "2026-12-01T22:30:00Z", "processor").last_day == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("period", "event", "last_day", "due"),
    [
        # Days. Half past ten in the evening UTC is tomorrow in summer.
        ("P30D", "2026-06-01T22:30:00Z", date(2026, 7, 2), "2026-07-02T22:00"),
        ("P30D", "2026-06-01T21:30:00Z", date(2026, 7, 1), "2026-07-01T22:00"),
        ("P30D", "2026-12-01T22:30:00Z", date(2026, 12, 31), "2026-12-31T23:00"),
        # Over the change of the clocks: still local midnight.
        ("P14D", "2026-03-20T10:00:00+01:00", date(2026, 4, 3), "2026-04-03T22:00"),
        ("P14D", "2026-10-20T10:00:00+02:00", date(2026, 11, 3), "2026-11-03T23:00"),
        ("P1D", "2026-03-28T10:00:00+01:00", date(2026, 3, 29), "2026-03-29T22:00"),
        # A Sunday and a holiday stay, for the processor.
        ("P14D", "2026-05-03T10:00:00+02:00", date(2026, 5, 17), "2026-05-17T22:00"),
        ("P14D", "2025-12-11T10:00:00+01:00", date(2025, 12, 25), "2025-12-25T23:00"),
        # Weeks: the same day of the week.
        ("P2W", "2026-02-02T09:00:00+01:00", date(2026, 2, 16), "2026-02-16T23:00"),
        ("P1W", "2026-02-02", date(2026, 2, 9), "2026-02-09T23:00"),
        # Months: one step, the same number or the last day.
        ("P3M", "2026-01-31T12:00:00+01:00", date(2026, 4, 30), "2026-04-30T22:00"),
        ("P1M", "2026-01-31T12:00:00+01:00", date(2026, 2, 28), "2026-02-28T23:00"),
        ("P1M", "2028-01-31T12:00:00+01:00", date(2028, 2, 29), "2028-02-29T23:00"),
        ("P1M", "2026-02-28T12:00:00+01:00", date(2026, 3, 28), "2026-03-28T23:00"),
        ("P1M", "2026-04-30T12:00:00+02:00", date(2026, 5, 30), "2026-05-30T22:00"),
        ("P3M", "2024-02-29T12:00:00+01:00", date(2024, 5, 29), "2024-05-29T22:00"),
        ("P3M", "2027-11-30T12:00:00+01:00", date(2028, 2, 29), "2028-02-29T23:00"),
        ("P6M", "2026-08-31T12:00:00+02:00", date(2027, 2, 28), "2027-02-28T23:00"),
        ("P12M", "2026-12-15T12:00:00+01:00", date(2027, 12, 15), "2027-12-15T23:00"),
        ("P3M", "2026-12-31T23:30:00+01:00", date(2027, 3, 31), "2027-03-31T22:00"),
        ("P3M", "2026-12-31T23:30:00Z", date(2027, 4, 1), "2027-04-01T22:00"),  # 1 January, local
        # Years.
        ("P1Y", "2024-02-29T12:00:00+01:00", date(2025, 2, 28), "2025-02-28T23:00"),
        ("P4Y", "2024-02-29T12:00:00+01:00", date(2028, 2, 29), "2028-02-29T23:00"),
        # An end date is the whole of that day; it does not read as the day after.
        ("P3M", "2025-12-31", date(2026, 3, 31), "2026-03-31T22:00"),
        ("P1M", "2026-06-30", date(2026, 7, 30), "2026-07-30T22:00"),
        ("P6M", "2025-08-31", date(2026, 2, 28), "2026-02-28T23:00"),
        # Working days over Christmas: 21-24, 28-31 December, 4 and 5 January.
        ("P10WD", "2026-12-18T16:00:00+01:00", date(2027, 1, 5), "2027-01-05T23:00"),
        # Over Good Friday (counts), Easter Monday, King's Day and a decreed Friday (counts):
        # 14, 18-21, 24-26, 28 April, 1 May.
        ("P10WD", "2028-04-13T09:00:00+02:00", date(2028, 5, 1), "2028-05-01T22:00"),
        # Over King's Day on a Monday: 15-17, 20-24, 28, 29 April.
        ("P10WD", "2026-04-14T09:00:00+02:00", date(2026, 4, 29), "2026-04-29T22:00"),
        # Over Easter 2026: 30, 31 March, 1, 2, 3 (Good Friday), 7-10, 13 April.
        ("P10WD", "2026-03-27T23:59:59+01:00", date(2026, 4, 13), "2026-04-13T22:00"),
        # King's Day 2025 is a Saturday, so Monday 28 April counts: 18, 22-25, 28-30 April, 1, 2 May.
        ("P10WD", "2025-04-17T09:00:00+02:00", date(2025, 5, 2), "2025-05-02T22:00"),
        # 5 and 6 May 2027 do not count, decreed 7 May does: 30 April, 3, 4, 7, 10 May.
        ("P5WD", "2027-04-29T09:00:00+02:00", date(2027, 5, 10), "2027-05-10T22:00"),
        # An event on a Saturday: the first working day is Monday.
        ("P1WD", "2026-06-06T09:00:00+02:00", date(2026, 6, 8), "2026-06-08T22:00"),
        ("P1WD", "2026-04-02T09:00:00+02:00", date(2026, 4, 3), "2026-04-03T22:00"),  # Good Friday
    ],
)
def test_the_processor_gets_the_literal_end(period: str, event: str, last_day: date, due: str) -> None:
    result = counted(period, event, "processor")
    assert (result.last_day, result.due_at, result.boundary) == (last_day, utc(due), "exclusive")


@pytest.mark.parametrize(
    ("period", "event", "literal", "last_day", "due"),
    [
        # Liberation Day, Ascension Day, a decreed Friday, the weekend.
        ("P30D", "2027-04-05T10:00:00+02:00", date(2027, 5, 5), date(2027, 5, 10), "2027-05-10T22:00"),
        # Christmas Day on a Thursday.
        ("P2W", "2025-12-11", date(2025, 12, 25), date(2025, 12, 29), "2025-12-29T23:00"),
        # New Year's Day, decreed 2 January, the weekend.
        ("P14D", "2025-12-18T10:00:00+01:00", date(2026, 1, 1), date(2026, 1, 5), "2026-01-05T23:00"),
        # King's Day on Saturday 26 April 2025, then Sunday.
        ("P14D", "2025-04-12T10:00:00+02:00", date(2025, 4, 26), date(2025, 4, 28), "2025-04-28T22:00"),
        # King's Day on a Monday; the Tuesday is ordinary.
        ("P14D", "2026-04-13T10:00:00+02:00", date(2026, 4, 27), date(2026, 4, 28), "2026-04-28T22:00"),
        # Good Friday, the weekend, Easter Monday; the clocks changed on the way.
        ("P14D", "2026-03-20T10:00:00+01:00", date(2026, 4, 3), date(2026, 4, 7), "2026-04-07T22:00"),
        # The day after Ascension Day, equated by decree.
        ("P30D", "2026-04-15T10:00:00+02:00", date(2026, 5, 15), date(2026, 5, 18), "2026-05-18T22:00"),
        # 5 May in a year that is no fifth year.
        ("P30D", "2026-04-05T10:00:00+02:00", date(2026, 5, 5), date(2026, 5, 6), "2026-05-06T22:00"),
        # A Saturday; a clamped month end on a Saturday; an ordinary Monday.
        ("P30D", "2026-06-04T10:00:00+02:00", date(2026, 7, 4), date(2026, 7, 6), "2026-07-06T22:00"),
        ("P1M", "2026-01-31", date(2026, 2, 28), date(2026, 3, 2), "2026-03-02T23:00"),
        ("P30D", "2026-06-06T10:00:00+02:00", date(2026, 7, 6), date(2026, 7, 6), "2026-07-06T22:00"),
        # The Monday before King's Day 2027 is not in the decree.
        ("P14D", "2027-04-12T10:00:00+02:00", date(2027, 4, 26), date(2027, 4, 26), "2027-04-26T22:00"),
        # Working days end on a working day that is closed all the same.
        ("P1WD", "2026-04-02T09:00:00+02:00", date(2026, 4, 3), date(2026, 4, 7), "2026-04-07T22:00"),
        # No time at all: the rest of the day, and of the next open one.
        ("P0D", "2026-06-05T10:00:00+02:00", date(2026, 6, 5), date(2026, 6, 5), "2026-06-05T22:00"),
        ("P0D", "2026-06-06T10:00:00+02:00", date(2026, 6, 6), date(2026, 6, 8), "2026-06-08T22:00"),
    ],
)
def test_the_controllers_last_day_moves_to_an_open_day(
    period: str, event: str, literal: date, last_day: date, due: str
) -> None:
    result = counted(period, event, "controller")
    assert (result.last_day, result.due_at, result.boundary) == (last_day, utc(due), "exclusive")
    unmoved = counted(period, event, "controller", move=False)
    assert (unmoved.last_day, unmoved.boundary) == (literal, "exclusive")
    assert any("no term of the agreement" in step for step in unmoved.steps)
    moving = [step for step in result.steps if "never shortened" in step]
    assert bool(moving) is (literal != last_day)


def test_belgian_days_decide_under_the_belgian_calendar() -> None:
    def end(event: date, party: Party) -> date:
        result = count(parse_period("P14D"), event, zone="Europe/Brussels", calendar=BE, party=party)
        return result.last_day

    assert end(date(2025, 12, 12), "controller") == date(2025, 12, 26)  # ordinary in Belgium
    assert end(date(2026, 7, 7), "controller") == date(2026, 7, 22)  # past the National Day
    assert end(date(2026, 7, 7), "processor") == date(2026, 7, 21)


@pytest.mark.parametrize("period", ["P0D", "P0W", "P0M", "P0Y", "P0WD", "PT0H"])
def test_nothing_at_all_is_due_at_the_event_for_a_processor(period: str) -> None:
    result = counted(period, "2026-06-06T10:00:00+02:00", "processor")
    assert (result.due_at, result.boundary) == (utc("2026-06-06T08:00"), "inclusive")
    assert result.last_day == date(2026, 6, 6)


def test_at_once_from_an_end_date_is_the_end_of_that_day() -> None:
    result = due_at_once(date(2025, 12, 31), zone=AMS)
    assert (result.due_at, result.boundary) == (utc("2025-12-31T23:00"), "inclusive")
    assert result.last_day == date(2025, 12, 31)
    at = utc("2026-06-06T08:00:00.5")
    assert due_at_once(at, zone=AMS).due_at == at
    assert "at once" in due_at_once(at, zone=AMS).steps[1]


def test_the_same_instant_counts_alike_whatever_its_offset() -> None:
    assert counted("P30D", "2026-06-02T00:30:00+02:00", "controller") == counted(
        "P30D", "2026-06-01T22:30:00Z", "controller"
    )


def test_steps_of_a_chain_name_every_day_that_is_passed() -> None:
    event, added, moved, end = counted("P30D", "2027-04-05T10:00:00Z", "controller").steps
    assert "12:00 on Monday 5 April 2027 (UTC+02:00) in Europe/Amsterdam" in event
    assert "2027-04-05T10:00:00Z" in event
    assert "30 days after it is Wednesday 5 May 2027" in added
    assert "never shortened" in moved
    for name in ("5 May 2027 (Liberation Day)", "6 May 2027 (Ascension Day)", "7 May 2027 (a day equated"):
        assert name in moved
    assert "Saturday 8 May 2027 and Sunday 9 May 2027 to the next open day, Monday 10 May 2027" in moved
    assert "00:00 on Tuesday 11 May 2027 (UTC+02:00)" in end
    assert "2027-05-10T22:00:00Z" in end


def test_steps_say_why_the_day_does_not_move() -> None:
    assert any("does not move" in step for step in counted("P30D", "2026-06-06", "controller").steps)
    stays = " ".join(counted("P14D", "2026-05-03", "processor").steps)
    assert "never extended" in stays
    assert "stays on Sunday 17 May 2026" in stays
    assert "the last working day before it is Friday 15 May 2026" in stays


def test_steps_show_days_of_another_length() -> None:
    hours = counted("PT24H", "2025-03-29T10:00:00+01:00", "processor").steps
    assert any("go forward by 1 hour; that day has 23 hours" in step for step in hours)
    assert "11:00 on Sunday 30 March 2025 (UTC+02:00)" in hours[-1]
    days = counted("P14D", "2026-10-20", "processor").steps
    assert any("Sunday 25 October 2026" in step and "that day has 25 hours" in step for step in days)
    # The clocks change on the day of the event, but before it.
    later = counted("PT24H", "2025-03-30T10:00:00+02:00", "processor").steps
    assert not any("clocks" in step for step in later)
    many = counted("P10Y", "2026-01-01", "processor").steps
    assert any("change 20 times" in step for step in many)


def test_steps_show_a_clamped_month_end() -> None:
    steps = counted("P3M", "2026-01-31", "processor").steps
    assert "April 2026 has no day 31" in steps[1]


def test_steps_of_working_days_name_what_was_passed_over_and_what_counted() -> None:
    steps = " ".join(counted("P10WD", "2028-04-13T09:00:00+02:00", "processor").steps)
    assert "Passed over as holidays: Monday 17 April 2028 (Easter Monday) and Thursday 27 April 2028" in steps
    assert "Counted as working days" in steps
    assert "Friday 14 April 2028 (Good Friday) and Friday 28 April 2028" in steps


@pytest.mark.parametrize(
    ("event", "warned"),
    [("2022-06-01", True), ("2023-06-01", False), ("2028-06-01", False), ("2029-01-02", True)],
)
def test_steps_say_where_the_decrees_are_not_known(event: str, warned: bool) -> None:
    for party, expected in (("controller", warned), ("processor", False)):
        steps = counted("P30D", event, "controller" if party == "controller" else "processor").steps
        assert any("known for 2023 to 2028 only" in step for step in steps) is expected
    belgian = count(parse_period("P30D"), parse_instant(event), zone=AMS, calendar=BE, party="controller")
    assert not any("ecree" in step for step in belgian.steps)


def test_an_event_without_an_offset_is_refused() -> None:
    with pytest.raises(BadInput, match="offset"):
        count(parse_period("P1D"), datetime(2026, 1, 1), zone=AMS, calendar=NL, party="controller")


@pytest.mark.parametrize("party", ["controller", "processor"])
@pytest.mark.parametrize("zone", [AMS, "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize("period", ["PT876600H", "P36525D", "P5217W", "P1200M", "P100Y", "P26089WD", "P1D", "P5WD"])
def test_an_end_beyond_the_last_year_is_refused(period: str, zone: str, party: Party) -> None:
    late = (datetime(9990, 12, 31, 23, tzinfo=UTC), date(9990, 12, 31))
    for event in late:
        with pytest.raises(BadInput, match="9990"):
            count(parse_period(period), event, zone=zone, calendar=NL, party=party)


@pytest.mark.parametrize("period", ["PT876600H", "P36525D", "P5217W", "P1200M", "P100Y", "P26089WD", "P0D", "PT0H"])
def test_the_longest_periods_are_counted(period: str) -> None:
    for party in ("controller", "processor"):
        result = counted(period, "2026-01-31T10:00:00Z", "controller" if party == "controller" else "processor")
        assert result.due_at.year in (2026, 2125, 2126, 2128)
        assert all(len(step) < 1500 for step in result.steps)


@pytest.mark.parametrize("event", [date(1969, 12, 31), date(9991, 1, 1), datetime(9999, 12, 31, tzinfo=UTC)])
def test_an_event_out_of_range_is_refused(event: date) -> None:
    with pytest.raises(BadInput, match="1970 to 9990"):
        count(parse_period("P1D"), event, zone=AMS, calendar=NL, party="processor")


def test_the_hour_that_comes_twice_is_two_events_though_its_clocks_show_the_same() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=zone_of(AMS))
    again = first.replace(fold=1)
    assert first == again, "to Python, in one zone"
    hour = parse_period("PT1H")
    before, after = (count(hour, one, zone=AMS, calendar=NL, party="processor") for one in (first, again))
    assert (before.due_at, after.due_at) == (utc("2026-10-25T01:30"), utc("2026-10-25T02:30"))
    assert before.steps[0] != after.steps[0]
