"""The one wrapper around `transitions`: tables are checked when they load, and stepped through here.

The machine is what a table means. What it would do is read out of it once, as moves, and a step looks only at those:
far faster than an event. A test shows for every state, trigger and answer of the guards that both choose
the same row. Entities are never attached to a machine.
"""

from collections.abc import Mapping
from typing import Any, Generic, NamedTuple

import msgspec
from transitions import Machine, Transition
from transitions.core import Condition

from workflows.errors import BadInput, NotAllowed, Problem, Refused
from workflows.machine.checking import AnyGuard, check_table, looks_at
from workflows.machine.effects import Effect, SetTimer, Tell
from workflows.machine.signals import Message
from workflows.machine.vocabulary import (
    BIRTH,
    READER,
    UNBORN,
    AnyRow,
    Command,
    E,
    Reach,
    Standing,
    State,
    Step,
    StepInput,
    Table,
    UnderTerms,
    X,
    guard_name,
)

Way = tuple[AnyGuard, ...]
"""Guards that all have to hold."""


class UndeclaredError(Exception):
    """A command, a timer or a message that its table does not declare: a defect of the program."""


class Move(NamedTuple):
    """One edge of a machine: the guards in the order in which the library asks them, each with the answer that it
    wants (True: it holds); the row it stands for, and where it leads, None where the state stays."""

    asks: tuple[tuple[AnyGuard, bool], ...]
    row: AnyRow[Any, Any]
    dest: str | None


class _Asks:
    """A guard as a condition of the machine."""

    __slots__ = ("guard",)

    def __init__(self, guard: AnyGuard) -> None:
        self.guard = guard

    def __call__(self, given: Any) -> bool:
        return self.guard(given) is None


class _Chooses:
    """A row, as what the machine calls once it has chosen an edge."""

    __slots__ = ("row",)

    def __init__(self, row: AnyRow[Any, Any]) -> None:
        self.row = row

    def __call__(self, given: Any) -> None:
        del given


