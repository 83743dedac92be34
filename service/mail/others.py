"""Kinds of messages about what belongs to an agreement besides its notices: a breach, a request, an audit.

Such a subject has its agreement as its parent. What the words need stands in the message's own data, as it
was when the step asked for the message.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from service.mail.source import Source


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """A kind: its template's name, what makes its variables, and samples that take every turn of its text."""

    name: str
    make: Callable[[Source], dict[str, Any]]
    samples: tuple[dict[str, Any], ...]


_ALL: Final[tuple[Other, ...]] = ()
OTHERS: Final[dict[str, Other]] = {one.name: one for one in _ALL}
