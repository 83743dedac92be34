"""Words of a terms file that are in another language than the sentence which they stand in. Pure."""

import re
from functools import lru_cache
from typing import Final

from workflows.words import LANGUAGES, Language, Spoken, locale_of, said_in
from workflows.words.references import without_references

_OPEN, _BETWEEN, _CLOSE = "\ue000", "\ue001", "\ue002"
_MARKS: Final = str.maketrans("", "", f"{_OPEN}{_BETWEEN}{_CLOSE}")
_QUOTED: Final = re.compile(f"{_OPEN}({'|'.join(LANGUAGES)}){_BETWEEN}([^{_CLOSE}]*){_CLOSE}")


def marked(text: str, lang: Language) -> str:
    """A text to be filled into a sentence of another language; `settled` makes a quotation of it."""
    return f"{_OPEN}{lang}{_BETWEEN}{text.translate(_MARKS)}{_CLOSE}"


def settled(sentence: str, lang: Language) -> Spoken:
    """The sentence with what is in another language between quotation marks, and called by that language."""
    if _OPEN not in sentence:
        return Spoken(sentence, lang)
    made, foreign = "", []
    done = 0
    for found in _QUOTED.finditer(sentence):
        made += sentence[done : found.start()]
        done = found.end()
        other, text = next(one for one in LANGUAGES if one == found[1]), found[2]
        before, _, after = quoted_in(other, lang).partition("{text}")
        start = len(made) + len(before)
        foreign.append((start, start + len(text), other))
        made += f"{before}{text}{after}"
    return Spoken(made + sentence[done:], lang, tuple(foreign))


def reread(sentence: str, lang: Language) -> Spoken:
    """A sentence that was kept as a plain text, with the quotations in it."""
    foreign = []
    for other in LANGUAGES:
        before, _, after = quoted_in(other, lang).partition("{text}")
        if other == lang or after not in sentence:
            continue
        for found in re.finditer(f"{re.escape(before)}(.*?){re.escape(after)}", sentence):
            foreign.append((*found.span(1), other))
    return Spoken(sentence, lang, tuple(sorted(foreign)))


@lru_cache(maxsize=64)
def quoted_in(other: Language, lang: Language) -> str:
    """The form of a quotation, its text left open: `“{text}” (in English)`."""
    name = locale_of(lang).languages.get(other, other)
    return said_in(lang).text("terms.quoted_in").replace("{language}", name)


def quoted(text: str, other: Language, lang: Language) -> Spoken:
    """A text of a file for a reader of `lang`: as it is where it is in that language, else a quotation."""
    text = without_references(text)
    return Spoken(text, lang) if other == lang else settled(marked(text, other), lang)
