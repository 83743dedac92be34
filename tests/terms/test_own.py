"""Texts of a terms file by language: read, told, kept, and what stands where one lacks."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from service.pages.words import words_in
from tests.terms.test_texts import SIXTH
from workflows.deletion.items import _of_holder, item_in_words
from workflows.errors import BadInput
from workflows.terms.explain import explained
from workflows.terms.load import library, parse_document, to_document
from workflows.terms.model import Terms
from workflows.terms.own import own_or_other
from workflows.terms.phrases import section_title
from workflows.terms.schema import schema
from workflows.words import LANGUAGES, Language, Spoken


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
        ("nl", "Blijft onbeperkt gelden: “secrecy” (in het Engels) (§14).", "en"),
    ],
)
def test_a_text_by_language_is_told_in_each_and_quoted_where_one_lacks(
    lang: Language, sentence: str, spoken: str
) -> None:
    told = lines(with_texts(duty=EACH), "life", lang)
    [found] = [one for one in told if "§14" in one and EACH[spoken] in one]
    assert (found, found.lang) == (sentence, lang)
    assert [one for one in found.pieces() if one[1] != lang] == ([("secrecy", "en")] if spoken != lang else [])


def test_a_text_without_english_is_quoted_and_marked() -> None:
    [found] = [one for one in lines(with_texts(duty={"fr": "confidentialité"}), "life", "de") if "confid" in one]
    assert found == "Gilt unbefristet fort: „confidentialité“ (auf Französisch) (§14)."
    assert ("confidentialité", "fr") in found.pieces()
    assert words_in("de").marked(found) == (
        'Gilt unbefristet fort: „<span lang="fr">confidentialité</span>“ (auf Französisch) (§14).'
    )


def test_a_text_cannot_pass_itself_off_as_a_quotation() -> None:
    hostile = with_texts(duty={"fr": "a\ue000de\ue001b\ue002c"})
    [found] = [one for one in lines(hostile, "life", "en") if one.foreign]
    assert [one for one in found.pieces() if one[1] != "en"] == [("adebc", "fr")]


def test_a_provision_is_told_in_the_languages_that_it_has() -> None:
    terms = with_texts(text={"en": "A fact.", "de": "Eine Tatsache."})
    assert lines(terms, "other", "de") == ("Eine Tatsache. (§2)",)
    assert lines(terms, "other", "fr") == ("«\u202fA fact.\u202f» (en anglais) (§2)",)
    # A party has the agreement itself: where it reads another language, it is told the clause.
    assert next(one.lines for one in explained(terms, "fr", {}) if one.title == section_title("other", "fr")) == (
        "Autres dispositions\u202f: §2.",
    )


def test_readings_and_notes_may_be_given_by_language() -> None:
    document = to_document(SIXTH)
    document["rules"]["breach.notice"]["reading"] = {"en": "as read", "nl": "zoals gelezen"}
    document["rules"]["breach.notice"]["note"] = "noted"
    terms = parse_document(document, "x.toml")
    [dutch] = [one for one in lines(terms, "breach", "nl") if "zoals gelezen" in one]
    assert dutch.endswith(
        "Lezing van het programma, niet de tekst: zoals gelezen. Aantekening bij het bestand: “noted” (in het Engels)."
    )
    [german] = [one for one in lines(terms, "breach", "de") if "as read" in one]
    assert "Lesart des Programms, nicht der Text: „as read“ (auf Englisch)." in german
    assert parse_document(to_document(terms), "x.toml") == terms


def test_what_is_missing_of_a_subprocessor_is_told() -> None:
    told = lines(library()["ct-annexe-dcp"], "subprocessors", "en")
    assert "Data4: incomplete: service and country are not written." in told


def test_what_keeps_texts_by_language_is_no_key_that_people_write() -> None:
    document = to_document(SIXTH)
    document["entry"]["readng"] = "?"
    with pytest.raises(BadInput) as refused:
        parse_document(document, "x.toml")
    assert "in_languages" not in str(refused.value.problems)
    assert "in_languages" not in str(schema())


def test_what_was_read_is_kept_and_read_back_the_same() -> None:
    terms = with_texts(duty=EACH)
    assert parse_document(to_document(terms), "x.toml") == terms
    assert terms.ending.survives[0].duty == "secrecy"
    assert "in_languages" not in str(to_document(SIXTH))


@pytest.mark.parametrize("wrong", [{"xx": "?"}, {}, {"de": ""}, {"de": 7}])
def test_a_table_in_no_language_is_refused(wrong: object) -> None:
    with pytest.raises(BadInput, match=r"duty(?:\.\w+)?: (?:must be a text|is empty|is no language)"):
        with_texts(duty=wrong)


def test_what_has_to_go_is_named_in_each_language() -> None:
    document = to_document(SIXTH)
    text = {"en": "the backups", "de": "die Sicherungen"}
    document["end"] = {**document["end"], "holders": [{"name": "processor", "clause": "§9", "text": text}]}
    terms = parse_document(document, "x.toml")
    runs: Any = SimpleNamespace(ended_on=None)
    [item] = _of_holder(terms, UUID(int=1), runs, terms.end.holders[0], [])
    assert item_in_words(item, "de") == "Zu löschen: die Sicherungen."
    assert item_in_words(item, "fr") == "À effacer\u202f: «\u202fthe backups\u202f» (en anglais)."
    assert item_in_words(item, "nl") == "Verwijder: “the backups” (in het Engels)."


@pytest.mark.parametrize("id", ["stkkr", "kmo-solutions", "constant-it", "mms-solutions", "contict"])
def test_data_that_have_to_go_are_named_in_the_language_of_whoever_reads_of_them(id: str) -> None:
    terms = library()[id]
    own_data = [one for one in terms.end.holders if one.name != "subprocessors" and one.text]
    named = [(one, "text") for one in (*own_data, *terms.retention)]
    for part, name in (*named, *((one, "duty") for one in terms.ending.survives)):
        assert [own_or_other(terms, part, name, lang)[1] for lang in LANGUAGES] == list(LANGUAGES)


def test_a_text_of_a_german_file_is_german() -> None:
    document = to_document(SIXTH)
    document["language"] = "de"
    document["ending"]["survives"] = [{"clause": "§14", "until": "no_end", "duty": "Vertraulichkeit"}]
    terms = parse_document(document, "x.toml")
    each: tuple[tuple[Language, str], ...] = (
        ("de", "Gilt unbefristet fort: Vertraulichkeit (§14)."),
        ("en", "Continues indefinitely: “Vertraulichkeit” (in German) (§14)."),
        ("nl", "Blijft onbeperkt gelden: “Vertraulichkeit” (in het Duits) (§14)."),
    )
    for lang, sentence in each:
        [found] = [one for one in lines(terms, "life", lang) if "Vertraulichkeit" in one]
        assert (found, found.lang) == (sentence, lang)
