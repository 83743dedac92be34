"""What the law adds to an agreement, and what it does not: a file that names another law or none gets nothing of it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from workflows.terms.due import due
from workflows.terms.explain import explain
from workflows.terms.law import ground, law_of, laws, longer, matter_ground, rule_of
from workflows.terms.load import library, parse_toml
from workflows.terms.model import Terms

PLAIN = parse_toml((Path(__file__).parent / "sixth.toml").read_text("utf-8"), "sixth.toml")
AT = datetime(2026, 1, 30, 10, tzinfo=UTC)


def under(law: str) -> Terms:
    return replace(PLAIN, law=law)


@pytest.mark.parametrize("name", sorted(library()))
def test_the_five_are_under_the_gdpr(name: str) -> None:
    terms = library()[name]
    assert law_of(terms) is laws()["GDPR"]
    found = due(terms, "request.answer", AT)
    # One month: 28 February 2026 is a Saturday, so the controller's last day moves to Monday 2 March (I-19).
    assert (found.last_day, found.clause, found.party) == (date(2026, 3, 2), "artikel 12, lid 3 AVG", "controller")
    assert longer(terms, "request.answer") == "P3M"


@pytest.mark.parametrize("name", ["GDPR", "AVG", "gdpr", "DSGVO"])
def test_the_gdpr_adds_its_own_clocks(name: str) -> None:
    terms = under(name)
    found = due(terms, "breach.authority", AT)
    assert (found.due_at, found.clause) == (datetime(2026, 2, 2, 10, tzinfo=UTC), "GDPR 33(1)")
    assert due(terms, "request.answer", AT).last_day == date(2026, 3, 2)
    assert ground(terms, "binding") == "GDPR 28(4)"
    assert matter_ground(terms, "storage_places") == "GDPR 28(3)(h)"


@pytest.mark.parametrize("name", ["", "HIPAA", "UK GDPR", "Danish law"])
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
