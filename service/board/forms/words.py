"""What forms say: labels, help, choices, actions and states, from `catalogue/*.po`.

A name means one thing throughout, so its words stand once: `field.reason`. Where a shape means something else by it,
that has words of its own: `field.Decide.reason`.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from markupsafe import Markup, escape

from service.answers.otherwise import otherwise
from service.board.forms.fields import Field
from service.pages.words import Words, words_in
from workflows.words import FIVE, SOURCE, Catalogue, Language, Sentences, Spoken
from workflows.words.references import without_references

CATALOGUE: Final = Catalogue("service.board.forms.catalogue")
_NO_TEXTS: Final[Mapping[str, Spoken]] = {}
_NAMED: Final = re.compile(r"`([a-z_-]+)`|\b([a-z]+(?:[-_][a-z]+)+)\b")
"""What the API calls something by: any name in backticks, and one that no word of a language looks like."""


class FormWords(Words):
    """One language; days, moments and places are said as on the customers' pages."""

    def __init__(self, own: Sentences, pages: Words) -> None:
        super().__init__(own)
        self._pages = pages

    def __call__(self, key: str, **blanks: object) -> Markup:
        """The sentence with its blanks filled, as `Words` says it."""
        return super().__call__(key, **blanks) if key in self.said else self._pages(key, **blanks)

    def label(self, field: Field) -> Markup:
        """What a field is called."""
        return self._own(field) if field.label else self._first(field.name, *_keys("field", field))

    def help(self, field: Field) -> Markup:
        """What is asked for, in a sentence."""
        if field.label:
            return self._spoken(field.help, field.lang)
        return self._first("", *_keys("help", field))

    def choice(self, field: Field, value: object) -> Markup:
        """One of the values that a field takes."""
        return self._first(str(value), f"choice.{field.name}.{value}", f"choice.{value}")

    def action(self, list: str, action: str) -> Markup:
        """What an action is called, as one that is asked for."""
        return self._first(action, f"act.{list}.{action}")

    def state(self, kind: str, state: str) -> Markup:
        """Where a subject stands."""
        return self._first(state, f"state.{kind}.{state}", f"state.{state}")

    def kind(self, kind: str) -> Markup:
        """A kind of subject."""
        return self._first(kind, f"kind.{kind}")

    def role(self, role: str) -> Markup:
        """A role of persons and keys."""
        return self(f"choice.role.{role}")

    def read(self, text: str) -> Markup:
        """How terms are read: in words of ours, or as whoever wrote the terms down says it, mostly in English."""
        if self.lang == SOURCE or otherwise(text, self.lang) is not None:
            return self.told(text)
        return Markup('<span lang="en" class="typed">{}</span>').format(without_references(text))

    def told(self, text: str, week: int = FIVE, own: Mapping[str, Spoken] = _NO_TEXTS) -> Markup:
        """What the program said in English, in the reader's language; what nobody has put in it is marked as English.

        Fields and actions stand by the names that they have on forms; working days by their word in a week of so many;
        what a terms file says itself, of which `own` has some, as it says it to the reader.
        """
        said = otherwise(text, self.lang, week)
        if said is not None:
            return self._typed(self.named(said.text), said.foreign, own)
        if self.lang == SOURCE:
            return self.named(text)
        return Markup('<span lang="en">{}</span>').format(self.named(text))

    def warned(self, text: str, own: Mapping[str, Spoken]) -> Markup:
        """A warning of a preview; one that a terms file words itself, of which `own` has some, as it says it to the
        reader, with for how many agreements it holds."""
        said, for_some, how_many = text.rpartition(" (for ")
        known, tail = own.get(text), Markup()
        if known is None and for_some:
            known, tail = own.get(said), Markup(" ({})").format(self.told(f"for {how_many.removesuffix(')')}"))
        return self.told(text) if known is None else self.marked(known) + tail

    def named(self, text: str) -> Markup:
        """A text with fields and actions called as forms call them."""
        text = without_references(text)
        parts = []
        ends = 0
        for found in _NAMED.finditer(text):
            called = self._called(found[1] or found[2])
            if called is not None:
                parts += [escape(text[ends : found.start()]), Markup("<q>{}</q>").format(called)]
                ends = found.end()
        return Markup("").join([*parts, escape(text[ends:])])

    def _called(self, name: str) -> Markup | None:
        keys = (f"field.{name}", *(f"act.{list}.{name}" for list in _ACTING), f"choice.{name}")
        key = next((one for one in keys if one in self.said), None)
        return None if key is None else Markup(self.said.text(key))

    def _typed(self, said: Markup, foreign: tuple[str, ...], own: Mapping[str, Spoken]) -> Markup:
        """What whoever wrote the terms or the letter typed, inside a sentence of ours."""
        for one in foreign if self.lang != SOURCE else ():
            typed, known = self.named(one), own.get(one)
            shown = Markup('<span lang="en" class="typed">{}</span>').format(typed)
            said = Markup(said.replace(typed, shown if known is None else self.marked(known), 1))
        return said

    def _in(self, lang: Language, text: str) -> Markup:
        """A part of a sentence: what is in another language was typed by whoever wrote the terms."""
        return self._spoken(self.soft(text), lang)

    def lacks(self, field: Field) -> tuple[str, ...]:
        """What a field has no words for; a test holds it to be nothing."""
        wanted = [_keys("field", field), _keys("help", field)]
        wanted += [(f"choice.{field.name}.{value}", f"choice.{value}") for value in field.choices]
        return tuple(keys[0] for keys in wanted if not any(key in self.said.messages for key in keys))

    def _first(self, otherwise: str, *keys: str) -> Markup:
        """The first sentence that there is; a name that nobody has put in words stands for itself."""
        key = next((one for one in keys if self.has(one)), None)
        return escape(otherwise.replace("_", " ")) if key is None else self(key)

    def _own(self, field: Field) -> Markup:
        return self._spoken(field.label, field.lang)

    def _spoken(self, text: str, lang: str) -> Markup:
        plain = escape(without_references(text))
        if not lang or lang == self.lang:
            return plain
        return Markup('<span lang="{}" class="typed">{}</span>').format(lang, plain)


_ACTING: Final = (
    "agreements", "notices", "changes", "breaches", "requests", "audits", "matters", "customers", "announcements",
    "webhooks", "tasks", "upstream-notices", "watches", "inbound",
)  # fmt: skip
"""Lists whose actions a text may name; one name is nearly everywhere called alike."""


@cache
def form_words(lang: Language) -> FormWords:
    """The words of a language, read once a process."""
    return FormWords(CATALOGUE.in_language(lang), words_in(lang))


def _keys(what: str, field: Field) -> tuple[str, str]:
    return f"{what}.{field.shape}.{field.name}", f"{what}.{field.name}"
