"""What agreements want to be told of a breach, and what is known of it by now. Pure."""

from collections.abc import Iterable

from workflows.model.breach import Breach
from workflows.model.per_language import base_of, say
from workflows.terms.due import kinds_of
from workflows.terms.model import BreachKind, Content, Terms
from workflows.terms.names import PLAIN
from workflows.terms.own import own_or_other
from workflows.terms.telling.quoting import quoted
from workflows.words import Language, Spoken, said_in

_BESIDES = (
    Content(id="categories", clause="", source="categories", text=""),
    Content(id="people", clause="", source="people", text=""),
)
"""What is told where it is known, whether or not the agreement asks for it (GDPR 33(3)(a))."""
_OURS = ("categories", "people")
"""What the program has a question of its own for, in each language."""


def kind_here(terms: Terms, said: str) -> str:
    """Of which of the agreement's own kinds a breach is, or of none of them; empty while nobody has said."""
    return said if said == PLAIN or said in kinds_of(terms) else ""


def meaning(kind: BreachKind) -> str:
    """What a text says of a kind: two agreements may have the same `id` for what is not the same."""
    return " ".join(kind.text.casefold().split())


def meanings(terms: Terms) -> dict[str, str]:
    """The kinds that an agreement names, each with what its text says of it."""
    return {one.id: meaning(one) for one in (terms.breach.kinds if terms.breach is not None else ())}


def kind_carried(said: str, terms: Terms, others: Iterable[Terms]) -> str:
    """What was said of the others, as far as it says anything of this agreement: where its text means the same."""
    known = {one for each in others for one in meanings(each).items()}
    own = meanings(terms)
    asked = own.items() if said == PLAIN else {(said, own.get(said))}
    return said if asked and asked <= known else ""


def kind_words(terms: Terms, kind: str, lang: Language) -> Spoken | None:
    """What the agreement calls that kind, for a reader; None where it is of none, or nobody has said."""
    kinds = terms.breach.kinds if terms.breach is not None else ()
    found = next((one for one in kinds if one.id == kind), None)
    return kind_text(terms, found, lang) if found is not None else None


def kind_text(terms: Terms, kind: BreachKind, lang: Language) -> Spoken:
    """What an agreement calls a kind of breach, for a reader."""
    return quoted(*own_or_other(terms, kind, "text", lang), lang)


def known(breach: Breach, content: Content, lang: Language | None = None) -> str:
    """The answer to one question, empty while there is none: as it was given, else from the breach's own fields.

    In the reader's language where it was given so, else as it stands for everybody.
    """
    given = next((one.text for one in breach.contents if one.id == content.id), "")
    if given:
        return base_of(given)[0] if lang is None else say(given, lang)
    match content.source:
        case "summary":
            return summary(breach, lang)
        case "categories":
            return ", ".join((breach.categories_in.get(lang) if lang is not None else None) or breach.categories)
        case "people":
            return _people(breach)
        case "":
            return ""


def answers(
    terms: Terms, breach: Breach, contents: Iterable[Content], lang: Language
) -> tuple[tuple[Spoken, str], ...]:
    """The questions that have an answer, each with it, in the order of the agreement; then what is known besides."""
    asked = tuple(contents)
    besides = tuple(one for one in _BESIDES if one.source not in {each.source for each in asked})
    return tuple((text(terms, one, lang), known(breach, one, lang)) for one in (*asked, *besides) if known(breach, one))


def open_questions(terms: Terms, breach: Breach, contents: Iterable[Content], lang: Language) -> tuple[Spoken, ...]:
    """The questions of the agreements that nobody has answered yet."""
    return tuple(text(terms, one, lang) for one in contents if not known(breach, one))


def summary(breach: Breach, lang: Language | None) -> str:
    """What happened, in the reader's language where it was given so."""
    return (breach.summary_in.get(lang) if lang is not None else None) or breach.summary


def text(terms: Terms, content: Content, lang: Language) -> Spoken:
    """A question as the customer reads it; where the agreement has it in no language of the customer's, in words of
    ours if there are any, else as a quotation that says which language it is in."""
    found, other = own_or_other(terms, content, "text", lang)
    if other != lang and content.source in _OURS:
        found = ""
    return quoted(found, other, lang) if found else Spoken(said_in(lang)(f"breach.{content.source}"), lang)


def _people(breach: Breach) -> str:
    low, high = breach.people_min, breach.people_max
    if low is None and high is None:
        return ""
    if low is None or high is None or low == high:
        return str(low if low is not None else high)
    return f"{low}–{high}"
