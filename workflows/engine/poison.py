"""Tells permanent errors (bad rows, defects of the program) from passing ones (a database that is away).

What they say may hold a customer's words: logs get their kind and their places in the code, nothing else.
"""

import traceback
from typing import Final

import asyncpg

from db.session import AWAY

_BAD_ROWS: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError)


def is_poison(error: Exception) -> bool:
    """Whether the rows, or the code that reads them, are wrong: trying again gives the same."""
    return isinstance(error, _BAD_ROWS) or not isinstance(error, AWAY)


def places(error: BaseException) -> str:
    """The files, lines and functions an error came through, outermost first; nothing of its message."""
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()
