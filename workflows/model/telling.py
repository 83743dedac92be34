"""Who of a processor's own people is told of what, and when. Pure.

What is told of is a task, a deadline that passed, or a breach: a *concern*. It is spoken of when it is new, when its
end is near, and when it is overdue; overdue for a day, to the deputy; for two, to the directors. Each person reads each
of these once. Nothing that is overdue can be silenced for everybody; where nobody works for the processor, or mail
reaches none of them, the installation's admins are told of it, and read in a digest what else waits there.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from workflows.model.users import Hears, Role, When
from workflows.time import (
    last_working_day_before,
    local_day,
    next_working_day_after,
    working_day_on_or_before,
    zone_of,
)

ConcernKind = Literal["task", "deadline", "breach"]
Occasion = Literal["new", "soon", "overdue"]
Topic = Literal["tasks", "deadlines", "answers", "breaches"]
To = Literal["keepers", "deputy", "directors"]

MORNING: Final = time(9)
"""When people read their mail, on the clocks of their processor."""
DAY: Final = timedelta(days=1)
QUIET: Final = timedelta(minutes=15)
"""So long nobody is written to again at once, but for a breach: what comes meanwhile goes in one mail."""
_INSTANT: Final = timedelta(microseconds=1)
BREACHES: Final = frozenset({"breach", "breach_case"})
ANSWERS: Final = frozenset({
    "amendment_agree", "classify_reply", "consent_awaited", "consent_in_writing", "consent_taken_back",
    "consent_withdrawn", "decide_objection", "disagreement", "late_answer", "refused",
})  # fmt: skip
"""Kinds of tasks that a customer's answer, or the lack of one, opens."""


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who works for a processor and may do something there; an admin where nobody does."""

    id: UUID
    role: Role
    hears: Hears


class Concern(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of; instants UTC.

    `since`: when it came up; `due_at` None where it has no end; `inclusive`: its last instant is still in time.
    `reminds`: a task that reminds of a deadline, which is overdue itself. `kept_by`: the user who took the task on.
    `seen_at`: up to when it was spoken of. `heard`: somebody who is still there was told that it is overdue.
    """

    kind: ConcernKind
    topic: Topic
    since: datetime
    due_at: datetime | None
    inclusive: bool
    reminds: bool
    for_directors: bool
    kept_by: UUID | None
    manager_id: UUID | None
    deputy_id: UUID | None
    zone: str
    calendar: str
    seen_at: datetime | None
    heard: bool


class ConcernStep(msgspec.Struct, frozen=True):
    """When (UTC) a concern is spoken of, why, and to whom."""

    at: datetime
    occasion: Occasion
    to: To


class Line(msgspec.Struct, frozen=True):
    """Somebody is told; `at` (UTC) is when it goes out, on a morning where `digest`."""

    user_id: UUID
    occasion: Occasion
    at: datetime
    digest: bool


class SaidNow(msgspec.Struct, frozen=True):
    """What is said of a concern now, and when it is spoken of next (UTC); None: never."""

    lines: tuple[Line, ...]
    next_at: datetime | None


def topic_of(kind: ConcernKind, what: str, about_kind: str, *, reminds: bool) -> Topic:
    """What a person chooses to hear by; `what` is the kind of a task, or the rule of a deadline."""
    if about_kind in BREACHES:
        return "breaches"
    if kind == "deadline" or reminds:
        return "deadlines"
    return "answers" if what in ANSWERS else "tasks"


def steps_of(one: Concern) -> tuple[ConcernStep, ...]:
    """All steps of a concern, in order."""
    found = [] if one.kind == "deadline" else [ConcernStep(one.since, "new", "keepers")]
    if one.due_at is None:
        return tuple(found)
    soon = _day_before(one.due_at, one.zone, one.calendar)
    if one.kind == "task" and soon > one.since:
        found.append(ConcernStep(soon, "soon", "keepers"))
    if not one.reminds:
        late = max(overdue_from(one.due_at, inclusive=one.inclusive), one.since)
        found += [
            ConcernStep(late, "overdue", "keepers"), ConcernStep(late + DAY, "overdue", "deputy"),
            ConcernStep(late + 2 * DAY, "overdue", "directors"),
        ]  # fmt: skip
    return tuple(found)


