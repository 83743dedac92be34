"""What an agreement asks to be told of a breach, for readers of each language: never silently in another one."""

import pytest

from tests.drafts import draft
from workflows.breach.words import text
from workflows.terms.load import library
from workflows.words import LANGUAGES, Language, locale_of

ASKED = {"id": "a", "clause": "9", "text": {"en": "the likely cause", "nl": "de vermoedelijke oorzaak"}}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_question_in_two_languages_is_quoted_in_a_third(lang: Language) -> None:
    terms = draft(breach={"clause": "9", "contents": [ASKED]})
    assert terms.breach is not None
    said = text(terms, terms.breach.contents[0], lang)
    assert said.lang == lang
    if lang in ("en", "nl"):
        assert str(said) == ASKED["text"][lang]  # type: ignore[index]  # a table of texts
        return
    assert "the likely cause" in said
    assert locale_of(lang).languages["en"].lower() in said.lower()
    assert [said[start:stop] for start, stop, _ in said.foreign] == ["the likely cause"]


def test_a_text_of_one_other_language_is_called_by_that() -> None:
    terms = draft(language="fr", breach={"clause": "9", "contents": [{"id": "a", "clause": "9", "text": "la cause"}]})
    assert terms.breach is not None
    said = text(terms, terms.breach.contents[0], "en")
    assert "la cause" in said
    assert "(in French)" in said
    assert str(text(terms, terms.breach.contents[0], "fr")) == "la cause"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_program_asks_itself_is_in_each_language(lang: Language) -> None:
    for terms in library().values():
        for one in terms.breach.contents if terms.breach is not None else ():
            if one.source in ("categories", "people"):
                assert not text(terms, one, lang).foreign
