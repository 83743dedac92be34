"""What is wrong with a terms file, in the reader's language.

Checks say it in English, where they find it. Its sentences are known again by the catalogue's English, blanks and all,
and said in another language with what stood in the blanks. A sentence that the catalogue lacks stays English, whole.
"""

import re
from functools import lru_cache
from typing import Final

from workflows.words import SOURCE, Catalogue, Language, said_in

CATALOGUE: Final = Catalogue("workflows.terms.problems")

_BLANK: Final = re.compile(r"\\\{(\w+)\\\}")
_SENTENCE_END: Final = re.compile(r"(?<=[.?]) ")
_CHOICES: Final = "choices"
"""A blank that holds a list of words in English, `a, b or c`."""


def in_language(message: str, lang: Language) -> str:
    """A message of a check in another language; each sentence that is not known stays as it is."""
    if lang == SOURCE:
        return message
    whole = _said(message, lang)
    if whole is not None:
        return whole
    return " ".join(_said(one, lang) or one for one in _SENTENCE_END.split(message))


def _said(sentence: str, lang: Language) -> str | None:
    """One known sentence, or several that are one in the catalogue; None where it is unknown."""
    stop = "." if sentence.endswith(".") else ""
    bare = sentence.removesuffix(".")
    for key, pattern in _patterns():
        if (found := pattern.fullmatch(bare)) is not None:
            blanks = {name: _filled(name, value, lang) for name, value in found.groupdict().items()}
            return CATALOGUE.say(key, lang, **blanks) + stop
    return None


def _filled(name: str, value: str, lang: Language) -> str:
    if name == _CHOICES:
        return value.replace(said_in(SOURCE)("terms.one_of"), said_in(lang)("terms.one_of"))
    return _said(value, lang) or value


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every sentence as a pattern, the one with most words of its own first."""
    english = CATALOGUE.in_language(SOURCE)
    texts = {key: english.text(key) for key in english}
    order = sorted(texts, key=lambda key: -len(re.sub(r"\{\w+\}", "", texts[key])))
    return tuple((key, _pattern(texts[key])) for key in order)


def _pattern(text: str) -> re.Pattern[str]:
    """A blank holds anything but the end of a sentence with another behind it."""
    return re.compile(_BLANK.sub(lambda blank: rf"(?P<{blank[1]}>(?:(?!(?<=[.?]) ).)+?)", re.escape(text)), re.DOTALL)
