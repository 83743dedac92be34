"""What code says in English is said to people in each language, and never half."""

from datetime import UTC, date, datetime
from functools import cache

import pytest

from service.answers.english import bare, sentences
from service.answers.otherwise import CATALOGUE, otherwise
from service.answers.own_texts import flag_texts, own_texts
from service.answers.plain import plain
from service.board.forms.words import form_words
from tests.drafts import draft
from tests.test_languages import ENGLISH, HARMLESS, TRANSLATED, without_names
from workflows.terms.due import PROTECTIVE, known_rules, reckon
from workflows.terms.law import laws
from workflows.terms.load import library
from workflows.terms.model import Terms
from workflows.words import Language

AT = datetime(2026, 12, 24, 15, tzinfo=UTC)
FACTS = {"end.erasure": "P30D", "backup.retention": "P30D"}


@cache
def said_by_code() -> list[tuple[str, str]]:
    return list(sentences())


def test_whatever_code_says_stands_in_the_catalogue() -> None:
    english = CATALOGUE.in_language("en")
    there = {bare(english.text(key)) for key in english} | {bare(one) for one in plain()}
    assert [(place, said) for place, said in said_by_code() if bare(said) not in there] == []


def test_what_is_said_to_people_otherwise_is_said_by_code_and_stands_in_the_catalogue() -> None:
    said = {bare(one) for _, one in said_by_code()}
    english = CATALOGUE.in_language("en")
    there = {english.text(key) for key in english}
    assert [one for one, people in plain().items() if bare(one) not in said or people not in there] == []


def steps(terms: Terms) -> set[str]:
    """Every way in which a rule of these terms says how it is counted."""
    found: set[str] = set()
    for rule in known_rules(terms):
        for event in (AT, date(2026, 12, 24)):
            for facts in (FACTS, {}):
                try:
                    found |= set(reckon(terms, rule, event, facts).due.steps)
                except Exception as error:  # what a rule lacks is a sentence, too
                    found.add(str(error))
    return found


@pytest.mark.parametrize(
    ("lang", "said"),
    [("nl", "een uur terug"), ("de", "um eine Stunde zurückgestellt"), ("fr", "reculent d’une heure")],
)
def test_an_hour_of_the_clocks_is_said_as_one_says_it(lang: Language, said: str) -> None:
    step = "On Sunday 25 October 2026 the clocks in Europe/London go back by 1 hour; that day has 25 hours."
    found = otherwise(step, lang)
    assert found is not None
    assert said in found.text


@pytest.mark.parametrize("lang", TRANSLATED)
@pytest.mark.parametrize("terms", library().values(), ids=lambda one: one.id)
def test_every_count_is_told_in_each_language(terms: Terms, lang: Language) -> None:
    for step in steps(terms):
        said = otherwise(step, lang)
        assert said is not None, step
        text = said.text
        assert not (step[:1].isupper() and text[:1].islower())
        for name in (*said.foreign, *(one.clause for one in terms.rules.values()), terms.id):
            text = text.replace(name, "")
        left = [one for one in ENGLISH.findall(without_names(text).replace("’", " ")) if one not in HARMLESS[lang]]
        assert left == [], text


@pytest.mark.parametrize(
    ("text", "lang", "said"),
    [
        ("The plan was approved already.", "nl", "Het plan was al goedgekeurd."),
        ("Name somebody.", "nl", None),
        (
            "no date on which the subprocessor was bound to the same duties (7.2) (for 2 of 5 agreements)",
            "de",
            "kein Datum, an dem der Unterauftragsverarbeiter auf dieselben Pflichten verpflichtet wurde: bis dahin "
            "darf er nicht eingesetzt werden (7.2) "
            "(für 2 von 5 Verträgen)",
        ),
        (
            "The day of the event does not count; working days are Monday to Friday without the legal holidays of the "
            "Netherlands. 2 working days after it is Monday 4 May 2026.",
            "fr",
            "Le jour de l’événement ne compte pas\u202f; les jours ouvrés sont du lundi au vendredi sans les jours "
            "fériés légaux (Pays-Bas). 2 jours ouvrés après, c’est le lundi 4 mai 2026.",
        ),
        (
            "The plan itself is approved: POST agreements/018f/approve-plan.",
            "en",
            "The plan itself is approved, on the agreement's page: `approve-plan`.",
        ),
        (
            "Passed over as holidays: Friday 25 December 2026 (A, B (c)), Saturday 26 December 2026 (C and D) and "
            "Sunday 27 December 2026.",
            "nl",
            "Overgeslagen als feestdag: vrijdag 25 december 2026 (A, B (c)), zaterdag 26 december 2026 (C and D) "
            "en zondag 27 december 2026.",
        ),
        ("none of its services (A and B) is among C", "nl", "geen van de diensten (A and B) hoort bij C"),
    ],
)
def test_a_text_in_a_language(text: str, lang: Language, said: str | None) -> None:
    found = otherwise(text, lang)
    assert (found.text if found is not None else None) == said


