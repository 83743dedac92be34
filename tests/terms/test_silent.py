"""What used to be taken in silence: contradictions, doubles, and what means nothing."""

import json
from datetime import date
from typing import Any

import pytest

from tests.drafts import controller_rule, draft, processor_rule
from workflows.errors import BadInput
from workflows.intake.checks import Checks
from workflows.terms.due import due
from workflows.terms.load import library, parse_document, stored_terms, to_document

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


def test_a_period_that_the_parties_fill_in_is_some_time() -> None:
    terms = library()["mms-solutions"]
    with pytest.raises(BadInput, match="P0D is no time at all"):
        due(terms, "end.erasure", date(2026, 12, 31), {"end.erasure": "P0D"})
    checks = Checks()
    checks.facts("facts", terms, {"end.erasure": "P0D"})
    assert [one.message for one in checks.found if one.path == "facts.end.erasure"] == [
        "is no time at all: write a period, such as P30D"
    ]
