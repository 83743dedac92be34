"""Clauses as the reader of the agreement finds them, by the words of the reader's language. Pure."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

from workflows.terms.law import read_citation
from workflows.terms.model import Terms
from workflows.words import LANGUAGES, Language, said_in

_NUMBER: Final = re.compile(r"(?:[IVXLC]+[ .])?\d[\w.()]*(?:[-–]\d[\w.()]*)?|\d+(?:\.\w+)+")
"""An article by its number: `7.1`, `9.3(c)`, `10.B.2(5)`, `II 8.2`, or a run of them, `11.1-11.4`."""
_PARTS: Final = ("annex", "preamble", "introduction", "question", "breach_protocol", "clause", "section", "article")
"""The parts of an agreement by which clauses are named."""
_RUN: Final = re.compile(r"(?<=[\w)])[-–](?=\d)")


def as_found(terms: Terms, clause: str, lang: Language) -> str:
    """A clause, or several, as a table or a list has room for them: `7.1`, `bijlage 3`, `artikel 33, lid 1 AVG`.

    A number that is printed otherwise in the text itself is named with the one printed there.
    """
    parts = (_part(terms, part, lang, _bare) for part in clause.split("; "))
    return said_in(lang)("terms.between").join(", ".join(found) for found in parts)


def in_words(terms: Terms, clause: str, lang: Language) -> str:
    """The same as a sentence says it: `artikel 7.1`, `artikelen 7.1 en 7.2`, `onder “Subverwerkers”`."""
    return _in_words(terms, clause, lang) if clause else ""


@lru_cache(maxsize=2048)
def _in_words(terms: Terms, clause: str, lang: Language) -> str:
    found = [one for part in clause.split("; ") for one in _part(terms, part, lang, _full)]
    return _and(found, lang)


_Say = Callable[[str, list[str], Language], str]
"""Says items of a kind that follow each other."""


def _bare(kind: str, items: list[str], lang: Language) -> str:
    del kind, lang
    return ", ".join(items)


def _full(kind: str, items: list[str], lang: Language) -> str:
    said = said_in(lang)
    if kind == "heading":
        return said("terms.heading", names=_and([said("terms.quoted", text=one) for one in items], lang))
    several = len(items) > 1 or _RUN.search(items[0]) is not None
    numbers = _and([_RUN.sub(said("terms.through"), one) for one in items], lang)
    return said("terms.articles" if several else "terms.article", numbers=numbers)


def _part(terms: Terms, part: str, lang: Language, say: _Say) -> list[str]:
    """The citation of a law, or the numbers, annexes and headings between commas."""
    citation = read_citation(part)
    if citation is not None:
        law, article = citation
        return [law.cite(article, lang)]
    found: list[str] = []
    for kind, run in groupby(_items(part), key=_kind):
        items = list(run)
        if kind == "number":
            found += _numbers(terms, items, lang, say)
        elif kind == "word":
            found += items if terms.language == lang else [_translated(one, lang) for one in items]
        elif kind == "heading":
            found.append(say(kind, items, lang))
        else:
            found += items
    return found


def _items(part: str) -> Iterator[str]:
    """What stands between commas; a question belongs to the annex before it, and a heading may hold commas."""
    items = part.split(", ")
    if _kind(items[0]) == "heading" and not any(_kind(one) == "number" for one in items):
        yield part
        return
    standing = ""
    for one in items:
        if standing and _key(one) == "question":
            standing = f"{standing}, {one}"
            continue
        if standing:
            yield standing
        standing = one
    yield standing


def _kind(item: str) -> str:
    if _NUMBER.fullmatch(item):
        return "number"
    if _key(item) is not None:
        return "word"
    return "heading" if item[:1].isupper() else "other"


def _numbers(terms: Terms, items: list[str], lang: Language, say: _Say) -> list[str]:
    """Articles by their numbers; those that are printed otherwise stand by themselves."""
    found = []
    for misprinted, run in groupby(items, key=terms.printed.__contains__):
        names = list(run)
        shown = say("number", names, lang)
        if misprinted:
            printed = _and([terms.printed[one] for one in names], lang)
            shown = said_in(lang)("terms.printed", clause=shown, printed=printed)
        found.append(shown)
    return found


def _translated(item: str, lang: Language) -> str:
    """An annex, a preamble or a protocol, with the question in it."""
    said = said_in(lang)
    found = []
    for one in item.split(", "):
        part = said(f"part.{_key(one)}")
        found.append(f"{part} {one[_length(one) :].strip()}".strip())
    return ", ".join(found)


def _key(item: str) -> str | None:
    """Which of the words for parts of an agreement it begins with."""
    return _words().get(item[: _length(item)].casefold())


def _length(item: str) -> int:
    """How much of it is that word: all before the first number."""
    found = re.search(r" (?=[A-Z]?\d|[A-Z]\b|[IVXLC]+\b)", item)
    return found.start() if found is not None else len(item)


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    """The words of every language, and what they stand for."""
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        said = said_in(lang)
        for key in _PARTS:
            found[said(f"part.{key}").casefold()] = key
    for lang in LANGUAGES:
        said = said_in(lang)
        for key in _PARTS:
            also = f"part_also.{key}"
            for one in said(also).split("; ") if also in said else ():
                found.setdefault(one.casefold(), key)
    return found


def _and(names: list[str], lang: Language) -> str:
    *most, last = names
    return said_in(lang)("terms.and").join((", ".join(most), last)) if most else last
