"""Texts of a terms file for readers of each language, and what stands where one lacks. Pure."""

from workflows.terms.model import Terms
from workflows.words import SOURCE, Language


def own(terms: Terms, text: str, text_nl: str, lang: Language) -> str | None:
    """A text of the file in one language; None where it has none in it.

    A text that is given once is read by readers of English, of Dutch where it has no Dutch twin, and of the
    agreement's own language.
    """
    if lang == "nl" and text_nl:
        return text_nl
    return text if not text or lang in (SOURCE, "nl", terms.language) else None


def instead(terms: Terms) -> Language:
    """The language of what a reader is shown whose own one lacks."""
    return SOURCE if terms.language == "nl" else terms.language
