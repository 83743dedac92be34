"""The one wrapper around `transitions`: tables are checked when they load, and stepped through here.

Entities are never attached to a machine; an event is triggered on an unattached carrier.
"""

from functools import partial
from typing import Any

import msgspec
from transitions import Machine

from workflows.errors import BadInput, Problem, Refused
from workflows.machine.offers import offered
from workflows.machine.vocabulary import Command, Row, State, Step, StepInput, Table


class TableError(Exception):
    """A workflow's table contradicts itself; raised while loading, never while running."""


class Workflow:
    """A checked table with its machine; one for the whole process."""

    def __init__(self, table: Table[Any, Any]) -> None:
        _check(table)
        self.table = table
        self.states: dict[str, State] = {state.name: state for state in table.states}
        self._rows: dict[tuple[str, str], list[Row[Any, Any]]] = {}
        self._machine = Machine(
            model=None,
            states=[state.name for state in table.states],
            initial=table.initial,
            auto_transitions=False,
            send_event=False,
        )
        for row in table.rows:
            for source in row.source:
                self._rows.setdefault((row.trigger, source), []).append(row)
                self._machine.add_transition(
                    row.trigger,
                    source,
                    row.dest,
                    conditions=[
                        partial(_may_ask, row),
                        *(partial(_holds, table, name) for name in (*row.when, *row.require)),
                    ],
                    before=partial(_choose, row),
                )

    @property
    def name(self) -> str:
        """The workflow's name: the kind of its subjects."""
        return self.table.name

    def actions(self, state: str) -> tuple[str, ...]:
        """What a person may ask for in this state, in the table's order."""
        return tuple(dict.fromkeys(row.trigger for row in self.table.rows if row.action and state in row.source))

    def shape(self, trigger: str) -> type[msgspec.Struct] | None:
        """The shape of a trigger's data, or None for an unknown trigger."""
        return next((row.data for row in self.table.rows if row.trigger == trigger), None)

    def decode(self, trigger: str, data: Any) -> Any:
        """Give a trigger's data its shape.

        Raises BadInput where it does not fit.
        """
        shape = self.shape(trigger)
        if shape is None or isinstance(data, shape):
            return data
        try:
            return msgspec.convert({} if data is None else data, shape)
        except msgspec.ValidationError as error:
            raise BadInput(f"The data of {trigger!r} does not fit: {error}.", (Problem("", str(error)),)) from error

    def step(self, subject: Any, processor: Any, state: str, entity: Any, context: Any, command: Command) -> Step:
        """Take one step; pure.

        Raises Refused, with the state, what may be done in it and the guard that said no.
        """
        carrier: StepInput[Any, Any] = StepInput(
            state=state,
            id=subject,
            processor=processor,
            entity=entity,
            context=context,
            command=command,
            data=self.decode(command.trigger, command.data),
            tags=self.states[state].tags,
        )
        candidates = self._rows.get((command.trigger, state), [])
        if command.requested:
            candidates = [row for row in candidates if row.action]
        if not candidates:
            raise self._refused(command.trigger, state, carrier)
        if not self._machine.events[command.trigger].trigger(carrier, carrier) or carrier.row is None:
            raise self._refused_by_guard(command.trigger, state, candidates, carrier)
        outcome = carrier.row.run(carrier)
        reached = self.states[carrier.state]
        return Step(
            dest=carrier.state,
            entity=outcome.entity,
            event=f"{self.name}.{outcome.event or command.trigger}",
            data=outcome.data,
            personal=outcome.personal,
            effects=outcome.effects,
            tags=reached.tags,
            final=reached.final,
        )

    def answers(self, trigger: str, state: str) -> bool:
        """Whether any row of the table leaves `state` by `trigger`."""
        return (trigger, state) in self._rows

    def _offered(self, state: str, carrier: StepInput[Any, Any]) -> tuple[str, ...]:
        return offered(self.name, self.actions(state), carrier.entity, carrier.context)

    def _refused(self, trigger: str, state: str, carrier: StepInput[Any, Any]) -> Refused:
        actions = self._offered(state, carrier)
        allowed = ", ".join(actions) if actions else "nothing any more"
        return Refused(
            f"{trigger!r} is not possible while the {self.name} is {state!r}; possible now: {allowed}.",
            state=state,
            actions=actions,
            guard="state",
        )

    def _refused_by_guard(
        self, trigger: str, state: str, candidates: list[Row[Any, Any]], carrier: StepInput[Any, Any]
    ) -> Refused:
        carrier.state = state
        for row in candidates:
            if all(self.table.guards[name](carrier) is None for name in row.when):
                for name in row.require:
                    why = self.table.guards[name](carrier)
                    if why is not None:
                        return Refused(why, state=state, actions=self._offered(state, carrier), guard=name)
        for name in candidates[0].when:
            why = self.table.guards[name](carrier)
            if why is not None:
                return Refused(why, state=state, actions=self._offered(state, carrier), guard=name)
        return self._refused(trigger, state, carrier)


def _holds(table: Table[Any, Any], name: str, carrier: StepInput[Any, Any]) -> bool:
    return table.guards[name](carrier) is None


def _may_ask(row: Row[Any, Any], carrier: StepInput[Any, Any]) -> bool:
    return row.action or not carrier.command.requested


def _choose(row: Row[Any, Any], carrier: StepInput[Any, Any]) -> None:
    carrier.row = row


def _check(table: Table[Any, Any]) -> None:
    """Refuse a table that `transitions` would accept and get wrong at run time."""
    names = [state.name for state in table.states]
    if len(set(names)) != len(names):
        raise TableError(f"{table.name}: a state is declared twice")
    known = set(names)
    if table.initial not in known:
        raise TableError(f"{table.name}: initial state {table.initial!r} is not declared")
    seen: set[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = set()
    bare: set[tuple[str, str]] = set()
    shapes: dict[str, type[msgspec.Struct]] = {}
    for row in table.rows:
        for name in (*row.source, *((row.dest,) if row.dest is not None else ())):
            if name not in known:
                raise TableError(f"{table.name}: {row.trigger} names unknown state {name!r}")
        for name in (*row.when, *row.require):
            if name not in table.guards:
                raise TableError(f"{table.name}: {row.trigger} names unknown guard {name!r}")
        if shapes.setdefault(row.trigger, row.data) is not row.data:
            raise TableError(f"{table.name}: {row.trigger} has two shapes of data")
        for source in row.source:
            edge = (row.trigger, source, row.when, row.require)
            if edge in seen:
                raise TableError(f"{table.name}: {row.trigger} from {source} is written twice")
            if (row.trigger, source) in bare:
                raise TableError(f"{table.name}: {row.trigger} from {source} can never reach a later row")
            seen.add(edge)
            if not row.when:
                bare.add((row.trigger, source))
    used = {name for row in table.rows for name in (*row.when, *row.require)}
    if unused := set(table.guards) - used:
        raise TableError(f"{table.name}: guards that no row names: {sorted(unused)}")
    reached = {table.initial}
    while more := {row.dest for row in table.rows if row.dest is not None and reached & set(row.source)} - reached:
        reached |= more
    if lost := known - reached:
        raise TableError(f"{table.name}: states that nothing reaches: {sorted(lost)}")
    for state in table.states:
        leaves = any(row.dest not in (None, state.name) and state.name in row.source for row in table.rows)
        if not leaves and not state.final:
            raise TableError(f"{table.name}: {state.name} is a dead end that is not final")
