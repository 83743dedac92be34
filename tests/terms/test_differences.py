"""Two versions beside each other: what differs, in which words, and whether it weighs."""

from typing import Any

from msgspec.structs import replace

from workflows.terms.differences import differences, in_both, significant_parts
from workflows.terms.load import library
from workflows.terms.model import RegisterEntry, Rule, Statement, Terms

OLD = library()["constant-it"]


def ruled(terms: Terms, name: str, **fields: Any) -> Terms:
    return replace(terms, rules={**terms.rules, name: replace(terms.rules[name], **fields)})


def test_nothing_changes_in_the_same_text() -> None:
    assert differences(OLD, replace(OLD, version="2026-01"), "nl") == ()


def test_a_period_is_told_old_and_new() -> None:
    (one,) = differences(OLD, ruled(OLD, "end.erasure", period="P2M"), "en")
    assert (one.topic, one.label) == ("retention", "Erasure after the end")
    assert "within 3 months of the end" in one.was
    assert "within 2 months of the end" in one.becomes


def test_another_clause_alone_is_shown_and_weighs_nothing() -> None:
    moved = ruled(OLD, "end.erasure", clause="I 12")
    (one,) = differences(OLD, moved, "en")
    assert "I 12" in one.becomes
    assert not one.in_substance
    assert significant_parts(OLD, moved) == ()


def test_a_reading_is_nobodys_text() -> None:
    assert differences(OLD, ruled(OLD, "end.erasure", reading="otherwise"), "en") == ()


def test_who_comes_and_who_goes() -> None:
    register = OLD.subprocessors.register
    others = tuple(one for one in register if one.name not in ("Pia", "Hostify"))
    new = (
        *others,
        RegisterEntry(name="Hostifi", clause="I 7", service="network monitoring"),  # an alias of the one that goes
        RegisterEntry(name="Nieuw", clause="I 7", service="chat", country="BE"),
    )
    coming = replace(OLD, subprocessors=replace(OLD.subprocessors, register=new))
    found = {one.label: (one.was, one.becomes) for one in differences(OLD, coming, "nl") if one.topic == "subprocessor"}
    assert found.pop("Subverwerker Pia") == ("ticketautomatisering", "")
    assert found.pop("Subverwerker Nieuw") == ("", "“chat” (in het Engels)")
    # The same one under its other name is none that comes or goes.
    assert {label for label, (was, becomes) in found.items() if not was or not becomes} == set()
    assert significant_parts(OLD, coming) == ("subprocessor", "place")


def test_what_is_new_and_what_falls() -> None:
    coming = replace(OLD, rules={name: rule for name, rule in OLD.rules.items() if name != "audit.next"}, matters=())
    found = differences(OLD, coming, "en")
    assert {one.topic for one in found} == {"audit", "matter"}
    assert all(one.was and not one.becomes for one in found)
    back = differences(coming, OLD, "en")
    assert {(one.label, one.becomes) for one in back} == {(one.label, one.was) for one in found}


def test_a_provision_is_told_to_dutch_readers_without_english_words() -> None:
    new = (Statement(id="CI-01", clause="version table", text="Another text."), *OLD.statements[1:])
    coming = replace(OLD, statements=new)
    (dutch,) = differences(OLD, coming, "nl")
    assert (dutch.topic, dutch.was, dutch.becomes) == ("provision", "de tekst van nu", "een nieuwe tekst")
    (english,) = differences(OLD, coming, "en")
    assert english.becomes == "Another text."
    # Any provision may be one on measures, where the text counts those.
    assert significant_parts(OLD, coming) == ()
    counts = replace(OLD, amendment=replace(OLD.amendment, significant=("measure",)))
    assert significant_parts(counts, replace(counts, statements=new)) == ("measure",)


def test_any_two_texts_can_be_laid_beside_each_other() -> None:
    for old in library().values():
        for new in library().values():
            said = in_both(old, new)
            assert bool(said) == (old is not new)
            for one in said:
                assert one.en.label
                assert one.nl.label
                assert "{" not in one.en.becomes + one.nl.becomes


def test_a_new_rule_of_breaches_weighs() -> None:
    rule = Rule(clause="II 4.1", party="processor", starts="discovery", period="PT24H")
    assert significant_parts(OLD, replace(OLD, rules={**OLD.rules, "breach.notice": rule})) == ("breach",)
