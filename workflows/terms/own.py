"""Texts of a terms file for readers of each language, and what stands where one lacks. Pure."""

from collections.abc import Iterator
from typing import Any, Final

from workflows.terms.model import Base, Terms
from workflows.words import LANGUAGES, SOURCE, Language

TEXTS: Final = frozenset(
    {
        "text", "duty", "service", "return_as", "cost", "beyond", "auditor", "cost_unless", "may_refuse",
        "reading", "separate_reading", "note", "incomplete",
    }
)  # fmt: skip
"""Keys under which a file may write one text, or one for each language."""


IN_LANGUAGES: Final = "in_languages"
"""Where a document keeps all of them; nobody writes that in a file."""


def own(terms: Terms, part: Base, name: str, lang: Language) -> str | None:
    """A text of the file in one language; None where it has none in it, empty where it says nothing.

    A text that is given once is in English, or in the agreement's own language where that is neither English nor
    Dutch.
    """
    if name in part.in_languages:
        return part.in_languages[name].get(lang)
    text: str = getattr(part, name)
    twin: str = getattr(part, f"{name}_nl", "")
    if lang == "nl" and twin:
        return twin
    return text if not text or lang == instead(terms) else None


def own_or_other(terms: Terms, part: Base, name: str, lang: Language) -> tuple[str, Language]:
    """The same for a reader of that language, else in the likeliest other one; with the language that it is in."""
    for one in (lang, *instead_of(terms, lang)):
        found = own(terms, part, name, one)
        if found is not None:
            return found, one
    return getattr(part, name), instead(terms)


def instead(terms: Terms) -> Language:
    """The language of what a reader is shown whose own one lacks."""
    return SOURCE if terms.language == "nl" else terms.language


def instead_of(terms: Terms, lang: Language) -> Iterator[Language]:
    """The languages in which a reader of `lang` may be shown what lacks in it, the likeliest first."""
    yield from dict.fromkeys(one for one in (instead(terms), SOURCE, *LANGUAGES) if one != lang)


def spread(document: Any) -> Any:
    """A document with its texts by language (`text = { en = "…", de = "…" }`) as the model keeps them.

    The text is the English, else the first one given; all of them stand in `in_languages`. What is no such table is
    left as it is, for the check of the shape.
    """
    if isinstance(document, list):
        return [spread(one) for one in document]
    if not isinstance(document, dict):
        return document
    tables = {name: one for name, one in document.items() if name in TEXTS and _by_language(one)}
    made = {name: one if name == IN_LANGUAGES else spread(one) for name, one in document.items()}
    if tables:
        given = made.get(IN_LANGUAGES)
        made[IN_LANGUAGES] = {**(given if isinstance(given, dict) else {}), **tables}
        made |= {name: one.get(SOURCE) or next(iter(one.values())) for name, one in tables.items()}
    return made


def _by_language(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(lang in LANGUAGES and isinstance(text, str) and text.strip() for lang, text in value.items())
    )
