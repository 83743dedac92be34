"""Texts of a terms file by language: read, told, kept, and what stands where one lacks."""

from uuid import UUID

import pytest

from tests.terms.test_texts import SIXTH
from workflows.deletion.items import _of_holder, item_in_words
from workflows.errors import BadInput
from workflows.terms.explain import explained
from workflows.terms.load import parse_document, to_document
from workflows.terms.model import Terms
from workflows.terms.phrases import section_title
from workflows.words import Language, Spoken


def with_texts(**texts: object) -> Terms:
    document = to_document(SIXTH)
    document["ending"]["survives"] = [{"clause": "§14", "until": "no_end", "duty": texts.get("duty", "secrecy")}]
    document["statements"] = [{"id": "X1", "clause": "§2", "text": texts.get("text", "A fact.")}]
    return parse_document(document, "x.toml")


EACH = {"en": "secrecy", "de": "Vertraulichkeit", "fr": "confidentialité"}


def lines(terms: Terms, key: str, lang: Language) -> tuple[Spoken, ...]:
    return next(one.lines for one in explained(terms, lang) if one.title == section_title(key, lang))


@pytest.mark.parametrize(
    ("lang", "sentence", "spoken"),
    [
        ("en", "Continues indefinitely: secrecy (§14).", "en"),
        ("de", "Gilt unbefristet fort: Vertraulichkeit (§14).", "de"),
        ("fr", "Subsiste sans limite de durée\u202f: confidentialité (§14).", "fr"),
        ("nl", "Continues indefinitely: secrecy (§14).", "en"),
    ],
)
def test_a_text_by_language_is_told_in_each_and_falls_back_as_a_whole(
    lang: Language, sentence: str, spoken: str
) -> None:
    told = lines(with_texts(duty=EACH), "life", lang)
    [found] = [one for one in told if "§14" in one and ("indef" in one or "unbe" in one or "limite" in one)]
    assert (found, found.lang) == (sentence, spoken)


def test_a_text_without_english_is_shown_as_it_is_and_marked() -> None:
    found = [one for one in lines(with_texts(duty={"fr": "confidentialité"}), "life", "de") if "confid" in one]
    assert [(one, one.lang) for one in found] == [("Subsiste sans limite de durée\u202f: confidentialité (§14).", "fr")]


def test_a_provision_is_told_in_the_languages_that_it_has() -> None:
    terms = with_texts(text={"en": "A fact.", "de": "Eine Tatsache."})
    assert lines(terms, "other", "de") == ("Eine Tatsache. (§2)",)
    assert lines(terms, "other", "fr") == ("Autres dispositions\u202f: §2.",)


def test_what_was_read_is_kept_and_read_back_the_same() -> None:
    terms = with_texts(duty=EACH)
    assert parse_document(to_document(terms), "x.toml") == terms
    assert terms.ending.survives[0].duty == "secrecy"
    assert "in_languages" not in str(to_document(SIXTH))


@pytest.mark.parametrize("wrong", [{"xx": "?"}, {}, {"de": ""}, {"de": 7}])
def test_a_table_in_no_language_is_refused(wrong: object) -> None:
    with pytest.raises(BadInput, match=r"duty: must be a text"):
        with_texts(duty=wrong)


def test_what_has_to_go_is_named_in_each_language() -> None:
    document = to_document(SIXTH)
    text = {"en": "the backups", "de": "die Sicherungen"}
    document["end"] = {**document["end"], "holders": [{"name": "processor", "clause": "§9", "text": text}]}
    terms = parse_document(document, "x.toml")
    [item] = _of_holder(terms, UUID(int=1), terms.end.holders[0], [])
    assert item_in_words(item, "de") == "Zu löschen: die Sicherungen."
    assert item_in_words(item, "fr") == "Erase: the backups."
    assert item_in_words(item, "fr").lang == "en"


def test_a_text_of_a_german_file_is_german() -> None:
    document = to_document(SIXTH)
    document["language"] = "de"
    document["ending"]["survives"] = [{"clause": "§14", "until": "no_end", "duty": "Vertraulichkeit"}]
    terms = parse_document(document, "x.toml")
    for lang in ("de", "en", "fr"):
        [found] = [one for one in lines(terms, "life", lang) if "Vertraulichkeit" in one]
        assert (found, found.lang) == ("Gilt unbefristet fort: Vertraulichkeit (§14).", "de")
