"""What people type: local times, places, lengths of time, texts in several languages, rows that come and go."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.board.forms import clocks
from service.board.forms.deeds import deeds
from service.board.forms.fields import Field, Kind, fields_of
from service.board.forms.places import country_code, country_name
from service.board.forms.sent import Untaken, closed_up, sent, standing
from service.board.forms.typed import Typed

ZONE = "Europe/Amsterdam"


def typed(kind: Kind, pairs: dict[str, str]) -> tuple[dict[str, Any], tuple[Untaken, ...]]:
    found = sent((Field(name="x", shape="", kind=kind),), Typed.of(pairs.items()), ZONE)
    return found.body, found.wrong


@pytest.mark.parametrize(
    ("text", "which", "at"),
    [
        ("2026-03-02T09:00", "", "2026-03-02T08:00:00Z"),
        ("2026-07-02 09:00:30", "", "2026-07-02T07:00:30Z"),
        ("2026-10-25T02:30", "first", "2026-10-25T00:30:00Z"),
        ("2026-10-25T02:30", "second", "2026-10-25T01:30:00Z"),
        ("2026-03-02T09:00:00+00:00", "", "2026-03-02T09:00:00Z"),
    ],
)
def test_a_local_time_is_an_instant(text: str, which: str, at: str) -> None:
    assert typed("instant", {"x": text, "x~which": which}) == ({"x": at}, ())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2026-03-29T02:30", "error.instant.skipped"),
        ("2026-10-25T02:30", "error.instant.twice"),
        ("tomorrow", "error.instant"),
        ("0001-01-01T00:00:00+14:00", "error.instant"),
    ],
)
def test_a_time_that_is_none_or_two_is_said(text: str, key: str) -> None:
    assert typed("instant", {"x": text}) == ({}, (Untaken("x", key),))


def test_an_instant_stands_as_it_was_typed() -> None:
    for hour in (0, 1):
        at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        text, which = clocks.typed(at, ZONE)
        assert text == "2026-10-25T02:30:00"
        assert clocks.instant(text, ZONE, which) == at


@pytest.mark.parametrize("text", ["NL", "nl", "Netherlands", "Nederland", "niederlande", "Pays-Bas"])
def test_a_country_goes_by_its_names(text: str) -> None:
    assert country_code(text) == "NL"


def test_what_names_no_country_is_left_to_who_knows_them() -> None:
    assert country_code("Atlantis") == "Atlantis"
    assert country_name("DE", "fr") == "Allemagne"
    assert country_name("??", "fr") == "??"


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [("30", "days", "P30D"), ("48", "hours", "PT48H"), ("10", "working_days", "P10WD"), ("P3M", "", "P3M")],
)
def test_a_length_of_time(text: str, unit: str, said: str) -> None:
    assert typed("period", {"x": text, "x~unit": unit}) == ({"x": said}, ())


@pytest.mark.parametrize(("text", "unit"), [("-1", "days"), ("30", "fortnights"), ("many", "days"), ("9999", "years")])
def test_what_is_no_length_of_time(text: str, unit: str) -> None:
    assert typed("period", {"x": text, "x~unit": unit}) == ({}, (Untaken("x", "error.period"),))


def test_a_text_for_all_or_one_for_each() -> None:
    assert typed("wording", {"x": "So"}) == ({"x": "So"}, ())
    assert typed("wording", {"x.nl": "Zo", "x.de": "So"}) == ({"x": {"nl": "Zo", "de": "So"}}, ())
    assert typed("wording", {"x": "So", "x.nl": "Zo"}) == ({}, (Untaken("x", "error.wording"),))
    assert typed("wordings", {"x": "one\n\n two "}) == ({"x": ["one", "two"]}, ())


def test_what_is_no_number_or_day() -> None:
    assert typed("number", {"x": "twelve"}) == ({}, (Untaken("x", "error.number"),))
    assert typed("date", {"x": "31-03-2026"}) == ({}, (Untaken("x", "error.date"),))


def test_rows_left_blank_close_up() -> None:
    body = deeds()["customers", "update"].body
    assert body is not None
    fields = fields_of(body)
    before = standing(fields, {"contacts": [{"id": "1", "name": "Kim"}, {"id": "2", "name": "Sam"}]}, ZONE, "en")
    posted = Typed.of([("contacts[0].id", "1"), ("contacts[1].id", "2"), ("contacts[1].name", "Sam"),
                       ("contacts[2].name", "Noa"), ("contacts[2].roles", "privacy")])  # fmt: skip
    found = sent(fields, closed_up(fields, posted), ZONE, before).body
    assert found == {"contacts": [{"name": "Sam", "id": "2"}, {"name": "Noa", "roles": ["privacy"]}]}


def test_that_nothing_was_found_is_said_rather_than_guessed() -> None:
    body = deeds()["audits", "report"].body
    assert body is not None
    assert "findings" not in sent(fields_of(body), Typed(), ZONE).body
    assert sent(fields_of(body), Typed.of([("findings~none", "yes")]), ZONE).body == {"findings": []}
