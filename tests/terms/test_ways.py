"""Entry on a named day, duties for some time, minimum keeping, free help and other currencies: read, checked, told."""

from datetime import date
from typing import Any

import pytest

from tests.drafts import draft, processor_rule
from tests.world import local
from workflows.errors import BadInput
from workflows.terms.differences import differences
from workflows.terms.due import due
from workflows.terms.explain import explain
from workflows.terms.model import Terms
from workflows.terms.penalty import penalty

DAY = {"name": "entry.day", "kind": "date", "clause": "1", "text": "the day on which it begins"}
DUTY = {"duty": "secrecy", "clause": "8"}
FREE = {"clause": "9", "unit": "hours", "per": "month"}
SUM = {"clause": "13", "base": "5000.00", "per": "violations", "damages": "replaced"}


def said(terms: Terms) -> str:
    return explain(terms, "en")


def test_entry_on_a_day_that_the_parties_name() -> None:
    terms = draft(entry={"event": "named_day", "field": "entry.day"}, fields=[DAY])
    assert "In force from the day that the parties name (1)." in said(terms)


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"entry": {"event": "named_day"}}, "entry.field"),
        ({"entry": {"field": "entry.day"}, "fields": [DAY]}, "entry.field"),
        ({"entry": {"event": "named_day", "field": "entry.dya"}, "fields": [DAY]}, "Did you mean entry.day?"),
        ({"entry": {"event": "named_day", "field": "entry.day"}, "fields": [{**DAY, "kind": "text"}]}, 'write "date"'),
        ({"ending": {"survives": [{**DUTY, "until": "period"}]}}, "ending.survives[0].period"),
        ({"ending": {"survives": [{**DUTY, "until": "no_end", "period": "P1Y"}]}}, "ending.survives[0].period"),
        ({"ending": {"survives": [{**DUTY, "until": "period", "period": "P9WD"}]}}, "P9WD does not say a day"),
        ({"rules": {"end.erasure": processor_rule("end", "P1D", minimum=True)}}, 'rules."end.erasure".minimum'),
        ({"rules": {"retention.logs": processor_rule("end", minimum=True)}}, 'rules."retention.logs".minimum'),
        ({"penalties": {"breach.penalty": {**SUM, "currency": "nok"}}}, "'nok' is no currency"),
        ({"penalties": {"breach.penalty": {**SUM, "currency": "NOK", "base": "5"}}}, "write NOK with two digits"),
        ({"requests": {"clause": "9", "direct": "silent", "free": {**FREE, "amount": "five"}}}, "requests.free"),
    ],
)
def test_each_mistake_is_named(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        draft(**parts)
    assert [True for one in refused.value.problems if problem in f"{one.path}: {one.message}"] == [True]


def test_a_duty_for_some_time_after_the_end() -> None:
    terms = draft(ending={"survives": [{**DUTY, "until": "period", "period": "P24M"}]})
    assert "Continues for 24 months after the end: secrecy (8)." in said(terms)
    longer = draft(ending={"survives": [{**DUTY, "until": "period", "period": "P3Y"}]})
    (changed,) = differences(terms, longer, "en")
    assert changed.becomes == "Continues for 3 years after the end: secrecy (8)."


def test_what_is_kept_for_at_least_some_time_may_go_from_then_on() -> None:
    row = {"category": "invoices", "text": "invoices", "clause": "12", "always": True}
    terms = draft({"retention.invoices": processor_rule("end", "P30D", minimum=True)}, retention=[row])
    found = due(terms, "retention.invoices", date(2026, 2, 28))
    # Thirty whole days; the end of a waiting time moves for nobody, and nothing is late after it.
    assert (found.due_at, found.boundary) == (local("2026-03-31T00:00:00+02:00"), "from")
    assert "invoices (12): kept for at least 30 days from the end." in said(terms)


def test_help_that_costs_nothing_up_to_some_hours() -> None:
    free = {"clause": "9.4", "amount": "5", "beyond": "the hourly rate", "unit": "hours", "per": "month"}
    terms = draft(requests={"clause": "9", "direct": "silent", "free": free}, audit={"clause": "8", "free": free})
    sentence = "Help costs nothing up to 5 hours a month (9.4). Beyond that: the hourly rate."
    assert said(terms).count(sentence) == 2
    less = draft(requests={"clause": "9", "direct": "silent", "free": {**free, "amount": "2"}})
    assert sentence in [one.was for one in differences(terms, less, "en")]


def test_a_penalty_in_another_currency() -> None:
    terms = draft(penalties={"breach.penalty": {**SUM, "currency": "NOK"}})
    assert "NOK\N{NO-BREAK SPACE}5,000.00" in said(terms)
    at = local("2026-03-02T10:00:00+01:00")
    found = penalty(terms, "breach.penalty", None, at, {"violations": 2})
    assert (found.amount, found.currency) == ("10000.00", "NOK")
    assert not any("EUR" in step or "Dutch" in step for step in found.steps)
    chosen = draft(penalties={"breach.penalty": SUM}, governing_law="Dutch law (14.1)")
    assert any("Dutch Civil Code 6:92(2)" in step for step in penalty(chosen, "breach.penalty", None, at).steps)


ASKED = {"kind": "information", "clause": "9", "raised_by": "controller"}
IN_TEN = {"matter.information": processor_rule("request", "P10WD")}


def test_an_answer_within_a_number_of_days_is_a_clock_like_others() -> None:
    terms = draft(matters=[ASKED], rules=IN_TEN)
    assert "Answer to a question about information (12): the processor, within 10 working days" in said(terms)
    # Thursday 2 April: 3 April counts, Easter Monday does not.
    found = due(terms, "matter.information", local("2026-04-02T10:00:00+02:00"))
    assert found.due_at == local("2026-04-18T00:00:00+02:00")
    (changed,) = differences(draft(matters=[ASKED]), terms, "en")
    assert changed.topic == "matter"


def test_an_answer_that_may_not_be_asked_for_any_sooner() -> None:
    least = {"matter.information": processor_rule("request", "P10WD", minimum=True)}
    terms = draft(matters=[ASKED], rules=least)
    assert "the processor, not before 10 working days after receipt of the request" in said(terms)
    found = due(terms, "matter.information", local("2026-04-02T10:00:00+02:00"))
    assert (found.due_at, found.boundary) == (local("2026-04-18T00:00:00+02:00"), "from")


def test_data_that_may_not_go_yet_are_restricted() -> None:
    terms = draft(end={"restricted_clause": "11.2"})
    assert "Data that may not be erased yet are restricted until then (11.2)." in said(terms)


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"rules": IN_TEN}, 'rules."matter.information": goes with a matter that the customer raises'),
        ({"rules": IN_TEN, "matters": [{**ASKED, "raised_by": "processor"}]}, "that the customer raises"),
        ({"rules": IN_TEN, "matters": [{**ASKED, "at_once": True}]}, "that is due at once"),
        ({"rules": {"matter.informaton": processor_rule("request")}}, "Did you mean matter.information?"),
        (
            {"subprocessors": {"region": {"inside": ["EU"], "outside": "refuse", "clause": "4", "safeguards": True}}},
            "subprocessors.region.safeguards",
        ),
    ],
)
def test_what_does_not_go_together_is_named(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        draft(**parts)
    assert [True for one in refused.value.problems if problem in f"{one.path}: {one.message}"] == [True]


def test_safeguards_beyond_a_region() -> None:
    region = {"inside": ["EU"], "outside": "safeguards", "clause": "4"}
    assert "Outside the EU only with suitable safeguards (4)." in said(draft(subprocessors={"region": region}))
    beside = {**region, "outside": "consent", "safeguards": True, "safeguards_clause": "5"}
    rules = {"subprocessor.consent": {"party": "controller", "starts": "receipt"}}
    assert "Beyond that place, safeguards are needed too (5)." in said(
        draft(subprocessors={"region": beside}, rules=rules)
    )


def test_the_processor_bears_its_own_part_of_an_audit() -> None:
    terms = draft(audit={"clause": "10", "own_cost": "processor", "own_cost_clause": "10.2"})
    assert "The processor bears what it spends on it itself (10.2)." in said(terms)


def test_what_can_be_ended_apart_without_a_clause_has_no_empty_brackets() -> None:
    terms = draft(ending={"separate_termination": True})
    assert "Can be ended apart from the main contract; the file names no clause for that." in said(terms)
    assert "()" not in said(terms)


SILENT = {"rule": "unsaid", "clause": "", "overruling": None}


@pytest.mark.parametrize(
    ("law", "by_law"),
    [
        (
            "GDPR",
            " By law a subprocessor needs the controller's prior written authorisation, specific or general "
            "(GDPR 28(2)).",
        ),
        ("FADP", " By law a subprocessor needs the controller's prior consent (FADP 9(3))."),
        ("HIPAA", ""),
        ("", ""),
    ],
)
def test_silence_on_subprocessors_claims_nothing(law: str, by_law: str) -> None:
    terms = draft(subprocessors=SILENT, law=law, without=("subprocessor.objection",))
    assert f"The agreement says nothing on how a new subprocessor comes in.{by_law}\n" in said(terms)
    assert "the program's own choice, for the text has no word on it" in said(terms)
    for rule in ("subprocessor.objection", "subprocessor.consent"):
        found = due(terms, rule, local("2026-03-02T10:00:00+01:00"))
        assert (found.due_at, found.clause) == (None, "")
        assert "it has no word on how subprocessors come in" in found.steps[0]
    told = draft()
    (changed, *_) = differences(told, terms, "en")
    assert changed.becomes == f"The agreement says nothing on how a new subprocessor comes in.{by_law}"


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"subprocessors": {"clause": ""}}, "subprocessors.clause"),
        ({"subprocessors": SILENT}, 'rules."subprocessor.objection": contradicts'),
        ({"subprocessors": {"rule": "unsaid"}, "without": ("subprocessor.objection",)}, "subprocessors.overruling"),
        (
            {
                "subprocessors": SILENT,
                "without": ("subprocessor.objection",),
                "rules": {"subprocessor.notice": processor_rule("receipt", "P30D")},
            },
            'rules."subprocessor.notice": speaks of what',
        ),
    ],
)
def test_silence_does_not_go_with_words(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        draft(**parts)
    assert [True for one in refused.value.problems if problem in f"{one.path}: {one.message}"] == [True]
