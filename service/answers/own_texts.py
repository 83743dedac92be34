"""What a terms file, or a law that it names, says itself, for a reader of each language: of how a rule is counted, and
of places that it speaks against."""

from collections.abc import Iterable, Mapping

from workflows.terms.clauses import as_found
from workflows.terms.law import rule_of, under_each
from workflows.terms.model import Terms
from workflows.terms.own import own_or_other
from workflows.terms.telling.quoting import marked, quoted, settled
from workflows.words import Language, Spoken
from workflows.words.references import without_references


def own_texts(terms: Terms, rule: str, lang: Language) -> Mapping[str, Spoken]:
    """By the words of a step those for the reader: in that language, or as a quotation in the file's own."""
    under = (terms, *under_each(terms, rule))
    parts = [*(rule_of(one, rule) for one in under), terms.penalties.get(rule)]
    texts: dict[str, Spoken] = {}
    if terms.counting is not None:  # a statute and a clause are called the same in every language
        ground = ", ".join(one for one in (terms.counting.law, terms.counting.clause) if one)
        texts.update((one, Spoken(one, lang)) for one in (ground, terms.counting.law, terms.counting.clause) if one)
    for part in (one for one in parts if one is not None):
        for name in ("reading", "note"):
            if said := without_references(getattr(part, name, "")).rstrip("."):
                text, other = own_or_other(terms, part, name, lang)
                text = text.rstrip(".")
                texts[said] = quoted(text, other, lang)
                alone = f"{said[:1].upper()}{said[1:]}."
                texts[alone] = quoted(f"{text[:1].upper()}{text[1:]}.", other, lang)
    return texts


def flag_texts(each: Iterable[Terms], lang: Language) -> Mapping[str, Spoken]:
    """By the warning that a preview has of a place which an agreement speaks against, that for the reader."""
    texts: dict[str, Spoken] = {}
    for terms in each:
        for flag in terms.subprocessors.flags:
            text, other = own_or_other(terms, flag, "text", lang)
            text = without_references(text)
            own = text if other == lang else marked(text, other)
            said = f"{own} ({as_found(terms, flag.clause, lang)})"
            texts[f"{flag.text} ({flag.clause})"] = settled(said, lang)
    return texts
