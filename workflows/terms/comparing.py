"""What two agreements say otherwise, and for whom: for people who choose between texts or negotiate one."""

from typing import Literal

import msgspec

from workflows.terms.differences import Difference, Topic, differing
from workflows.terms.law import rule_of
from workflows.terms.model import Party, Terms
from workflows.words import Language

Whom = Literal["controller", "processor", "either"]


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `whom`: who must or may act; `either` where it is both or neither.

    `in_substance` False: the same words under another clause.
    """

    topic: Topic
    label: str
    first: str
    second: str
    whom: Whom
    in_substance: bool


def compared(first: Terms, second: Terms, lang: Language) -> tuple[Compared, ...]:
    """Everything that the two say otherwise, in the order of a terms file; what one of them lacks is empty."""
    return tuple(
        Compared(
            topic=one.topic,
            label=str(one.label),
            first=str(one.was),
            second=str(one.becomes),
            whom=_whom(first, key) or _whom(second, key) or "either",
            in_substance=one.in_substance,
        )
        for key, one in _lines(first, second, lang)
    )


def _lines(first: Terms, second: Terms, lang: Language) -> list[tuple[str, Difference]]:
    return list(differing(first, second, lang).items())


def _whom(terms: Terms, key: str) -> Party | None:
    """Whose clock or right a line is about."""
    kind, _, name = key.partition(".")
    if kind == "rule":
        rule = rule_of(terms, name)
        return rule.party if rule is not None else None
    if kind == "matter":
        raised = name.rpartition(".")[2]
        return "controller" if raised == "controller" else "processor"
    if kind in ("kept", "content"):
        return "processor"
    for right in terms.ending.rights:
        if key == f"right_{right.ground}" and right.party != "either":
            return right.party
    return None
