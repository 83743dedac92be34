"""What our own outage does to a customer's last moment: it is our risk (P3, 3:37(3) of the Dutch Civil Code). Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from workflows.model.parties import Outage
from workflows.terms.model import Terms
from workflows.time import calendar_for, end_of_day, local_day, start_of_day


class HeldOpen(msgspec.Struct, frozen=True, kw_only=True):
    """A last moment that moved: the new one and `back_at`, when customers could answer again (UTC), and its day."""

    until: datetime
    last_day: date
    back_at: datetime


def outage_on(closes_at: datetime | None, outages: Sequence[Outage], zone: str) -> datetime | None:
    """When customers could answer again after an outage on the last day of what closes then (UTC), or None.

    Once it was over an outage took nothing from anybody, on that day either: a time of hours may end at noon.
    """
    if closes_at is None or not outages:
        return None
    begins = start_of_day(last_day_before(closes_at, zone), zone)
    back = [one.ended_at for one in outages if one.began_at < closes_at and one.ended_at > begins]
    return max(back) if back else None


def held_from(back_at: datetime, terms: Terms) -> HeldOpen:
    """Open through the next open day of these terms after customers could answer again."""
    next_day = local_day(back_at, terms.zone) + timedelta(days=1)
    last_day = calendar_for(terms.calendar).next_open_day(next_day)
    return HeldOpen(until=end_of_day(last_day, terms.zone), last_day=last_day, back_at=back_at)


def held_step(last_day: date) -> str:
    """Why a last moment is that of this day, as a deadline says it beside how it was counted."""
    return f"Customers could not answer on the last day; held open through {last_day.isoformat()} (P3)."


def open_until(closes_at: datetime, outages: Sequence[Outage], terms: Terms) -> datetime:
    """When it closes (UTC) by all outages that are known: again later where the moved last day was hit too."""
    while (back := outage_on(closes_at, outages, terms.zone)) is not None:
        closes_at = held_from(back, terms).until
    return closes_at


def last_day_before(closes_at: datetime, zone: str) -> date:
    """The local day on which something that closes at this instant (UTC) is open last."""
    return local_day(closes_at - timedelta(microseconds=1), zone)
