"""What code said in English, said to a person: in their language, and without what only programs understand.

    otherwise("The plan was approved already.", "nl")    # "Het plan was al goedgekeurd."

A text is found by its words, as they stand in the catalogue, with whatever is filled in between: so what is stored for
years is said in each language, and in evidence and the API it stays what it was. What is filled in is said in the
language where it is a day, a time, a length, a rule or a phrase of ours, and stays as it is where it is a name. What is
in no catalogue is answered by None.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Final

import msgspec

from service.answers.plain import plain
from service.pictures.words import known_holiday
from service.wording import say_day
from workflows.terms.law import laws, read_citation
from workflows.terms.phrases import has_title, rule_title
from workflows.time.period import Period, Unit
from workflows.words import FIVE, LANGUAGES, SOURCE, WORKFLOWS, Catalogue, Language, Sentences, locale_of, said_in
from workflows.words.references import without_references

CATALOGUE: Final = Catalogue("service.answers.catalogue")
_BLANK: Final = re.compile(r"\{(\w+)\}")
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_MONTHS: Final = tuple(locale_of("en").months["format"]["wide"].values())
_WEEK: Final = tuple(locale_of("en").days["format"]["wide"][day] for day in range(7))
_TONGUES: Final = {locale_of(SOURCE).languages[one]: one for one in LANGUAGES}
_DAY: Final = re.compile(rf"[A-Z][a-z]+day (\d{{1,2}}) ({'|'.join(_MONTHS)}) (\d{{4}})")
_NAMED: Final = rf"[A-Z][a-z]+day \d{{1,2}} (?:{'|'.join(_MONTHS)}) \d{{4}}", r"(?:[^()]|\([^()]*\))+"
_HOLIDAY: Final = re.compile(rf"({_NAMED[0]}) \(({_NAMED[1]})\)")
"""A day with the name that its calendar gives it."""
_HOLIDAYS: Final = re.compile(rf"{_NAMED[0]} \({_NAMED[1]}\)(?:, {_NAMED[0]} \({_NAMED[1]}\))+")
_MONTH: Final = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{4}})")
_LENGTH: Final = re.compile(r"(\d+) (hour|day|week|month|year|working day)s?")
_TIME: Final = re.compile(r"(\d\d:\d\d[\d:.]*) on ([A-Z][a-z]+day .+? \d{4}) \(UTC(\S+)\) in (\S+?)(, which is (\S+))?")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|\+00:00)")
_UNITS: Final[Mapping[str, Unit]] = {
    "hour": "hours", "day": "days", "week": "weeks", "month": "months", "year": "years", "working day": "working_days",
}  # fmt: skip
_ASIDE: Final = re.compile(r"(.+?)( ?)\(([^()]*(?:\([^()]*\)[^()]*)*)\)(\.?)", re.DOTALL)
_ENDS: Final = re.compile(r"(?<=[.!?]) (?=[A-Z0-9])")
_PARTS: Final = ("; ", ", ", " and ", " or ")
_LONGEST: Final = 4_000
"""A longer text is nobody's sentence."""


TYPED: Final = frozenset({"reading", "note", "shown_as", "reason", "ground", "grounds", "error", "text", "may_refuse"})
"""Blanks that hold what somebody wrote: in a terms file, or in a form."""
_READ: Final = frozenset({"reading", "note"})
"""Those of them that may also hold how the program itself reads a text, or a law."""


class Otherwise(msgspec.Struct, frozen=True):
    """A text in a language. `foreign` is what stands in it as somebody wrote it, in whatever language."""

    text: str
    foreign: tuple[str, ...] = ()


@lru_cache(maxsize=8192)
def otherwise(text: str, lang: Language, week: int = FIVE) -> Otherwise | None:
    """The same in another language, or in people's English; None where no catalogue has it. `week`: how many working
    days one of the agreement has that it is about."""
    if len(text) > _LONGEST:
        return None
    typed: list[str] = []
    said = _Spoken(lang, typed, week).sentence(without_references(text))
    if said is not None and text[:1].isupper() and text.endswith("."):  # a day or a length may come first in it
        said = said[:1].upper() + said[1:]
    return None if said is None else Otherwise(said, tuple(typed))


