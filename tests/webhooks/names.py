"""Which events the tables can make, read off their source: what `workflows/event_types.py` has to name."""

import ast
import inspect
import sys
from collections.abc import Iterable
from functools import cache

from workflows.kinds import WORKFLOWS

Seen = frozenset[tuple[str, str]]


def made() -> dict[str, set[str]]:
    """By kind, what its rows' actions call their events; the trigger's own name where they say nothing."""
    found: dict[str, set[str]] = {kind: set() for kind in WORKFLOWS}
    for kind, workflow in WORKFLOWS.items():
        for row in workflow.table.rows:
            names = _of(row.then.__module__, row.then.__name__, frozenset())
            found[kind] |= {row.trigger if name is None else name for name in names}
    return found


def _of(module: str, name: str, seen: Seen) -> set[str | None]:
    """The events of the outcomes that a function, or one that it hands its work to, makes; None for no name."""
    functions = _functions(module)
    if name not in functions or (module, name) in seen:
        return set()
    found: set[str | None] = set()
    for node in ast.walk(functions[name]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= _called(module, node, node.func.id, seen | {(module, name)})
    return found


def _called(module: str, call: ast.Call, name: str, seen: Seen) -> set[str | None]:
    if name == "Outcome":
        named = _texts(one.value for one in call.keywords if one.arg == "event") | _texts(call.args[4:5])
        says = any(one.arg == "event" for one in call.keywords) or len(call.args) > 4
        return named if says else {None}
    there = getattr(sys.modules[module], name, None)
    if not inspect.isfunction(there) or not there.__module__.startswith("workflows."):
        return set()
    places = list(inspect.signature(there).parameters)
    given = [one.value for one in call.keywords if one.arg == "event"]
    if "event" in places:
        given += call.args[places.index("event") : places.index("event") + 1]
    return _texts(given) | _of(there.__module__, there.__name__, seen)


def _texts(nodes: Iterable[ast.expr]) -> set[str | None]:
    return {
        leaf.value
        for node in nodes
        for leaf in ast.walk(node)
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
