"""Whether what becomes of the data at the end comes in an order that can be kept. Pure."""

from datetime import date
from typing import Final, Literal

import msgspec

from workflows.errors import BadInput
from workflows.terms.counting import calendar_of, week_of
from workflows.terms.finding import Found
from workflows.terms.model import Party, Rule, Terms
from workflows.terms.names import CHOICE
from workflows.terms.shape import key_path
from workflows.time import parse_period

ERASURE: Final = "end.erasure"
RETURN: Final = "end.return"
_MONTH: Final = 365.2425 / 12
_FROM: Final = date(2024, 1, 1).toordinal()
_UNTIL: Final = date(2031, 1, 1).toordinal()
_ASTRAY: Final = 4
"""Days by which some months in a row may differ from their average, and a last day may move."""


def ends(terms: Terms) -> Found:
    """What is erased too early: before the customer has chosen, or before it has its data back."""
    back = terms.rules.get(RETURN)
    if terms.end.data == "erase" and back is not None and back.starts != "request":
        yield (
            key_path("rules", RETURN),
            'contradicts end.data = "erase", under which nothing is returned: remove one of the two',
        )
    erasure = terms.rules.get(ERASURE)
    if erasure is None:
        return
    for name in (CHOICE, RETURN):
        if name in terms.rules and ERASURE in _before_it(terms, name):
            yield (
                f"{key_path('rules', name)}.{_leading(terms.rules[name])}",
                'runs from the end of the rule "end.erasure", when the data are gone: let it run from another event, '
                'such as "end"',
            )
            return
    length = "immediately" if erasure.immediately else "period"
    choice = terms.rules.get(CHOICE)
    if terms.end.data == "choice" and choice is not None and _order(terms, ERASURE, CHOICE) == "before":
        yield (
            f"{key_path('rules', ERASURE)}.{length}",
            'is over before the time of the rule "end.choice", in which nothing may be erased: write a longer period, '
            'or starts = "after:end.choice"',
        )
    if back is not None and _order(terms, ERASURE, RETURN) == "before":
        yield (
            f"{key_path('rules', RETURN)}.period",
            'is over after the time of the rule "end.erasure", when the data are gone: write a shorter period, or let '
            'the erasure run from "after:end.return"',
        )


def maybe_before(terms: Terms) -> tuple[str, ...]:
    """The rules at the end that the erasure may come before in some years and not in others, as months and holidays
    fall: what nobody can call wrong, and whoever writes a file should have looked at."""
    if ERASURE not in terms.rules:
        return ()
    asked = [CHOICE] if terms.end.data == "choice" else []
    return tuple(one for one in (*asked, RETURN) if one in terms.rules and _order(terms, ERASURE, one) == "sometimes")


def returned_unchosen(terms: Terms) -> bool:
    """Whether the time for the return is over before that in which the customer may still choose it: a text may say so,
    and whoever chooses late chooses what is overdue."""
    both = RETURN in terms.rules and CHOICE in terms.rules and terms.end.data == "choice"
    return both and _order(terms, RETURN, CHOICE) == "before"


class _Days(msgspec.Struct, frozen=True):
    """How many days a rule may last from its event: at least, as a rule, and at most."""

    fewest: float
    usual: float
    most: float

    def then(self, more: "_Days") -> "_Days":
        """The time of another rule behind this one."""
        return _Days(self.fewest + more.fewest, self.usual + more.usual, self.most + more.most)


def _order(terms: Terms, first: str, second: str) -> Literal["before", "sometimes", ""]:
    """Whether the first rule is over before the second, counted from the same event: always or as a rule, or only as
    months and holidays fall."""
    one, other = _span(terms, first), _span(terms, second)
    if one is None or other is None or one[0] != other[0] or one[1] == other[1]:
        return ""
    mine, theirs = one[1], other[1]
    if (
        terms.rules[first].period == terms.rules[second].period
        and terms.rules[first].starts == terms.rules[second].starts
    ):
        return ""
    if mine.most < theirs.fewest or mine.usual < theirs.fewest:
        return "before"
    return "sometimes" if mine.fewest < theirs.most else ""


def _leading(rule: Rule) -> str:
    return "follows" if rule.follows is not None else "starts"


def _before_it(terms: Terms, name: str) -> list[str]:
    """The rules after which a rule runs, or that it follows, the nearest first."""
    found: list[str] = []
    before = terms.rules[name].leads_to
    while before is not None and before in terms.rules and before not in found:
        found.append(before)
        before = terms.rules[before].leads_to
    return found


def _span(terms: Terms, name: str) -> tuple[str, _Days] | None:
    """The event that a rule is found from, and how long it may last from there; None where something has no length."""
    whole = _Days(0, 0, 0)
    for one in (name, *_before_it(terms, name)):
        rule = terms.rules[one]
        if rule.follows is not None:
            continue
        days = _days(terms, rule)
        if days is None:
            return None
        whole = whole.then(days)
        if rule.after is None:
            return rule.starts, whole
    return None  # what is named there is no rule, which is told elsewhere


def _days(terms: Terms, rule: Rule) -> _Days | None:
    """How long a rule may last from where it begins; None where it has no length of its own."""
    if rule.immediately:
        return _Days(0, 0, 0)
    try:
        length = parse_period(rule.period) if rule.period is not None else None
    except BadInput:  # told elsewhere
        return None
    if length is None:
        return None
    match length.unit:
        case "hours":
            return _Days(*3 * (length.count / 24,))
        case "days":
            return _Days(*3 * (float(length.count),))
        case "weeks":
            return _Days(*3 * (7.0 * length.count,))
        case "months":
            usual = length.count * _MONTH
            return _Days(usual - _ASTRAY, usual, usual + _ASTRAY)
        case "years":
            return _Days(365 * length.count, 12 * _MONTH * length.count, 366 * length.count)
        case "working_days":
            return _working_days(terms, rule.party, length.count)


def _working_days(terms: Terms, party: Party, count: int) -> _Days:
    """The same of working days, as the calendar has them in some years on end; where it cannot say, a wide guess."""
    try:
        calendar = calendar_of(terms)
        worked = [day for day in range(_FROM, _UNTIL) if calendar.is_working_day(date.fromordinal(day))]
    except BadInput:  # told elsewhere
        worked = []
    usual = count * 7 / week_of(terms)
    if len(worked) <= 2 * count:
        return _Days(count, usual, count * 7 + 3 * _ASTRAY)
    ends = range(len(worked) - count)
    fewest = min(worked[place + count] - worked[place + 1] for place in ends) + 1
    longest = max(worked[place + count] - worked[place] for place in ends)
    moves = calendar.manner.moves in (party, "both")
    return _Days(fewest, usual, longest + (2 * _ASTRAY if moves else 0))
