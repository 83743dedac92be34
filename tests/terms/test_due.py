"""Due instants, each computed by hand with a calendar beside it."""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import product
from typing import Any

import pytest

from tests.drafts import controller_rule, draft, processor_rule
from tests.texts import FIVE
from workflows.errors import BadInput
from workflows.terms.due import PROTECTIVE, due, known_rules
from workflows.terms.explain import explain
from workflows.terms.law import rule_of
from workflows.terms.load import library
from workflows.terms.model import Due
from workflows.terms.names import RULES
from workflows.time import parse_instant

MONTH = {"end.erasure": "P1M"}
BACKUP = {"backup.retention": "P30D"}
CANCELLED = {"cancelled_at": "2026-01-15"}


def ask(terms: str, rule: str, at: str, facts: dict[str, object] | None = None) -> Due:
    return due(library()[terms], rule, parse_instant(at), facts or {})


@pytest.mark.parametrize(
    ("terms", "rule", "at", "facts", "due_at"),
    [
        # Hours are elapsed hours, over both changes of the clocks and over Christmas.
        ("stkkr", "breach.notice", "2025-03-29T10:00:00+01:00", {}, "2025-03-31T11:00:00+02:00"),
        ("stkkr", "breach.notice", "2025-10-25T10:00:00+02:00", {}, "2025-10-27T09:00:00+01:00"),
        ("mms-solutions", "breach.notice", "2025-03-29T10:00:00+01:00", {}, "2025-03-30T11:00:00+02:00"),
        ("mms-solutions", "breach.notice", "2025-10-25T10:00:00+02:00", {}, "2025-10-26T09:00:00+01:00"),
        ("contict", "breach.notice", "2026-12-24T17:45:30Z", {}, "2026-12-25T17:45:30Z"),
        # The 72 hours, from whatever event the agreement names.
        ("stkkr", "breach.authority", "2026-12-24T12:17:00Z", {}, "2026-12-27T12:17:00Z"),
        ("kmo-solutions", "breach.authority", "2026-10-23T08:00:00Z", {}, "2026-10-26T08:00:00Z"),
        ("constant-it", "breach.authority", "2026-03-27T08:00:00Z", {}, "2026-03-30T08:00:00Z"),
        ("mms-solutions", "breach.authority", "2026-05-01T00:00:00Z", {}, "2026-05-04T00:00:00Z"),
        ("contict", "breach.authority", "2028-02-28T10:00:00Z", {}, "2028-03-02T10:00:00Z"),
        # Due at once: at the instant itself, for a day when it is over.
        ("stkkr", "end.erasure", "2026-12-31", {}, "2027-01-01T00:00:00+01:00"),
        ("stkkr", "end.erasure", "2026-12-31T15:00:00+01:00", {}, "2026-12-31T15:00:00+01:00"),
        ("mms-solutions", "request.forward", "2026-07-01T22:30:00Z", {}, "2026-07-01T22:30:00Z"),
    ],
)
def test_hours_and_at_once(terms: str, rule: str, at: str, facts: dict, due_at: str) -> None:
    found = ask(terms, rule, at, facts)
    assert found.due_at == datetime.fromisoformat(due_at)
    assert found.boundary == "inclusive"


