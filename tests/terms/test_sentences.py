"""Every sentence that explaining can say: a file that brings it, and one that does not.

What a file says stands with its clause; what the program decides where the file says nothing has none.
"""

import re

import pytest

from tests.drafts import controller_rule, draft, processor_rule
from tests.terms.sentences import ALWAYS, BARE, DEFAULTS, ELSEWHERE, SAID, SILENT, Parts
from workflows.errors import BadInput
from workflows.terms.explain import explain
from workflows.terms.load import library
from workflows.words import said_in


def says(text: str, key: str) -> bool:
    """Whether a sentence is in it, whatever is filled in."""
    pieces = re.split(r"\{\w+\}", said_in("en").text(f"terms.{key}").strip())
    return re.search(".*?".join(map(re.escape, pieces)), text) is not None


def told(parts: Parts) -> str:
    return explain(draft(parts.get("rules"), **{key: one for key, one in parts.items() if key != "rules"}), "en")


@pytest.mark.parametrize("key", SAID)
def test_a_sentence_is_said_where_the_file_brings_it_and_only_there(key: str) -> None:
    assert says(told(SAID[key]), key)
    if key not in ALWAYS:
        assert not says(told(SILENT.get(key, {})), key)


@pytest.mark.parametrize("key", SAID)
def test_what_the_program_decides_has_no_clause_and_what_the_file_says_has_one(key: str) -> None:
    blanks = set(re.findall(r"\{(\w+)\}", said_in("en").text(f"terms.{key}")))
    assert ("clause" in blanks or "ground" in blanks) == (key not in DEFAULTS | BARE)


def test_no_sentence_is_left_out() -> None:
    sentences = {
        key.removeprefix("terms.")
        for key in said_in("en")
        if key.startswith("terms.") and said_in("en").text(key).rstrip().endswith((".", "{cost}."))
    }
    assert {one for one in sentences if not ELSEWHERE.match(one)} - SAID.keys() == set()


@pytest.mark.parametrize("ahead", ["subprocessor.notice", "amendment.notice"])
def test_a_lead_time_is_said_forwards(ahead: str) -> None:
    terms = draft({ahead: processor_rule("receipt", "P14D")})
    [said] = [line for line in explain(terms, "en").splitlines() if "beforehand" in line]
    assert "at least 14 days before" in said
    assert said.endswith("counted from receipt of the notice.")
    open_ended = draft({ahead: processor_rule("receipt")})
    assert "without a fixed length" in explain(open_ended, "en")


def test_no_agreement_of_the_library_is_said_to_let_go_on_what_it_does_not_say() -> None:
    for terms in library().values():
        over = terms.subprocessors.overruling
        if over is not None and over.allowed and over.reading:
            assert not says(explain(terms, "en"), "overruling"), terms.id


def test_channels_of_a_list_may_be_used_together_and_no_notice_is_no_duty_to_give_it_at_once() -> None:
    rules = {
        "audit.notice": controller_rule("request", "P15D"),
        "audit.notice_after_breach": {**controller_rule("request"), "immediately": True},
    }
    text = explain(draft(rules, breach={"clause": "9", "channels": ["phone", "email"]}), "en")
    assert "by telephone and/or e-mail (9)" in text
    assert "Notice before an audit after a breach (12): the controller, no time ahead is needed." in text


def test_a_yen_has_no_sen() -> None:
    sums = {"clause": "16", "per": "violations", "damages": "reserved", "currency": "JPY"}
    assert "¥5,000 for each" in explain(draft(penalties={"secrecy.penalty": {**sums, "base": "5000.00"}}), "en")
    with pytest.raises(BadInput, match="a fraction that JPY does not have: write a whole sum"):
        draft(penalties={"secrecy.penalty": {**sums, "base": "5000.50"}})