def overdue_from(due_at: datetime, *, inclusive: bool) -> datetime:
    """The first instant at which it is too late."""
    return due_at + _INSTANT if inclusive else due_at


def speak_of(one: Concern, colleagues: Sequence[Colleague], now: datetime) -> SaidNow:
    """What is said of a concern at `now`, to whom; several steps that were missed are all taken."""
    steps = steps_of(one)
    due = [step for step in steps if step.at <= now and (one.seen_at is None or step.at > one.seen_at)]
    late = [step for step in steps if step.occasion == "overdue" and step.at <= now]
    if late and not one.heard and late[0] not in due:
        due.append(late[0])  # whoever was told is no longer there
    lines: dict[tuple[UUID, Occasion], Line] = {}
    for step in due:
        for line in _lines(one, step, colleagues, now):
            lines.setdefault((line.user_id, line.occasion), line)
    return SaidNow(tuple(lines.values()), next((step.at for step in steps if step.at > now), None))


def _lines(one: Concern, step: ConcernStep, colleagues: Sequence[Colleague], now: datetime) -> Iterable[Line]:
    asked = audience(one, step.to, colleagues)
    wants: dict[UUID, When] = {each.id: _wants(each, one, step) for each in asked}
    listens = [id for id, when in wants.items() if when != "never"]
    if not listens and step.occasion == "overdue" and step.to == "keepers":
        listens = [each.id for each in directors_of(colleagues)]
    for id in listens:
        at = now if wants.get(id) == "at_once" else morning_for(step, one.zone, one.calendar, now)
        yield Line(id, step.occasion, at or now, digest=wants.get(id) != "at_once" and at is not None)


def _wants(who: Colleague, one: Concern, step: ConcernStep) -> When:
    """How somebody hears of it. What waits for people of a processor that has none an admin reads on a morning."""
    wants: When = getattr(who.hears, one.topic)
    waits = who.role == "admin" and step.occasion != "overdue" and one.topic != "breaches"
    return "digest" if waits and wants == "at_once" else wants


def audience(one: Concern, to: To, colleagues: Sequence[Colleague]) -> list[Colleague]:
    """Whom a step is for: of several that could be asked, the nearest who is there."""
    there = {each.id: each for each in colleagues}
    if to == "directors":
        return directors_of(colleagues)
    if to == "deputy":
        return [there[one.deputy_id]] if one.deputy_id in there else []
    if one.kept_by in there:
        return [there[one.kept_by]]
    if one.for_directors:
        return directors_of(colleagues)
    keepers = [there[id] for id in (one.manager_id, one.deputy_id) if id in there]
    return keepers[:1] or list(colleagues)


def directors_of(colleagues: Sequence[Colleague]) -> list[Colleague]:
    """The directors; where there are none, everybody."""
    return [each for each in colleagues if each.role == "director"] or list(colleagues)


def morning_for(step: ConcernStep, zone: str, calendar: str, now: datetime) -> datetime | None:
    """The morning on which a step is read about, None for at once.

    It is one of a working day. What is overdue waits for no more than a day: then any day's morning will do, or none.
    """
    day = local_day(step.at, zone)
    if _morning(day, zone) < step.at:
        day += DAY
    working = day if working_day_on_or_before(day, calendar) == day else next_working_day_after(day, calendar)
    for candidate in (working, day):
        at = _morning(candidate, zone)
        if step.occasion != "overdue" or at <= step.at + DAY:
            return max(at, now)
    return None


def _day_before(due_at: datetime, zone: str, calendar: str) -> datetime:
    """The morning of the last working day before the last day."""
    return _morning(last_working_day_before(local_day(due_at - _INSTANT, zone), calendar), zone)


def _morning(day: date, zone: str) -> datetime:
    return datetime.combine(day, MORNING, zone_of(zone)).astimezone(UTC)
