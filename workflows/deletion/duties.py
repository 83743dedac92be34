"""Duties that outlive an agreement: until when each binds. Pure."""

from datetime import date
from typing import assert_never

from workflows.model.agreement import Agreement
from workflows.terms.model import Survival
from workflows.time import parse_period
from workflows.time.literal import days_on


def last_day_of(duty: Survival, agreement: Agreement) -> date | None:
    """The last day on which a duty binds (whole); None where it has none, or the agreement has not ended."""
    if duty.period is None or agreement.ended_on is None:
        return None
    return days_on(parse_period(duty.period), agreement.ended_on)


def binds(duty: Survival, agreement: Agreement, today: date) -> bool:
    """Whether a duty binds on that day, in the agreement's zone."""
    if agreement.ended_at is None:
        return False
    match duty.until:
        case "no_end":
            return True
        case "data_gone":
            return agreement.deleted_at is None
        case "period":
            last = last_day_of(duty, agreement)
            return last is not None and today <= last
        case _:
            assert_never(duty.until)
