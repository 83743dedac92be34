"""The words of a workflow: states, rows, guards, commands, effects and steps. All of it is pure data.

A step takes what a subject is and what is asked of it, and says where it goes, which event tells of
it and what must happen besides. Nothing here reads a clock, a database or a random number.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from workflows.terms.model import Due

E = TypeVar("E", bound=msgspec.Struct)
X = TypeVar("X", bound=msgspec.Struct)


class NoData(msgspec.Struct, frozen=True):
    """The data of a trigger that needs none."""


class State(msgspec.Struct, frozen=True):
    """A state with a paragraph on what it means. `tags` are what SQL may filter on (written by the
    engine to `subject.tags`); `final` marks where a life may end."""

    name: str
    meaning: str
    tags: frozenset[str] = frozenset()
    final: bool = False


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one subject.

    `at` is the instant it counts from: arrival of a request, or the due instant of a timer. `now`
    is the instant of processing. Both UTC.
    """

    subject: UUID
    trigger: str
    at: datetime
    now: datetime
    actor: str
    data: Any = None
    if_match: int | None = None
    requested: bool = False
    """Somebody asked for it through the API: only rows marked as actions answer."""
    role: str = ""
    """Of the key that asked; none for contacts, timers and the program itself."""


# --- effects ---------------------------------------------------------------------------------------

Lane = Literal["normal", "irreversible"]

RANK_TELL = 0
RANK_CLOSE = 10
RANK_PROCEED = 20
RANK_ENGAGE = 30
RANK_START = 40
RANK_END = 50
RANK_ERASE = 60


class SetTimer(msgspec.Struct, frozen=True):
    """Fire `trigger` on this subject at `due_at`; one timer a `name`, the last one set counts."""

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
    language: Literal["nl", "en"]
    data: dict[str, Any] = {}
    counts: bool = False
    """Its receipt is the one that starts the window (P1)."""
    together: UUID | None = None
    """What a contact gets of one announcement, or of one change, goes in one mail where it is written at once (P19)."""


class Tell(msgspec.Struct, frozen=True):
    """A message to another subject: a timer on it that is due now."""

    subject: UUID
    trigger: str
    data: dict[str, Any] = {}


class Engage(msgspec.Struct, frozen=True):
    """From `since` the subprocessor may work for the agreement in `country`."""

    agreement: UUID
    subprocessor: UUID
    country: str
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
    why: str
    notice: UUID | None = None
    subprocessor: UUID | None = None
    revive: UUID | None = None
    """Where the notice's engagement had replaced this subprocessor, that one works on from `until`."""


class OpenTask(msgspec.Struct, frozen=True):
    """Something a person must do; one open task a (`about`, `kind`, `key`)."""

    kind: str
    text: str
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

    kind: Literal["announce", "amend", "withdraw", "end", "join"]
    change: UUID | None = None
    agreement: UUID | None = None
    revision: int = 0
    announcement: UUID | None = None
    """Several changes at once (P19), in place of `change`."""


class RevokeLinks(msgspec.Struct, frozen=True):
    """Links of this contact about this subject (or of the whole contact) open nothing any more."""

    contact: UUID
    whole: bool = False


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
)


class Outcome(msgspec.Struct, Generic[E], frozen=True):
    """What a row's action makes of it: the new entity, what the event says, what must happen.

    `personal` goes beside the ledger, where it can be erased; the event keeps a salted commitment.
    """

    entity: E
    data: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    effects: tuple[Effect, ...] = ()
    event: str | None = None


class Carrier(msgspec.Struct, Generic[E, X]):
    """What is carried through a table: the one mutable Struct (transitions writes `state` on it)."""

    state: str
    id: UUID
    processor: UUID
    entity: E
    context: X
    command: Command
    data: Any
    tags: frozenset[str] = frozenset()
    """Of the state it comes from: by the time an action runs, `state` is where it goes."""
    row: "Row[E, X] | None" = None

    @property
    def at(self) -> datetime:
        """The instant the command counts from, UTC."""
        return self.command.at

    @property
    def now(self) -> datetime:
        """The instant of processing, UTC."""
        return self.command.now


Guard = Callable[[Any], str | None]
"""Says why not, or None where it holds."""

Action = Callable[[Any], Outcome[Any]]


class Row(msgspec.Struct, Generic[E, X], frozen=True):
    """One line of a table.

    `when` guards choose between the rows of one trigger; `require` guards refuse with their reason.
    `dest` None keeps the state. `data` is the shape of what the trigger carries. `action` marks what
    a person may ask for through the API.
    """

    trigger: str
    source: tuple[str, ...]
    dest: str | None
    then: Action
    when: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    data: type[msgspec.Struct] = NoData
    action: bool = False


class Table(msgspec.Struct, Generic[E, X], frozen=True):
    """A whole workflow: what `machine.Workflow` checks and runs, and what diagrams are drawn from."""

    name: str
    entity: type[E]
    context: type[X]
    initial: str
    states: tuple[State, ...]
    rows: tuple[Row[E, X], ...]
    guards: Mapping[str, Guard]


class Step(msgspec.Struct, frozen=True):
    """The answer to a command that holds: where the subject stands now, its event and effects."""

    dest: str
    entity: msgspec.Struct
    event: str
    data: dict[str, Any]
    personal: dict[str, Any]
    effects: tuple[Effect, ...]
    tags: frozenset[str]
    final: bool
