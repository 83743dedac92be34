"""The words of a workflow: states, rows, guards, commands, effects and steps. All of it is pure data.

A step takes what a subject is and what is asked of it, and says where it goes, which event tells of
it and what must happen besides. Nothing here reads a clock, a database or a random number.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from workflows.machine.effects import Effect

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


class Outcome(msgspec.Struct, Generic[E], frozen=True):
    """What a row's action makes of it: the new entity, what the event says, what must happen.

    `personal` goes beside the ledger, where it can be erased; the event keeps a salted commitment.
    """

    entity: E
    data: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    effects: tuple[Effect, ...] = ()
    event: str | None = None


class StepInput(msgspec.Struct, Generic[E, X]):
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
    run: Action
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