@pytest.mark.parametrize(
    ("terms", "rule", "at", "facts", "last_day"),
    [
        # Thirty days of the customer: the last day moves past holidays.
        ("kmo-solutions", "subprocessor.objection", "2026-03-10T09:00:00+01:00", {}, "2026-04-09"),
        ("kmo-solutions", "subprocessor.objection", "2026-06-30T22:30:00Z", {}, "2026-07-31"),  # 1 July there
        (
            "kmo-solutions",
            "subprocessor.objection",
            "2026-11-25T10:00:00Z",
            {},
            "2026-12-28",
        ),  # from Christmas
        ("kmo-solutions", "subprocessor.objection", "2026-03-04T10:00:00Z", {}, "2026-04-07"),  # Good Friday
        ("kmo-solutions", "subprocessor.objection", "2027-04-05T10:00:00Z", {}, "2027-05-10"),  # 5 to 9 May
        ("constant-it", "amendment.termination", "2026-04-01", {}, "2026-05-01"),
        ("constant-it", "amendment.termination", "2026-04-05", {}, "2026-05-06"),  # past Liberation Day
        # Two weeks for the choice, and the erasure that moves with them.
        ("kmo-solutions", "end.choice", "2026-12-31", {}, "2027-01-14"),
        ("kmo-solutions", "end.choice", "2026-12-11", {}, "2026-12-28"),
        ("kmo-solutions", "retention.backup", "2026-01-31", BACKUP, "2026-03-02"),
        ("kmo-solutions", "retention.backup", "2026-01-31", {"backup.retention": "P1M"}, "2026-02-28"),
        # Working days: Christmas and New Year do not count, Good Friday does.
        ("constant-it", "request.assist", "2026-12-18T16:00:00+01:00", {}, "2027-01-05"),
        ("constant-it", "request.assist", "2026-03-26", {}, "2026-04-10"),
        # Months in one step, never extended.
        ("constant-it", "end.erasure", "2026-01-31", {}, "2026-04-30"),
        ("constant-it", "end.erasure", "2024-02-29", {}, "2024-05-29"),
        ("constant-it", "end.erasure", "2027-11-30", {}, "2028-02-29"),
        ("constant-it", "end.erasure", "2026-11-30", {}, "2027-02-28"),  # a Sunday
        ("contict", "end.erasure", "2026-01-31", {}, "2026-02-28"),
        ("contict", "end.erasure", "2026-02-28", {}, "2026-03-28"),
        # What the agreement itself says where the terms are blank; Belgian holidays for MMS.
        ("mms-solutions", "end.erasure", "2026-12-31", {"end.erasure": "P30D"}, "2027-01-30"),  # a Saturday
        ("mms-solutions", "end.erasure", "2026-01-31", MONTH, "2026-02-28"),
        ("mms-solutions", "end.erasure", "2026-07-17", {"end.erasure": "P10WD"}, "2026-08-03"),
        # Fourteen days of the processor stay where they end.
        ("contict", "request.assist", "2026-04-20T10:00:00Z", {}, "2026-05-04"),
        ("contict", "request.assist", "2026-12-12", {}, "2026-12-26"),
        # Retention: a month from the cancellation; call records the earlier of two.
        ("contict", "retention.contact_details", "2026-03-31", {}, "2026-04-30"),
        ("contict", "retention.call_detail_records", "2025-08-31", {}, "2026-02-28"),
        ("contict", "retention.call_detail_records", "2025-08-31", CANCELLED, "2026-02-15"),
        (
            "contict",
            "retention.call_detail_records",
            "2025-08-31",
            {"cancelled_at": "2026-12-31"},
            "2026-02-28",
        ),
        # The next audit: the turn of the year, by the agreement's own clocks.
        ("stkkr", "audit.next", "2026-06-01", {}, "2026-12-31"),
        ("kmo-solutions", "audit.next", "2026-12-31T22:59:59Z", {}, "2026-12-31"),
        ("constant-it", "audit.next", "2026-12-31T23:30:00Z", {}, "2027-12-31"),
    ],
)
def test_days_end_at_local_midnight(terms: str, rule: str, at: str, facts: dict, last_day: str) -> None:
    found = ask(terms, rule, at, facts)
    day = date.fromisoformat(last_day)
    summer = {3: 29, 10: 25}  # in 2026; no case here lies between the changes of two years
    offset = 2 if (3, summer[3]) <= (day.month, day.day) < (10, summer[10]) else 1
    midnight = datetime(day.year, day.month, day.day, tzinfo=timezone(timedelta(hours=offset)))
    assert found.last_day == day
    assert found.due_at == midnight + timedelta(days=1)
    assert found.boundary == "exclusive"
    assert found.zone in ("Europe/Amsterdam", "Europe/Brussels")


