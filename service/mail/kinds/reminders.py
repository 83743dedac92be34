"""A message that says again, before the period is over, what a customer may still choose for its data."""

from typing import Any, Final

from service.mail.kinds.other import MailKind
from service.mail.kinds.source import Source
from service.mail.kinds.views import CalendarEntry, Entries
from service.wording import Moment

CHOICE: Final = "end.choice"
_MOMENT: Final = Moment(
    day="Thursday 24 December 2026", short="24 December 2026", time="24:00", place="Amsterdam", whole_day=True
)


def _choice(s: Source) -> dict[str, Any]:
    """Raises ValueError where the agreement has not ended, so that there is nothing to choose."""
    agreement = s.letter.about.agreement
    if agreement.ended_on is None:
        raise ValueError("the agreement goes on: there is nothing to choose")
    return {
        "last_day": s.day(agreement.ended_on),
        "until": s.last(s.instant("closes_at")),
        "clause": s.clause(s.terms.rules[CHOICE].clause),
        "outlives": s.outlives,
    }


def _to_choose(s: Source) -> Entries:
    entry = CalendarEntry(
        subject=s.letter.message.subject_id,
        rule=CHOICE,
        act="choose",
        clause=s.clause(s.terms.rules[CHOICE].clause),
        until=s.instant("closes_at"),
    )
    return Entries((entry,))


REMINDER_MAILS: Final[tuple[MailKind, ...]] = (
    MailKind(
        name="reminder_choice",
        make=_choice,
        samples=(
            {"last_day": "Monday 30 November 2026", "until": _MOMENT, "clause": "9.5", "outlives": ""},
            {"last_day": "Monday 30 November 2026", "until": _MOMENT, "clause": "", "outlives": "1.1"},
        ),
        entries=_to_choose,
    ),
)
