"""A deadline that stands, counted again: for a picture of it, and only where it comes to the same."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from workflows.errors import BadInput
from workflows.terms.due import Reckoned, reckon
from workflows.terms.model import Terms
from workflows.time import local_day

_INSTANT: Final = re.compile(r"The event is at .*, which is (?P<at>\S+Z); its day is .*")
_DAY: Final = re.compile(r"The event is the whole of .*, which is (?P<over>\S+Z)\.")
_BEFORE: Final = timedelta(microseconds=1)


def event_in(steps: Sequence[str], zone: str) -> datetime | date | None:
    """The event that the steps of a deadline begin with: an instant, or a whole day; None where none says so."""
    for step in steps:
        if (found := _INSTANT.fullmatch(step)) is not None:
            return datetime.fromisoformat(found["at"])
        if (found := _DAY.fullmatch(step)) is not None:
            return local_day(datetime.fromisoformat(found["over"]) - _BEFORE, zone)
    return None


def recounted(
    terms: Terms, rule: str, at: datetime | date | None, due_at: datetime, facts: Mapping[str, object]
) -> Reckoned | None:
    """How a deadline of these terms that is due at `due_at` (UTC) was counted from `at`.

    None where counting it today comes to another instant: other facts, another version, another calendar. What stands
    is not explained by what it does not rest on.
    """
    if at is None:
        return None
    for more in ({}, {"cancelled_at": at}):
        try:
            found = reckon(terms, rule, at, {**facts, **more})
        except BadInput:
            continue
        if found.due.due_at == due_at:
            return found
    return None
