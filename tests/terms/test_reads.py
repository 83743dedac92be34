"""What is told of a rule reads as a sentence, in each language, and what is not there is not told."""

from datetime import datetime
from typing import Any

import pytest

from tests.drafts import controller_rule, draft, processor_rule
from workflows.errors import BadInput
from workflows.terms.check_ends import returned_unchosen
from workflows.terms.comparing import compared
from workflows.terms.due import due
from workflows.terms.explain import explain
from workflows.terms.load import parse_document, to_document
from workflows.words import Language

AT_ONCE = {"rules": {"breach.notice": processor_rule("aware", immediately=True)}}
KEPT = {
    "rules": {"retention.logs": processor_rule("record", "P7Y", minimum=True)},
    "retention": [{"category": "logs", "text": "logs", "clause": "15"}],
}
GONE = {
    "rules": {"retention.logs": processor_rule("end", "P5Y")},
    "retention": [{"category": "logs", "text": "logs", "clause": "15"}],
}
WORKDAYS = {"law": "LGPD", "calendar": "none"}


@pytest.mark.parametrize(
    ("parts", "lang", "said"),
    [
        (AT_ONCE, "en", "at once when the processor becomes aware of it"),
        (AT_ONCE, "nl", "zodra de verwerker het weet"),
        (AT_ONCE, "fr", "dès que le sous-traitant en a connaissance"),
        (KEPT, "en", "logs (15; 12): kept for at least 7 years from the making of the record."),
        (KEPT, "de", "(15; 12): Aufbewahrung von mindestens 7 Jahren ab Entstehung des Datensatzes."),
        (GONE, "en", "logs (15; 12): gone within 5 years of the end."),
        (GONE, "fr", "(15\u202f; 12)\u202f: à effacer dans un délai de 5 ans après la fin."),
        ({"calendar": "none"}, "en", "falls on a Saturday or Sunday, it moves to the next Monday"),
        ({"calendar": "none"}, "de", "auf einen Samstag oder Sonntag, verschiebt er sich auf den nächsten Montag"),
        ({}, "fr", "qui n’est ni un samedi, ni un dimanche, ni un jour férié\u202f; celui"),
        (WORKDAYS, "en", "Working days are Monday to Friday, holidays or not"),
        ({"law": "GDPR", "also_laws": ["CCPA"]}, "fr", "de laquelle de ces lois relèvent les données"),
        ({"end": {"cost": "processor", "cost_clause": "8"}}, "nl", "De verwerker draagt de kosten van teruggave"),
    ],
)
def test_it_reads_as_a_sentence(parts: dict[str, Any], lang: Language, said: str) -> None:
    assert said in explain(draft(**parts), lang)


def test_a_right_whose_days_are_not_counted_is_not_denied() -> None:
    right = {"ground": "overruled_objection", "clause": "6.3", "ends": "service"}
    over = {"overruling": {"allowed": True, "clause": "6.3", "then": "termination"}}
    terms = draft(ending={"rights": [right]}, subprocessors=over)
    asked = "2026-06-03T10:00:00+02:00"
    found = due(terms, "ending.objection", datetime.fromisoformat(asked))
    assert (found.clause, found.due_at) == ("6.3", None)
    assert "it gives one once that is overruled (6.3)" in found.steps[0]
    with pytest.raises(BadInput, match="No time is counted for that right"):
        due(terms, "ending.overruled_objection", datetime.fromisoformat(asked))
    with pytest.raises(BadInput, match=r"The time of that right is the rule ending\.cure"):
        due(terms, "ending.not_cured", datetime.fromisoformat(asked))


def test_a_choice_without_a_last_day_is_one_whether_it_has_a_rule_or_not() -> None:
    chosen = draft(end={"data": "choice"})
    with_rule = draft({"end.choice": controller_rule("end")}, end={"data": "choice"})
    assert not [one for one in compared(chosen, with_rule, "en") if one.topic == "retention"]


def test_a_return_that_is_over_before_the_choice_is_told() -> None:
    rules = {"end.choice": controller_rule("end", "P30D"), "end.return": processor_rule("end", "P20D")}
    erased = {"end.erasure": processor_rule("end", "P60D")}
    assert returned_unchosen(draft({**rules, **erased}, end={"data": "choice"}))
    later = {"end.return": processor_rule("after:end.choice", "P20D")}
    assert not returned_unchosen(draft({**rules, **erased, **later}, end={"data": "choice"}))


def test_the_cost_that_nobody_wrote_is_no_word_of_the_text() -> None:
    assert "cost" not in to_document(draft())["end"]
    said = to_document(draft(end={"cost": "unsaid"}))
    assert said["end"]["cost"] == "unsaid"
    assert parse_document(said, "x.toml").end.cost == "unsaid"


@pytest.mark.parametrize("word", ["objection", "request"])
def test_an_event_of_another_rule_is_not_taken_as_misspelt(word: str) -> None:
    with pytest.raises(BadInput) as refused:
        draft({"subprocessor.objection": controller_rule(word, "P14D")})
    assert not any("Did you mean" in one.message for one in refused.value.problems)
