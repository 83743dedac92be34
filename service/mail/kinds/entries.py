"""Which last moments a message puts in the reader's calendar, and which it takes out again. Pure.

An entry is one right of one contact. Its name stays the same from the first message to the last, so that a
later message moves or removes the entry that an earlier one made.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Final

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.kinds.rights import OVERRULED, act_of, as_received
from service.mail.kinds.source import Source
from service.mail.kinds.views import CalendarEntry, Entries
from service.wording import last_day_of
from workflows.model.notice import Notice, Right
from workflows.notice.guards import standing
from workflows.terms.due import due
from workflows.terms.names import OBJECTION

CHOICE: Final = "end.choice"
NONE: Final = Entries()


def entries(source: Source) -> Entries:
    """The entries of a message; none where it has no last moment, or that moment is over."""
    kind = source.letter.message.kind
    make = MAIL_KINDS[kind].entries if kind in MAIL_KINDS else _OF.get(kind)
    if make is None:
        return NONE
    found = make(source)
    if found.cancelled:
        return found
    return Entries(tuple(one for one in found.entries if one.until is not None and one.until > source.framing.now))


def _entry(s: Source, right: Right, until: datetime | None = None) -> CalendarEntry:
    return CalendarEntry(
        subject=s.letter.message.subject_id,
        rule=right.rule,
        act=act_of(right.rule),
        clause=s.clause(right.clause),
        until=until or right.closes_at,
    )


def _limited(s: Source, rights: Iterable[Right]) -> tuple[CalendarEntry, ...]:
    return tuple(_entry(s, one) for one in rights if one.closes_at is not None)


def _expected(s: Source) -> Notice:
    return as_received(s.letter, s.framing.now)


def _announcement(s: Source) -> Entries:
    notice = _expected(s)
    objected = bool(standing(notice.answers, "object"))
    return Entries(_limited(s, (one for one in notice.rights if not (objected and one.rule == OBJECTION))))


def _reminder(s: Source) -> Entries:
    closes = s.data.get("closes_at")
    rights = [one for one in s.notice.rights if one.rule == s.data["rule"]]
    until = datetime.fromisoformat(closes) if closes else None
    return Entries(tuple(_entry(s, one, until) for one in rights))


def _held_open(s: Source) -> Entries:
    until = s.instant("closes_at")
    return Entries(_limited(s, (one for one in s.notice.rights if one.closes_at == until)))


def _decision(s: Source) -> Entries:
    """What the customer may do against an overruling; of one that follows it, nothing is left to answer."""
    if s.data["decision"] == "uphold":
        return _all_gone(s)
    return Entries(_limited(s, (one for one in s.notice.rights if one.rule == OVERRULED)))


def _all_gone(s: Source) -> Entries:
    """Also of a notice whose receipt was never proven: its announcement has named the moments all the same."""
    return Entries(_limited(s, _expected(s).rights), cancelled=True)


def choice(s: Source, last_day: date) -> CalendarEntry | None:
    """The choice about the data after an end on that day, None where the terms give none or no moment for it."""
    if CHOICE not in s.terms.rules:
        return None
    found = due(s.terms, CHOICE, last_day, s.letter.about.agreement.facts)
    return CalendarEntry(
        subject=s.letter.message.subject_id,
        rule=CHOICE,
        act="choose",
        clause=s.clause(found.clause),
        until=found.due_at,
    )


def _to_choose(s: Source, last_day: date) -> Entries:
    """Nothing, where it was chosen before."""
    entry = choice(s, last_day) if s.letter.about.agreement.choice is None else None
    return Entries((entry,)) if entry is not None else NONE


def _end_planned(s: Source) -> Entries:
    return _to_choose(s, last_day_of(s.instant("ends_at"), s.terms.zone))


def _ended(s: Source) -> Entries:
    return _to_choose(s, date.fromisoformat(s.data["ended_on"]))


def _chosen(s: Source) -> Entries:
    """Until then the choice can be another one."""
    ended_on = s.letter.about.agreement.ended_on
    entry = choice(s, ended_on) if ended_on is not None else None
    return Entries((entry,)) if entry is not None else NONE


def _end_cancelled(s: Source) -> Entries:
    if CHOICE not in s.terms.rules:
        return NONE
    gone = CalendarEntry(subject=s.letter.message.subject_id, rule=CHOICE, act="choose", clause="", until=None)
    return Entries((gone,), cancelled=True)


_OF: Final[Mapping[str, Callable[[Source], Entries]]] = {
    "announcement": _announcement,
    "reminder": _reminder,
    "held_open": _held_open,
    "decision": _decision,
    "withdrawal": _all_gone,
    "superseded": _all_gone,
    "end_planned": _end_planned,
    "ended": _ended,
    "choice": _chosen,
    "end_cancelled": _end_cancelled,
}
