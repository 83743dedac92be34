"""Whether what becomes of the data at the end comes in an order that can be kept. Pure."""

import math
from typing import Final

from workflows.errors import BadInput
from workflows.terms.finding import Found
from workflows.terms.model import Rule, Terms
from workflows.terms.names import CHOICE
from workflows.terms.shape import key_path
from workflows.time import parse_period

_ERASURE: Final = "end.erasure"
_RETURN: Final = "end.return"
_MONTH: Final = 365.2425 / 12
_ASTRAY: Final = 4
"""Days by which some months in a row may differ from their average, and a last day may move."""


def ends(terms: Terms) -> Found:
    """What is erased too early: before the customer has chosen, or before it has its data back."""
    erasure = terms.rules.get(_ERASURE)
    if erasure is None:
        return
    length = "immediately" if erasure.immediately else "period"
    choice = terms.rules.get(CHOICE)
    if terms.end.data == "choice" and choice is not None and _before(erasure, choice):
        yield (
            f"{key_path('rules', _ERASURE)}.{length}",
            'is over before the time of the rule "end.choice", in which nothing may be erased: write a longer period, '
            'or starts = "after:end.choice"',
        )
    back = terms.rules.get(_RETURN)
    if back is not None and _before(erasure, back):
        yield (
            f"{key_path('rules', _RETURN)}.period",
            'is over after the time of the rule "end.erasure", when the data are gone: write a shorter period, or let '
            'the erasure run from "after:end.return"',
        )


def _before(first: Rule, second: Rule) -> bool:
    """Whether the first is surely over before the second, from the same event."""
    one, other = _days(first), _days(second)
    return first.starts == second.starts and one is not None and other is not None and one[1] < other[0]


def _days(rule: Rule) -> tuple[float, float] | None:
    """The fewest and the most days that it may last; None where it has no length of its own."""
    if rule.immediately:
        return 0, 0
    try:
        length = parse_period(rule.period) if rule.period is not None else None
    except BadInput:  # told elsewhere
        return None
    if length is None:
        return None
    match length.unit:
        case "hours":
            return length.count / 24, length.count / 24
        case "days":
            return length.count, length.count
        case "weeks":
            return 7 * length.count, 7 * length.count
        case "months":
            return length.count * _MONTH - _ASTRAY, length.count * _MONTH + _ASTRAY
        case "years":
            return 365 * length.count, 366 * length.count
        case "working_days":
            return length.count, math.ceil(length.count * 7 / 5) + 3 * _ASTRAY
