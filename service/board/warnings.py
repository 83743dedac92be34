"""Warnings of a preview as people read them: what differs by its clause alone is said once. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from service.board.forms.words import FormWords
from workflows.words import Spoken

_SOME: Final = re.compile(
    r"(?P<said>.+?) \((?P<clause>[^()]*(?:\([^()]*\)[^()]*)*)\) \(for (?P<count>\d+) of (?P<total>\d+) agreements\)"
)
"""What holds for some agreements, by a clause of theirs."""


def gathered(warnings: Sequence[str]) -> list[str]:
    """The same, of those that differ by their clause alone one with how many agreements it holds for together."""
    found: dict[str, list[re.Match[str] | str]] = {}
    for one in warnings:
        some = _SOME.fullmatch(one)
        found.setdefault(some["said"] if some else one, []).append(some or one)
    return [_together(said, each) for said, each in found.items()]


def _together(said: str, each: Sequence[re.Match[str] | str]) -> str:
    some = [one for one in each if not isinstance(one, str)]
    if len(some) < 2:
        return str(each[0] if isinstance(each[0], str) else each[0][0])
    count, total = sum(int(one["count"]) for one in some), int(some[0]["total"])
    return said if count == total else f"{said} (for {count} of {total} agreements)"


def say_warnings(w: FormWords, warnings: Sequence[str], own: Mapping[str, Spoken]) -> list[Markup]:
    """Warnings in the reader's words; those that a terms file words itself, of which `own` has some, as it does."""
    by_file = [one for one in warnings if any(one.startswith(text) for text in own)]
    ours = gathered([one for one in warnings if one not in by_file])
    return [w.warned(one, own) for one in (*by_file, *ours)]
