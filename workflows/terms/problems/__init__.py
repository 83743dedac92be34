"""What is wrong with a terms file, in the reader's language.

Checks say it in English, where they find it. Its sentences are known again by the catalogue's English, blanks and all,
and said in another language with what stood in the blanks. A sentence that the catalogue lacks stays English, whole.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

from babel.dates import format_date

from workflows.terms.phrases import country_words
from workflows.time.legal_days import NONE, called, known_calendars
from workflows.words import SOURCE, Catalogue, Language, locale_of, said_in

CATALOGUE: Final = Catalogue("workflows.terms.problems")

_BLANK: Final = re.compile(r"\\\{(\w+)\\\}")
_SENTENCE_END: Final = re.compile(r"(?<=[.?]) ")
_ITEM: Final = r"""(?:[\w.]+ = )?(?:"[^"]*"|'[^']*'|[\w.:<>-]+)"""
_LIST: Final = re.compile(rf"(?P<most>{_ITEM}(?:, {_ITEM})*) (?P<word>or|and) (?P<last>{_ITEM})")
"""Words of the format in a list in English: `a, b or c`."""
_JOINS: Final = {"or": "terms.one_of", "and": "terms.and"}
_PLACES: Final = ("place", "country")
"""Blanks that hold a country, or a part of one, as a sentence in English goes on."""
_AMOUNT: Final = re.compile(r"(?P<count>[0-9]+) (?P<unit>hour|day|week|month|year|working day)s?")
_DAY: Final = re.compile(r"[A-Z][a-z]+day (?P<day>[0-9]{1,2} [A-Z][a-z]+ [0-9]{4})")
"""A day in English, as blanks hold it whose name begins with `day`."""
_LENGTH: Final = "length"
"""A blank that holds a length of time in English, `48 hours`."""


def in_language(message: str, lang: Language) -> str:
    """A message of a check in another language; each sentence that is not known stays as it is."""
    if lang == SOURCE:
        return message
    whole = _said(message, lang)
    if whole is not None:
        return whole
    return " ".join(_alone(one, lang) for one in _SENTENCE_END.split(message))


def _alone(sentence: str, lang: Language) -> str:
    """One sentence, that of a fact or a key with its name before it; as it stands where it is unknown."""
    name, colon, rest = sentence.partition(": ")
    found = _said(sentence, lang)
    if found is None and colon and " " not in name and (behind := _said(rest, lang)) is not None:
        found = f"{name}: {behind}"
    return found or sentence


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
    if name in _PLACES:
        return _places(lang).get(value, value)
    if name.startswith("day") and (found := _DAY.fullmatch(value)) is not None:
        day = datetime.strptime(found["day"], "%d %B %Y").date()
        return format_date(day, "long", locale=locale_of(lang))
    if (listed := _LIST.fullmatch(value)) is not None:
        return said_in(lang)(_JOINS[listed["word"]]).join((listed["most"], listed["last"]))
    if name == _LENGTH and (found := _AMOUNT.fullmatch(value)) is not None:
        return said_in(lang)(f"period.{found['unit'].replace(' ', '_')}s", count=int(found["count"]))
    return _said(value, lang) or value


@lru_cache(maxsize=4)
def _places(lang: Language) -> dict[str, str]:
    """What the places that have a calendar are called in English, and in another language."""
    return {called(one): country_words(one, lang) for one in known_calendars() if one != NONE}


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every sentence as a pattern: first those that begin with words of their own, the one with most of them first."""
    english = CATALOGUE.in_language(SOURCE)
    texts = {key: english.text(key) for key in english}
    order = sorted(texts, key=lambda key: (texts[key].startswith("{"), -len(re.sub(r"\{\w+\}", "", texts[key]))))
    return tuple((key, _pattern(texts[key])) for key in order)


def _pattern(text: str) -> re.Pattern[str]:
    """A blank holds anything but the end of a sentence with another behind it."""
    return re.compile(_BLANK.sub(lambda blank: rf"(?P<{blank[1]}>(?:(?!(?<=[.?]) ).)+?)", re.escape(text)), re.DOTALL)
