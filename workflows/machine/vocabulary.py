"""The words of a workflow: states, rows, guards, commands, outcomes and steps. All of it is pure data.

A step takes what a subject is and what is asked of it, and says where it goes, which event tells of
it and what must happen besides. Nothing here reads a clock, a database or a random number.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Generic, Literal, Protocol, overload
from uuid import UUID

import msgspec
from typing_extensions import TypeVar

from workflows.machine.effects import Effect
from workflows.machine.signals import Message, NoData, Timer
from workflows.model.evidence import FileNamed
from workflows.model.parties import Entity
from workflows.terms.model import Terms

E = TypeVar("E", bound=Entity)
X = TypeVar("X", bound=msgspec.Struct)
D = TypeVar("D", bound=msgspec.Struct)
E_co = TypeVar("E_co", bound=Entity, covariant=True)
X_co = TypeVar("X_co", covariant=True)
D_co = TypeVar("D_co", bound=msgspec.Struct, covariant=True, default=msgspec.Struct)

UNBORN: Final = ""
"""Where a subject stands before it begins."""
BIRTH: Final = (UNBORN,)
"""The source of a row by which a subject begins; its entity is what was entered."""

READER: Final = "auditor"
"""The role that may ask for nothing."""


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
    requested: bool = False
    """Somebody asked for it through the API: only rows marked as actions answer."""
    role: str = ""
    """Of the key that asked; none for contacts, timers and the program itself."""
    files: tuple[FileNamed, ...] = ()
    """Its evidence, which its event names."""


Reach = Literal["entity", "terms", "context"]
"""How far a guard looks, each with what is before it."""


class Outcome(msgspec.Struct, Generic[E], frozen=True):
    """What a row's action makes of it: the new entity, what the event says, what must happen.

    `personal` goes beside the ledger, where it can be erased; the event keeps a salted commitment.
    """

    entity: E
    data: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    effects: tuple[Effect, ...] = ()


class UnderTerms(Protocol):
    """Of what stands around a subject, the terms that it is under."""

    @property
    def terms(self) -> Terms:
        """The version that binds it."""


class Standing(msgspec.Struct, Generic[E_co, X_co], frozen=True, kw_only=True):
    """A subject as it stands, whatever may be asked of it: all that decides what is offered.

    A guard that looks at the entity alone takes `Standing[Entity, object]`, one that looks at its terms besides
    `Standing[Entity, UnderTerms]`: what they need is at hand where many subjects are listed.
    """

    state: str
    tags: frozenset[str]
    entity: E_co
    context: X_co
    role: str = "admin"
    """Of the key that asks, or would; none for contacts, timers and the program itself."""

    @property
    def id(self) -> UUID:
        return self.entity.id


class StepInput(Standing[E_co, X_co], Generic[E_co, X_co, D_co], frozen=True, kw_only=True):
    """What guards and actions are given: the subject as it stands, the command, and its data in the row's shape."""

    command: Command
    data: D_co

    @property
    def at(self) -> datetime:
        """The instant the command counts from, UTC."""
        return self.command.at

    @property
    def now(self) -> datetime:
        """The instant of processing, UTC."""
        return self.command.now


Guard = Callable[[StepInput[E, X, D]], str | None]
"""Says why not, or None where it holds. What its parameter's type names is all that it looks at."""

Action = Callable[[StepInput[E, X, D]], Outcome[E]]


class AnyRow(Generic[E, X]):
    """One line of a table, of whatever data it carries; `Row` makes them."""

    __slots__ = ("action", "data", "dest", "event", "require", "run", "source", "trigger", "unless", "when")

    def __init__(
        self,
        trigger: str,
        source: tuple[str, ...],
        dest: str | None,
        run: Callable[[Any], Outcome[E]],
        *,
        when: tuple[Callable[[Any], str | None], ...],
        unless: tuple[Callable[[Any], str | None], ...],
        require: tuple[Callable[[Any], str | None], ...],
        data: type[msgspec.Struct],
        event: str,
        action: bool,
    ) -> None:
        self.trigger: Final = trigger
        self.source: Final = source
        self.dest: Final = dest
        self.run: Final = run
        self.when: Final = when
        self.unless: Final = unless
        self.require: Final = require
        self.data: Final = data
        self.event: Final = event
        self.action: Final = action


