"""What the law adds to an agreement, and what it does not: a file that names another law or none gets nothing of it."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.drafts import draft
from tests.texts import FIVE
from workflows.errors import BadInput
from workflows.terms.due import due
from workflows.terms.explain import explain
from workflows.terms.law import (
    by_law,
    ground,
    law_of,
    laws,
    longer,
    matter_ground,
    read_citation,
    rule_of,
    towards_authority,
)
from workflows.terms.load import library, parse_document, parse_toml, to_document
from workflows.terms.model import BreachRules, Terms
from workflows.terms.penalty import penalty

PLAIN = parse_toml((Path(__file__).parent / "sixth.toml").read_text("utf-8"), "sixth.toml")
AT = datetime(2026, 1, 30, 10, tzinfo=UTC)


def under(law: str) -> Terms:
    return replace(PLAIN, law=law)


@pytest.mark.parametrize("name", FIVE)
def test_the_five_are_under_the_gdpr(name: str) -> None:
    terms = library()[name]
    assert law_of(terms) is laws()["GDPR"]
    found = due(terms, "request.answer", AT)
    # One month: 28 February 2026 is a Saturday, so the controller's last day moves to Monday 2 March (I-19).
    assert (found.last_day, found.clause, found.party) == (date(2026, 3, 2), "artikel 12, lid 3 AVG", "controller")
    assert longer(terms, "request.answer") == "P3M"


@pytest.mark.parametrize("name", ["GDPR", "AVG", "gdpr", "DSGVO", "RODO", "Dataskyddsförordningen"])
def test_the_gdpr_adds_its_own_clocks(name: str) -> None:
    terms = under(name)
    found = due(terms, "breach.authority", AT)
    assert (found.due_at, found.clause) == (datetime(2026, 2, 2, 10, tzinfo=UTC), "GDPR 33(1)")
    assert due(terms, "request.answer", AT).last_day == date(2026, 3, 2)
    assert ground(terms, "binding") == "GDPR 28(4)"
    assert matter_ground(terms, "storage_places") == "GDPR 28(3)(h)"


@pytest.mark.parametrize("name", ["", "PIPEDA", "Danish law"])
def test_another_law_or_none_adds_nothing(name: str) -> None:
    terms = under(name)
    for rule in ("breach.authority", "request.answer"):
        assert rule_of(terms, rule) is None
        found = due(terms, rule, AT)
        assert found.due_at is None
        assert found.clause == ""
        assert not any("GDPR" in step for step in found.steps if name not in step or not name)
    assert ground(terms, "binding") == matter_ground(terms, "storage_places") == ""
    assert longer(terms, "request.answer") is None
    for lang in ("en", "nl"):
        said = explain(terms, "nl" if lang == "nl" else "en").replace(name or "\0", "")
        assert "GDPR" not in said
        assert "AVG" not in said


def test_a_rule_of_the_file_goes_before_the_laws() -> None:
    own = replace(library()["stkkr"].rules["breach.authority"], period="PT24H", clause="§9")
    terms = replace(under("GDPR"), rules={**PLAIN.rules, "breach.authority": own})
    found = due(terms, "breach.authority", AT)
    assert (found.due_at, found.clause) == (datetime(2026, 1, 31, 10, tzinfo=UTC), "§9")


def test_articles_are_cited_in_the_readers_words() -> None:
    gdpr = laws()["GDPR"]
    assert gdpr.cite("28(3)(g)", "en") == "GDPR 28(3)(g)"
    assert gdpr.cite("28(3)(g)", "nl") == "artikel 28, lid 3, onder g, AVG"
    assert gdpr.cite("12(3)", "nl") == "artikel 12, lid 3 AVG"
    assert gdpr.cite("44", "nl") == "artikel 44 AVG"


@pytest.mark.parametrize(
    ("law", "rule", "last_day", "clause"),
    [
        # 30 January 2026 and 60 days.
        ("HIPAA", "breach.notice", date(2026, 3, 31), "HIPAA 164.410(b)"),
        # The controller's own last day: Tuesday 31 March is an ordinary day.
        ("HIPAA", "breach.authority", date(2026, 3, 31), "HIPAA 164.408(b)"),
        # 30 days: Sunday 1 March, "no later than".
        ("HIPAA", "request.answer", date(2026, 3, 1), "HIPAA 164.524(b)(2)"),
        ("UK GDPR", "breach.authority", date(2026, 2, 2), "UK GDPR 33(1)"),
        ("UK GDPR", "request.answer", date(2026, 3, 2), "UK GDPR 12(3)"),
        # 45 days: Monday 16 March.
        ("CCPA", "request.answer", date(2026, 3, 16), "CCPA 1798.130(a)(2)(A)"),
        ("CCPA", "breach.authority", None, ""),
        ("FADP", "breach.authority", None, "FADP 24(1)"),
        ("FADP", "request.answer", date(2026, 3, 2), "FADP 25(7)"),
        ("LGPD", "breach.authority", date(2026, 2, 4), "LGPD 48"),
        # 15 days: Saturday 14 February, off which nothing that was verified moves it.
        ("LGPD", "request.answer", date(2026, 2, 14), "LGPD 19"),
    ],
)
def test_what_other_laws_add(law: str, rule: str, last_day: date | None, clause: str) -> None:
    rules = {name: one for name, one in PLAIN.rules.items() if name != "breach.notice"}
    found = due(replace(under(law), rules=rules), rule, AT)
    assert (found.last_day, found.clause) == (last_day, clause)
    assert (found.due_at is None) == (last_day is None)


@pytest.mark.parametrize("law", sorted(laws()))
def test_whoever_is_under_one_law_reads_of_no_other(law: str) -> None:
    terms = replace(under(law), governing_law="")
    own = laws()[law].known_as
    said = [explain(terms, "en"), explain(terms, "nl")]
    said += [step for rule in ("breach.authority", "request.answer") for step in due(terms, rule, AT).steps]
    said += penalty(terms, "audit.penalty", AT, AT).steps
    read = " ".join(" ".join(said).split())
    others = {one for other in laws().values() for one in (*other.names, *other.called.values())}
    for name in sorted(others, key=len, reverse=True):
        if name.casefold() in own:
            read = read.replace(name, "")
    assert [name for name in [*others, "Dutch"] if re.search(rf"\b{re.escape(name)}\b", read)] == []


@pytest.mark.parametrize("law", sorted(laws()))
def test_every_article_is_read_back_as_it_is_cited(law: str) -> None:
    one = laws()[law]
    articles = [*one.articles.values(), *one.matters.values(), *(rule.article for rule in one.rules.values())]
    for article in articles:
        assert read_citation(one.cite(article, "en")) == (one, article)
        assert read_citation(one.cite(article, "nl")) == (one, article)


def test_a_law_may_have_no_rule_on_places_or_authorities() -> None:
    assert (laws()["HIPAA"].inside, by_law(under("HIPAA"))) == ((), "not_obliged")
    assert (by_law(under("CCPA")), by_law(under("Danish law"))) == (None, None)


@pytest.mark.parametrize(
    ("law", "breach", "expected"),
    [
        ("CCPA", BreachRules(clause="§7"), None),
        ("HIPAA", BreachRules(clause="§7"), "not_obliged"),
        ("HIPAA", BreachRules(clause="§7", authority="assists", authority_clause="§8"), "assists"),
    ],
)
def test_towards_an_authority_the_text_goes_before_its_law(law: str, breach: BreachRules, expected: str | None) -> None:
    terms = replace(under(law), breach=breach)
    assert towards_authority(terms) == expected
    assert ("to the authority (§8)" in explain(terms, "en")) is (breach.authority is not None)


def test_a_file_needs_no_rule_that_its_law_has() -> None:
    rules = {name: PLAIN.rules[name] for name in ("subprocessor.objection", "end.erasure")}
    text = to_document(replace(draft(law="HIPAA"), rules=rules))
    assert due(parse_document(text, "a draft"), "breach.notice", AT).clause == "HIPAA 164.410(b)"
    with pytest.raises(BadInput, match="is missing: write the rule"):
        parse_document({**text, "law": "CCPA"}, "a draft")


def test_where_the_text_has_no_number_and_its_law_has_one_the_laws_holds() -> None:
    vague = replace(PLAIN.rules["breach.notice"], period=None, clause="§9", note="promptly")
    terms = replace(under("HIPAA"), rules={**PLAIN.rules, "breach.notice": vague})
    found = due(terms, "breach.notice", AT)
    assert (found.last_day, found.clause) == (date(2026, 3, 31), "§9; HIPAA 164.410(b)")
    # The GDPR sets no number for the processor's notice: none is made up.
    assert due(replace(terms, law="GDPR"), "breach.notice", AT).due_at is None


def test_of_several_laws_each_clock_is_told_and_the_earliest_counts() -> None:
    terms = replace(PLAIN, law="GDPR", also_laws=("FADP", "Lex nova"))
    # A month from Monday 2 March is 2 April; thirty days are 1 April.
    found = due(terms, "request.answer", datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert (found.last_day, found.clause) == (date(2026, 4, 1), "FADP 25(7)")
    assert "The earliest counts." in found.steps[0]
    assert due(terms, "breach.authority", AT).clause == "GDPR 33(1)"
    told = explain(terms, "en")
    assert "(GDPR 12(3)): the controller, within 1 month" in told
    assert "(FADP 25(7)): the controller, within 30 days" in told
    assert "Law on personal data: Lex nova. The program knows none of its rules" in told


def test_one_law_under_two_names_counts_once() -> None:
    twice = replace(PLAIN, law="GDPR", also_laws=("DSGVO", "AVG"))
    assert "Several laws" not in " ".join(due(twice, "breach.authority", AT).steps)
    assert explain(twice, "en") == explain(under("GDPR"), "en")
    both = explain(replace(PLAIN, law="GDPR", also_laws=("DSGVO", "FADP")), "en")
    assert "Laws on personal data: GDPR, FADP. " in both


@pytest.mark.parametrize(
    ("law", "rule", "at", "last_day"),
    [
        # Saturday 13 February 2027, before Washington's Birthday: "in no case later than 60 calendar days".
        ("HIPAA", "breach.authority", date(2026, 12, 15), date(2027, 2, 13)),
        ("HIPAA", "breach.notice", date(2026, 12, 15), date(2027, 2, 13)),
        # Christmas Day; and the 60 days in all end on Sunday 24 January 2027.
        ("HIPAA", "request.answer", date(2026, 11, 25), date(2026, 12, 25)),
        # By section 12a of the Code of Civil Procedure off Saturday 9 January 2027.
        ("CCPA", "request.answer", date(2026, 11, 25), date(2027, 1, 11)),
        ("GDPR", "request.answer", date(2026, 11, 25), date(2026, 12, 28)),
        ("LGPD", "request.answer", date(2026, 12, 10), date(2026, 12, 25)),
    ],
)
@pytest.mark.parametrize("moves", ["controller", "both", "none"])
def test_the_last_day_of_a_laws_own_clock_moves_as_that_law_has_it(
    law: str, rule: str, at: date, last_day: date, moves: str
) -> None:
    """Whatever the agreement says of its own periods, and where the file has the rule without a number too."""
    counting = {"moves": moves, "law": "§ 193 BGB"}
    bare = {"clause": "3", "party": "processor" if rule == "breach.notice" else "controller", "starts": "request"}
    started = {"breach.authority": "aware", "breach.notice": "discovery"}.get(rule, "request")
    for rules in ({}, {rule: {**bare, "starts": started}}):
        terms = draft(rules, law=law, calendar="US", counting=counting)
        found = due(terms, rule, at)
        assert found.last_day == last_day
        told = [step for step in found.steps if f"the clocks of {law}" in step.replace("The", "the")]
        assert len(told) == 1
        assert not any("I-13" in step for step in found.steps)
