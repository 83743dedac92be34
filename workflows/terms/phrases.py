"""Words about terms that more than one reader of a terms file needs."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import msgspec

from workflows.terms.model import Rule
from workflows.terms.names import MATTERS, NOTICE, OF_KIND, RETENTION
from workflows.time.legal_days import called_part
from workflows.words import Language, locale_of, said_in


def event_words(rule: Rule, lang: Language) -> str:
    """What a rule runs from, in words; whose awareness is meant follows from whose clock it is."""
    if rule.after is not None:
        return said_in(lang)("terms.after", other=rule_title(rule.after, lang))
    return _event_said(rule.starts, rule.party, lang)


@lru_cache(maxsize=256)
def _event_said(starts: str, party: str, lang: Language) -> str:
    said = said_in(lang)
    own = f"event.{starts}_{party}"
    return said(own if own in said else f"event.{starts}")


def zone_words(zone: str, lang: Language) -> str:
    """The time of a zone as a reader says it, such as `Nederlandse tijd`."""
    said = said_in(lang)
    key = f"zone.{zone}"
    return said(key) if key in said else said("terms.zone", zone=zone)


def section_title(key: str, lang: Language) -> str:
    """The heading of a section of the terms explained: `retention`, `audit`."""
    return said_in(lang)(f"section.{key}")


def has_title(rule: str) -> bool:
    """Whether a rule or a penalty is one that readers know by a title."""
    return f"title.{rule}" in said_in("en") or rule.startswith((RETENTION, OF_KIND)) or rule in MATTERS


def rule_title(rule: str, lang: Language, *, unknown: str | None = None) -> str:
    """The title of a rule or penalty for a reader, such as `Erasure after the end`.

    A retention rule is titled with its category, that of an answer with the kind of matter, that of a kind of breach
    with its name; an unknown id is its own title, or `unknown`.
    """
    said = said_in(lang)
    if f"title.{rule}" in said:
        return said(f"title.{rule}")
    kind, _, category = rule.partition(".")
    if rule in MATTERS:
        return said("title.matter", about=said(f"task.matter_{category}"))
    if rule.startswith(OF_KIND):
        of = rule.removeprefix(OF_KIND).replace("_", " ")
        return said("terms.of_name", name=said(f"title.{NOTICE}"), said=of)
    if kind == "retention":
        return said("terms.of_name", name=said("title.retention"), said=category.replace("_", " "))
    return rule if unknown is None else unknown


def country_words(code: str, lang: Language) -> str:
    """A country, or a part of one (`DE-BY`), as a sentence names it; a code that is unknown is its own name."""
    said = said_in(lang)
    country, _, part = code.partition("-")
    key = f"country.{country}"
    name = said(key) if key in said else locale_of(lang).territories.get(country, country)
    if not part:
        return name
    return f"{name} ({_parts().get(code, {}).get(lang) or called_part(code) or part})"


@lru_cache(maxsize=1)
def _parts() -> Mapping[str, Mapping[Language, str]]:
    """Parts of countries by their names in other languages than English."""
    data = files("workflows.terms").joinpath("parts.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[str, dict[Language, str]])
