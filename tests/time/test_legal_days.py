"""The calendars of other countries and their parts, against lists that were published and days counted by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.errors import BadInput
from workflows.time import (
    calendar_for,
    count,
    last_working_day_before,
    next_working_day_after,
    parse_period,
    working_day_on_or_before,
)
from workflows.time.legal_days import (
    free_days,
    known_calendars,
    lists,
    packaged_names,
    place_and_part,
    source_of,
    years_of,
)

# Each row: calendar, period, event day, last day of a controller (C) or a processor (P), and why.
# Lists: US OPM federal holidays 2021, 2026, 2027; gov.uk bank holidays 2023, 2026, 2027; the states' own acts
# (§ 1 BayFTG and its sisters); borger.dk; lovdata.no; the acts that `legal_days.toml` names for the others.
COUNTED = [
    ("US", "P30D", "2026-06-03", "C", "2026-07-06", "Friday 3 July, in lieu of Saturday 4 July"),
    ("US", "P10WD", "2026-06-26", "C", "2026-07-13", "29, 30, 1, 2, 6, 7, 8, 9, 10, 13"),
    ("US", "P10WD", "2026-11-19", "C", "2026-12-04", "without Thanksgiving, with the Friday after it"),
    ("US", "P10WD", "2026-12-21", "C", "2027-01-06", "without 25 December and 1 January"),
    ("US", "P5WD", "2021-12-22", "P", "2021-12-30", "Friday 24 December in lieu of Saturday 25"),
    ("US", "P6WD", "2021-12-22", "P", "2022-01-03", "Friday 31 December in lieu of Saturday 1 January"),
    ("US", "P14D", "2026-01-05", "C", "2026-01-20", "Monday 19 January, Martin Luther King"),
    ("US", "P7D", "2026-10-05", "C", "2026-10-13", "Monday 12 October, Columbus Day"),
    ("US", "P7D", "2026-02-05", "C", "2026-02-12", "Lincoln's birthday is no federal holiday"),
    ("US-NY", "P7D", "2026-02-05", "C", "2026-02-13", "12 February, General Construction Law § 24"),
    ("US-NY", "P7D", "2026-10-27", "C", "2026-11-04", "3 November, a general election day"),
    ("US-NY", "P5WD", "2026-06-26", "P", "2026-07-03", "§ 24 has no day in lieu of a Saturday"),
    ("US-TX", "P7D", "2026-04-14", "C", "2026-04-22", "21 April, San Jacinto Day"),
    ("US-MA", "P7D", "2026-04-13", "C", "2026-04-21", "Monday 20 April, Patriots' Day"),
    ("US-CA", "P7D", "2026-03-24", "C", "2026-04-01", "31 March, Cesar Chavez Day"),
    ("US-DC", "P7D", "2026-04-09", "C", "2026-04-17", "16 April, Emancipation Day"),
    ("US-UT", "P7D", "2026-06-08", "C", "2026-06-16", "Juneteenth is kept on Monday 15 June"),
    ("US-SC", "P7D", "2027-05-03", "C", "2027-05-11", "Monday 10 May, Confederate Memorial Day, S.C. Code § 53-5-10"),
    ("US-HI", "P7D", "2026-03-27", "C", "2026-04-06", "Good Friday, Haw. Rev. Stat. § 8-1"),
    ("US-MD", "P7D", "2026-10-27", "C", "2026-11-04", "Tuesday 3 November, a statewide general election day"),
    ("US-MD", "P5WD", "2026-03-30", "P", "2026-04-06", "on Good Friday the state's offices work"),
    ("US-WI", "P3WD", "2027-12-21", "P", "2027-12-27", "22, 23 and 27: 24 December is a holiday, 23 is not"),
    ("US-NJ", "P7D", "2027-06-11", "C", "2027-06-21", "the third Friday of June is 18 June"),
    ("GB-ENG", "P7D", "2026-04-27", "C", "2026-05-05", "Monday 4 May, early May bank holiday"),
    ("GB-ENG", "P10WD", "2026-12-18", "P", "2027-01-06", "without 25 and 28 December and 1 January"),
    ("GB-SCT", "P10WD", "2026-12-18", "P", "2027-01-07", "and without Monday 4 January, for Saturday 2"),
    ("GB-ENG", "P5WD", "2026-03-31", "P", "2026-04-09", "without Good Friday and Easter Monday"),
    ("GB-SCT", "P5WD", "2026-03-31", "P", "2026-04-08", "Easter Monday is no bank holiday in Scotland"),
    ("GB-NIR", "P7D", "2026-07-06", "C", "2026-07-14", "Monday 13 July, for Sunday 12"),
    ("GB-ENG", "P7D", "2026-07-06", "C", "2026-07-13", "an ordinary Monday in England"),
    ("GB-NIR", "P7D", "2026-03-10", "C", "2026-03-18", "17 March, St Patrick's Day"),
    ("GB-WLS", "P7D", "2023-05-01", "C", "2023-05-09", "Monday 8 May 2023, proclaimed for the coronation"),
    ("DE-BY", "P14D", "2026-05-21", "C", "2026-06-05", "Thursday 4 June, Corpus Christi"),
    ("DE-BE", "P14D", "2026-05-21", "C", "2026-06-04", "an ordinary Thursday in Berlin"),
    ("DE-BY", "P7D", "2025-12-30", "C", "2026-01-07", "6 January, Epiphany"),
    ("DE-NW", "P7D", "2025-12-30", "C", "2026-01-06", "an ordinary Tuesday in North Rhine-Westphalia"),
    ("DE-SN", "P7D", "2026-11-11", "C", "2026-11-19", "Wednesday 18 November, Repentance and Prayer"),
    ("DE-BE", "P7D", "2027-03-01", "C", "2027-03-09", "Monday 8 March, Women's Day"),
    ("DE-TH", "P7D", "2027-09-13", "C", "2027-09-21", "Monday 20 September, Children's Day"),
    ("DE", "P10WD", "2026-04-30", "P", "2026-05-18", "without 1 May and Ascension Day"),
    ("AT", "P7D", "2026-10-19", "C", "2026-10-27", "26 October, National Day"),
    ("AT", "P7D", "2026-03-27", "C", "2026-04-07", "Good Friday is equated, then the weekend and Monday"),
    ("AT", "P5WD", "2026-03-30", "P", "2026-04-07", "Good Friday counts as a working day"),
    ("CH-GE", "P7D", "2026-09-03", "C", "2026-09-11", "Thursday 10 September, Genevan Fast"),
    ("CH-ZH", "P7D", "2026-04-24", "C", "2026-05-04", "Friday 1 May"),
    ("CH", "P7D", "2026-04-24", "C", "2026-05-01", "1 May is no holiday in every canton"),
    ("DK", "P15WD", "2026-03-20", "C", "2026-04-15", "without 2, 3 and 6 April"),
    ("DK", "P15WD", "2026-04-20", "C", "2026-05-11", "27 April and 5 May are ordinary days in Denmark"),
    ("DK", "P7D", "2023-04-28", "C", "2023-05-08", "Friday 5 May 2023, the last Great Prayer Day"),
    ("DK", "P7D", "2024-04-19", "C", "2024-04-26", "abolished from 2024"),
    ("NO", "P30D", "2026-04-01", "C", "2026-05-04", "Friday 1 May and the weekend"),
    ("NO", "P7D", "2027-05-10", "C", "2027-05-18", "Monday 17 May, Constitution Day"),
    ("SE", "P7D", "2026-06-12", "C", "2026-06-22", "Midsummer Eve is equated, then the weekend"),
    ("SE", "P5WD", "2026-06-15", "P", "2026-06-22", "Midsummer Eve counts as a working day"),
    ("SE", "P7D", "2025-05-30", "C", "2025-06-09", "Friday 6 June; Whit Monday is none since 2005"),
    ("FI", "P7D", "2027-11-29", "C", "2027-12-07", "Monday 6 December, Independence Day"),
    ("FR", "P30D", "2026-06-14", "C", "2026-07-15", "14 July"),
    ("FR-67", "P7D", "2026-03-27", "C", "2026-04-07", "Good Friday in Alsace"),
    ("FR", "P7D", "2026-03-27", "C", "2026-04-03", "Good Friday is an ordinary day elsewhere in France"),
    ("IE", "P7D", "2026-01-26", "C", "2026-02-03", "Monday 2 February, St Brigid's Day"),
    ("PL", "P7D", "2025-12-17", "C", "2025-12-29", "24 December since 2025, 25, 26 and the weekend"),
    ("PL", "P7D", "2024-12-17", "C", "2024-12-24", "24 December 2024 was an ordinary day"),
    ("IT", "P7D", "2026-05-26", "C", "2026-06-03", "2 June, Republic Day"),
    ("ES", "P7D", "2026-10-05", "C", "2026-10-13", "12 October"),
    ("PT", "P7D", "2026-06-03", "C", "2026-06-11", "10 June, Portugal Day"),
    ("GR", "P7D", "2026-04-06", "C", "2026-04-14", "13 April, Easter Monday of the eastern church"),
    ("RO", "P7D", "2026-05-25", "C", "2026-06-02", "1 June, Children's Day and Whit Monday"),
    ("LU", "P7D", "2025-05-02", "C", "2025-05-12", "Friday 9 May, Europe Day"),
    ("CZ", "P7D", "2026-09-21", "C", "2026-09-29", "28 September"),
    ("HU", "P7D", "2026-08-13", "C", "2026-08-24", "20 August and the rest day swapped for a Saturday"),
    ("HU", "P5WD", "2026-08-14", "P", "2026-08-24", "the swapped rest day counts as a working day"),
    ("BG", "P7D", "2026-05-18", "C", "2026-05-26", "Monday 25 May, for Sunday 24"),
    ("IS", "P7D", "2026-04-16", "C", "2026-04-24", "Thursday 23 April, First Day of Summer"),
    ("CA-ON", "P7D", "2026-02-09", "C", "2026-02-17", "Monday 16 February, Family Day"),
    ("CA-QC", "P7D", "2026-06-17", "C", "2026-06-25", "24 June, the national holiday"),
    ("CA-ON", "P7D", "2026-06-17", "C", "2026-06-24", "an ordinary Wednesday in Ontario"),
    ("CA", "P7D", "2026-09-23", "C", "2026-10-01", "30 September, Truth and Reconciliation"),
    ("AU-VIC", "P7D", "2026-10-27", "C", "2026-11-04", "3 November, Melbourne Cup"),
    ("AU-NSW", "P7D", "2026-10-27", "C", "2026-11-03", "an ordinary Tuesday in New South Wales"),
    ("AU-QLD", "P7D", "2026-04-27", "C", "2026-05-05", "Monday 4 May, Labour Day"),
    ("none", "P7D", "2026-12-18", "C", "2026-12-25", "no day is a holiday"),
    ("none", "P8D", "2026-12-18", "C", "2026-12-28", "a Saturday is free all the same"),
]


@pytest.mark.parametrize(("calendar", "period", "event", "party", "last", "why"), COUNTED)
def test_counted_by_hand(calendar: str, period: str, event: str, party: str, last: str, why: str) -> None:
    found = count(
        parse_period(period),
        date.fromisoformat(event),
        zone="Europe/Brussels",
        calendar=calendar_for(calendar),
        party="controller" if party == "C" else "processor",
    )
    assert found.last_day == date.fromisoformat(last), why


def test_the_published_list_of_english_bank_holidays() -> None:
    """gov.uk, England and Wales, 2026 and 2022."""
    days = {one.day for one in free_days("GB-ENG", 2026) if one.day.weekday() < 5}
    assert days == {
        *(date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4)),
        *(date(2026, 5, 25), date(2026, 8, 31), date(2026, 12, 25), date(2026, 12, 28)),
    }
    jubilee = {one.day for one in free_days("GB-ENG", 2022)}
    assert {date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19), date(2022, 12, 27)} <= jubilee
    assert date(2022, 5, 30) not in jubilee


def test_the_published_list_of_federal_holidays() -> None:
    """OPM, 2026: eleven days, one of them in lieu."""
    days = [one.day for one in free_days("US", 2026) if one.day.weekday() < 5]
    assert days == [
        *(date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19)),
        *(date(2026, 7, 3), date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26)),
        date(2026, 12, 25),
    ]
    # Federal offices were closed by order on Christmas Eve 2024, which made it no holiday.
    assert date(2024, 12, 24) not in {one.day for one in free_days("US", 2024)}


def test_every_country_of_the_eea_and_the_others_have_a_list() -> None:
    eea = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
    assert set(eea.split()) | {"CH", "GB", "US", "CA", "AU", "none"} <= set(known_calendars())
    parts = {country: len(place.parts) for country, place in lists().places.items()}
    assert (parts["DE"], parts["GB"], parts["US"], parts["CA"], parts["AU"]) == (16, 4, 51, 13, 8)


def test_the_package_names_no_day_that_was_not_reviewed() -> None:
    """A newer package with another name for a day, or a new day, fails here: look at the law first."""
    for calendar in known_calendars():
        if calendar == "none":
            continue
        place, part = place_and_part(calendar)
        parts = (part,) if part is not None and part.alone else (place, *((part,) if part else ()))
        known = {name for one in parts for name in (*one.days, *one.left_out)} | set(place.left_out)
        for year in (2024, 2026, 2027, 2029):
            assert packaged_names(calendar, year) <= known, calendar


CALENDARS = st.sampled_from([one for one in known_calendars() if one != "none"])
DAYS = st.dates(min_value=date(2010, 1, 2), max_value=date(2060, 12, 1))


@given(CALENDARS, DAYS)
def test_a_working_day_is_no_holiday_and_an_open_day_is_found(calendar: str, day: date) -> None:
    found = calendar_for(calendar)
    assert not (found.is_working_day(day) and (found.holiday(day) or day.weekday() > 4))
    open_day = found.next_open_day(day)
    assert open_day >= day
    assert found.is_open_day(open_day)
    assert found.is_working_day(open_day)
    assert open_day - day < timedelta(days=12)
    before = working_day_on_or_before(day, found.version)
    assert before <= day
    assert found.is_working_day(before)


@given(CALENDARS, st.integers(2010, 2060))
def test_every_free_day_has_its_place_and_source_once(calendar: str, year: int) -> None:
    days = free_days(calendar, year)
    assert len({(one.day, one.kind) for one in days}) == len(days) > 3
    assert all(one.source and one.name and one.day.year == year for one in days)
    assert source_of(calendar)


@given(CALENDARS, DAYS)
def test_a_part_keeps_the_days_of_its_country(calendar: str, day: date) -> None:
    _, part = place_and_part(calendar)
    if part is not None and not part.alone and calendar_for(calendar.partition("-")[0]).holiday(day):
        assert calendar_for(calendar).holiday(day)


@pytest.mark.parametrize(
    ("calendar", "said"),
    [
        ("JP", "There is no calendar of 'JP'. Write AT, AU, BE,"),
        ("UK", "Did you mean GB?"),
        ("EL", "Did you mean GR?"),
        ("de-by", "Did you mean DE-BY?"),
        ("ES-CT", "No list of the legal holidays of 'ES-CT' has been reviewed. Of Spain there is ES alone."),
        ("GB-EN", "Of the United Kingdom there is GB and its parts GB-ENG, GB-NIR, GB-SCT, GB-WLS."),
        ("", "There is no calendar of ''."),
    ],
)
def test_a_place_without_a_reviewed_list_is_refused_by_name(calendar: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        calendar_for(calendar)
    assert said in error.value.detail


def test_years_that_are_not_listed_are_refused() -> None:
    assert years_of("DE") == (2000, 2100)
    for day in (date(1999, 12, 31), date(2101, 1, 1)):
        with pytest.raises(BadInput, match="Germany are listed for 2000 to 2100 only"):
            calendar_for("DE").holiday(day)
    with pytest.raises(BadInput, match="2101"):
        count(parse_period("P75Y"), date(2026, 5, 1), zone="UTC", calendar=calendar_for("DE"), party="controller")
    assert calendar_for("none").holiday(date(9000, 1, 1)) is None


def test_days_that_are_named_year_by_year_are_said_to_be_unknown_later() -> None:
    found = count(
        parse_period("P7D"), date(2031, 6, 3), zone="Europe/London", calendar=calendar_for("GB-ENG"), party="controller"
    )
    assert (
        "Bank holidays that are proclaimed for one year are known for 2007 to 2027 only; for 2031 none could be taken "
        "into account." in found.steps
    )


def test_days_are_found_by_the_name_of_a_calendar() -> None:
    """As a deadline keeps it; what is no calendar knows weekends alone."""
    lieu = date(2026, 7, 3)
    assert working_day_on_or_before(lieu, calendar_for("US").version) == date(2026, 7, 2)
    assert last_working_day_before(date(2026, 7, 6), "US") == date(2026, 7, 2)
    assert next_working_day_after(date(2026, 7, 2), "US") == date(2026, 7, 6)
    assert working_day_on_or_before(lieu, "DE-BY 2026-11, holidays 0.109") == lieu
    assert working_day_on_or_before(lieu, "none") == lieu
    assert working_day_on_or_before(date(2026, 12, 25), "") == date(2026, 12, 25)
    assert next_working_day_after(date(2026, 5, 3), "GB-ENG") == date(2026, 5, 5)
    assert next_working_day_after(date(2026, 5, 3), "GB-SCT") == date(2026, 5, 5)