NO_NUMBER = [
    ("stkkr", "subprocessor.objection"),
    ("stkkr", "subprocessor.consent"),
    ("stkkr", "amendment.termination"),
    ("stkkr", "request.assist"),
    ("stkkr", "end.choice"),
    ("kmo-solutions", "breach.notice"),
    ("kmo-solutions", "subprocessor.consent"),
    ("kmo-solutions", "amendment.termination"),
    ("kmo-solutions", "request.assist"),
    ("constant-it", "breach.notice"),
    ("constant-it", "subprocessor.objection"),
    ("constant-it", "subprocessor.consent"),
    ("constant-it", "end.choice"),
    ("mms-solutions", "subprocessor.objection"),
    ("mms-solutions", "subprocessor.consent"),
    ("mms-solutions", "amendment.termination"),
    ("mms-solutions", "request.assist"),
    ("mms-solutions", "end.choice"),
    ("mms-solutions", "audit.next"),
    ("contict", "subprocessor.objection"),
    ("contict", "subprocessor.consent"),
    ("contict", "amendment.termination"),
    ("contict", "end.choice"),
    ("contict", "audit.next"),
]


NONE_OF_THE_FIVE = tuple(
    rule for rule in RULES if not any(rule_of(library()[one], rule) for one in FIVE)
)  # fmt: skip
"""Rules that other agreements have."""


@pytest.mark.parametrize(("terms", "rule"), [*NO_NUMBER, *product(FIVE, NONE_OF_THE_FIVE)])
def test_where_the_agreement_gives_no_number_none_is_made_up(terms: str, rule: str) -> None:
    found = ask(terms, rule, "2026-06-01T10:00:00Z")
    assert found.due_at is None
    assert found.last_day is None
    assert "none is made up" in " ".join(found.steps)
    assert found.party == RULES[rule].party


def test_every_rule_can_be_asked_of_every_agreement() -> None:
    facts = {"end.erasure": "P30D", "backup.retention": "P30D"}
    with_a_date = set()
    for terms in (library()[one] for one in FIVE):
        for rule in known_rules(terms):
            found = due(terms, rule, datetime(2026, 6, 1, 10, tzinfo=UTC), facts)
            assert found.rule == rule
            assert found.steps
            if found.due_at is not None and rule in RULES and rule != "request.forward":
                with_a_date.add((terms.id, rule))
    everything = {(terms, rule) for terms in FIVE for rule in RULES if rule != "request.forward"}
    assert everything - with_a_date == {*NO_NUMBER, *product(FIVE, NONE_OF_THE_FIVE)}


def test_the_answer_carries_clause_party_reading_and_versions() -> None:
    found = ask("mms-solutions", "breach.notice", "2026-06-01T10:00:00Z")
    assert (found.clause, found.party) == ("bijlage 3", "processor")
    assert "MM-A5" in found.reading
    assert found.reading in found.steps[-1]
    assert found.calendar.startswith("BE ")
    assert "tzdata" in found.calendar


def test_the_steps_say_why_a_last_day_moved_and_what_followed() -> None:
    steps = " ".join(ask("kmo-solutions", "end.erasure", "2026-12-11").steps)
    assert "Christmas Day" in steps
    assert "follows end.choice" in steps


def test_the_72_hours_are_marked_debatable() -> None:
    for terms in FIVE:
        found = ask(terms, "breach.authority", "2026-06-01T10:00:00Z")
        assert any(step.startswith("Debatable") for step in found.steps), terms