class Workflow(Generic[E, X]):
    """A checked table with its machine; one for the whole process."""

    def __init__(self, table: Table[E, X]) -> None:
        check_table(table)
        self.table = table
        self.states: dict[str, State] = {state.name: state for state in table.states}
        self._shapes = {row.trigger: row.data for row in table.rows}
        self._offers = {state: _offers(table, state) for state in self.states}
        self._reach = {state: _reach(ways) for state, ways in self._offers.items()}
        self._timers = frozenset(one.trigger for one in table.timers)
        self._tells = frozenset((one.kind, one.trigger) for one in table.tells)
        births = [row for row in table.rows if row.source == BIRTH]
        self.birth = births[0].trigger
        """The trigger by which a subject begins."""
        self._born_alone = all(looks_at(row.run)[1][1] is object for row in births)
        self._machine = _machine(table)
        self._moves = compiled(self._machine)
        self._asked = {edge: tuple(one for one in found if one.row.action) for edge, found in self._moves.items()}
        """The moves that a person may ask for."""

    @property
    def name(self) -> str:
        return self.table.name

    def actions(self, state: str) -> tuple[str, ...]:
        """What a person may ask for in this state, in the table's order, whatever else stands in the way."""
        return tuple(self._offers[state])

    def offered(
        self, state: str, entity: E, context: X | UnderTerms | None = None, *, role: str = "admin"
    ) -> tuple[str, ...]:
        """The actions of a state that no guard refuses to this role by what stands now, whatever data they come with.

        `context` may be left out, or be terms alone, where the state's actions look no further.
        """
        return tuple(one for one in self._offers[state] if self.offers(one, state, entity, context, role=role))

    def offers(
        self, action: str, state: str, entity: E, context: X | UnderTerms | None = None, *, role: str = "admin"
    ) -> bool:
        """Whether an action is among those that are offered; `context` may be left out where it looks no further."""
        if role == READER:
            return False
        tags = self.states[state].tags
        seen: Standing[E, Any] = Standing(state=state, tags=tags, entity=entity, context=context, role=role)
        return any(all(_allows(guard, seen) for guard in way) for way in self._offers[state].get(action, ()))

    def refusal(
        self, action: str, state: str, entity: E, context: X | UnderTerms | None = None, *, role: str = "admin"
    ) -> str | None:
        """Why an action of a state is not offered: what the first guard in the way of its last row says.

        None where it is offered, and where the state knows no such action.
        """
        tags = self.states[state].tags
        seen: Standing[E, Any] = Standing(state=state, tags=tags, entity=entity, context=context, role=role)
        why = None
        for way in self._offers[state].get(action, ()):
            why = next((said for guard in way if (said := _says(guard, seen)) is not None), None)
            if why is None:
                return None
        return why

    def closed(
        self, action: str, chosen: Any, state: str, entity: E, context: X | UnderTerms | None = None,
        *, role: str = "admin",
    ) -> str | None:  # fmt: skip
        """Why a choice within an action leads nowhere: what stands now refuses the rows that it chooses. Else None.

        `chosen` has that part of the data by which rows are told apart; where they look at more, nothing is closed.
        """
        nothing: Any = None
        tags = self.states[state].tags
        given: StepInput[E, Any, Any] = StepInput(
            state=state, tags=tags, entity=entity, context=context, role=role, command=nothing, data=chosen
        )
        try:
            rows = [one.row for one in self._asked.get((action, state), ()) if _chosen(one.row, given)]
        except AttributeError:
            return None
        ways = [[guard for guard in row.require if looks_at(guard)[0] is Standing] for row in rows]
        said = [next((why for guard in way if (why := _says(guard, given)) is not None), None) for way in ways]
        return None if None in said else next(iter(said), None)

    def reach(self, state: str) -> Reach:
        """How far what is offered in this state looks."""
        return self._reach[state]

    def shape(self, trigger: str) -> type[msgspec.Struct] | None:
        """The shape of a trigger's data, or None for an unknown trigger."""
        return self._shapes.get(trigger)

    def decode(self, trigger: str, data: Any) -> Any:
        """Give a trigger's data its shape.

        Raises BadInput where it does not fit, UndeclaredError for a trigger that no row knows.
        """
        shape = self.shape(trigger)
        if shape is None:
            raise UndeclaredError(f"{self.name}: no row knows the trigger {trigger!r}")
        if isinstance(data, shape):
            return data
        try:
            return msgspec.convert({} if data is None else data, shape)
        except msgspec.ValidationError as error:
            raise BadInput(f"The data of {trigger!r} does not fit: {error}.", (Problem("", str(error)),)) from error

    def step(self, state: str, entity: E, context: X, command: Command) -> Step:
        """Take one step; pure.

        Raises Refused, with the state, what may be done in it and the guard that said no; UndeclaredError.
        """
        given = StepInput(
            state=state,
            tags=self.states[state].tags if state != UNBORN else frozenset(),
            entity=entity,
            context=context,
            role=command.role,
            command=command,
            data=self.decode(command.trigger, command.data),
        )
        candidates = (self._asked if command.requested else self._moves).get((command.trigger, state), ())
        move = choose(candidates, given)
        if move is None:
            raise self._refused_by_guard(candidates, given)
        row = move.row
        outcome = row.run(given)
        self._check_declared(outcome.effects)
        dest = state if move.dest is None else move.dest
        reached = self.states[dest]
        return Step(
            dest=dest,
            entity=outcome.entity,
            event=f"{self.name}.{row.event}",
            data=outcome.data,
            personal=outcome.personal,
            effects=outcome.effects,
            tags=reached.tags,
            final=reached.final,
        )

    def begin(self, entity: E, context: X | None, command: Command) -> Step:
        """The step by which a subject begins; `entity` is what was entered of it. Raises Refused.

        `context` may be left out where the table's births do not look at it, or it may be empty.
        """
        known: Any = context
        if context is None and not self._born_alone:
            known = self.table.context()
        return self.step(UNBORN, entity, known, command)

    def _check_declared(self, effects: tuple[Effect, ...]) -> None:
        """What is not declared was never compared with the tables, and could be lost where it arrives."""
        for effect in effects:
            if isinstance(effect, SetTimer) and effect.trigger not in self._timers:
                raise UndeclaredError(f"{self.name}: the timer {effect.trigger!r} is not declared")
            if isinstance(effect, Tell) and (effect.kind, effect.trigger) not in self._tells:
                raise UndeclaredError(f"{self.name}: the message {effect.trigger!r} to {effect.kind!r} is not declared")

    def takes(self, message: Message[Any]) -> bool:
        return self.shape(message.trigger) is message.data

    def sets(self, trigger: str) -> bool:
        """Whether its subjects set themselves a timer for this trigger."""
        return trigger in self._timers

    def answers(self, trigger: str, state: str) -> bool:
        """Whether any row of the table leaves `state` by `trigger`."""
        return (trigger, state) in self._moves

    def tagged(self, tag: str) -> list[str]:
        return [name for name, state in self.states.items() if tag in state.tags]

    def move(self, trigger: str) -> tuple[list[str], str | None]:
        """From which states `trigger` moves to which; None where the state stays.

        For statements that move many rows at once. Raises UndeclaredError where guards choose, or the state left does.
        """
        rows = [row for row in self.table.rows if row.trigger == trigger]
        if len({row.dest for row in rows}) != 1 or any(row.when or row.unless or row.require for row in rows):
            raise UndeclaredError(f"{self.name}: {trigger!r} does not move to one state, whatever else is so")
        return [source for row in rows for source in row.source], rows[0].dest

    def moves(self) -> list[str]:
        """Every move that some row makes, as `from>to`."""
        return [
            f"{source}>{row.dest}"
            for row in self.table.rows
            for source in row.source
            if row.dest is not None and source != UNBORN
        ]

    def _refused(self, given: StepInput[E, X, Any], why: str = "", guard: str = "state") -> Refused:
        actions: tuple[str, ...] = ()
        if given.state != UNBORN:
            actions = self.offered(given.state, given.entity, given.context, role=given.role)
        if not why:
            allowed = ", ".join(actions) if actions else "nothing any more"
            trigger = given.command.trigger
            why = f"{trigger!r} is not possible while the {self.name} is {given.state!r}; possible now: {allowed}."
        return Refused(why, state=given.state, actions=actions, guard=guard)

    def _refused_by_guard(self, candidates: tuple[Move, ...], given: StepInput[E, X, Any]) -> Refused:
        rows = [one.row for one in candidates]
        for row in rows:
            if _chosen(row, given):
                for guard in row.require:
                    why = guard(given)
                    if why is not None:
                        return self._refused(given, why, guard_name(guard))
        for guard in (one for row in rows for one in row.when):
            why = guard(given)
            if why is not None:
                return self._refused(given, why, guard_name(guard))
        return self._refused(given)


