"""What tasks say, in each language, read from the packaged `task_words.toml`. Pure."""

from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

import msgspec

from workflows.model.parties import Language
from workflows.terms.clauses import as_found
from workflows.terms.model import Terms


class InEach(msgspec.Struct, frozen=True):
    """The same said in each language."""

    en: str
    nl: str


def in_each(words: Callable[[Language], str]) -> InEach:
    """What `words` says in each language."""
    return InEach(en=words("en"), nl=words("nl"))


def after(first: InEach, second: InEach) -> InEach:
    """One sentence after another."""
    return InEach(en=f"{first.en} {second.en}", nl=f"{first.nl} {second.nl}")


def clause_words(terms: Terms, clause: str) -> InEach:
    """A clause in the words of each language."""
    return in_each(lambda lang: as_found(terms, clause, lang))


def rests_on(terms: Terms, clause: str) -> InEach:
    """The clause that something rests on, in brackets after it; nothing where there is none."""
    return in_each(lambda lang: f" ({as_found(terms, clause, lang)})" if clause else "")


def task_words(key: str, **blanks: object) -> InEach:
    """A sentence of the catalogue with its blanks filled; what is said in each language is filled in with that.

    Raises KeyError for an unknown sentence or a blank that was not given.
    """
    return in_each(lambda lang: _all()[lang][key].format(**{name: _in(one, lang) for name, one in blanks.items()}))


def _in(value: object, lang: Language) -> object:
    if isinstance(value, InEach):
        return value.nl if lang == "nl" else value.en
    return value


@lru_cache(maxsize=1)
def _all() -> dict[Language, dict[str, str]]:
    data = files("workflows.model").joinpath("task_words.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[Language, dict[str, str]])
