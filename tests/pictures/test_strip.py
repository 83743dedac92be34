"""A deadline as a strip of days: what is drawn is what was counted, for every rule of every agreement we know."""

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest

from service.pictures.strip import DAYS, strip, strip_of
from tests.pictures.checking import right, tree, words_of
from workflows.errors import BadInput
from workflows.terms.due import Reckoned, due, known_rules, reckon
from workflows.terms.load import library
from workflows.time import Calendar, calendar_for, count, end_of_day, parse_period, wait
from workflows.time.strip import days_of
from workflows.words import LANGUAGES

SPRING = datetime(2027, 4, 21, 9, 20, tzinfo=UTC)
"""Before King's Day, Liberation Day, Ascension and a decreed day."""


def reckoned(terms: str, rule: str) -> Reckoned:
    found = library()[terms]
    facts = {field.name: "P30D" for field in found.fields}
    try:
        return reckon(found, rule, SPRING, facts)
    except BadInput:
        return reckon(found, rule, SPRING.date(), facts)


@pytest.mark.parametrize("terms", sorted(library()))
def test_every_rule_of_the_library(terms: str) -> None:
    for place, rule in enumerate(known_rules(library()[terms])):
        found = reckoned(terms, rule)
        drawn = strip_of(rule, found, now=SPRING + timedelta(days=3))
        assert (drawn is None) == (found.due.due_at is None)
        if drawn is None:
            continue
        assert found.counts[-1].due_at == found.due.due_at
        assert found.counts[-1].last_day == found.due.last_day
        for counted in found.counts:
            days = list(days_of(counted, found.calendar, found.due.zone))
            assert days[0].day == counted.span.event_day
            assert [day.day for day in days if day.last] == [counted.last_day] == [days[-1].day]
        right(strip("one", drawn, LANGUAGES[place % len(LANGUAGES)]))


def numbers(period: str, event: date | datetime, calendar: Calendar) -> list[int]:
    counted = count(parse_period(period), event, zone="Europe/Amsterdam", calendar=calendar, party="controller")
    return [day.number for day in days_of(counted, calendar, "Europe/Amsterdam") if day.number is not None]


@pytest.mark.parametrize("event", [date(2027, 4, 21), date(2027, 12, 24), date(2026, 10, 24), date(2028, 2, 29)])
def test_as_many_days_are_numbered_as_the_period_has(event: date) -> None:
    calendar = calendar_for("NL")
    assert numbers("P14D", event, calendar) == list(range(1, 15))
    assert numbers("P2W", event, calendar) == list(range(1, 15))
    assert numbers("P10WD", event, calendar) == list(range(1, 11))
    hours = datetime(event.year, event.month, event.day, 9, tzinfo=UTC)
    assert numbers("PT48H", hours, calendar)[-1] == 48


def test_what_moves_a_last_day_is_no_counted_day() -> None:
    calendar = calendar_for("NL")
    counted = count(parse_period("P14D"), date(2027, 4, 21), zone="Europe/Amsterdam", calendar=calendar,
                    party="controller")  # fmt: skip
    days = list(days_of(counted, calendar, "Europe/Amsterdam"))
    assert [(day.day.day, day.what, day.number) for day in days[-6:]] == [
        (5, "counted", 14), (6, "moved", None), (7, "moved", None), (8, "moved", None), (9, "moved", None),
        (10, "moved", None),
    ]  # fmt: skip
    assert days[-6].free == ("Liberation Day",)


@pytest.mark.parametrize(
    "period",
    ["PT0H", "PT24H", "PT72H", "PT720H", "P1D", "P45D", "P3M", "P6M", "P3Y", "P20Y", "P100Y", "P10WD", "P60WD", "P0D"],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_length_in_every_language(period: str, lang: str) -> None:
    calendar = calendar_for("NL")
    clocks_change = (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), datetime(2027, 3, 27, 22, 30, tzinfo=UTC))
    for at in clocks_change[LANGUAGES.index(lang) % 2 :: 2]:
        counted = count(parse_period(period), at, zone="Europe/Amsterdam", calendar=calendar, party="controller")
        found = due(library()["kmo-solutions"], "subprocessor.objection", at)
        said = Reckoned(
            found.__class__(**{**{name: getattr(found, name) for name in found.__struct_fields__},
                               "due_at": counted.due_at, "boundary": counted.boundary}), (counted,), calendar,
        )  # fmt: skip
        drawn = strip_of("A period", said, now=at)
        assert drawn is not None
        right(strip("one", drawn, lang))  # type: ignore[arg-type]  # pytest gives no literals


def test_a_wait_says_from_when() -> None:
    calendar = calendar_for("BE")
    counted = wait(parse_period("P30D"), date(2027, 4, 21), zone="Europe/Brussels", calendar=calendar)
    assert counted.due_at == end_of_day(counted.last_day, "Europe/Brussels")
    assert next(reversed(list(days_of(counted, calendar, "Europe/Brussels")))).number == 30


def test_a_hostile_title_is_a_text() -> None:
    title = "</title><script>alert(1)</script>\x01 & \"'"
    drawn = strip_of(title, reckoned("kmo-solutions", "subprocessor.objection"))
    assert drawn is not None
    picture = strip("one", drawn, "nl")
    assert tree(picture.wide)[0].text == title.replace("\x01", "\ufffd")
    assert "<script" not in picture.__html__()
    ElementTree.fromstring(picture.__html__())


def test_it_can_be_read_without_colour() -> None:
    drawn = strip_of("Objection", reckoned("kmo-solutions", "subprocessor.objection"))
    assert drawn is not None
    said = words_of(strip("one", drawn, "en").wide)
    for word in ("the last day", "weekend or holiday", "event, does not count", "27 Apr: King's Day", "before the end"):
        assert word in said
    assert (drawn.counts[0].last_day - drawn.counts[0].span.event_day).days < DAYS
