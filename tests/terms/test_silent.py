"""What used to be taken in silence: contradictions, doubles, and what means nothing."""

import json
from datetime import date
from typing import Any

import pytest

from tests.drafts import controller_rule, draft, processor_rule
from workflows.errors import BadInput
from workflows.intake.checks import Checks
from workflows.terms.due import due
from workflows.terms.explain import explain
from workflows.terms.load import library, parse_document, stored_terms, to_document
from workflows.words import LANGUAGES

ASKED = {"kind": "information", "clause": "9", "raised_by": "controller"}
RIGHT = {"ground": "objection", "clause": "10", "ends": "agreement"}
LOGS = {"category": "logs", "text": "logs", "clause": "15"}


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        (
            {"rules": {"end.choice": controller_rule("end", "P14D")}},
            "rules.\"end.choice\": contradicts end.data = 'erase'",
        ),
        (
            {"end": {"data": "return_first"}, "rules": {"end.choice": controller_rule("end", "P14D")}},
            "contradicts end.data = 'return_first'",
        ),
        ({"rules": {"request.assist": processor_rule("request", channel="pigeon")}}, "channel: is 'pigeon': write"),
        ({"rules": {"request.assist": processor_rule("request", channel="phone, phone")}}, "has 'phone' 2 times"),
        (
            {"rules": {"subprocessor.notice": processor_rule("receipt", "P0D")}},
            "period: P0D is no time at all: leave it out where there is none",
        ),
        (
            {"rules": {"subprocessor.notice": processor_rule("receipt", immediately=True)}},
            "immediately: leaves no time to wait for",
        ),
        ({"matters": [ASKED, ASKED]}, "matters: has 'information, controller' 2 times"),
        ({"counting": {"clause": "1", "day_ends": "00:00"}}, "counting.day_ends: is the beginning of the day"),
        ({"notice_contacts": ["contract", "contract"]}, "notice_contacts: has 'contract' 2 times"),
        ({"amendment": {"significant": ["place", "place"]}}, "amendment.significant: has 'place' 2 times"),
        ({"breach": {"clause": "9", "contacts": ["security", "security"]}}, "breach.contacts: has 'security' 2 times"),
        ({"breach": {"clause": "9", "contacts": []}}, "breach.contacts: is empty"),
        ({"breach": {"clause": "9", "channels": []}}, "breach.channels: is empty"),
        (
            {"subprocessors": {"region": {"inside": ["NL", "NL"], "outside": "refuse", "clause": "7"}}},
            "subprocessors.region.inside: has 'NL' 2 times",
        ),
        (
            {"retention": [LOGS, LOGS], "rules": {"retention.logs": processor_rule("record", "P30D")}},
            "retention: has 'logs ·  · logs' 2 times",
        ),
        ({"printed": {"77": "4"}}, "printed.77: is no clause that anything in this file rests on"),
        ({"zone": "UTC"}, "zone: 'UTC' is the time of no place"),
        ({"ending": {"rights": [{**RIGHT, "party": "either"}]}}, "ending.rights[0].party: is 'either'"),
        ({"entry": {"ids": ["A", "A"]}}, "entry.ids: has 'A' 2 times"),
        (
            {"entry": {"in_languages": {"clause": {"en": "9"}}}},
            "entry.in_languages: has 'clause', which is no text of this part",
        ),
    ],
)
def test_it_is_told(parts: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadInput) as refused:
        draft(parts.get("rules"), **{key: one for key, one in parts.items() if key != "rules"})
    assert [True for one in refused.value.problems if problem in f"{one.path}: {one.message}"] == [True]


def test_what_is_right_passes() -> None:
    draft({"request.assist": processor_rule("request", channel="phone, email")}, printed={"7": "4"})
    draft(matters=[ASKED, {**ASKED, "raised_by": "processor"}])


def test_versions_that_were_taken_in_go_on() -> None:
    document = to_document(library()["kmo-solutions"])
    document["zone"] = "UTC"
    document["matters"] = [*document["matters"], *document["matters"]]
    with pytest.raises(BadInput):
        parse_document(document, "x")
    stored = stored_terms(json.dumps(document))
    assert stored.zone == "UTC"


OLD: dict[str, Any] = {
    "law": "GDPR",
    "also_laws": ["DSGVO", "sofort"],
    "counting": {"clause": "1", "holidays": "BE"},
    "requests": {"clause": "8", "direct": "silent", "direct_clause": "8", "free": {"clause": "8", "amount": "0"}},
    "audit": {"clause": "13", "cost_unless": "much is wrong", "own_cost_clause": "13"},
    "breach": {"clause": "9", "voicemail": "with_writing", "channels": ["email"]},
    "penalties": {"breech.penalty": {"clause": "16", "base": "1.00", "per": "lateness", "damages": "reserved"}},
    "fields": [{"name": "nobody.asks", "kind": "duration", "clause": "3", "text": "\u2800"}],
    "services": {"logging": "Logging"},
    "retention": [{**LOGS, "service": "none", "holders": ["A"]}, {**LOGS, "text": "more", "service": "none"}],
}


def test_what_is_refused_now_is_still_counted_and_told_where_it_was_taken_in_before() -> None:
    document = to_document(draft({"request.forward": processor_rule("request", grounds="required")})) | OLD
    document["rules"]["retention.logs"] = {"clause": "15", **processor_rule("record", "P30D")}
    document["rules"]["breach.notice"] |= {"period": "PT48H", "earlier_of_cancellation": "P1D", "form_clause": "9"}
    document["end"] = {"clause": "11", "data": "choice", "holders": [{"name": "backups", "clause": "11"}]}
    document["rules"]["end.choice"] = {"clause": "11", **controller_rule("end", "P90D")}
    with pytest.raises(BadInput) as refused:
        parse_document(document, "x")
    assert len(refused.value.problems) > 12
    stored = stored_terms(json.dumps(document))
    assert due(stored, "end.choice", date(2026, 12, 31)).last_day == date(2027, 3, 31)
    assert "Several laws" not in " ".join(due(stored, "request.answer", date(2026, 1, 30)).steps)
    for lang in LANGUAGES:
        assert len(explain(stored, lang).splitlines()) > 40


def test_a_period_that_the_parties_fill_in_is_some_time() -> None:
    terms = library()["mms-solutions"]
    with pytest.raises(BadInput, match="P0D is no time at all"):
        due(terms, "end.erasure", date(2026, 12, 31), {"end.erasure": "P0D"})
    checks = Checks()
    checks.facts("facts", terms, {"end.erasure": "P0D"})
    assert [one.message for one in checks.found if one.path == "facts.end.erasure"] == [
        "is no time at all: write a period, such as P30D"
    ]
