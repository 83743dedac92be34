"""What becomes of a message after an attempt, or instead of one, and who is told. Pure."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from service.mail.kinds.registry import MAIL_KINDS
from service.mail.outgoing.outbox import WAITING, Letter, Message
from service.mail.outgoing.smtp import Outcome
from service.settings import SmtpArrival
from workflows.kinds import WORKFLOWS
from workflows.machine.receipts import ANNOUNCEMENT, AnyFlow, News, arrived, came_back, handed_over, maybe_arrived
from workflows.message.table import Accepted, NotYet, next_state

PAUSES: Final = (60.0, 300.0, 900.0, 3600.0, 14_400.0, 28_800.0, 43_200.0, 86_400.0)
"""Seconds between attempts, by the one clock; the last one goes on."""
_SOONEST: Final = 60.0
_LATEST: Final = 3600.0
GIVE_UP: Final = timedelta(days=5)
"""This long after a message was made, what could still not be delivered counts as come back."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A row for `record_attempts`: `outcome` None where nothing was attempted, `pause` in seconds; `subject_id` is who
    is told."""

    id: UUID
    processor_id: UUID
    subject_id: UUID
    outcome: Literal["sent", "deferred", "rejected", "unknown"] | None
    code: int | None
    words: str
    state: str
    pause: float | None = None
    trigger: str | None = None
    data: dict[str, Any] = {}


def why_not(letter: Letter | None, notice_token: str | None, now: datetime) -> str | None:
    """Why a message is dropped unsent, or None where it goes out; `now` UTC.

    An announcement goes to nobody whose link was killed meanwhile (P2, P6), and of nothing that was taken
    back, settled or put in other words before it was sent (P17, P18).
    """
    if letter is None:
        return "the contact is no longer one of the customer's"
    kind = MAIL_KINDS.get(letter.message.kind)
    if kind is None:
        return None  # nobody writes it, and whoever tries says so
    if kind.purpose is not None and notice_token is None:
        return "its own link was revoked before it was sent"
    if kind.reminds:
        return _why_not_again(letter, notice_token, now)
    if kind.name != ANNOUNCEMENT:
        return None
    about = letter.about
    if not (about.open and about.announced):
        return "what it announces was settled or taken back before it was sent"
    if about.change is not None and letter.message.data.get("revision", 1) < about.change.revision:
        return "the change was put in other words before it was sent"
    if notice_token is None:
        return "the contact's link was revoked before it was sent"
    return None


def _why_not_again(letter: Letter, notice_token: str | None, now: datetime) -> str | None:
    """Nobody is reminded of what has been answered, settled or closed while the reminder waited to be sent."""
    about, closes = letter.about, letter.message.data.get("closes_at")
    if not (about.open and about.announced) or (about.notice is None and about.agreement.choice is not None):
        return "it was settled before its reminder was sent"
    if closes is not None and datetime.fromisoformat(closes) <= now:
        return "its last moment was over before its reminder was sent"
    notice = about.notice
    if notice is None:
        return None
    if any(one.revision == notice.revision and one.answer != "acknowledge" for one in notice.answers):
        return "it was answered before its reminder was sent"
    return None if notice_token is not None else "the contact's link was revoked before it was sent"


def dropped(message: Message, now: datetime) -> Verdict:
    """The verdict on a message that need not be sent any more; nobody is told."""
    return _verdict(message, None, None, "", next_state(message, message.state, "drop", now))


def settled(message: Message) -> Verdict:
    """A report settled it before it was due again: it stays as it is."""
    return _verdict(message, None, None, "", message.state)


def not_yet(message: Message, now: datetime) -> Verdict:
    """What goes with the message cannot be had now: it is as it was, and due again, later the longer it has waited.
    Nothing was attempted, and nothing is given up."""
    waited = (now - message.created_at).total_seconds()
    return msgspec.structs.replace(settled(message), pause=min(max(waited / 4, _SOONEST), _LATEST))


def impossible(message: Message, words: str, now: datetime) -> Verdict:
    """The verdict on a message that cannot be made or addressed: its subject is told that it came back."""
    if not message.waits:
        return settled(message)
    return _rejected(message, None, words, next_state(message, message.state, "rejected", now))


def after(message: Message, outcome: Outcome, *, arrival: SmtpArrival, dated_at: datetime, now: datetime) -> Verdict:
    """What an attempt's outcome means; `dated_at` is when the message was made, both instants UTC."""
    match outcome.result:
        case "sent":
            return _sent(message, outcome, arrival, now)
        case "rejected":
            state = next_state(message, message.state, outcome.result, now)
            return _rejected(message, outcome.code, outcome.words, state)
        case "deferred" | "unknown":
            until = dated_at + GIVE_UP
            state = next_state(message, message.state, outcome.result, now, NotYet(until))
            if state not in WAITING:
                words = f"given up after {GIVE_UP.days} days: {outcome.words}"
                return _rejected(message, outcome.code, words, state)
            pause = min(PAUSES[min(message.tries, len(PAUSES) - 1)], (until - now).total_seconds())
            made = _verdict(message, outcome.result, outcome.code, outcome.words, state)
            made = msgspec.structs.replace(made, pause=pause)
            return _telling(made, maybe_arrived(_about(message), message.kind)) if outcome.result == "unknown" else made


def _sent(message: Message, outcome: Outcome, arrival: SmtpArrival, now: datetime) -> Verdict:
    """Where the server is the recipient's own, its 250 is receipt; behind a relay it is a hand-over (P1)."""
    direct = arrival == "direct"
    state = next_state(message, message.state, outcome.result, now, Accepted(direct))
    made = _verdict(message, "sent", outcome.code, outcome.words, state)
    tell = arrived if direct else handed_over
    return _telling(made, tell(_about(message), message.kind, message.contact_id, copy=_is_copy(message)))


def _rejected(message: Message, code: int | None, words: str, state: str) -> Verdict:
    made = _verdict(message, "rejected", code, words, state)
    if message.kind not in MAIL_KINDS:
        return made
    news = came_back(_about(message), message.kind, message.contact_id, words, copy=_is_copy(message))
    if news.at_customer:
        made = msgspec.structs.replace(made, subject_id=message.customer_id)
    return _telling(made, news)


def _about(message: Message) -> AnyFlow:
    return WORKFLOWS[MAIL_KINDS[message.kind].about]


def _is_copy(message: Message) -> bool:
    return bool(message.data.get("copy", False))


def _telling(made: Verdict, news: News | None) -> Verdict:
    return msgspec.structs.replace(made, trigger=news.trigger, data=news.data) if news is not None else made


def _verdict(
    message: Message,
    outcome: Literal["sent", "deferred", "rejected", "unknown"] | None,
    code: int | None,
    words: str,
    state: str,
) -> Verdict:
    return Verdict(
        id=message.id,
        processor_id=message.processor_id,
        subject_id=message.subject_id,
        outcome=outcome,
        code=code,
        words=words,
        state=state,
    )
