"""Whether what becomes of the data at the end comes in an order that can be kept. Pure."""

from datetime import date
from typing import Final

from workflows.errors import BadInput
from workflows.terms.counting import calendar_of
from workflows.terms.finding import Found
from workflows.terms.model import Party, Rule, Terms
from workflows.terms.names import CHOICE
from workflows.terms.shape import key_path
from workflows.time import parse_period

_ERASURE: Final = "end.erasure"
_RETURN: Final = "end.return"
_MONTH: Final = 365.2425 / 12
_FROM: Final = date(2024, 1, 1).toordinal()
_UNTIL: Final = date(2031, 1, 1).toordinal()
_ASTRAY: Final = 4
"""Days by which some months in a row may differ from their average, and a last day may move."""


def ends(terms: Terms) -> Found:
    """What is erased too early: before the customer has chosen, or before it has its data back."""
    back = terms.rules.get(_RETURN)
    if terms.end.data == "erase" and back is not None and back.starts != "request":
        yield (
            key_path("rules", _RETURN),
            'contradicts end.data = "erase", under which nothing is returned: remove one of the two',
        )
    erasure = terms.rules.get(_ERASURE)
    if erasure is None:
        return
    length = "immediately" if erasure.immediately else "period"
    choice = terms.rules.get(CHOICE)
    if terms.end.data == "choice" and choice is not None and _before(terms, erasure, choice):
        yield (
            f"{key_path('rules', _ERASURE)}.{length}",
            'is over before the time of the rule "end.choice", in which nothing may be erased: write a longer period, '
            'or starts = "after:end.choice"',
        )
    if back is not None and _before(terms, erasure, back):
        yield (
            f"{key_path('rules', _RETURN)}.period",
            'is over after the time of the rule "end.erasure", when the data are gone: write a shorter period, or let '
            'the erasure run from "after:end.return"',
        )


def _before(terms: Terms, first: Rule, second: Rule) -> bool:
    """Whether the first is surely over before the second, from the same event."""
    if first.starts != second.starts:
        return False
    one, other = _days(terms, first), _days(terms, second)
    return one is not None and other is not None and one[1] < other[0]


def _days(terms: Terms, rule: Rule) -> tuple[float, float] | None:
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
            return _working_days(terms, rule.party, length.count)


def _working_days(terms: Terms, party: Party, count: int) -> tuple[float, float]:
    """The same of working days, as the calendar has them in some years on end; where it cannot say, a wide guess."""
    try:
        calendar = calendar_of(terms)
        worked = [day for day in range(_FROM, _UNTIL) if calendar.is_working_day(date.fromordinal(day))]
    except BadInput:  # told elsewhere
        worked = []
    if len(worked) <= 2 * count:
        return count, count * 7 + 3 * _ASTRAY
    ends = range(len(worked) - count)
    fewest = min(worked[place + count] - worked[place + 1] for place in ends) + 1
    longest = max(worked[place + count] - worked[place] for place in ends)
    moves = calendar.manner.moves in (party, "both")
    return fewest, longest + (2 * _ASTRAY if moves else 0)
