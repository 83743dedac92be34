"""How the periods of an agreement are counted: pure, and the same on every machine.

`parse_period` and `parse_instant` read what people write, `calendar_for` knows the legal holidays,
`count` gives the end of a period with each step of the reasoning.
"""

from workflows.time.calendars import (
    Calendar,
    Manner,
    calendar_for,
    last_working_day_before,
    next_working_day_after,
    working_day_on_or_before,
)
from workflows.time.counting import Boundary, Counted, Span, count, due_at_once, wait
from workflows.time.instants import parse_instant
from workflows.time.moving import Party
from workflows.time.period import Period, Unit, parse_period
from workflows.time.zones import (
    FIRST_YEAR,
    LAST_YEAR,
    check_zone,
    end_of_day,
    local_day,
    local_time,
    start_of_day,
    tzdata_version,
    when_over,
    zone_of,
)

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "Boundary",
    "Calendar",
    "Counted",
    "Manner",
    "Party",
    "Period",
    "Span",
    "Unit",
    "calendar_for",
    "check_zone",
    "count",
    "due_at_once",
    "end_of_day",
    "last_working_day_before",
    "local_day",
    "local_time",
    "next_working_day_after",
    "parse_instant",
    "parse_period",
    "start_of_day",
    "tzdata_version",
    "wait",
    "when_over",
    "working_day_on_or_before",
    "zone_of",
]
