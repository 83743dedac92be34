"""What a table may not say: checked when it loads, so that nothing of it is found out while running."""

from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from workflows.machine.vocabulary import BIRTH, UNBORN, Standing, StepInput, Table

AnyGuard = Callable[[Any], str | None]


class TableError(Exception):
    """A workflow's table contradicts itself, or another one; raised while loading, never while running."""


def check_table(table: Table[Any, Any]) -> None:
    """Refuse a table that `transitions` would accept and get wrong at run time."""
    names = [state.name for state in table.states]
    if len(set(names)) != len(names):
        raise TableError(f"{table.name}: a state is declared twice")
    known = set(names)
    shapes = _check_rows(table, known)
    births = [row for row in table.rows if UNBORN in row.source]
    if not births:
        raise TableError(f"{table.name}: no row says how a subject begins")
    if len({row.trigger for row in births}) > 1:
        raise TableError(f"{table.name}: a subject begins by one trigger")
    for row in births:
        if row.source != BIRTH or row.dest is None or row.action:
            raise TableError(f"{table.name}: {row.trigger} is a birth: it has no other source, a state, and no route")
    for timer in table.timers:
        if shapes.get(timer.trigger) is not timer.data:
            raise TableError(f"{table.name}: no row takes the timer {timer.trigger!r} with {timer.data.__name__}")
    reached = {row.dest for row in births if row.dest is not None}
    while more := {row.dest for row in table.rows if row.dest is not None and reached & set(row.source)} - reached:
        reached |= more
    if lost := known - reached:
        raise TableError(f"{table.name}: states that nothing reaches: {sorted(lost)}")
    for state in table.states:
        leaves = any(row.dest not in (None, state.name) and state.name in row.source for row in table.rows)
        if not leaves and not state.final:
            raise TableError(f"{table.name}: {state.name} is a dead end that is not final")


def _check_rows(table: Table[Any, Any], known: set[str]) -> dict[str, type[msgspec.Struct]]:
    """Check the rows one by one and against each other; the shape of each trigger's data."""
    seen: set[tuple[str, str, tuple[AnyGuard, ...], tuple[AnyGuard, ...], tuple[AnyGuard, ...]]] = set()
    bare: set[tuple[str, str]] = set()
    shapes: dict[str, type[msgspec.Struct]] = {}
    for row in table.rows:
        for name in (*row.source, *((row.dest,) if row.dest is not None else ())):
            if name not in known and (name != UNBORN or row.dest == UNBORN):
                raise TableError(f"{table.name}: {row.trigger} names unknown state {name!r}")
        for function in (row.run, *row.when, *row.unless, *row.require):
            looks_at(function)
        if shapes.setdefault(row.trigger, row.data) is not row.data:
            raise TableError(f"{table.name}: {row.trigger} has two shapes of data")
        for source in row.source:
            edge = (row.trigger, source, row.when, row.unless, row.require)
            if edge in seen:
                raise TableError(f"{table.name}: {row.trigger} from {source} is written twice")
            if (row.trigger, source) in bare:
                raise TableError(f"{table.name}: {row.trigger} from {source} can never reach a later row")
            seen.add(edge)
            if not row.when and not row.unless:
                bare.add((row.trigger, source))
    return shapes


def looks_at(function: Callable[[Any], Any]) -> tuple[type, tuple[Any, ...]]:
    """What the parameter of a guard or an action is, `Standing` or `StepInput`, and of what.

    Raises TableError where it does not say.
    """
    hints = [hint for name, hint in get_type_hints(function).items() if name != "return"]
    origin = get_origin(hints[0]) if hints else None
    if origin not in (Standing, StepInput):
        raise TableError(f"{function.__name__} does not say what it looks at: Standing or StepInput")
    return origin, get_args(hints[0])
