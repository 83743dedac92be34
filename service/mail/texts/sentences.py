"""The sentences of mails as templates ask for them.

    {{ t("right.object_until", moment=w.last(until), clause=w.clause(clause)) }}    a sentence and its blanks
    {{ t("plans", change.kind, processor=…) }}                                      `plans.terms`, else `plans.other`
    {{ t("for_agreements", count=agreements) }}                                     the number picks the form

They stand whole in `catalogue`: in English in messages.pot, in other languages beside it.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cache, lru_cache
from string import Formatter
from typing import Final

from jinja2 import TemplateRuntimeError
from markupsafe import Markup, escape

from workflows.terms.names import did_you_mean
from workflows.words import SOURCE, Catalogue, Sentences, say_number

CATALOGUE: Final = Catalogue("service.mail.texts.catalogue")
OTHER: Final = "other"
"""Of sentences that differ by a kind: what is said of each kind that has none of its own."""
COUNT: Final = "count"
"""The blank that a number fills which picks a sentence's form."""


class Saying:
    """What `t` is in a template: the sentences of one language, as plain text or as HTML."""

    def __init__(self, sentences: Sentences, *, html: bool) -> None:
        self._sentences = sentences
        self._html = html

    @property
    def sentences(self) -> Sentences:
        return self._sentences

    def __call__(self, key: str, variant: str | None = None, /, **blanks: object) -> str:
        """A sentence with its blanks filled; in HTML what is not markup already is escaped.

        Raises TemplateRuntimeError where there is no such sentence, or one of its blanks was not given.
        """
        name = key if variant is None else self._name(key, variant)
        count = blanks.get(COUNT)
        spoken = self._sentences.spoken(name)
        try:
            if isinstance(count, int):
                text = self._sentences.text(name, count)
                blanks[COUNT] = say_number(count, spoken)
            else:
                text = self._sentences.text(name)
        except KeyError:
            raise TemplateRuntimeError(f"there is no sentence {name}{near(name)}") from None
        try:
            if not self._html:
                return "".join([str(blanks[one]) if blank else one for one, blank in _pieces(text)])
            said = "".join([escape(blanks[one]) if blank else one for one, blank in _pieces_of_html(text)])
        except KeyError as error:
            raise TemplateRuntimeError(f"{name} has a blank {error.args[0]}, which is not given") from None
        # What falls back to English is read out in English.
        return Markup(said if spoken == self._sentences.lang else f'<span lang="{spoken}">{said}</span>')

    def written(self, key: str, blanks: Collection[str]) -> tuple[tuple[str, bool], ...] | None:
        """What a template may hold in place of a call: words as they are, and names of blanks (True).

        None where that hangs on a number, or where the call is a mistake.
        """
        if key not in self._sentences or COUNT in blanks or COUNT in blanks_of()[key]:
            return None
        text = self._sentences.text(key)
        found = _pieces_of_html(text) if self._html else _pieces(text)
        if any(blank and one not in blanks for one, blank in found):
            return None
        spoken = self._sentences.spoken(key)
        if self._html and spoken != self._sentences.lang:
            return ((f'<span lang="{spoken}">', False), *found, ("</span>", False))
        return found

    def variants(self, key: str) -> tuple[str, ...]:
        """The kinds that have a sentence of their own under a key."""
        begins = f"{key}."
        return tuple(rest for one in blanks_of() if one.startswith(begins) and "." not in (rest := one[len(begins) :]))

    def _name(self, key: str, variant: str) -> str:
        name = f"{key}.{variant}"
        return name if name in self._sentences else f"{key}.{OTHER}"


@cache
def blanks_of() -> dict[str, frozenset[str]]:
    """Every sentence with its blanks."""
    english = CATALOGUE.in_language(SOURCE)
    return {key: blanks_in(message.asked) for key, message in english.messages.items()}


def near(key: str) -> str:
    """A hint at the sentence that may have been meant."""
    return f".{near}" if (near := did_you_mean(key, blanks_of())) else ""


def blanks_in(forms: Iterable[str]) -> frozenset[str]:
    """The blanks of a sentence in its forms. Raises ValueError for a brace too many or too few."""
    return frozenset(name for one in forms for _, name, _, _ in Formatter().parse(one) if name is not None)


@lru_cache(maxsize=8192)
def _pieces(text: str) -> tuple[tuple[str, bool], ...]:
    """A sentence as words, and names of blanks (True), in turn."""
    return tuple(_parsed(text))


@lru_cache(maxsize=8192)
def _pieces_of_html(text: str) -> tuple[tuple[str, bool], ...]:
    """The same, where a sentence's words are no markup; quotes stand as they are, since it is in no attribute."""
    return tuple((one if blank else _escaped(one), blank) for one, blank in _pieces(text))


def _parsed(text: str) -> Iterator[tuple[str, bool]]:
    for words, name, _, _ in Formatter().parse(text):
        if words:
            yield words, False
        if name is not None:
            yield name, True


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
