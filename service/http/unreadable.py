"""A row that cannot be read, such as one that was altered by hand, spoils no list: it is named beside the others."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
from litestar.exceptions import HTTPException

from workflows.engine.poison import is_poison, note
from workflows.errors import TermijnError

T = TypeVar("T")
log: Final = logging.getLogger(__name__)
_OF_THE_WHOLE: Final = (TermijnError, HTTPException, asyncpg.PostgresError)
"""Errors that concern the request or its transaction, and no row of it."""


async def apart(
    show: Callable[[Sequence[Any]], Awaitable[Sequence[T]]], rows: Sequence[Any]
) -> tuple[list[T], list[UUID]]:
    """What `show` makes of the rows, and the ids of those of which it makes nothing.

    Raises what `show` raises that no row is to blame for, of rows without an id, and where it makes nothing of any of
    several: that is a defect, and no list of nothing.
    """
    items, unreadable = await _apart(show, rows)
    if len(rows) > 1 and not items:
        await show(rows[:1])
    return items, unreadable


async def _apart(
    show: Callable[[Sequence[Any]], Awaitable[Sequence[T]]], rows: Sequence[Any]
) -> tuple[list[T], list[UUID]]:
    try:
        return list(await show(rows)), []
    except _OF_THE_WHOLE:
        raise
    except Exception as error:
        if not is_poison(error) or not all("id" in row for row in rows):
            raise
        if len(rows) == 1:
            note(log, f"reading the row {rows[0]['id']} of a list", error)
            return [], [rows[0]["id"]]
    middle = len(rows) // 2
    one, other = await _apart(show, rows[:middle]), await _apart(show, rows[middle:])
    return one[0] + other[0], one[1] + other[1]
