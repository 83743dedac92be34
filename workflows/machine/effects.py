"""What a row wants done besides its own move, as data: timers, deadlines, messages, engagements, tasks."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.end_reason import EndReason
from workflows.model.task_words import InEach
from workflows.terms.model import Due
from workflows.words import Language

Lane = Literal["normal", "irreversible"]


RANK_TELL = 0
RANK_CLOSE = 10
RANK_PROCEED = 20
RANK_ENGAGE = 30
RANK_START = 40
RANK_END = 50
RANK_ERASE = 60


class SetTimer(msgspec.Struct, frozen=True):
    """Fire `trigger` on this subject at `due_at`; one timer a `name`, the last one set counts. Made by a `Timer`."""

    name: str
    due_at: datetime
    trigger: str
    rank: int = RANK_TELL
    lane: Lane = "normal"
    data: dict[str, Any] = {}


class ClearTimer(msgspec.Struct, frozen=True):
    """Forget the timer of that name, if there is one."""

    name: str


class OpenDeadline(msgspec.Struct, frozen=True):
    """Show an instant by which a party must act; `key` tells several of one rule apart."""

    due: Due
    text: str
    agreement: UUID | None = None
    key: str = ""


class CloseDeadline(msgspec.Struct, frozen=True):
    """The deadlines of a rule (all keys where `key` is None) are met, or no longer wanted."""

    rule: str
    how: Literal["met", "dropped"]
    key: str | None = None


class Send(msgspec.Struct, frozen=True):
    """A message to one contact; the text is made from the row and `data` when it is sent."""

    kind: str
    customer: UUID
    contact: UUID
    address: str
    language: Language
    data: dict[str, Any] = {}
    counts: bool = False
    """Its receipt is the one that starts the window (P1)."""
    together: UUID | None = None
    """What a contact gets of one announcement, or of one change, goes in one mail where it is written at once (P19)."""
    reminds: bool = False
    """It goes in the one mail of the day that reminds its contact of anything."""


class Tell(msgspec.Struct, frozen=True):
    """A message to another subject: a timer on it that is due now. Made by a `Message`."""

    kind: str
    subject: UUID
    trigger: str
    data: dict[str, Any] = {}


class Engage(msgspec.Struct, frozen=True):
    """From `since` the subprocessor may work for the agreement in `country`."""

    agreement: UUID
    subprocessor: UUID
    country: str | None
    since: datetime
    basis: Literal["signature", "notice"]
    notice: UUID | None = None
    change: UUID | None = None
    replaces: UUID | None = None
    """Ends this subprocessor's engagement for the agreement at the same instant (P16)."""
    leaves_country: str | None = None
    """Where given, only that engagement ends which it had in this country: a move."""


class Disengage(msgspec.Struct, frozen=True):
    """Engagements end at `until`: those of a notice, of a subprocessor, or all of an agreement."""

    agreement: UUID
    until: datetime
    reason: EndReason
    notice: UUID | None = None
    subprocessor: UUID | None = None
    revive: UUID | None = None
    """Where the notice's engagement had replaced this subprocessor, that one works on from `until`."""


class PlaceKnown(msgspec.Struct, frozen=True):
    """A subprocessor's place was unknown and is known now: its engagements without a place go on in this country."""

    subprocessor: UUID
    country: str


class OpenTask(msgspec.Struct, frozen=True):
    """Something a person must do; one open task a (`about`, `kind`, `key`)."""

    kind: str
    text: InEach | str
    """What it says, in each language; once for all where somebody typed it."""
    about: UUID
    due_at: datetime | None = None
    role: Literal["manager", "director"] = "manager"
    key: str = ""
    data: dict[str, Any] = {}


class CloseTasks(msgspec.Struct, frozen=True):
    """Tasks of these kinds about this subject (of one `key`, where given) are no longer wanted."""

    kinds: tuple[str, ...]
    key: str | None = None


class FanOut(msgspec.Struct, frozen=True):
    """Carry this to every agreement a change concerns, in chunks that survive a restart."""

    kind: Literal["announce", "amend", "withdraw", "end", "join", "publish"]
    change: UUID | None = None
    agreement: UUID | None = None
    revision: int = 0
    announcement: UUID | None = None
    """Several changes at once (P19), in place of `change`."""


class RevokeLinks(msgspec.Struct, frozen=True):
    """Links of this contact about this subject (or of the whole contact) open nothing any more.

    `purpose`: only those that are for this; empty, whatever for.
    """

    contact: UUID
    whole: bool = False
    purpose: Literal["", "erasure"] = ""


class ErasePersonal(msgspec.Struct, frozen=True):
    """What is personal of this customer goes wherever it stands: mails, answers, and what is beside the ledger (P26).

    Commitments in events stay, so the ledger still verifies.
    """

    customer: UUID


Effect = (
    SetTimer
    | ClearTimer
    | OpenDeadline
    | CloseDeadline
    | Send
    | Tell
    | Engage
    | Disengage
    | OpenTask
    | CloseTasks
    | FanOut
    | RevokeLinks
    | ErasePersonal
    | PlaceKnown
)
