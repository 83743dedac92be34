"""Catalogues of sentences: gettext PO files, in memory once a process.

A catalogue is a folder. `messages.pot` in it has every sentence in English, and a PO file has them in another language:
`nl.po`. In each, `msgctxt` is the key by which code asks for the sentence, `msgid` the English, `msgstr` what is said:

    msgctxt "together.title"
    msgid "{count} change"
    msgid_plural "{count} changes"
    msgstr[0] "{count} wijziging"
    msgstr[1] "{count} wijzigingen"

    PAGES = Catalogue("service.pages.catalogue")
    PAGES.in_language("nl")("page.reply", address="…")    # blanks filled
    PAGES.in_language("nl")("together.title", count=3)    # `count` picks the form by the language's own rule
    PAGES.in_language("nl").text("page.reply")            # blanks open, for templates that escape what they fill in
    PAGES.in_language("nl").spoken("page.reply")          # "nl"; "en" where it falls back, for the `lang` of HTML

What a language lacks is said in English, whole: a sentence that is missing, marked fuzzy, translated from an English
that has changed since, or with other blanks than the English. That is logged once, and `problems()` names each, which a
test holds to be none. A key that `messages.pot` lacks is a KeyError: that is a mistake in code.

Nothing is read before it is asked for. Reading a PO file takes Babel tens of milliseconds, so what was read is kept
beside it in `__pycache__`, as Python does with modules, and with its digest: a file that was edited is read again.
"""

import gettext
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Final

from msgspec.structs import replace

from workflows.words.language import LANGUAGES, SOURCE, Language
from workflows.words.reading import DEFAULT_PLURAL, Contents, SaidSentence, read
from workflows.words.saying import say_number
from workflows.words.week import SIX, of_six

_log = logging.getLogger(__name__)

TEMPLATE: Final = "messages.pot"


class Sentences:
    """A catalogue in one language. Call it with a key and its blanks: `said("page.reply", address=…)`."""

    def __init__(
        self,
        lang: Language,
        messages: Mapping[str, SaidSentence],
        plural: Callable[[int], int],
        source: "Sentences | None",
    ) -> None:
        self.lang = lang
        self.messages = messages
        self._plural = plural
        self._source = source
        # Most sentences have one form, and a page asks for hundreds.
        self._single = {key: one.said[0] for key, one in messages.items() if len(one.said) == 1}

    def __call__(self, key: str, **blanks: object) -> str:
        """The sentence with its blanks filled; a whole number called `count` as the language writes it.

        Raises KeyError for an unknown sentence or a blank that was not given.
        """
        count = blanks.get("count")
        if isinstance(count, int):
            return self.text(key, count).format(**{**blanks, "count": say_number(count, self.spoken(key))})
        single = self._single.get(key)
        return (self.text(key) if single is None else single).format(**blanks)

    def __contains__(self, key: object) -> bool:
        return key in self.messages or (self._source is not None and key in self._source)

    def text(self, key: str, count: int | None = None) -> str:
        """The sentence as it stands, blanks open; of one with a plural the form for `count`. Raises KeyError."""
        single = self._single.get(key)
        if single is not None:
            return single
        message = self.messages.get(key)
        if message is None:
            if self._source is None:
                raise KeyError(key)
            return self._source.text(key, count)
        if count is None:
            raise KeyError(f"{key} has a plural: say how many (count)")
        return message.said[self._plural(count)]

    def spoken(self, key: str) -> Language:
        """The language that a sentence is in: this one, or English where it lacks."""
        return self.lang if key in self.messages or self._source is None else self._source.lang

    def in_week(self, days: int) -> "Sentences":
        """The same for a week of so many working days, where the language calls these otherwise; what is filled into
        a sentence keeps its words."""
        return self if days < SIX else self._of_six

    @cached_property
    def _of_six(self) -> "Sentences":
        said = {
            key: replace(one, said=tuple(of_six(form, self.lang) for form in one.said))
            for key, one in self.messages.items()
        }
        return self if said == self.messages else Sentences(self.lang, said, self._plural, self._source)

    def __iter__(self) -> Iterator[str]:
        """Every key, in the order of the template."""
        return iter((self._source or self).messages)


class Catalogue:
    """The sentences of one part of the program; `package` holds its files."""

    def __init__(self, package: str) -> None:
        self.package = package
        # Asked for at each sentence, so kept as a dict.
        self._read: dict[Language, Sentences] = {}

    def in_language(self, lang: Language) -> Sentences:
        """The same object each time; the first time its file is read."""
        found = self._read.get(lang)
        if found is None:
            found = self._read[lang] = self._source if lang == SOURCE else self._sentences(lang)
        return found

    def say(self, key: str, lang: Language, **blanks: object) -> str:
        """One sentence, as `Sentences` says it."""
        return self.in_language(lang)(key, **blanks)

    def problems(self) -> tuple[str, ...]:
        """What the languages lack of each other, a line each: `nl page.reply: is not translated`."""
        return tuple(f"{lang} {key}: {why}" for lang in LANGUAGES for key, why in self._wrong(lang).items())

    @cached_property
    def _source(self) -> Sentences:
        return Sentences(SOURCE, self._kept(SOURCE).messages, _rule(DEFAULT_PLURAL), None)

    def _sentences(self, lang: Language) -> Sentences:
        kept = self._kept(lang)
        wrong = self._wrong(lang)
        if wrong:
            some = ", ".join(list(wrong)[:3])
            _log.warning("%s: %d sentences in %r cannot be used, such as %s", self.package, len(wrong), lang, some)
        english = self._source.messages
        good = {
            key: message
            for key, message in kept.messages.items()
            if (meant := english.get(key)) is not None and meant.asked == message.asked
        }
        return Sentences(lang, good, _rule(kept.plural), self._source)

    def _wrong(self, lang: Language) -> dict[str, str]:
        """Which sentences of a file cannot be used, and why."""
        kept = self._kept(lang)
        if lang == SOURCE:
            return kept.problems
        english = self._source.messages
        wrong = dict(kept.problems)
        for key, message in english.items():
            if key not in kept.messages:
                wrong.setdefault(key, "is not translated")
            elif kept.messages[key].asked != message.asked:
                wrong[key] = "the English has changed since it was translated"
        return wrong | {key: "is in no template" for key in kept.messages if key not in english}

    def _kept(self, lang: Language) -> Contents:
        return _file(self.package, TEMPLATE if lang == SOURCE else f"{lang}.po")


@lru_cache(maxsize=64)
def _file(package: str, name: str) -> Contents:
    file = files(package).joinpath(name)
    return read(file) if file.is_file() else Contents(b"", DEFAULT_PLURAL, {}, {})


@lru_cache(maxsize=16)
def _rule(expression: str) -> Callable[[int], int]:
    """A plural rule as PO files write it (`Plural-Forms`), such as `(n > 1)`."""
    return gettext.c2py(expression)
