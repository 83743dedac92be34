"""Texts of a terms file for readers of each language, and what stands where one lacks. Pure."""

from functools import lru_cache
from typing import Any, Final

from workflows.names import can_be_seen
from workflows.terms.model import Base, Terms
from workflows.words import LANGUAGES, SOURCE, Language

TEXTS: Final = frozenset(
    {
        "text", "duty", "service", "return_as", "cost", "beyond", "auditor", "cost_unless", "may_refuse",
        "reading", "separate_reading", "note", "incomplete", "governing_law", "court", "role_of_document",
    }
)  # fmt: skip
"""Keys under which a file may write one text, or one for each language."""


SERVICES: Final = "services"
"""A table whose texts, names of services, may be given by language too; kept as `services.` and the tag."""
IN_LANGUAGES: Final = "in_languages"
"""Where a document keeps all of them; nobody writes that in a file."""


def own(terms: Terms, part: Base | Terms, name: str, lang: Language) -> str | None:
    """A text of the file in one language; None where it has none in it, empty where it says nothing.

    A text that is given once is in English, or in the agreement's own language where that is neither English nor
    Dutch.
    """
    twin: str = getattr(part, f"{name}_nl", "")
    if name in part.in_languages:
        return part.in_languages[name].get(lang) or (twin or None if lang == "nl" else None)
    text: str = getattr(part, name)
    if lang == "nl" and twin:
        return twin
    return text if not text or lang == instead(terms) else None


def own_or_other(terms: Terms, part: Base | Terms, name: str, lang: Language) -> tuple[str, Language]:
    """The same for a reader of that language, else in the likeliest other one; with the language that it is in."""
    for one in (lang, *instead_of(terms, lang)):
        found = own(terms, part, name, one)
        if found is not None:
            return found, one
    return getattr(part, name), instead(terms)


def service(terms: Terms, tag: str, lang: Language) -> tuple[str, Language]:
    """What the text calls a service, for a reader of a language, and the language that it is in; one that is given once
    is a name, and the same in each."""
    texts = terms.in_languages.get(f"{SERVICES}.{tag}", {})
    found = next((one for one in (lang, *instead_of(terms, lang)) if one in texts), None)
    return (texts[found], found) if found is not None else (terms.services.get(tag, tag), lang)


def instead(terms: Terms) -> Language:
    """The language of what a reader is shown whose own one lacks."""
    return SOURCE if terms.language == "nl" else terms.language


def instead_of(terms: Terms, lang: Language) -> tuple[Language, ...]:
    """The languages in which a reader of `lang` may be shown what lacks in it, the likeliest first."""
    return _instead_of(instead(terms), lang)


@lru_cache(maxsize=64)
def _instead_of(first: Language, lang: Language) -> tuple[Language, ...]:
    return tuple(dict.fromkeys(one for one in (first, SOURCE, *LANGUAGES) if one != lang))


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
    made = {name: one if name in (IN_LANGUAGES, SERVICES) else spread(one) for name, one in document.items()}
    if isinstance(services := document.get(SERVICES), dict):
        named = {tag: one for tag, one in services.items() if _by_language(one)}
        made[SERVICES] = services | {tag: _alone(one) for tag, one in named.items()}
        made = _kept(made, {f"{SERVICES}.{tag}": one for tag, one in named.items()})
    if tables:
        made = _kept(made, tables) | {name: _alone(one) for name, one in tables.items()}
    return made


def _kept(document: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    """The document with these texts by language among those that it keeps."""
    given = document.get(IN_LANGUAGES)
    return document | {IN_LANGUAGES: {**(given if isinstance(given, dict) else {}), **tables}} if tables else document


def _alone(texts: dict[str, str]) -> str:
    """The one that stands where only one can: the English, else the first one given."""
    return texts.get(SOURCE) or next(iter(texts.values()))


def _by_language(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(lang in LANGUAGES and isinstance(text, str) and can_be_seen(text) for lang, text in value.items())
    )
