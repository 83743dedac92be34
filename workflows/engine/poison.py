"""What a failure means for the work in hand, and what is written down of it.

What errors say may hold a customer's words: logs get their kind and their places in the code, nothing else.
"""

import logging
import traceback

from db.troubles import trouble


def is_poison(error: Exception) -> bool:
    """Whether the rows, or the code that reads them, are wrong: trying again gives the same."""
    return trouble(error) == "poison"


def note(log: logging.Logger, what: str, error: Exception) -> None:
    """Write down that `what` failed: in a line where it is tried again, with its places where it is a defect."""
    if is_poison(error):
        log.error("%s failed: %s\n%s", what, type(error).__name__, places(error))
    else:
        log.warning("%s failed: %s; it is tried again", what, type(error).__name__)


def is_race(error: Exception) -> bool:
    """Whether it was undone for somebody else's sake, or waited for somebody in vain."""
    return trouble(error) == "race"


def places(error: BaseException) -> str:
    """The files, lines and functions an error came through, outermost first; nothing of its message."""
    return "".join(traceback.format_tb(error.__traceback__)).rstrip()
