"""The legal calendars of the Netherlands and Belgium."""

from datetime import date, timedelta

import pytest

from workflows.errors import BadInput
from workflows.time import calendar_for
from workflows.time.decrees import decrees

NL = calendar_for("NL")
BE = calendar_for("BE")


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


def easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian algorithm, independent of the package."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + weekday - 7 * ((a + 11 * h + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


# year: Easter Monday, King's Day, Ascension, Whit Monday, Good Friday, decreed days; all (month, day)
TABLE = {
    2024: ((4, 1), (4, 27), (5, 9), (5, 20), (3, 29), [(5, 10), (12, 27)]),
    2025: ((4, 21), (4, 26), (5, 29), (6, 9), (4, 18), [(5, 30)]),
    2026: ((4, 6), (4, 27), (5, 14), (5, 25), (4, 3), [(1, 2), (5, 15)]),
    2027: ((3, 29), (4, 27), (5, 6), (5, 17), (3, 26), [(5, 7)]),
    2028: ((4, 17), (4, 27), (5, 25), (6, 5), (4, 14), [(4, 28), (5, 26)]),
    2029: ((4, 2), (4, 27), (5, 10), (5, 21), (3, 30), []),
    2030: ((4, 22), (4, 27), (5, 30), (6, 10), (4, 19), []),
}


@pytest.mark.parametrize("year", TABLE)
def test_the_dutch_table(year: int) -> None:
    easter_monday, king, ascension, whit_monday, good_friday, decreed = TABLE[year]
    expected = {
        date(year, 1, 1): "New Year's Day",
        date(year, *easter_monday): "Easter Monday",
        date(year, *king): "King's Day",
        date(year, 5, 5): "Liberation Day",
        date(year, *ascension): "Ascension Day",
        date(year, *whit_monday): "Whit Monday",
        date(year, 12, 25): "Christmas Day",
        date(year, 12, 26): "Second Christmas Day",
    }
    assert {day: name for day in days_of(year) if (name := NL.holiday(day))} == expected
    equated = {day: name for day in days_of(year) if (name := NL.equated(day))}
    assert set(equated) == {date(year, *good_friday), *(date(year, *day) for day in decreed)}
    assert equated[date(year, *good_friday)] == "Good Friday"
    assert all("decree" in equated[date(year, *day)] for day in decreed)


def test_the_decreed_days_of_2023() -> None:
    assert [day for day in days_of(2023) if NL.equated(day)] == [
        date(2023, 4, 7),
        date(2023, 4, 28),
        date(2023, 5, 19),
    ]


def test_a_monday_before_kings_day_is_not_equated_by_any_formula() -> None:
    assert NL.is_open_day(date(2027, 4, 26))
    assert not NL.is_open_day(date(2027, 4, 27))


@pytest.mark.parametrize("year", [2014, 2025, 2031, 2036])
def test_kings_day_moves_to_saturday_when_the_27th_is_a_sunday(year: int) -> None:
    assert date(year, 4, 27).weekday() == 6
    assert NL.holiday(date(year, 4, 26)) == "King's Day"
    assert NL.holiday(date(year, 4, 27)) is None


@pytest.mark.parametrize("year", [*range(1970, 2151), 4999, 9990])
def test_movable_days_agree_with_an_independent_easter(year: int) -> None:
    sunday = easter(year)
    for calendar in (NL, BE):
        assert "Easter Monday" in (calendar.holiday(sunday + timedelta(days=1)) or "")
        assert "Ascension Day" in (calendar.holiday(sunday + timedelta(days=39)) or "")
        assert "Whit Monday" in (calendar.holiday(sunday + timedelta(days=50)) or "")
    assert "Good Friday" in (NL.equated(sunday - timedelta(days=2)) or "")
    assert NL.holiday(date(year, 5, 5)) is not None


def test_two_holidays_on_one_day_keep_both_names() -> None:
    assert NL.holiday(date(2016, 5, 5)) == "Ascension Day and Liberation Day"
    assert BE.holiday(date(2008, 5, 1)) == "Ascension Day and Labour Day"


def test_the_ten_belgian_days() -> None:
    assert {day: name for day in days_of(2026) if (name := BE.holiday(day))} == {
        date(2026, 1, 1): "New Year's Day",
        date(2026, 4, 6): "Easter Monday",
        date(2026, 5, 1): "Labour Day",
        date(2026, 5, 14): "Ascension Day",
        date(2026, 5, 25): "Whit Monday",
        date(2026, 7, 21): "National Day",
        date(2026, 8, 15): "Assumption Day",
        date(2026, 11, 1): "All Saints' Day",
        date(2026, 11, 11): "Armistice Day",
        date(2026, 12, 25): "Christmas Day",
    }
    assert not any(BE.equated(day) for year in (2024, 2026, 2028) for day in days_of(year))
    # Friday, Good Friday, Monday 27 April and Tuesday 5 May are ordinary days in Belgium.
    ordinary = [date(2025, 12, 26), date(2026, 4, 3), date(2026, 4, 27), date(2026, 5, 5)]
    assert all(BE.is_open_day(day) and BE.is_working_day(day) for day in ordinary)


@pytest.mark.parametrize(
    ("day", "working", "is_open"),
    [
        (date(2026, 4, 3), True, False),  # Good Friday
        (date(2026, 5, 15), True, False),  # decreed
        (date(2026, 5, 14), False, False),  # Ascension Day
        (date(2026, 5, 5), False, False),  # 5 May, a Tuesday of no fifth year
        (date(2026, 5, 16), False, False),  # Saturday
        (date(2026, 5, 17), False, False),  # Sunday
        (date(2026, 5, 18), True, True),
    ],
)
def test_working_and_open_days(day: date, working: bool, is_open: bool) -> None:
    assert NL.is_working_day(day) is working
    assert NL.is_open_day(day) is is_open


def test_the_next_days() -> None:
    assert NL.next_open_day(date(2027, 5, 5)) == date(2027, 5, 10)
    assert NL.next_open_day(date(2027, 5, 10)) == date(2027, 5, 10)
    assert NL.next_working_day_after(date(2027, 5, 4)) == date(2027, 5, 7)
    assert NL.next_working_day_after(date(2027, 5, 7)) == date(2027, 5, 10)
    assert NL.last_working_day_before(date(2027, 5, 7)) == date(2027, 5, 4)
    assert NL.last_working_day_before(date(2027, 5, 10)) == date(2027, 5, 7)


def test_the_version_names_list_package_and_zone_rules() -> None:
    listed, holidays, tzdata = NL.version.split(", ")
    assert listed == f"NL {decrees().edition}"
    assert holidays.startswith("holidays 0.")
    assert tzdata.startswith("tzdata 20")
    assert BE.version.startswith("BE ")


def test_the_decrees_say_how_far_they_reach() -> None:
    assert NL.equated_years == (2023, 2028)
    assert BE.equated_years is None
    assert all(day.weekday() < 5 and not NL.holiday(day) for one in decrees().decree for day in one.days)


def test_calendars_are_cached_and_unknown_ones_refused() -> None:
    assert calendar_for("NL") is NL
    with pytest.raises(BadInput, match="NL"):
        calendar_for("XX")


def test_days_out_of_range_are_refused() -> None:
    for day in (date(1969, 12, 31), date(9991, 1, 1)):
        with pytest.raises(BadInput):
            NL.holiday(day)
        with pytest.raises(BadInput):
            NL.equated(day)
