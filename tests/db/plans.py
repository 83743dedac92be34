"""How much a statement reads: its plan as it was carried out, walked to the tables."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from db.queries import blocks

_BEGIN: Final = "begin; set constraints all deferred"


class Read(msgspec.Struct, frozen=True):
    """What carrying out a statement read: rows of tables, kept or thrown away, and blocks of memory or disk."""

    rows: int
    blocks: int
    by: dict[str, int]
    """Rows by table, and how they were found."""


def _literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return str(value)
        case UUID() | str() | date():
            return "'" + str(value).replace("'", "''") + "'"
        case bytes():
            return f"'\\x{value.hex()}'"
        case list():
            return f"array[{', '.join(_literal(one) for one in value)}]"
    raise AssertionError(value)


def _given(values: tuple[Any, ...], kinds: list[str]) -> str:
    said = [f"{_literal(value)}::{kind}" for value, kind in zip(values, kinds, strict=True)]
    return f"({', '.join(said)})" if said else ""


async def prepare(connection: asyncpg.Connection, name: str) -> None:
    """Prepare a block for the whole session."""
    await connection.execute(f"prepare {name}_ as {blocks()[name]}")


async def explain(connection: asyncpg.Connection, name: str, values: tuple[Any, ...], *, before: int = 0) -> Any:
    """Carry out a prepared block and undo it: the plan, with what each of its steps did; `before` that as many times
    unseen."""
    kinds = await connection.fetchval(
        "select parameter_types::text[] from pg_prepared_statements where name = $1", f"{name}_"
    )
    assert len(kinds) == len(values), f"{name}: it takes {kinds}"
    statement = f"explain (analyze, format json) execute {name}_{_given(values, kinds)}"
    if before:
        await connection.execute(f"{_BEGIN}; {f'{statement}; ' * before}rollback")
    await connection.execute(_BEGIN)
    try:
        said = await connection.fetchval(statement)
        return msgspec.json.decode(said)[0]["Plan"]
    finally:
        await connection.execute("rollback")


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A step and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from steps(below)


def read(plan: dict[str, Any]) -> Read:
    """Sum up what its scans of tables read."""
    by: dict[str, int] = {}
    for step in steps(plan):
        if not re.search(r"Scan", step["Node Type"]) or "Relation Name" not in step:
            continue
        each = sum(
            step.get(what, 0) for what in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        )
        how = f"{step['Relation Name']} by {step.get('Index Name', step['Node Type'])}"
        by[how] = by.get(how, 0) + round(each * step["Actual Loops"])
    return Read(sum(by.values()), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], by)