def test_what_follows_somebodys_words_and_what_begins_a_sentence_is_said_otherwise() -> None:
    ours = "the last day moves off free days, which is the program's protective reading and no clause (I-05)"
    german = "der letzte Tag verschiebt sich von freien Tagen weg; das ist die vorsichtige Lesart des Programms"
    read = otherwise(f"two weeks, as the annex says; {ours}", "de")
    assert read is not None
    assert read.text.startswith(f"two weeks, as the annex says; {german}")
    assert read.foreign == ("two weeks, as the annex says",)
    alone = otherwise(f"{ours[0].upper()}{ours[1:]}.", "de")
    assert alone is not None
    assert alone.text.startswith(f"D{german[1:]}")
    found = otherwise(
        "the customer reads English, and finds in another language: `reason` (for 1 of 7 agreements)", "nl"
    )
    assert found is not None
    assert (
        found.text == "de klant leest Engels, en treft in een andere taal aan: `reason` (voor 1 van 7 overeenkomsten)"
    )


def test_fields_and_actions_are_called_as_forms_call_them() -> None:
    told = form_words("nl").told("Say in `evidence` what proves it.")
    assert told == "Zeg bij <q>Bewijs</q> wat het bewijst."
    assert form_words("en").told("Nothing < else in `evidence`.") == "Nothing &lt; else in <q>Proof</q>."
    assert form_words("fr").told("Never heard < of.") == '<span lang="en">Never heard &lt; of.</span>'


PROTECTED = ("kmo-solutions", "subprocessor.objection", datetime(2026, 11, 12, 9, tzinfo=UTC))
"""Thirty days end on a Saturday, which moves by nobody's word; and the file has a reading of its own."""


@pytest.mark.parametrize("lang", TRANSLATED)
def test_how_the_program_reads_is_told_apart_from_how_the_file_does(lang: Language) -> None:
    terms, rule = library()[PROTECTED[0]], PROTECTED[1]
    found = reckon(terms, rule, PROTECTED[2]).due
    protective = next(step for step in found.steps if PROTECTIVE in step)
    assert protective == f"Reading taken: {PROTECTIVE}."
    read = otherwise(protective, lang)
    assert read is not None
    assert read.foreign == ()
    assert PROTECTIVE not in read.text
    assert found.reading.endswith(PROTECTIVE)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_how_a_law_is_read_is_told_in_each_language(lang: Language) -> None:
    law = draft({"request.answer": {"party": "controller", "starts": "request"}}, law="HIPAA")
    for terms in (law, draft(law="HIPAA")):
        step = next(one for one in reckon(terms, "request.answer", AT).due.steps if one.startswith("Reading taken"))
        read = otherwise(step, lang)
        assert read is not None
        assert read.foreign == ()
        assert laws()["HIPAA"].rules["request.answer"].reading[lang] in read.text


def test_the_board_tells_a_step_with_the_files_own_words_for_its_reader() -> None:
    rule, read = "end.erasure", {"en": "from the day after the end", "nl": "vanaf de dag na het einde"}
    terms = draft({rule: {"party": "processor", "starts": "end", "period": "P30D", "reading": read}})
    steps = reckon(terms, rule, AT).due.steps
    dutch = " ".join(form_words("nl").told(one, own=own_texts(terms, rule, "nl")) for one in steps)
    assert read["nl"] in dutch
    assert 'lang="en"' not in dutch
    german = " ".join(form_words("de").told(one, own=own_texts(terms, rule, "de")) for one in steps)
    assert f'„<span lang="en" class="typed">{read["en"]}</span>“ (auf Englisch)' in german
    assert "(auf Englisch)" not in " ".join(map(form_words("de").told, steps))


def test_what_a_file_says_of_a_place_is_warned_of_in_the_readers_language() -> None:
    flag = {"inside": ["NL"], "clause": "7.5", "text": {"en": "only in the Netherlands", "nl": "alleen in Nederland"}}
    terms = draft(subprocessors={"flags": [flag]})
    text = f"{terms.subprocessors.flags[0].text} (7.5)"
    for warning, more in ((text, ""), (f"{text} (for 2 of 5 agreements)", "2")):
        dutch = form_words("nl").warned(warning, flag_texts([terms], "nl"))
        assert "alleen in Nederland (7.5)" in dutch
        assert more in dutch
        assert 'lang="en"' not in dutch
        german = form_words("de").warned(warning, flag_texts([terms], "de"))
        assert "(auf Englisch)" in german
        assert "agreements" not in german
    known = "nobody has said where it works: customers read that the place is not stated"
    assert form_words("de").warned(known, {}) == form_words("de").told(known)