def _machine(table: Table[Any, Any]) -> Machine:
    """The table as the library has it."""
    made = Machine(
        model=None,
        states=[UNBORN, *(state.name for state in table.states)],
        initial=UNBORN,
        auto_transitions=False,
        send_event=False,
    )
    for row in table.rows:
        for source in row.source:
            made.add_transition(
                row.trigger,
                source,
                row.dest,
                conditions=[_Asks(guard) for guard in (*row.when, *row.require)],
                unless=[_Asks(guard) for guard in row.unless],
                before=_Chooses(row),
            )
    return made


def compiled(machine: Machine) -> dict[tuple[str, str], tuple[Move, ...]]:
    """What the machine would do, by trigger and state left, in the order in which it tries."""
    return {
        (trigger, source): tuple(_move(edge) for edge in edges)
        for trigger, event in machine.events.items()
        for source, edges in event.transitions.items()
    }


def _move(edge: Transition) -> Move:
    [chooses] = edge.before
    assert isinstance(chooses, _Chooses), "an edge stands for a row"
    return Move(asks=tuple(_asked(one) for one in edge.conditions), row=chooses.row, dest=edge.dest)


def _asked(condition: Condition) -> tuple[AnyGuard, bool]:
    assert isinstance(condition.func, _Asks), "a condition is a guard"
    return condition.func.guard, condition.target


def choose(candidates: tuple[Move, ...], given: Any) -> Move | None:
    """The first move whose guards all answer as it wants."""
    for move in candidates:
        for guard, wanted in move.asks:
            if (guard(given) is None) is not wanted:
                break
        else:
            return move
    return None


def _offers(table: Table[Any, Any], state: str) -> dict[str, tuple[Way, ...]]:
    """The actions of a state, each with its ways: the guards of a row that look at nothing but what stands.

    One row without such guards makes its action always possible, so that none of its other rows is looked at.
    """
    found: dict[str, tuple[Way, ...]] = {}
    for row in table.rows:
        if row.action and state in row.source:
            way = tuple(guard for guard in row.require if looks_at(guard)[0] is Standing)
            found[row.trigger] = (*found.get(row.trigger, ()), way)
    return {trigger: ((),) if () in ways else ways for trigger, ways in found.items()}


def _reach(offers: Mapping[str, tuple[Way, ...]]) -> Reach:
    seen = {looks_at(guard)[1][1] for ways in offers.values() for way in ways for guard in way} - {object}
    if not seen:
        return "entity"
    return "terms" if seen == {UnderTerms} else "context"


def _chosen(row: AnyRow[Any, Any], given: StepInput[Any, Any, Any]) -> bool:
    return all(one(given) is None for one in row.when) and all(one(given) is not None for one in row.unless)


def _allows(guard: AnyGuard, seen: Standing[Any, Any]) -> bool:
    return _says(guard, seen) is None


def _says(guard: AnyGuard, seen: Standing[Any, Any]) -> str | None:
    try:
        return guard(seen)
    except NotAllowed as error:
        return str(error)
