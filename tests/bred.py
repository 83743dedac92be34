"""Terms that nobody wrote: parts of those in the library put together, with other periods, zones and calendars."""

import re
from collections.abc import Iterable
from functools import cache
from random import Random
from typing import Any, Final

import msgspec

from workflows.errors import TermijnError
from workflows.terms.load import library, parse_document, to_document
from workflows.terms.model import Terms

PARTS: Final = {
    "subprocessors": ("subprocessor",),
    "amendment": ("amendment",),
    "end": ("end", "retention"),
    "ending": ("ending",),
    "breach": ("breach",),
    "requests": ("request",),
    "audit": ("audit",),
    "matters": ("matter",),
    "entry": ("entry",),
}  # fmt: skip
"""Tables that come from one agreement, with the rules that go with them, by the beginnings of their names."""
ALONE: Final = ("zone", "calendar", "law", "counting", "statements", "role_of_document", "governing_law", "court")
"""What may come from any other."""
PERIODS: Final = (
    "PT1H", "PT24H", "PT48H", "P1D", "P3D", "P10D", "P14D", "P30D", "P2W", "P1M", "P3M", "P1WD", "P5WD", "P10WD",
)  # fmt: skip
ZONES: Final = (
    "Europe/Amsterdam", "Europe/London", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns",
)  # fmt: skip
CALENDARS: Final = ("NL", "BE", "DE-BY", "FR", "GB-ENG", "US-NY", "NO", "PL")
COUNTING: Final[tuple[dict[str, Any], ...]] = (
    {}, {"moves": "both", "law": "the law"}, {"moves": "none", "clause": "1"}, {"day_ends": "17:00", "clause": "1"},
    {"working_days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"], "clause": "1"},
    {"day_ends": "17:00", "last_day_ends": "business_day", "clause": "1"},
)  # fmt: skip
TRIES: Final = 200
FACTS: Final[dict[str, str]] = {"duration": "P30D", "date": "2026-01-01", "text": "as agreed"}


@cache
def _documents() -> tuple[dict[str, Any], ...]:
    return tuple(msgspec.json.decode(msgspec.json.encode(to_document(one))) for one in library().values())


def bred(dice: Random, id: str = "bred-terms") -> Terms:
    """Terms that hold together, as the library's loader sees it."""
    for _ in range(TRIES):
        try:
            return parse_document(_document(dice, id), "bred terms")
        except TermijnError:
            continue
    raise AssertionError(f"nothing that holds together in {TRIES} tries")


def _document(dice: Random, id: str) -> dict[str, Any]:
    known = _documents()
    made = {**dice.choice(known), "id": id, "version": "1", "rules": {}, "fields": []}
    for part, rules in PARTS.items():
        donor = dice.choice(known)
        made.pop(part, None)
        if part in donor:
            made[part] = donor[part]
        taken = {name: rule for name, rule in donor["rules"].items() if name.partition(".")[0] in rules}
        made["rules"].update(taken)
        if part == "end" and "retention" in donor:
            made["retention"] = donor["retention"]
        elif part == "end":
            made.pop("retention", None)
    for part in ALONE:
        if dice.random() < 0.5 and part in (donor := dice.choice(known)):
            made[part] = donor[part]
    if dice.random() < 0.5:
        made |= {"zone": dice.choice(ZONES), "calendar": dice.choice(CALENDARS)}
    if dice.random() < 0.5:
        made["counting"] = dice.choice(COUNTING)
    made["rules"] = {name: _otherwise(dice, rule) for name, rule in made["rules"].items()}
    needed = set(_named(made))
    fields = {one["name"]: one for document in known for one in document.get("fields", ())}
    made["fields"] = [one for name, one in fields.items() if name in needed]
    return made


def _otherwise(dice: Random, rule: dict[str, Any]) -> dict[str, Any]:
    if "period" in rule and dice.random() < 0.5:
        return {**rule, "period": dice.choice(PERIODS)}
    return rule


def _named(made: Any) -> Iterable[str]:
    """What is said to stand in a field, wherever that is said."""
    if isinstance(made, dict):
        for key, value in made.items():
            if key == "field" and isinstance(value, str):
                yield value
            yield from _named(value)
    elif isinstance(made, list):
        for one in made:
            yield from _named(one)


def facts_for(terms: Terms) -> dict[str, str]:
    """Something for each field that these terms leave to the agreement."""
    return {one.name: _fact(one) for one in terms.fields}


def _fact(field: Any) -> str:
    if field.kind == "places":
        names = re.search(r"\b(EU|EEA|NL)\b", field.text)
        return names[0] if names else "EU"
    return FACTS[field.kind]
