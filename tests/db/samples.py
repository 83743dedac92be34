"""Made-up rows: for each column a value that its type and its CHECK list take."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec

CHECK_LIST = re.compile(r"CHECK \(\((\w+) = (ANY \(ARRAY\[.*\]\)|'[^']+'::text)\)\)")

INSTANT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_FORMED = {("processor", "colour"): "#0b5d66", ("processor", "logo"): "0" * 64, ("processor_logo", "sha256"): "0" * 64}
"""Texts whose form the schema checks."""
_OBJECTS = {("task", "data")}
"""JSON whose members the schema reads."""


async def check_lists(connection: asyncpg.Connection) -> dict[tuple[str, str], list[str]]:
    """Every CHECK list of the schema: table and column, and the words that it takes."""
    rows = await connection.fetch(
        "select conrelid::regclass::text as t, pg_get_constraintdef(oid) as d from pg_constraint "
        "where contype = 'c' and connamespace = 'public'::regnamespace"
    )
    found = {}
    for row in rows:
        if match := CHECK_LIST.match(row["d"]):
            found[row["t"], match[1]] = re.findall(r"'([^']+)'::text", match[2])
    return found


class Samples:
    """What a row of each table may look like."""

    def __init__(self, columns: Mapping[str, Mapping[str, tuple[str, bool]]], lists: Mapping[Any, list[str]]) -> None:
        self._columns = columns
        self._lists = lists

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> "Samples":
        columns: dict[str, dict[str, tuple[str, bool]]] = {}
        for row in await connection.fetch(
            "select table_name, column_name, data_type, is_nullable = 'NO' and column_default is null "
            "and is_identity = 'NO' as needed from information_schema.columns where table_schema = 'public'"
        ):
            columns.setdefault(row["table_name"], {})[row["column_name"]] = (row["data_type"], row["needed"])
        return cls(columns, await check_lists(connection))

    def value(self, table: str, column: str, kind: str | None = None) -> Any:
        """One value, as JSON takes it."""
        if words := self._lists.get((table, column)):
            return words[0]
        kind = kind or self._columns[table][column][0]
        match kind:
            case "uuid":
                return uuid4()
            case "text":
                return _FORMED.get((table, column)) or ("{}" if column in ("body", "facts") else f"some {column}")
            case "boolean":
                return False
            case "integer" | "smallint" | "bigint" | "double precision":
                return 1
            case "timestamp with time zone" | "timestamptz":
                return INSTANT
            case "date":
                return date(2026, 3, 2)
            case "bytea":
                return "\\x00"
            case "jsonb" | "ARRAY" | "text[]" | "uuid[]":
                return {} if (table, column) in _OBJECTS else []
        raise AssertionError(f"no sample of {kind}: {table}.{column}")

    def row(self, table: str, **given: Any) -> dict[str, Any]:
        """A row with what must be filled, and what is given."""
        needed = [name for name, (_, needed) in self._columns[table].items() if needed]
        return {**{name: self.value(table, name) for name in needed if name not in given}, **given}

    async def insert(self, connection: asyncpg.Connection, table: str, **given: Any) -> dict[str, Any]:
        """Put a row in, as whoever needs one that is there already."""
        row = self.row(table, **given)
        names = ", ".join(row)
        await connection.execute(
            f"insert into {table} ({names}) select {names} from jsonb_populate_record(null::{table}, $1::jsonb)",
            as_json(row),
        )
        return row


def as_json(value: Any) -> str:
    """As the engine hands rows over."""
    return msgspec.json.encode(value).decode()
