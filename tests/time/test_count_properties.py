"""What holds for every period and every event."""

import calendar as gregorian
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.time import Period, calendar_for, count, local_day, local_time
from workflows.time.words import say_utc

AMS = "Europe/Amsterdam"
NL = calendar_for("NL")
QUICK = settings(max_examples=120, deadline=None, database=None)
ONE_DAY = timedelta(days=1)

Party = Literal["controller", "processor"]

parties = st.sampled_from(("controller", "processor"))
events = st.datetimes(datetime(1971, 1, 1), datetime(2090, 12, 31), timezones=st.just(UTC))
day_periods = st.one_of(
    st.builds(Period, st.just("days"), st.integers(1, 400)),
    st.builds(Period, st.just("weeks"), st.integers(1, 60)),
    st.builds(Period, st.just("months"), st.integers(1, 40)),
    st.builds(Period, st.just("years"), st.integers(1, 9)),
    st.builds(Period, st.just("working_days"), st.integers(1, 60)),
)
periods = st.one_of(day_periods, st.builds(Period, st.just("hours"), st.integers(0, 2000)))


@QUICK
@given(period=day_periods, event=events)
def test_a_controllers_period_is_never_shortened_and_ends_on_an_open_day(period: Period, event: datetime) -> None:
    literal = count(period, event, zone=AMS, calendar=NL, party="processor")
    moved = count(period, event, zone=AMS, calendar=NL, party="controller")
    unmoved = count(period, event, zone=AMS, calendar=NL, party="controller", move=False)
    assert moved.due_at >= literal.due_at
    assert NL.is_open_day(moved.last_day)
    passed = range((moved.last_day - literal.last_day).days)
    assert not any(NL.is_open_day(literal.last_day + timedelta(days=days)) for days in passed)
    assert (unmoved.last_day, unmoved.due_at) == (literal.last_day, literal.due_at)


@QUICK
@given(period=day_periods, event=events, party=parties)
def test_the_end_is_local_midnight_after_the_last_day(period: Period, event: datetime, party: Party) -> None:
    result = count(period, event, zone=AMS, calendar=NL, party=party)
    local = local_time(result.due_at, AMS)
    assert local.time() == time()
    assert local.date() == result.last_day + ONE_DAY
    assert local_day(result.due_at - timedelta(microseconds=1), AMS) == result.last_day
    assert result.boundary == "exclusive"


@QUICK
@given(period=periods, event=events, later=st.timedeltas(timedelta(0), timedelta(days=40)), party=parties)
def test_a_later_event_never_ends_earlier(period: Period, event: datetime, later: timedelta, party: Party) -> None:
    first = count(period, event, zone=AMS, calendar=NL, party=party)
    second = count(period, event + later, zone=AMS, calendar=NL, party=party)
    assert first.due_at <= second.due_at
    assert first.due_at >= event


@QUICK
@given(period=periods, event=events, party=parties)
def test_the_steps_begin_with_the_event_and_end_with_the_end(period: Period, event: datetime, party: Party) -> None:
    result = count(period, event, zone=AMS, calendar=NL, party=party)
    assert say_utc(event) in result.steps[0]
    assert say_utc(result.due_at) in result.steps[-1]
    assert all(step.endswith(".") and step[0] in "TAOPFMSWCID0123456789" for step in result.steps)


@QUICK
@given(hours=st.integers(0, 876_600 // 20), event=events, party=parties)
def test_hours_are_exact(hours: int, event: datetime, party: Party) -> None:
    result = count(Period("hours", hours), event, zone=AMS, calendar=NL, party=party)
    assert result.due_at - event == timedelta(hours=hours)
    assert result.last_day == local_day(result.due_at, AMS)


@QUICK
@given(days=st.integers(1, 2000), event=st.dates(date(1971, 1, 1), date(2090, 12, 31)))
def test_days_and_weeks_are_calendar_days(days: int, event: date) -> None:
    result = count(Period("days", days), event, zone=AMS, calendar=NL, party="processor")
    assert (result.last_day - event).days == days
    weeks = count(Period("weeks", days), event, zone=AMS, calendar=NL, party="processor")
    assert (weeks.last_day - event).days == 7 * days


@pytest.mark.parametrize("country", ["NL", "BE"])
@QUICK
@given(number=st.integers(1, 80), event=st.dates(date(1971, 1, 1), date(2090, 12, 31)))
def test_working_days_by_brute_force(country: Literal["NL", "BE"], number: int, event: date) -> None:
    calendar = calendar_for(country)
    result = count(Period("working_days", number), event, zone=AMS, calendar=calendar, party="processor")
    between = [event + timedelta(days=n) for n in range(1, (result.last_day - event).days + 1)]
    working = [day for day in between if day.weekday() < 5 and calendar.holiday(day) is None]
    assert len(working) == number
    assert working[-1] == result.last_day


@QUICK
@given(months=st.integers(1, 1200), event=st.dates(date(1971, 1, 1), date(2090, 12, 31)))
def test_months_keep_the_number_or_take_the_last_day(months: int, event: date) -> None:
    last_day = count(Period("months", months), event, zone=AMS, calendar=NL, party="processor").last_day
    assert (last_day.year - event.year) * 12 + last_day.month - event.month == months
    longest = gregorian.monthrange(last_day.year, last_day.month)[1]
    assert last_day.day == event.day or (event.day > longest and last_day.day == longest)


@QUICK
@given(years=st.integers(1, 100), event=st.dates(date(1971, 1, 1), date(2090, 12, 31)))
def test_a_year_is_twelve_months(years: int, event: date) -> None:
    by_years = count(Period("years", years), event, zone=AMS, calendar=NL, party="processor")
    by_months = count(Period("months", 12 * years), event, zone=AMS, calendar=NL, party="processor")
    assert by_years.due_at == by_months.due_at


@QUICK
@given(period=day_periods, day=st.dates(date(1971, 1, 1), date(2090, 12, 31)), party=parties)
def test_an_end_date_counts_like_any_moment_of_that_day(period: Period, day: date, party: Party) -> None:
    noon = datetime.combine(day, time(11), UTC)
    from_day = count(period, day, zone=AMS, calendar=NL, party=party)
    from_noon = count(period, noon, zone=AMS, calendar=NL, party=party)
    assert (from_day.last_day, from_day.due_at) == (from_noon.last_day, from_noon.due_at)
