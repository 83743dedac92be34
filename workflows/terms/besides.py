"""What explaining tells of one of two agreements alone, and no line that lays them beside each other says. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from workflows.terms.differences import Topic
from workflows.terms.explain import Teller
from workflows.terms.model import Base, Terms
from workflows.terms.phrases import section_title
from workflows.terms.telling.quoting import settled
from workflows.words import Language

_TOPICS: Final[dict[str, tuple[Topic, ...]]] = {
    "life": ("life", "other"), "subprocessors": ("subprocessor", "place"), "amendment": ("amendment",),
    "breach": ("breach",), "request": ("request",), "end": ("end", "retention"), "retention": ("retention",),
    "audit": ("audit",), "matters": ("matter",), "penalties": ("penalty", "breach"), "needed": ("need",),
}  # fmt: skip
"""What the lines of each section of explaining are about; provisions are laid beside each other by their ids."""
_DAYS: Final = "days"
_IN_BRACKETS: Final = re.compile(r"\s*\([^()]*\)|[.]$")
"""A clause stands in another place of a line than of a sentence."""


class Untold(msgspec.Struct, frozen=True):
    """One section in which the two say something otherwise that no line tells."""

    topic: Topic
    label: str
    first: str
    second: str
    in_substance: bool


def besides(first: Terms, second: Terms, lang: Language, told: Iterable[tuple[Topic, str, str]]) -> tuple[Untold, ...]:
    """By section, the sentences that one of the two has alone and none of the lines `told` says: how the text was
    read among them, and what the program does where the text has no word.

    Of two agreements only where the section has no line: each was read by itself, and versions of one text alike.
    """
    lines = tuple(told)
    topics = {topic for topic, *_ in lines}
    between = Teller(first, lang).say("between")
    said = [_bare(one) for _, *both in lines for text in both for one in text.split(between) if one]
    one, other = _sentences(first, lang), _sentences(second, lang)
    found = []
    for section, label in _labels(first, lang):
        about = _TOPICS.get(section, ("other",))
        if first.id != second.id and not topics.isdisjoint(about):
            continue
        here, there = _alone(one[section], other[section], said), _alone(other[section], one[section], said)
        if here or there:
            same = [_bare(text) for text in here] == [_bare(text) for text in there]
            found.append(Untold(about[0], label, " ".join(here), " ".join(there), not same))
    return tuple(found)


def _bare(text: str) -> str:
    return _IN_BRACKETS.sub("", text).strip()


def _labels(terms: Terms, lang: Language) -> Iterator[tuple[str, str]]:
    yield _DAYS, Teller(terms, lang).say("days")
    for section in _TOPICS:
        yield section, section_title(section, lang)


def _alone(mine: list[str], theirs: list[str], told: list[str]) -> list[str]:
    return [one for one in dict.fromkeys(mine) if one not in theirs and not _is_told(_bare(one), told)]


def _is_told(sentence: str, told: list[str]) -> bool:
    return any(line in sentence or sentence in line for line in told)


def _sentences(terms: Terms, lang: Language) -> dict[str, list[str]]:
    teller = _Reader(terms, lang)
    parts = {section: [str(one) for one in lines] for section, lines in teller.parts().items()}
    parts[_DAYS] = [str(one) for one in teller.counting()]
    return {section: list(_apart(lines, teller.read)) for section, lines in parts.items()}


def _apart(lines: list[str], read: list[str]) -> Iterator[str]:
    """Sentences, with what was read in one as a sentence of its own."""
    for line in lines:
        within = [one for one in dict.fromkeys(read) if one in line and one != line]
        for one in within:
            line = line.replace(one, "")
        yield from (one for one in (line.strip(), *within) if one)


class _Reader(Teller):
    """Remembers what it says besides the text."""

    def __init__(self, terms: Terms, lang: Language, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(terms, lang, facts)
        self.read: list[str] = []

    def besides_text(self, part: Base, name: str) -> str:
        said = super().besides_text(part, name)
        self.read.append(str(settled(said, self.lang)))
        return said