class Row(AnyRow[E, X], Generic[E, X, D]):
    """One line of a table, typed by the data that its trigger carries: its action and guards read no other.

    `when` and `unless` guards choose between the rows of one trigger; `require` guards refuse with their reason.
    `dest` None keeps the state. `event` is what the ledger calls it, by default the trigger. `action` marks what
    a person may ask for through the API.
    """

    __slots__ = ()

    @overload
    def __init__(
        self: "Row[E, X, NoData]",
        trigger: str,
        source: tuple[str, ...],
        dest: str | None,
        run: Action[E, X, NoData],
        *,
        when: tuple[Guard[E, X, NoData], ...] = (),
        unless: tuple[Guard[E, X, NoData], ...] = (),
        require: tuple[Guard[E, X, NoData], ...] = (),
        event: str = "",
        action: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self,
        trigger: str,
        source: tuple[str, ...],
        dest: str | None,
        run: Action[E, X, D],
        *,
        when: tuple[Guard[E, X, D], ...] = (),
        unless: tuple[Guard[E, X, D], ...] = (),
        require: tuple[Guard[E, X, D], ...] = (),
        data: type[D],
        event: str = "",
        action: bool = False,
    ) -> None: ...

    def __init__(
        self,
        trigger: str,
        source: tuple[str, ...],
        dest: str | None,
        run: Any,
        *,
        when: Any = (),
        unless: Any = (),
        require: Any = (),
        data: Any = NoData,
        event: str = "",
        action: bool = False,
    ) -> None:
        super().__init__(
            trigger,
            source,
            dest,
            run,
            when=when,
            unless=unless,
            require=require,
            data=data,
            event=event or trigger,
            action=action,
        )


class Review(msgspec.Struct, frozen=True):
    """Whom a step makes look at itself: the SQL block that queues it, and the field that holds its id."""

    block: str
    field: str


class Table(msgspec.Struct, Generic[E, X], frozen=True, kw_only=True):
    """A whole workflow, and all that the engine and the API have to know of its kind of subject.

    By its `name` go the SQL blocks `put_NAME` and `load_NAME`, and the table in the database.
    """

    name: str
    entity: type[E]
    context: type[X]
    states: tuple[State, ...]
    rows: tuple[AnyRow[E, X], ...]
    timers: tuple[Timer[Any], ...] = ()
    """What its subjects set for themselves."""
    tells: tuple[Message[Any], ...] = ()
    """What its subjects tell others."""
    path: str = ""
    """Its place below the API; empty: it has none of its own."""
    parent: str = ""
    """The field that holds the id of what it belongs to."""
    course: str = ""
    """The field that holds the id of the change to whose course its events belong. Empty: the database looks."""
    holds_parent: bool = False
    """Whether what it belongs to is held still while it moves."""
    reads_messages_first: bool = False
    """Whether messages that wait for it are applied before a command; not where there may be thousands."""
    fires_due_first: bool = False
    """Whether all that was due for it when a command arrived happens before the command, whether or not a worker was
    by: what time has made of it is true whoever comes first (P3)."""
    timers_wait: bool = False
    """Whether timers that a command makes due wait for the worker, instead of firing with it."""
    reviews: Review | None = None
    surroundings: Callable[[E, X], X] | None = None
    """What it may know once a step has changed it; where none is given, the step changes nothing of that."""
    answers: Mapping[str, str] = {}
    """What a person may say that a reply is, with the action that it then is."""
    receipts: frozenset[str] = frozenset()
    """Kinds of mail whose receipt it is told of."""
    bounces: frozenset[str] | None = None
    """Kinds of mail whose return it is told of; by default of all."""

    @property
    def initial(self) -> str:
        return next(row.dest for row in self.rows if row.source == BIRTH and row.dest is not None)


class Step(msgspec.Struct, frozen=True):
    """The answer to a command that holds: where the subject stands now, its event and effects."""

    dest: str
    entity: Entity
    event: str
    data: dict[str, Any]
    personal: dict[str, Any]
    effects: tuple[Effect, ...]
    tags: frozenset[str]
    final: bool


def guard_name(guard: Callable[[Any], str | None]) -> str:
    """What a refusal and a diagram call a guard."""
    return guard.__name__.lstrip("_")