def _split(text: str, between: str) -> list[str]:
    """The parts of a list; what stands in brackets is no list of ours."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and text.startswith(between, place) and place >= start:
            parts.append(text[start:place])
            start = place + len(between)
    return [*parts, text[start:]]


class _Pattern:
    """A sentence of the catalogue with blanks, as code says it."""

    def __init__(self, key: str, said: str) -> None:
        self.key = key
        parts = _BLANK.split(said)
        self.names = parts[1::2]
        self.fixed = sum(map(len, parts[::2]))
        self.weak = sum(len(_WORD.findall(one)) for one in parts[::2]) < 2
        """Of one word at most: it says something only where what is filled in does."""
        self.begins = parts[0]
        self._matches = re.compile(r"(.*?)".join(map(re.escape, parts[::2])), re.DOTALL)

    def filled(self, text: str) -> dict[str, str] | None:
        """What stands in the blanks; None where this is not the sentence. One that stands twice has to be the same."""
        found = self._matches.fullmatch(text) if text.startswith(self.begins) else None  # most begin otherwise
        if found is None:
            return None
        filled: dict[str, str] = {}
        for name, value in zip(self.names, found.groups(), strict=True):
            if filled.setdefault(name, value) != value:
                return None
        return filled


class _Spoken:
    """One language; what is found as somebody typed it is put in `typed`."""

    def __init__(self, lang: Language, typed: list[str], week: int) -> None:
        self.lang = lang
        self.typed = typed
        self.week = week
        self.said: Sentences = CATALOGUE.in_language(lang).in_week(week)

    def sentence(self, text: str) -> str | None:
        """A whole text: one sentence, one with something in brackets behind it, or several."""
        begun = text[:1].lower() + text[1:].removesuffix(".")
        if begun != text and text[:1].isupper() and (key := _english()[0].get(begun)):  # a part that stands alone
            alone = self.said.text(key)
            return alone[:1].upper() + alone[1:] + "." * text.endswith(".")
        head, between, last = text.rpartition("; ")
        if between and text not in _english()[0] and (key := _english()[0].get(last)):  # what follows somebody's words
            before = self.sentence(head)
            if before is None:
                self.typed.append(head)
            return f"{before or head}; {self.said.text(key)}"
        whole = self._known(text)
        if whole is not None:
            return whole
        if text.endswith(".") and (whole := self._known(text[:-1])) is not None:
            return f"{whole}."
        if not text.endswith(".") and (whole := self._known(f"{text}.")) is not None:
            return whole.removesuffix(".")
        several = _ENDS.split(text)
        if len(several) > 1:
            said = [self.sentence(one) for one in several]
            return None if None in said else " ".join(one for one in said if one is not None)
        aside = _ASIDE.fullmatch(text)
        if aside is not None and (before := self.sentence(aside[1])) is not None:
            return f"{before}{aside[2]}({self.filled(aside[3])}){aside[4]}"
        return None

    def filled(self, value: str) -> str:
        """What is filled in somewhere: said in the language as far as it can be."""
        bare = value.strip()
        if not bare:
            return value
        if bare != value and (said := self._known(value)) is not None:
            return said
        return value.replace(bare, self._filled(bare), 1)

    def _filled(self, bare: str) -> str:
        said = self._phrase(bare)
        if said is not None:
            return said
        for between in _PARTS:
            parts = _split(bare, between)
            if len(parts) > 1:
                each = [self._phrase(one.strip()) for one in parts]
                if between in _PARTS[:2]:
                    return between.join(new or self._filled(one) for one, new in zip(parts, each, strict=True))
                if None not in each:
                    return self._joined(between, [one for one in each if one is not None])
        aside = _ASIDE.fullmatch(bare)
        if aside is not None and aside[2] and (said := self._known(f" ({aside[3]})")) is not None:
            return f"{aside[1]}{said}{aside[4]}"
        if aside is not None and (inner := self._phrase(aside[3])) is not None:
            return f"{self._filled(aside[1])}{aside[2]}({inner}){aside[4]}"
        return bare

    def _joined(self, between: str, each: list[str]) -> str:
        joined = each[0]
        for one in each[1:]:
            joined = self._say("and" if between == " and " else "or", first=joined, last=one)
        return joined

    def _phrase(self, text: str) -> str | None:
        """One thing that is filled in: None for a name, a number, a clause."""
        if found := _TIME.fullmatch(text):
            day = self._phrase(found[2]) or found[2]
            said = self._say("on_utc_in", time=found[1], day=day, offset=found[3], zone=found[4])
            return self._say("which_is", instant=said, instant2=found[6]) if found[5] else said
        if found := _DAY.fullmatch(text):
            return self._day(found)
        if _ISO_DAY.fullmatch(text):
            return self._iso(text)
        if (found := _ISO_INSTANT.fullmatch(text)) and (day := self._iso(found[1])):
            return f"{day}, {found[2]} (UTC)"
        if found := _HOLIDAY.fullmatch(text):
            return self._holiday(found)
        if _HOLIDAYS.fullmatch(text):
            return ", ".join(map(self._holiday, _HOLIDAY.finditer(text)))
        if found := _MONTH.fullmatch(text):
            month = locale_of(self.lang).months["format"]["wide"][_MONTHS.index(found[1]) + 1]
            return f"{month} {found[2]}"
        if found := _LENGTH.fullmatch(text):
            return Period(_UNITS[found[2]], int(found[1])).words(self.lang, self.week)
        if (tongue := _TONGUES.get(text)) is not None:
            named: str = locale_of(self.lang).languages[tongue]
            return named
        if text in _WEEK:
            said_day: str = locale_of(self.lang).days["format"]["wide"][_WEEK.index(text)]
            return said_day
        if has_title(text):
            return rule_title(text, self.lang)
        if (law := laws().get(text)) is not None:
            return law.called_in(self.lang)
        if (cited := read_citation(text)) is not None:
            return cited[0].cite(cited[1], self.lang)
        if (known := self._known(text)) is not None:
            return known
        own = _own_words().get(text)
        if own is not None:
            return WORKFLOWS.in_language(self.lang).in_week(self.week)(own)
        return self._weakly(text) or self.sentence(text)

    def _holiday(self, found: "re.Match[str]") -> str:
        """A day with its name; one for which the language has none stands there as it is."""
        name = known_holiday(found[2], self.lang)
        if name is None:
            self.typed.append(found[2])
        return f"{self._phrase(found[1])} ({name or found[2]})"

    def _weakly(self, text: str) -> str | None:
        """A phrase of one word around what is itself one of ours, or a number."""
        for one in _english()[1]:
            filled = one.filled(text) if one.weak else None
            if filled is None:
                continue
            said = {
                name: value if value.isdecimal() else self._phrase(value) for name, value in filled.items() if value
            }
            if len(said) == len(filled) and None not in said.values():
                return self._say(one.key, **{name: value for name, value in said.items() if value is not None})
        return None

    def _day(self, found: "re.Match[str]") -> str:
        try:
            return say_day(date(int(found[3]), _MONTHS.index(found[2]) + 1, int(found[1])), self.lang)
        except ValueError:
            return found[0]

    def _iso(self, text: str) -> str | None:
        try:
            return say_day(date.fromisoformat(text), self.lang)
        except ValueError:
            return None

    def _known(self, text: str) -> str | None:
        whole, patterns = _english()
        if key := whole.get(text):
            return self.said.text(key)
        for one in patterns:
            filled = None if one.weak else one.filled(text)
            if filled is not None:
                self.typed += [
                    value.strip()
                    for name, value in filled.items()
                    if name in TYPED and " " in value.strip() and self._read(name, value) is None
                ]
                return self._say(one.key, **{name: self._blank(name, value) for name, value in filled.items()})
        return None

    def _blank(self, name: str, value: str) -> str:
        return (self._read(name, value) or value) if name in TYPED else self.filled(value)

    def _read(self, name: str, value: str) -> str | None:
        """How the program reads a text or a law, in the language; None for what somebody wrote."""
        if name not in _READ or " " not in value:
            return None
        key = _english()[0].get(value)
        return self.said.text(key) if key is not None else _law_readings().get(value, {}).get(self.lang)

    def _say(self, key: str, **blanks: str) -> str:
        # Not `format`: a text of the catalogue may name JSON, whose braces are no blanks.
        text = self.said.text(key)
        return _BLANK.sub(lambda found: blanks.get(found[1], found[0]), text)


@cache
def _english() -> tuple[dict[str, str], tuple[_Pattern, ...]]:
    """Every sentence as code says it: those without blanks by their words, the others with the most words first."""
    english = CATALOGUE.in_language(SOURCE)
    by_people = {said: api for api, said in plain().items()}
    whole: dict[str, str] = {}
    patterns = []
    for key in english:
        said = english.text(key)
        said = by_people.get(said, said)
        if _BLANK.search(said):
            patterns.append(_Pattern(key, said))
        else:
            whole[said] = key
    return whole, tuple(sorted(patterns, key=lambda one: -one.fixed))


@cache
def _law_readings() -> dict[str, dict[Language, str]]:
    """How the clocks of laws are read, by the English: alone, and in place of an agreement's that has no number."""
    found = {}
    for law in laws().values():
        for rule in law.rules.values():
            if SOURCE in rule.reading:
                found[rule.reading[SOURCE]] = rule.reading
                instead = {lang: said_in(lang)("law.instead", reading=text) for lang, text in rule.reading.items()}
                found[instead[SOURCE]] = instead
    return found


@cache
def _own_words() -> dict[str, str]:
    """What workflows say in their own catalogue without blanks, by its English: events, parties, titles."""
    return dict(_without_blanks(WORKFLOWS.in_language(SOURCE)))


def _without_blanks(english: Sentences) -> Iterator[tuple[str, str]]:
    for key, one in english.messages.items():
        if len(one.said) == 1 and "{" not in one.said[0]:
            yield one.said[0], key
