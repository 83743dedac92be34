"""What tasks say, in each language, from the catalogue of workflows. Pure."""

from collections.abc import Callable
from datetime import date

import msgspec

from workflows.terms.clauses import as_found
from workflows.terms.model import Terms
from workflows.words import LANGUAGES, SOURCE, Language, said_in
from workflows.words.days import say_day


class InEach(msgspec.Struct, frozen=True):
    """The same said in each language; what somebody typed is the same in all."""

    said: dict[Language, str]

    @property
    def en(self) -> str:
        """What is stored as the text itself."""
        return self.said[SOURCE]

    def data(self) -> dict[str, str]:
        """What is stored beside it: `text_nl` and so on, by which a task is shown in the processor's language."""
        return {f"text_{lang}": text for lang, text in self.said.items() if lang != SOURCE}


def in_each(words: Callable[[Language], str]) -> InEach:
    """What `words` says in each language."""
    return InEach({lang: str(words(lang)) for lang in LANGUAGES})


def after(first: InEach, second: InEach) -> InEach:
    """One sentence after another."""
    return in_each(lambda lang: f"{first.said[lang]} {second.said[lang]}")


def clause_words(terms: Terms, clause: str) -> InEach:
    """A clause in the words of each language."""
    return in_each(lambda lang: as_found(terms, clause, lang))


def rests_on(terms: Terms, clause: str) -> InEach:
    """The clause that something rests on, in brackets after it; nothing where there is none."""
    return in_each(lambda lang: f" ({as_found(terms, clause, lang)})" if clause else "")


def task_words(key: str, **blanks: object) -> InEach:
    """A sentence of the catalogue with its blanks filled; what is said in each language, and a day, is filled in with
    that.

    Raises KeyError for an unknown sentence or a blank that was not given.
    """
    return in_each(lambda lang: said_in(lang)(f"task.{key}", **{name: _in(one, lang) for name, one in blanks.items()}))


def _in(value: object, lang: Language) -> object:
    if type(value) is date:  # an instant is one, too, and says more than its day
        return say_day(value, lang)
    return value.said[lang] if isinstance(value, InEach) else value
