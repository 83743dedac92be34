"""The calendar that an agreement counts by, with what its `[counting]` says of last days, working days and hours."""

from datetime import time
from functools import lru_cache
from typing import Final

from workflows.terms.law import statute
from workflows.terms.model import Starts, Terms
from workflows.time import Calendar, Manner, calendar_for
from workflows.time.calendars import WEEK, Mover
from workflows.words import FIVE, SOURCE

ARRIVALS: Final[frozenset[Starts]] = frozenset(("receipt", "informed", "request", "objection", "notice_of_ending"))
"""Events at which something reaches its addressee; after the end of a business day it counts as the next one's."""


def calendar_of(terms: Terms) -> Calendar:
    """The calendar of the agreement's own periods. Those of a law follow that law: `calendar_of_rule`."""
    return calendar_for(terms.calendar, _manner(terms))


@lru_cache(maxsize=4096)
def calendar_of_rule(terms: Terms, rule: str) -> Calendar:
    """The calendar that a rule is counted by: a law's own clock as that law has it, whatever the parties agreed on for
    theirs."""
    law = statute(terms, rule)
    if law is None:
        return calendar_of(terms)
    moves: Mover = "both" if law.moved_by else "none"
    return calendar_for(terms.calendar, Manner(moves=moves, law=law.called[SOURCE], statutory=True))


def week_of(terms: Terms) -> int:
    """How many days of a week count as working days."""
    return len(terms.counting.week) if terms.counting is not None else FIVE


def _manner(terms: Terms) -> Manner:
    said = terms.counting
    if said is None:
        return Manner()
    return Manner(
        moves=said.moved,
        law=said.law,
        clause=said.clause,
        week=tuple(sorted(WEEK.index(day) for day in said.week)),
        holidays=said.holidays if said.holidays != terms.calendar else "",
        day_ends=time.fromisoformat(said.day_ends) if said.day_ends else None,
        ends_then=said.last_day_ends == "business_day",
        protective=not (said.moves or said.law),
    )
