"""The sentences with which terms are explained, read from the packaged `phrases.toml`."""

from functools import lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

from workflows.terms.model import Rule

Language = Literal["nl", "en"]


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language: words by rule, event, party and so on; `phrases` are sentences with blanks.

    `clauses` are the parts of an agreement by which clauses are named, `clauses_also` other words for them.
    """

    events: dict[str, str]
    parties: dict[str, str]
    sections: dict[str, str]
    countries: dict[str, str]
    zones: dict[str, str]
    groups: dict[str, str]
    clauses: dict[str, str]
    titles: dict[str, str]
    phrases: dict[str, str]
    clauses_also: dict[str, tuple[str, ...]] = {}


@lru_cache(maxsize=1)
def _all() -> dict[Language, Phrases]:
    data = files("workflows.terms").joinpath("phrases.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[Language, Phrases])


def phrases_in(lang: Language) -> Phrases:
    """Give the words of a language; the mappings are shared, so leave them as they are."""
    return _all()[lang]


def event_words(rule: Rule, lang: Language) -> str:
    """What a rule runs from, in words; whose awareness is meant follows from whose clock it is."""
    words = phrases_in(lang)
    if rule.after is not None:
        return words.phrases["after"].format(other=rule_title(rule.after, lang))
    events = words.events
    return events.get(f"{rule.starts}_{rule.party}") or events[rule.starts]


def zone_words(zone: str, lang: Language) -> str:
    """The time of a zone as a reader says it, such as `Nederlandse tijd`."""
    words = phrases_in(lang)
    return words.zones.get(zone) or words.phrases["zone"].format(zone=zone)


def euros(amount: str, lang: Language) -> str:
    """An amount with cents as a reader writes it: `€ 2.500,00`, `€2,500.00`."""
    whole, _, cents = amount.partition(".")
    grouped = f"{int(whole):,}"
    return f"€ {grouped.replace(',', '.')},{cents}" if lang == "nl" else f"€{grouped}.{cents}"


def rule_title(rule: str, lang: Language) -> str:
    """The title of a rule or penalty for a reader, such as `Erasure after the end`.

    A retention rule is titled with its category; an unknown id is its own title.
    """
    titles = phrases_in(lang).titles
    if rule in titles:
        return titles[rule]
    kind, _, category = rule.partition(".")
    if kind == "retention":
        return f"{titles['retention']}: {category.replace('_', ' ')}"
    return rule
