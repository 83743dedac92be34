"""A text that has no date is called so on a contact's page, in each language whole."""

from datetime import UTC, datetime

import pytest

from service.pages.contact_view import text_words
from service.pages.words import words_in
from tests.drafts import draft
from workflows.ids import new_id
from workflows.model.terms_version import TermsVersion
from workflows.words import Language


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "The text without a date, since "), ("nl", "De tekst zonder datum, sinds "),
        ("de", "Der Text ohne Datum, seit "), ("fr", "Le texte sans date, depuis le "),
    ],
)  # fmt: skip
def test_a_text_without_a_date_is_called_so(lang: Language, said: str) -> None:
    w, terms = words_in(lang), draft()
    text = TermsVersion(version="undated", version_id=new_id(), since=datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert text_words(text, terms, w).startswith(said)
    bare = text_words(TermsVersion(version="undated", version_id=new_id()), terms, w)
    assert str(bare) == said.partition(",")[0]
    assert "2026-01" in text_words(TermsVersion(version="2026-01", version_id=new_id()), terms, w)
