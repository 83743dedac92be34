"""Which events the tables can make, read off their source: what `workflows/event_types.py` has to name."""

import ast
import inspect
import sys
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from workflows.kinds import WORKFLOWS


class Function(NamedTuple):
    """What one function says by itself: names of events, None where an outcome has none, and whom it calls."""

    names: frozenset[str | None]
    calls: frozenset[tuple[str, str]]


def made() -> dict[str, set[str]]:
    """By kind, what its rows' actions call their events; the trigger's own name where they say nothing.

    Names that are put together while running (in f-strings) are not seen.
    """
    found: dict[str, set[str]] = {kind: set() for kind in WORKFLOWS}
    for kind, workflow in WORKFLOWS.items():
        for row in workflow.table.rows:
            names = _reached(row.run.__module__, row.run.__name__)
            found[kind] |= {row.trigger if name is None else name for name in names}
    return found


@cache
def _reached(module: str, name: str) -> frozenset[str | None]:
    """The events of the outcomes that a function, or one that it hands its work to, makes."""
    seen: set[tuple[str, str]] = set()
    ahead = [(module, name)]
    names: set[str | None] = set()
    while ahead:
        one = ahead.pop()
        if one not in seen:
            seen.add(one)
            said = _function(*one)
            names |= said.names
            ahead += said.calls
    return frozenset(names)


@cache
def _function(module: str, name: str) -> Function:
    body = _functions(module).get(name)
    names: set[str | None] = set()
    calls: set[tuple[str, str]] = set()
    for node in ast.walk(body) if body is not None else ():
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = [one.value for one in node.keywords if one.arg == "event"]
        if node.func.id == "Outcome":
            given += node.args[4:5]
            names |= _texts(given) if given else {None}
            continue
        there = getattr(sys.modules[module], node.func.id, None)
        if inspect.isfunction(there) and there.__module__.startswith("workflows."):
            places = list(inspect.signature(there).parameters)
            if "event" in places:
                given += node.args[places.index("event") : places.index("event") + 1]
            names |= _texts(given)
            calls.add((there.__module__, there.__name__))
    return Function(frozenset(names), frozenset(calls))


def _texts(nodes: Iterable[ast.expr]) -> set[str | None]:
    """The texts that an expression may come to."""
    found: set[str | None] = set()
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)):
                found.add(text)
            case ast.IfExp(body=one, orelse=other):
                found |= _texts((one, other))
            case _:
                pass
    return found


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
