"""What becomes of a message after an attempt, or instead of one, and who is told. Pure."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from service.mail.kinds.breaches import BREACH_MAILS
from service.mail.kinds.registry import MAIL_KINDS, RECEIPTS
from service.mail.kinds.views import AGREEMENT_KINDS
from service.mail.outgoing.outbox import Letter, Message
from service.mail.outgoing.smtp import Outcome
from service.settings import SmtpArrival
from workflows.machine.messages import BOUNCED, HANDED_OVER, MAYBE_SENT, RECEIVED
from workflows.machine.signals import D, NoData
from workflows.machine.signals import Message as Told
from workflows.model.replies import Bounced, Receipt

State = Literal["sent", "received", "deferred", "unknown", "rejected", "dropped"]

PAUSES: Final = (60.0, 300.0, 900.0, 3600.0, 14_400.0, 28_800.0, 43_200.0, 86_400.0)
"""Seconds between attempts, by the one clock; the last one goes on."""
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
    state: State
    pause: float | None = None
    trigger: str | None = None
    data: dict[str, Any] = {}


_HEARD: Final = frozenset(one.name for one in BREACH_MAILS)
"""Those whose subject has to know that they did not arrive, besides announcements and what is said of agreements."""

REMINDERS: Final = frozenset({"reminder", "reminder_choice"})


def why_not(letter: Letter | None, notice_token: str | None, now: datetime) -> str | None:
    """Why a message is dropped unsent, or None where it goes out; `now` UTC.

    An announcement goes to nobody whose link was killed meanwhile (P2, P6), and of nothing that was taken
    back, settled or put in other words before it was sent (P17, P18).
    """
    if letter is None:
        return "the contact is no longer one of the customer's"
    own = MAIL_KINDS[letter.message.kind].purpose if letter.message.kind in MAIL_KINDS else None
    if own is not None and notice_token is None:
        return "its own link was revoked before it was sent"
    if letter.message.kind in REMINDERS:
        return _why_not_again(letter, notice_token, now)
    if letter.message.kind != "announcement":
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


def dropped(message: Message) -> Verdict:
    """It is not sent, and nobody is told."""
    return _verdict(message, None, None, "", "dropped")


def impossible(message: Message, words: str) -> Verdict:
    """It cannot be made or addressed: the same to its subject as if it had come back."""
    return _rejected(message, None, words)


def after(message: Message, outcome: Outcome, *, arrival: SmtpArrival, dated_at: datetime, now: datetime) -> Verdict:
    """What an attempt's outcome means; `dated_at` is when the message was made, both instants UTC."""
    match outcome.result:
        case "sent":
            return _sent(message, outcome, arrival)
        case "rejected":
            return _rejected(message, outcome.code, outcome.words)
        case "deferred" | "unknown":
            left = (dated_at + GIVE_UP - now).total_seconds()
            if left <= 0:
                words = f"given up after {GIVE_UP.days} days: {outcome.words}"
                return _rejected(message, outcome.code, words)
            pause = min(PAUSES[min(message.tries, len(PAUSES) - 1)], left)
            made = _verdict(message, outcome.result, outcome.code, outcome.words, outcome.result)
            made = msgspec.structs.replace(made, pause=pause)
            if outcome.result == "unknown" and message.kind == "announcement":
                # It may have arrived: who may have been told is told of what follows (P18).
                return _telling(made, MAYBE_SENT, NoData())
            return made


def _sent(message: Message, outcome: Outcome, arrival: SmtpArrival) -> Verdict:
    """Where the server is the recipient's own, its 250 is receipt; behind a relay it is a hand-over (P1)."""
    direct = arrival == "direct"
    made = _verdict(message, "sent", outcome.code, outcome.words, "received" if direct else "sent")
    if direct and message.kind == "announcement":
        return _telling(made, RECEIVED, _receipt(message))
    if direct and (message.kind == "agreement" or message.kind in RECEIPTS):
        return _telling(made, RECEIVED, _receipt(message))
    if not direct and message.kind == "announcement":
        return _telling(made, HANDED_OVER, _receipt(message))
    return made


def _rejected(message: Message, code: int | None, words: str) -> Verdict:
    made = _verdict(message, "rejected", code, words, "rejected")
    if message.kind == "announcement" or message.kind in AGREEMENT_KINDS or message.kind in _HEARD:
        bounced = Bounced(contact_id=message.contact_id, words=words, copy=_is_copy(message))
        return _telling(made, BOUNCED, bounced)
    # It takes nothing back of what it is about, but that the address does not work is told at its customer.
    told = msgspec.structs.replace(made, subject_id=message.customer_id)
    return _telling(told, BOUNCED, Bounced(contact_id=message.contact_id, words=words))


def _receipt(message: Message) -> Receipt:
    return Receipt(contact_id=message.contact_id, copy=_is_copy(message))


def _is_copy(message: Message) -> bool:
    """A further copy of an announcement neither starts a window nor takes one back."""
    return bool(message.data.get("copy", False))


def _telling(made: Verdict, tell: Told[D], data: D) -> Verdict:
    return msgspec.structs.replace(made, trigger=tell.trigger, data=msgspec.to_builtins(data))


def _verdict(
    message: Message,
    outcome: Literal["sent", "deferred", "rejected", "unknown"] | None,
    code: int | None,
    words: str,
    state: State,
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
