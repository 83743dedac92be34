"""Facts turned into the strings that the template sets: days, moments, names, only what its fonts can show. Pure."""

import bisect
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from service.certificate.facts import DeclaredLine, Engaged, Facts
from service.wording import last_moment, moment, say_country, say_place, short_day
from workflows.names import name_key, name_keys
from workflows.time import local_day, parse_period
from workflows.unicode import normalise

_LONGEST: Final = 400
"""Characters of a free text; the whole of it stands in the evidence bundle."""
_WORD: Final = re.compile(r"[!-\u024f]{28}(?=[!-\u024f])")
_OWN: Final = tuple(
    range(start, end + 1)
    for start, end in (
        (0x20, 0x7E), (0xA0, 0xAC), (0xAE, 0x24F), (0x384, 0x3CE), (0x400, 0x477), (0x48C, 0x4C4), (0x1E00, 0x1EFF),
        (0x2010, 0x2015), (0x2018, 0x2022), (0x2026, 0x2026), (0x2030, 0x2033), (0x2039, 0x203A), (0x20AC, 0x20AC),
        (0x2190, 0x2193), (0x2264, 0x2265),
    )
)  # fmt: skip
"""What the font that comes with the typesetter covers."""
_JOINERS: Final = "\u200c\u200d"
_COMPLEX: Final = "\u0600"
"""From here on letters change by what stands beside them, and joiners say how."""

Shown = Callable[[str], bool]
"""Whether a character can be set."""


@cache
def covered() -> tuple[range, ...]:
    """What the fonts of the declaration cover, in order (a test sets it)."""
    text = files("service.certificate").joinpath("fonts", "covered.txt").read_text("ascii")
    spans = (line.partition("-") for line in text.split())
    return tuple(range(int(first, 16), int(last or first, 16) + 1) for first, _, last in spans)


def in_any_font(char: str) -> bool:
    """Whether one of the packaged fonts has this character."""
    place = bisect.bisect(covered(), ord(char), key=lambda span: span.start)
    return place > 0 and ord(char) in covered()[place - 1]


def in_own_font(char: str) -> bool:
    """Whether the font that comes with the typesetter has it."""
    return any(ord(char) in one for one in _OWN) and unicodedata.category(char) != "Cn"


def printable(text: str, shown: Shown = in_any_font, *, longest: int | None = _LONGEST) -> str:
    """Text on one line in characters that can be set; any other is named by its code point, as `[U+20BB7]`. What is
    longer than `longest` is cut off there; None: nothing is.

    PDF/A forbids a glyph that is not there. Words too long for a line may break.
    """
    plain = " ".join(normalise("NFC", text).split())
    if longest is not None and len(plain) > longest:
        plain = plain[:longest].rstrip() + "…"
    made = "".join(_char(char, plain[place - 1 : place], shown) for place, char in enumerate(plain))
    return _WORD.sub(lambda found: found[0] + "\u200b", made)


def _char(char: str, before: str, shown: Shown) -> str:
    if unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f":
        return char if char in _JOINERS and before >= _COMPLEX and shown(before) else ""
    if shown(char):
        return char
    return f"[U+{ord(char):04X}]"


