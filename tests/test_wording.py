"""Dutch and English that one would sign: phrases that a native reader struck out do not come back, anywhere."""

import pytest

from service.answers.otherwise import CATALOGUE as ANSWERS
from service.board.forms.words import CATALOGUE as FORMS
from service.board.words import CATALOGUE as BOARD
from service.certificate.saying import CATALOGUE as DECLARATION
from service.mail.texts.sentences import CATALOGUE as MAILS
from service.pages.words import CATALOGUE as PAGES
from service.pictures.words import CATALOGUE as PICTURES
from tests.texts import own_words
from workflows.model.task_words import after, task_words
from workflows.terms.explain import explained
from workflows.terms.law import law_called
from workflows.terms.load import library
from workflows.words import LANGUAGES, WORKFLOWS, Language
from workflows.words.references import REFERENCE, without_references

DUTCH = (
    "zijn weg", "gaat u niet meer aan", "willen opzeggen", "om een overtreding", "verbetering van uw", "teruggenomen",
    "geen antwoord is een nee", "antwoord kan", "langer de tijd", "is schriftelijk.", "te laat gemerkt", "een mens ",
    "Dit geldt nu", "Niet vóór", "werkt zodra", "op zichzelf", "wacht niets op uw antwoord", "Hoe het liep",
    "Wat wij elkaar", "(hoeft niet)", "bepaling {{", "Bepaling: ", "(bepaling", "gedrukt als", "Verbetering",
    "rekenen het strengst", "Dagen zijn dagen", "bij stilte", "gaat de verwerker niet voorbij",
    "zegt de overeenkomst iets", "annex", "preamble", "GDPR", "tot dan ", "Tot dan ", "niet terug te draaien",
)  # fmt: skip
ENGLISH = (
    "touches", "You need do nothing", "you need do nothing", "data are gone", "breach is settled",
    "need not", "taken back", "silence is a no", "What becomes of", "by itself nothing", "changes nothing by itself",
)  # fmt: skip


@pytest.mark.parametrize(("lang", "struck"), [("nl", DUTCH), ("en", ENGLISH)])
def test_what_was_struck_out_does_not_come_back(lang: str, struck: tuple[str, ...]) -> None:
    texts = {}
    for catalogue in (WORKFLOWS, PAGES, BOARD, FORMS, PICTURES, DECLARATION, MAILS):
        said = catalogue.in_language("nl" if lang == "nl" else "en").messages
        texts[catalogue.package] = "\n".join(one for message in said.values() for one in message.said)
    for terms in library().values():
        laws = filter(None, map(law_called, (terms.law, *terms.also_laws)))
        # An agreement and a law are called as they are, whatever language that is in.
        texts[terms.id] = own_words(terms, "nl") if lang == "nl" else ""
        for name in (terms.title, terms.id, *(law.called_in("nl") for law in laws)):
            texts[terms.id] = texts[terms.id].replace(name, "")
    found = [(name, one) for name, text in texts.items() for one in struck if one in text]
    assert not found


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_reader_is_told_a_reference_of_ours(lang: Language) -> None:
    """Whether in a catalogue or in terms explained: what it stands for is said in words."""
    said = [
        one
        for catalogue in (WORKFLOWS, PAGES, BOARD, FORMS, PICTURES, DECLARATION, MAILS, ANSWERS)
        for message in catalogue.in_language(lang).messages.values()
        for one in message.said
    ]
    said += [line for terms in library().values() for part in explained(terms, lang) for line in part.lines]
    assert [one for one in said if REFERENCE.search(one)] == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("from discovery (ST-A4); exact hours (I-13)", "from discovery; exact hours"),
        ("erased by the customer itself (9.1, KM-A21)", "erased by the customer itself (9.1)"),
        ("counted (CI-A3, I-08); moved on (P22)", "counted; moved on"),
        ("within 30 days (P30D), article 5 (a, b)", "within 30 days (P30D), article 5 (a, b)"),
        ("of the highest priority (P1, P2)", "of the highest priority (P1, P2)"),
    ],
)
def test_references_are_left_out_and_all_else_is_kept(text: str, left: str) -> None:
    assert without_references(text) == left


def test_a_task_fills_in_what_is_said_in_each_language() -> None:
    said = task_words("request_help", what=task_words("kind_access"))
    assert said.en == "Help the customer with a request for access, and record what was supplied."
    assert said.said["nl"] == "Help de klant met een verzoek om inzage, en leg vast wat is geleverd."
    assert after(task_words("decide_objection"), task_words("no_grounds")).said["nl"] == (
        "Een klant heeft bezwaar gemaakt: beslis erover. Er zijn geen redenen gegeven: vraag erom."
    )
