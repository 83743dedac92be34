"""Rows of which many fields are the same in all: what they have alike is said once. Pure."""

from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from operator import eq, is_
from typing import Any
from uuid import UUID

import msgspec

_PLAIN = (str, UUID, datetime)
"""Of these types two that are equal are written alike. Of others one and the same is: 1 and True are equal."""

Said = dict[str, Any]
"""Values by their fields."""


def said_once(rows: Sequence[Any]) -> tuple[list[Said], Said]:
    """What rows, Structs or mappings of the same fields, have each for themselves, by field, and what all have."""
    first = rows[0]
    if isinstance(first, msgspec.Struct):
        names: Sequence[str] = first.__struct_encode_fields__
        columns = zip(*map(msgspec.structs.astuple, rows), strict=True)
    else:
        names = list(first)
        columns = zip(*(row.values() for row in rows), strict=True)
    alike: Said = {}
    apart: dict[str, tuple[Any, ...]] = {}
    for name, column in zip(names, columns, strict=True):
        if _same(column):
            alike[name] = column[0]
        else:
            apart[name] = column
    if not apart:
        return [{} for _ in rows], alike
    return [dict(zip(apart, values, strict=True)) for values in zip(*apart.values(), strict=True)], alike


def _same(column: tuple[Any, ...]) -> bool:
    first = column[0]
    if all(map(is_, column, repeat(first))):
        return True
    return isinstance(first, _PLAIN) and all(map(eq, column, repeat(first)))
