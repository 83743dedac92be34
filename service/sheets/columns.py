"""A list as a table: the columns of what it lists, made of its shape, and the cells of each item. Pure.

What stands inside an item is a column of its own (`main_contract.reference`); several words are one cell, parted by
semicolons; what is deeper is one cell of JSON. Instants are UTC, which their heading says, as a spreadsheet knows no
zones.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, Literal

import msgspec
from msgspec.inspect import (
    BoolType,
    CollectionType,
    DateTimeType,
    DateType,
    FloatType,
    IntType,
    Metadata,
    NoneType,
    StructType,
    Type,
    UnionType,
    type_info,
)

Kind = Literal["text", "instant", "day", "number", "truth", "words", "json"]
SheetCell = str | int | float | bool | date | datetime | None
"""What a cell holds; an instant has no zone and is UTC."""

_DEEPEST: Final = 2
_FOR_PROGRAMS: Final = frozenset({"action_links"})
"""Fields that lead a program on, and say nothing in a table."""


class SheetColumn(msgspec.Struct, frozen=True):
    """A column: where it stands in an item, and what its cells hold."""

    path: tuple[str, ...]
    kind: Kind

    @property
    def heading(self) -> str:
        """Its first row."""
        name = ".".join(self.path)
        return f"{name} (UTC)" if self.kind == "instant" else name


@cache
def columns_of(shape: Any) -> tuple[SheetColumn, ...]:
    """The columns of a list of this shape, in its order."""
    info = type_info(shape)
    assert isinstance(info, StructType)
    return tuple(_columns(info, ()))


def cells_of(item: Mapping[str, Any], columns: Sequence[SheetColumn]) -> list[SheetCell]:
    """An item of JSON as the cells of these columns."""
    return [_cell(_found(item, column.path), column.kind) for column in columns]


def _columns(info: StructType, before: tuple[str, ...]) -> Iterator[SheetColumn]:
    for field in info.fields:
        if field.encode_name in _FOR_PROGRAMS:
            continue
        path = (*before, field.encode_name)
        kinds = list(_alternatives(field.type))
        match kinds:
            case [StructType() as inner] if len(path) < _DEEPEST:
                yield from _columns(inner, path)
            case [only]:
                yield SheetColumn(path, _kind(only))
            case _:
                yield SheetColumn(path, "json" if any(map(_is_deep, kinds)) else "text")


def _alternatives(info: Type) -> Iterator[Type]:
    match info:
        case Metadata(type=inner):
            yield from _alternatives(inner)
        case UnionType(types=several):
            for one in several:
                yield from _alternatives(one)
        case NoneType():
            pass
        case _:
            yield info


def _kind(info: Type) -> Kind:
    match info:
        case DateTimeType():
            return "instant"
        case DateType():
            return "day"
        case BoolType():
            return "truth"
        case IntType() | FloatType():
            return "number"
        case CollectionType(item_type=inner):
            return "json" if any(map(_is_deep, _alternatives(inner))) else "words"
        case _:
            return "json" if _is_deep(info) else "text"


def _is_deep(info: Type) -> bool:
    return isinstance(info, StructType | CollectionType) or type(info).__name__ in ("DictType", "AnyType")


def _found(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item


def _cell(value: Any, kind: Kind) -> SheetCell:
    if value is None or value == [] or value == {}:
        return None
    match kind, value:
        case "instant", str():
            return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
        case "day", str():
            return date.fromisoformat(value)
        case "words", list():
            return "; ".join(map(str, value))
        case _, str() | int() | float():
            return value
        case _:
            return msgspec.json.encode(value).decode()
