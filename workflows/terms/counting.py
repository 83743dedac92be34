"""The calendar that an agreement counts by, with what its `[counting]` says of last days, working days and hours."""

from datetime import time
from typing import Final

from workflows.terms.model import Starts, Terms
from workflows.time import Calendar, Manner, calendar_for
from workflows.time.calendars import WEEK

ARRIVALS: Final[frozenset[Starts]] = frozenset(("receipt", "informed", "request", "objection", "notice_of_ending"))
"""Events at which something reaches its addressee; after the end of a business day it counts as the next one's."""


def calendar_of(terms: Terms) -> Calendar:
    """The calendar of the agreement's own periods. Those of a law follow that law: `calendar_for(terms.calendar)`."""
    return calendar_for(terms.calendar, _manner(terms))


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
