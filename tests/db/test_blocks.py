"""Each statement of `db/sql` has somebody who runs it, and nobody asks for one that is not there."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from db.narrowing import among_name, with_name
from db.queries import blocks, narrowed, narrowed_in_order, new_form, sorts
from db.sorting import sorted_names
from workflows.kinds import WORKFLOWS

ROOT = Path(__file__).parents[2]
CODE = ("db", "service", "workflows", "benchmarks")
OF_KINDS = {f"{verb}_{kind}" for kind in WORKFLOWS for verb in ("load", "put")}
OF_KINDS |= {new_form(f"put_{kind}") for kind in WORKFLOWS}
"""What the engine names by the kind of a subject."""


def calls() -> Iterator[ast.Call]:
    return (node for node in nodes() if isinstance(node, ast.Call))


@cache
def nodes() -> tuple[ast.expr, ...]:
    """Every call and every constant of the code."""
    return tuple(
        node
        for folder in CODE
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call | ast.Constant)
    )


def literal(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_every_block_is_named_by_somebody() -> None:
    named = {text for node in nodes() if (text := literal(node))}
    known = blocks().keys() & named
    in_order = {form for name in known for form in sorted_names(name, sorts(name)).values()}
    few = {with_name(name, filter) for name in known for filter in narrowed(name)}
    few |= {with_name(form, filter) for name in known for form, filter in narrowed_in_order(name)}
    few |= {among_name(form) for form in known | in_order if among_name(form) in blocks()}
    assert blocks().keys() - OF_KINDS - in_order - few - named == set(), "nobody runs these"
    assert blocks().keys() >= OF_KINDS


def test_every_name_is_a_block() -> None:
    """Those that `sql` is called with, and those that a list, a resource or a section of a page is given."""
    asked = set()
    for call in calls():
        if isinstance(call.func, ast.Name) and call.func.id == "sql" and call.args:
            asked.add(literal(call.args[0]))
        asked |= {literal(one.value) for one in call.keywords if one.arg in ("block", "read")}
    wanted = {one for one in asked if one is not None}
    assert len(wanted) > 100
    assert wanted - blocks().keys() == set(), "no block of that name"
