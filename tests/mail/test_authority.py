"""What a customer reads of its own report of a breach is what its law says: whom, by which article, how soon."""

from typing import Any

import pytest
from msgspec.structs import replace

from service.mail.texts.samples import samples
from service.mail.texts.texts import packaged_texts
from tests.drafts import draft
from workflows.breach.authority import told_of_authority
from workflows.terms.law import AUTHORITY, rule_of
from workflows.words import LANGUAGES

LAW = "How soon, by the law"


def test_a_law_of_two_clocks_is_told_whole() -> None:
    """45 CFR 164.404(b), 164.408(b), (c): the individuals and the authority apart, without unreasonable delay."""
    found = told_of_authority(draft(law="HIPAA"), None, "9", "en")
    assert (found["authority_clause"], found["authority_people"]) == ("HIPAA 164.408(b)", "HIPAA 164.404(b)")
    assert found["authority_soon"]
    assert found["authority_period"] == "P60D"
    for lang in LANGUAGES:
        assert "164.408(c)" in told_of_authority(draft(law="HIPAA"), None, "9", lang)["authority_besides"]


@pytest.mark.parametrize(
    ("law", "people", "soon"),
    [("GDPR", "GDPR 34(1)", False), ("FADP", "FADP 24(4)", True), ("LGPD", "", False), ("", "", False)],
)
def test_people_are_told_by_an_article_of_their_own(law: str, people: str, soon: bool) -> None:
    found = told_of_authority(draft(law=law), None, "9", "en")
    assert (found["authority_people"], found["authority_soon"], found["authority_besides"]) == (people, soon, "")


def test_where_the_agreement_counts_no_article_is_added() -> None:
    rule = rule_of(draft(law="HIPAA"), AUTHORITY)
    assert rule is not None
    terms = draft(law="HIPAA")
    own = replace(terms, rules={**terms.rules, AUTHORITY: replace(rule, clause="8.3", target=False)})
    found = told_of_authority(own, None, "9", "en")
    assert (found["authority_clause"], found["authority_people"], found["authority_besides"]) == ("8.3", "", "")


def _report(**more: Any) -> str:
    known = samples("breach_notice")[0]
    return " ".join(packaged_texts().write("breach_notice", "en", {**known, **more}).text.split())


def test_the_mail_says_what_is_the_limit_and_what_is_the_duty() -> None:
    said = _report(authority_due=None, authority_clause="C 1", authority_people="C 2", authority_hours="60 days",
                   authority_exact=False, authority_soon=True, authority_besides=LAW)  # fmt: skip
    assert "reported to the authority (C 1) and whether the people concerned must be told (C 2)" in said
    assert "You have 60 days to do so" in said
    assert "That is the outer limit: what must be reported must be reported as soon as possible." in said
    assert LAW in said
    assert "hours" not in said


def test_without_a_number_it_is_as_soon_as_possible() -> None:
    assert "do so as soon as possible once you know" in _report(
        authority_due=None, authority_hours="", authority_soon=True
    )


def test_only_a_time_in_hours_is_called_exact_hours() -> None:
    assert "exact hours" in _report()
    assert "exact hours" not in _report(authority_hours="3 working days", authority_exact=False)
