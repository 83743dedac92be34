"""The sentences with which terms are explained, read from the packaged `phrases.toml`."""

from functools import lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

Language = Literal["nl", "en"]


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language: words by rule, event, party and so on; `phrases` are sentences with blanks."""

    events: dict[str, str]
    parties: dict[str, str]
    sections: dict[str, str]
    countries: dict[str, str]
    groups: dict[str, str]
    titles: dict[str, str]
    phrases: dict[str, str]


@lru_cache(maxsize=1)
def _all() -> dict[Language, Phrases]:
    data = files("workflows.terms").joinpath("phrases.toml").read_bytes()
    return msgspec.toml.decode(data, type=dict[Language, Phrases])


def phrases_in(lang: Language) -> Phrases:
    """Give the words of a language; the mappings are shared, so leave them as they are."""
    return _all()[lang]


def rule_title(rule: str, lang: Language) -> str:
    """The title of a rule or penalty for a reader, such as `Erasure after the end`.

    A retention rule is titled with its category; an unknown id is its own title.
    """
    titles = phrases_in(lang).titles
    kind, _, category = rule.partition(".")
    if kind == "retention":
        return f"{titles['retention']}: {category.replace('_', ' ')}"
    return titles.get(rule, rule)
