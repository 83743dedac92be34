"""Which last moments a message puts in the reader's calendar, and which it takes out again. Pure.

An entry is one right of one contact. Its name stays the same from the first message to the last, so that a
later message moves or removes the entry that an earlier one made.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from service.mail.kinds.source import Source
from service.mail.kinds.views import CalendarEntry, Entries
from workflows.deletion.clocks import CHOICE, due_after
from workflows.model.notice import Right
from workflows.notice.facts import act_of

NONE: Final = Entries()


def entry(s: Source, right: Right, until: datetime | None = None) -> CalendarEntry:
    """The right's last moment, or another one (UTC)."""
    return CalendarEntry(
        subject=s.letter.message.subject_id,
        rule=right.rule,
        act=act_of(right.rule),
        clause=s.clause(right.clause),
        until=until or right.closes_at,
    )


def limited(s: Source, rights: Iterable[Right]) -> tuple[CalendarEntry, ...]:
    """An entry of each right that has a last moment."""
    return tuple(entry(s, one) for one in rights if one.closes_at is not None)


def choice_until(s: Source, until: datetime | None, clause: str) -> CalendarEntry:
    """The choice about the data, until an instant (UTC)."""
    return CalendarEntry(
        subject=s.letter.message.subject_id, rule=CHOICE, act="choose", clause=s.clause(clause), until=until
    )


def choice_after(s: Source, last_day: date) -> CalendarEntry | None:
    """The choice about the data after an end on that day, None where the terms give none or no moment for it."""
    found = due_after(s.terms, s.letter.about.agreement, CHOICE, last_day)
    return choice_until(s, found.due_at, found.clause) if found is not None and found.due_at is not None else None


def to_choose(s: Source, last_day: date) -> Entries:
    """What may be chosen after an end on that day; nothing, where it was chosen before."""
    found = choice_after(s, last_day) if s.letter.about.agreement.choice is None else None
    return Entries((found,)) if found is not None else NONE