@pytest.mark.parametrize(
    ("terms", "rule", "fact", "shown"),
    [
        ("constant-it", "breach.authority", "discovered_at", "2026-06-03T08:00:00Z"),
        ("mms-solutions", "breach.authority", "informed_at", "2026-06-03T08:00:00Z"),
        ("contict", "request.assist", "controller_received_at", "2026-06-14T22:00:00Z"),
    ],
)
def test_another_date_is_shown_and_decides_nothing(terms: str, rule: str, fact: str, shown: str) -> None:
    plain = ask(terms, rule, "2026-06-02T10:00:00Z")
    found = ask(terms, rule, "2026-06-02T10:00:00Z", {fact: "2026-05-31T08:00:00Z"})
    assert found.due_at == plain.due_at
    assert any(step.startswith("Shown beside it") and shown in step for step in found.steps)


def test_a_bound_without_its_fact_is_told() -> None:
    steps = ask("contict", "retention.call_detail_records", "2025-08-31").steps
    assert any("no cancelled_at is given" in step for step in steps)


def test_facts_may_be_python_values() -> None:
    terms = library()["contict"]
    for cancelled in (date(2026, 1, 15), datetime(2026, 1, 15, 12, tzinfo=UTC), "2026-01-15T12:00:00+01:00"):
        found = due(terms, "retention.call_detail_records", date(2025, 8, 31), {"cancelled_at": cancelled})
        assert found.last_day == date(2026, 2, 15)


