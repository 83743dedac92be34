"""What the gate knows and what it answers. Pure."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from uuid import UUID

import msgspec

from workflows.change.table import CHANGE
from workflows.model.agreement import Agreement
from workflows.model.change import Change
from workflows.model.notice import Notice
from workflows.model.parties import Engagement, Subprocessor
from workflows.terms.model import Terms
from workflows.time import end_of_day, local_day, local_time
from workflows.time.words import say_day, say_local

_BEFORE: Final = timedelta(microseconds=1)

Reason = Literal[
    "engaged",
    "not_in_force",
    "taken_back",
    "not_received",
    "unread_reply",
    "objected",
    "no_consent",
    "window_runs",
    "own_time_runs",
    "begins_later",
    "notice_over",
    "not_bound",
    "elsewhere",
    "ended",
    "left_region",
    "not_told",
    "suspended",
]


class Told(msgspec.Struct, frozen=True):
    """A notice about the subprocessor to this agreement, with its change, each with its state."""

    notice: Notice
    state: str
    change: Change
    change_state: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate knows. `engagements` latest first; `told` latest first; `now` UTC."""

    now: datetime
    agreement: Agreement
    state: str
    terms: Terms
    subprocessor: Subprocessor
    country: str | None
    engagements: tuple[Engagement, ...] = ()
    told: tuple[Told, ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`since` (UTC) is null unless allowed; `why` is for people, `reason` for programs."""

    allowed: bool
    since: datetime | None = None
    reason: Reason
    why: str
    clause: str | None = None
    notice_id: UUID | None = None
    change_id: UUID | None = None
    agreement_id: UUID
    subprocessor_id: UUID
    country: str | None
    asked_at: datetime


def yes(f: Facts, current: Engagement, why: str, told: Told | None, clause: str | None = None) -> Verdict:
    """The answer yes, with the engagement that it rests on."""
    return Verdict(
        allowed=True,
        since=current.since,
        reason="engaged",
        why=why,
        clause=clause or (told.notice.clause or None if told is not None else None),
        notice_id=current.notice_id,
        change_id=current.change_id,
        agreement_id=f.agreement.id,
        subprocessor_id=f.subprocessor.id,
        country=f.country,
        asked_at=f.now,
    )


def no(f: Facts, reason: Reason, why: str, told: Told | None = None, clause: str | None = None) -> Verdict:
    """The answer no, with the notice that stands in the way."""
    return Verdict(
        allowed=False,
        reason=reason,
        why=why,
        clause=clause or (told.notice.clause or None if told is not None else None),
        notice_id=told.notice.id if told is not None else None,
        change_id=told.notice.change_id if told is not None else None,
        agreement_id=f.agreement.id,
        subprocessor_id=f.subprocessor.id,
        country=f.country,
        asked_at=f.now,
    )


def rests(notice: Notice) -> str:
    """The clause that a notice rests on, in brackets after it; nothing where there is none."""
    return f" ({notice.clause})" if notice.clause else ""


def covers(one: Engagement, now: datetime) -> bool:
    """Whether an engagement holds at `now`."""
    return one.since <= now and (one.until is None or one.until > now)


def announced(told: Told) -> bool:
    """Whether the change itself still goes on."""
    return "announced" in CHANGE.states[told.change_state].tags


@lru_cache(maxsize=4096)
def _day_of(instant: datetime, zone: str) -> date:
    """Of instants in UTC alone: by the clocks of a place two that are apart may be equal."""
    return local_day(instant, zone)


def day(f: Facts, instant: datetime) -> str:
    """A day in the agreement's zone, as people say it."""
    return say_day(_day_of(instant, f.terms.zone))


def today(f: Facts) -> date:
    """The day that it is now in the agreement's zone."""
    return _day_of(f.now, f.terms.zone)


def until(f: Facts, instant: datetime) -> str:
    """The end of a span: `the end of Wednesday 4 March 2026` for the midnight after it, else the time as well."""
    last = local_day(instant - _BEFORE, f.terms.zone)
    if end_of_day(last, f.terms.zone) == instant:
        return f"the end of {say_day(last)}"
    return say_local(local_time(instant, f.terms.zone), f.terms.zone)


def where_said(country: str | None) -> str:
    """Where, as a sentence goes on: ` in NL`, or that no place is on record."""
    return f" in {country}" if country is not None else " (no place is on record)"


def lower(sentence: str) -> str:
    """A sentence that goes on after another's colon."""
    return sentence[:1].lower() + sentence[1:]
