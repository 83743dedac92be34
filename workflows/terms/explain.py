"""An agreement's rules in plain words, for people who did not write the terms file."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec

from workflows.terms.law import law_called, laws_named
from workflows.terms.model import (
    Terms,
)
from workflows.terms.phrases import section_title
from workflows.terms.telling.data import OfData
from workflows.terms.telling.duties import OfDuties
from workflows.terms.telling.life import OfLife
from workflows.terms.telling.rest import OfTheRest
from workflows.terms.telling.subprocessors import OfSubprocessors
from workflows.words import Language, Spoken, said_in

UNDATED: Final = "undated"
"""The version of a text that has none."""


class Section(msgspec.Struct, frozen=True):
    """A heading and its sentences; one that rests on a text that the file has in another language is in that."""

    title: str
    lines: tuple[Spoken, ...]


def explain(terms: Terms, lang: Language) -> str:
    """Tell the rules as text: a heading line a section, below it one `- ` line a sentence."""
    head = [
        headed(terms, lang),
        *counted_in(terms, lang),
        law_named(terms, lang),
    ]
    blocks = ["\n".join(head)]
    for section in explained(terms, lang):
        blocks.append("\n".join((section.title, *(f"- {line}" for line in section.lines))))
    return "\n\n".join(blocks) + "\n"


def headed(terms: Terms, lang: Language) -> str:
    """The agreement by its title, its id and its version."""
    named = "terms.head_undated" if terms.version == UNDATED else "terms.head"
    return said_in(lang)(named, title=terms.title, id=terms.id, version=terms.version)


def counted_in(terms: Terms, lang: Language) -> tuple[Spoken, ...]:
    """How days are counted under these terms, as sentences."""
    teller = Teller(terms, lang)
    lines = (*teller.counting(), *teller.working_days_taken())
    return tuple(one if isinstance(one, Spoken) else Spoken(one, lang) for one in lines)


def law_named(terms: Terms, lang: Language) -> str:
    """The law that a file names, and whether the program adds anything of it, as a sentence."""
    said = said_in(lang)
    lines = []
    named = laws_named(terms)
    known = [law.called_in(lang) for law in map(law_called, named) if law is not None]
    if len(known) > 1:
        lines.append(said("terms.laws_known", laws=", ".join(known)))
    for name in named if len(known) < 2 else [one for one in named if law_called(one) is None]:
        law = law_called(name)
        key = "law_known" if law is not None else "law_unknown" if name else "law_none"
        lines.append(said(f"terms.{key}", law=law.called_in(lang) if law is not None else name))
    if len(named) > 1:
        lines.append(said("terms.laws_default"))
    return " ".join(lines)


def explained(terms: Terms, lang: Language, facts: Mapping[str, Any] | None = None) -> tuple[Section, ...]:
    """Tell the rules as sections, for a page; sections without a sentence are left out.

    With the `facts` of an agreement, in the words for its parties: what the terms leave blank is filled in, and the
    readings that were taken are left to those who keep the terms.
    """
    return _sections(Teller(terms, lang, facts))


def text_sections(terms: Terms, lang: Language) -> tuple[Section, ...]:
    """Tell the rules as the sections of a text for agreements, in the words for its parties: what the terms leave blank
    is said to be named in each agreement, and a provision that the file has in another language is quoted."""
    return _sections(TextTeller(terms, lang, {}))


def _sections(teller: "Teller") -> tuple[Section, ...]:
    lang = teller.lang
    return tuple(
        Section(section_title(key, lang), tuple(one if isinstance(one, Spoken) else Spoken(one, lang) for one in lines))
        for key, lines in teller.parts().items()
        if lines
    )


def rule_sentence(terms: Terms, rule: str, lang: Language, facts: Mapping[str, Any] | None = None) -> str | None:
    """One rule of the agreement in a sentence, None where the agreement has no such rule."""
    return Teller(terms, lang, facts).rule_in_words(rule)


class Teller(OfLife, OfSubprocessors, OfDuties, OfData, OfTheRest):
    """Fills the sentences of one language with one agreement's rules."""

    def parts(self) -> dict[str, list[str]]:
        """The sentences of every section, by its key."""
        return {
            "life": self._life(),
            "subprocessors": self._subprocessors(),
            "amendment": self._amendment(),
            "breach": self._breach(),
            "request": self._requests(),
            "end": self._end(),
            "retention": self._retention(),
            "audit": self._audit(),
            "matters": self._matters(),
            "penalties": self._penalties(),
            "needed": self._needed(),
            "other": self._other(),
        }


class TextTeller(Teller):
    """The same for a text: there is no other that has the provisions."""

    def _other(self) -> list[str]:
        return [self.whole(partial(OfTheRest.statement, one=one)) for one in self.terms.statements]