@pytest.mark.parametrize(
    ("terms", "rule", "at", "facts", "said"),
    [
        ("mms-solutions", "end.erasure", "2026-01-31", {}, "end.erasure=P30D"),
        ("mms-solutions", "end.erasure", "2026-01-31", {"end.erasure": None}, "leaves end.erasure blank"),
        ("mms-solutions", "end.erasure", "2026-01-31", {"end.erasure": 30}, "must be a period"),
        ("mms-solutions", "end.erasure", "2026-01-31", {"end.erasure": "30 days"}, "P30D"),
        ("kmo-solutions", "retention.backup", "2026-01-31", {}, "backup.retention=P30D"),
        ("kmo-solutions", "retention.call_detail_records", "2026-01-31", {}, "retention.backup"),
        (
            "contict",
            "retention.call_detail_record",
            "2026-01-31",
            {},
            "Did you mean retention.call_detail_records",
        ),
        ("contict", "breach.notify", "2026-01-31", {}, "Did you mean breach.notice"),
        ("stkkr", "", "2026-01-31", {}, "Known: breach.notice"),
        ("stkkr", "breach.notice", "2026-01-31", {}, "exact instant"),
        ("stkkr", "end.erasure", "2026-01-31", {"canceled_at": "2026-01-01"}, "Did you mean cancelled_at"),
        ("contict", "retention.call_detail_records", "2026-01-31", {"cancelled_at": "soon"}, "cancelled_at:"),
        ("contict", "retention.call_detail_records", "2026-01-31", {"cancelled_at": 3}, "in quotes"),
        ("constant-it", "end.erasure", "9990-12-31", {}, "after the year 9990"),
    ],
)
def test_what_cannot_be_answered_says_what_to_do(terms: str, rule: str, at: str, facts: dict, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        ask(terms, rule, at, facts)
    assert said in caught.value.detail


def test_a_naive_instant_is_refused_everywhere() -> None:
    for rule in ("breach.notice", "subprocessor.objection", "end.erasure", "audit.next"):
        with pytest.raises(BadInput, match="offset"):
            due(library()["stkkr"], rule, datetime(2026, 1, 1))


def test_a_fact_that_the_terms_do_not_leave_open_is_told_and_not_used() -> None:
    found = ask("stkkr", "end.erasure", "2026-12-31", {"end.erasure": "P30D"})
    assert found.last_day == date(2026, 12, 31)
    assert any("end.erasure is not used" in step for step in found.steps)


def test_a_last_day_that_moves_by_nobodys_word_is_called_a_reading() -> None:
    """Saturday 27 June 2026: no clause moves it, so the answer calls it a reading; a law or a clause needs none."""
    rules = {"subprocessor.objection": controller_rule("receipt", "P14D")}
    found = due(draft(rules), "subprocessor.objection", date(2026, 6, 13))
    assert found.last_day == date(2026, 6, 29)
    assert found.reading == PROTECTIVE
    assert found.steps[-1] == f"Reading taken: {PROTECTIVE}."
    assert [(one.lang, one.by) for one in found.readings] == [("en", "program")]
    by_law = draft(rules, counting={"moves": "both", "law": "§ 193 BGB"})
    assert due(by_law, "subprocessor.objection", date(2026, 6, 13)).reading == ""
    assert due(draft(rules), "subprocessor.objection", date(2026, 6, 8)).reading == ""
    # The clock of a law is counted as that law has it.
    assert PROTECTIVE not in due(draft(law="GDPR"), "request.answer", date(2026, 1, 30)).reading


RIGHT = {"ground": "objection", "clause": "10", "ends": "service", "period": "P10D"}


@pytest.mark.parametrize(
    ("sought", "last_day", "begins"),
    [
        # From Wednesday 3 June 2026: the tenth day is Saturday 13 June, so it moves to Monday.
        ({}, date(2026, 6, 15), "receipt of the objection"),
        # A solution is sought through Friday 3 July, whose end at midnight is not yet 4 July.
        (
            {"subprocessor.alternative": processor_rule("objection", "P30D")},
            date(2026, 7, 13),
            "the end of the time for",
        ),
        # Without a number for it, it is there at once.
        ({"subprocessor.alternative": processor_rule("objection")}, date(2026, 6, 15), "receipt of the objection"),
    ],
)
def test_how_long_the_right_over_an_objection_stays_open(sought: dict[str, Any], last_day: date, begins: str) -> None:
    terms = draft(sought, ending={"rights": [RIGHT]})
    found = due(terms, "ending.objection", datetime(2026, 6, 3, 10, tzinfo=UTC))
    assert (found.last_day, found.clause, found.party) == (last_day, "10", "controller")
    assert begins in found.steps[0]
    assert f"This right remains open for 10 days from {begins}" in explain(terms, "en")


@pytest.mark.parametrize(
    ("sought", "period", "due_at"),
    [
        # Through 3 July: 24 hours from midnight, which is its end.
        ("P30D", "PT24H", datetime(2026, 7, 4, 22, tzinfo=UTC)),
        # Over in the course of a day, whose end has not come.
        ("PT48H", "P10D", datetime(2026, 6, 15, 22, tzinfo=UTC)),
    ],
)
def test_what_follows_a_period_runs_from_the_day_or_the_instant_that_it_is_over(
    sought: str, period: str, due_at: datetime
) -> None:
    alternative = {"subprocessor.alternative": processor_rule("objection", sought)}
    found = draft(alternative, ending={"rights": [{**RIGHT, "period": period}]})
    assert due(found, "ending.objection", datetime(2026, 6, 3, 10, tzinfo=UTC)).due_at == due_at


def test_a_right_without_a_period_and_no_right_have_no_last_day() -> None:
    at = datetime(2026, 6, 3, 10, tzinfo=UTC)
    without = due(draft(ending={"rights": [{**RIGHT, "period": None}]}), "ending.objection", at)
    none = due(draft(), "ending.objection", at)
    assert (without.due_at, without.clause) == (None, "10")
    assert (none.due_at, none.steps[0].split(".")[0]) == (
        None,
        "The agreement gives no right to end after an objection",
    )


def test_an_unknown_rule_is_answered_with_those_of_the_file() -> None:
    with pytest.raises(BadInput) as error:
        due(draft(), "end.erasur", datetime(2026, 6, 3, 10, tzinfo=UTC))
    assert "Did you mean end.erasure? Known: breach.notice, subprocessor.objection, end.erasure." in error.value.detail