def template_values(facts: Facts, number: str, shown: Shown = in_any_font) -> dict[str, Any]:
    """What the template names, all strings, lists and objects of strings, booleans and counts."""
    made = _Sayer(facts, shown)
    data = [one for one in facts.plan if one.kind != "declare"]
    done = [one for one in data if one.how == "confirmed"]
    contracts = [
        {
            "reference": made.text(one.reference),
            "starts": made.day(one.starts_on),
            "ends": made.day(one.ends_on) if one.ends_on is not None else "",
        }
        for one in facts.contracts
    ]
    chosen = facts.chosen
    return {
        "number": number,
        "short": f"{number[:4]} {number[4:8]} {number[8:12]} {number[12:16]}".upper(),
        "processor": {"name": made.text(facts.processor.name), "country": made.country(facts.processor.country)},
        "customer": {"name": made.text(facts.customer.name), "country": made.country(facts.customer.country)},
        "agreement": str(facts.agreement),
        "title": made.text(facts.terms_title),
        "version": made.text(facts.terms_version),
        "contracts": contracts,
        "since": made.day_of(facts.in_force_since) if facts.in_force_since is not None else "",
        "ended": made.day(facts.ended_on) if facts.ended_on is not None else "",
        "ground": facts.end_ground,
        "declared": made.day_of(facts.declared_at),
        "clause": made.text(facts.clause),
        "chosen": {
            "data": chosen.data,
            "received": made.moment(chosen.received_at),
            "format": made.text(chosen.format or ""),
        }
        if chosen is not None
        else None,
        "returned": [made.line(one) for one in done if one.kind == "return"],
        "erased": [made.line(one) for one in done if one.kind != "return"],
        "unconfirmed": [made.line(one) for one in data if one.how == "not_confirmed"],
        "left": [made.line(one) for one in data if one.how is None],
        "backups": any(one.holder == "backups" for one in data),
        "issued": [made.line(one) for one in facts.plan if one.kind == "declare" and one.how is not None],
        "kept": [
            {
                "what": [made.text(name) for name in one.categories],
                "ground": made.text(one.ground),
                "until": made.day(one.until) if one.until is not None else "",
            }
            for one in facts.kept
        ],
        "duties": [
            {
                "text": made.text(one.text),
                "clause": made.text(one.clause),
                "until": made.day(one.until) if one.until is not None else "",
            }
            for one in facts.duties
        ],
        "subprocessors": [
            {
                "name": made.text(one.name),
                "country": made.country(one.country),
                "since": made.day_of(one.since),
                "until": made.day_of(one.until) if one.until is not None else "",
                "how": _standing(one, data),
            }
            for one in facts.subprocessors
        ],
        "place": made.text(say_place(facts.zone, facts.language)),
        "retention": parse_period(facts.retention).words(facts.language),
        "events": facts.events,
        "head": facts.head,
        "at": {
            "year": facts.declared_at.year,
            "month": facts.declared_at.month,
            "day": facts.declared_at.day,
            "hour": facts.declared_at.hour,
            "minute": facts.declared_at.minute,
            "second": facts.declared_at.second,
        },
    }


def _standing(who: Engaged, plan: list[DeclaredLine]) -> str:
    """What became of the data at a subprocessor: `confirmed`, `not_confirmed`, or empty where no item names it."""
    name = name_key(who.name)
    found = {one.how for one in plan if one.subprocessor == who.id or name in name_keys(one.holder.split(", "))}
    if not found:
        return ""
    return "confirmed" if found == {"confirmed"} else "not_confirmed"


class _Sayer:
    def __init__(self, facts: Facts, shown: Shown) -> None:
        self.lang = facts.language
        self.zone = facts.zone
        self._shown = shown

    def text(self, text: str) -> str:
        return printable(text, self._shown)

    def day(self, day: date) -> str:
        return short_day(day, self.lang)

    def day_of(self, instant: datetime) -> str:
        return short_day(local_day(instant, self.zone), self.lang)

    def country(self, code: str | None) -> str:
        return self.text(say_country(code, self.lang))

    def moment(self, instant: datetime) -> str:
        found = moment(instant, self.zone, self.lang)
        return f"{found.short}, {found.time}"

    def until(self, instant: datetime) -> str:
        found = last_moment(instant, self.zone, self.lang)
        return found.short if found.whole_day else f"{found.short}, {found.time}"

    def line(self, one: DeclaredLine) -> dict[str, Any]:
        return {
            "text": self.text(one.text),
            "holder": self.text(one.holder),
            "clause": self.text(one.clause),
            "due": self.until(one.due_at) if one.due_at is not None else "",
            "done": self.moment(one.done_at) if one.done_at is not None else "",
            "by": self.text(one.by.removeprefix("key:").removeprefix("user:")),
            "evidence": self.text(one.evidence),
            "confirms": one.confirms if one.how == "confirmed" else "",
            "kept": [self.text(name) for name in one.kept],
        }
