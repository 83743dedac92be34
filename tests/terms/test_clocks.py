"""Clocks that run from another rule, from the end of a year, from a request or from the notice of an ending."""

from datetime import UTC, date, datetime

import pytest

from tests.drafts import controller_rule, draft, processor_rule
from tests.world import local
from workflows.errors import BadInput
from workflows.terms.due import due

CHOICE = {"end.choice": controller_rule("end", "P20D")}
CHOSEN = {"data": "choice"}


def test_a_period_after_another_rule_moves_with_it() -> None:
    terms = draft({**CHOICE, "end.erasure": processor_rule("after:end.choice", "P30D")}, end=CHOSEN)
    # 31 August 2026 and 20 days is Sunday 20 September: the choice runs through Monday 21 September; 30 days after it.
    found = due(terms, "end.erasure", date(2026, 8, 31))
    assert found.due_at == local("2026-10-22T00:00:00+02:00")
    assert (found.last_day, found.boundary) == (date(2026, 10, 21), "exclusive")
    assert any("moves as end.choice moves" in step for step in found.steps)


def test_hours_after_hours_run_from_the_instant() -> None:
    terms = draft({
        "end.return": processor_rule("request", "PT48H"),
        "end.erasure": processor_rule("after:end.return", "PT24H"),
    })  # fmt: skip
    found = due(terms, "end.erasure", datetime(2026, 3, 28, 10, tzinfo=UTC))
    assert (found.due_at, found.boundary) == (datetime(2026, 3, 31, 10, tzinfo=UTC), "inclusive")


def test_after_what_has_no_date_there_is_none() -> None:
    terms = draft({"end.choice": controller_rule("end"), "end.erasure": processor_rule("after:end.choice", "P30D")})
    found = due(terms, "end.erasure", date(2026, 8, 31))
    assert (found.due_at, found.last_day) == (None, None)
    assert found.steps[-1] == "Where that has no date this one has none, and none is made up."


@pytest.mark.parametrize(
    ("at", "period", "expected"),
    [
        (date(2026, 8, 31), "P3Y", "2030-01-01T00:00:00+01:00"),
        (date(2026, 12, 31), "P30D", "2027-01-31T00:00:00+01:00"),
        # Already next year in Amsterdam.
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "P30D", "2028-01-31T00:00:00+01:00"),
        (date(2026, 1, 1), "P2M", "2027-03-01T00:00:00+01:00"),
    ],
)
def test_from_the_end_of_the_calendar_year(at: date | datetime, period: str, expected: str) -> None:
    terms = draft({"retention.invoices": processor_rule("year_end", period)})
    assert due(terms, "retention.invoices", at).due_at == local(expected)


def test_a_request_and_a_notice_are_events_like_others() -> None:
    terms = draft({
        "end.return": processor_rule("request", "P30D"),
        "end.erasure": processor_rule("notice_of_ending", "P90D"),
        "end.certificate": processor_rule("request", "P1M"),
    })  # fmt: skip
    asked = local("2026-05-05T10:00:00+02:00")
    assert due(terms, "end.return", asked).due_at == local("2026-06-05T00:00:00+02:00")
    assert due(terms, "end.certificate", asked).due_at == local("2026-06-06T00:00:00+02:00")
    assert due(terms, "end.erasure", date(2026, 5, 5)).due_at == local("2026-08-04T00:00:00+02:00")


@pytest.mark.parametrize("rule", ["end.return", "end.certificate", "end.choice"])
def test_what_no_agreement_says_has_no_date(rule: str) -> None:
    found = due(draft(), rule, date(2026, 8, 31))
    assert (found.due_at, found.steps[0].endswith("none is made up.")) == (None, True)


NO_RULE = "'end.chioce' is no rule of this file: write one that is. Did you mean end.choice?"
A_CIRCLE = "goes round in a circle through 'end.erasure': let one of them run from an event"
NO_LENGTH = "says from what, and not how long: write a period, or follows for no time more"
NO_EVENT = (
    "is 'ends': this rule runs from 'end', 'request', 'notice_of_ending', 'year_end' or 'after:' and another rule. "
    "Did you mean end?"
)


@pytest.mark.parametrize(
    ("starts", "period", "problem"),
    [
        ("after:end.chioce", "P1D", NO_RULE),
        ("after:end.erasure", "P1D", A_CIRCLE),
        ("after:end.choice", None, NO_LENGTH),
        ("ends", "P1D", NO_EVENT),
    ],
)
def test_what_a_clock_cannot_run_from(starts: str, period: str | None, problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        draft({**CHOICE, "end.erasure": processor_rule(starts, period)}, end=CHOSEN)
    assert [one.message for one in refused.value.problems] == [problem]


def test_only_rules_on_the_data_run_after_others() -> None:
    with pytest.raises(BadInput, match=r"breach\.notice.*this rule runs from 'discovery' or 'aware'"):
        draft({**CHOICE, "breach.notice": processor_rule("after:end.choice", "P1D")}, end=CHOSEN)
