"""Kinds of messages about what belongs to an agreement besides its notices: a breach, a request, an audit.

Such a subject has its agreement as its parent. What the words need stands in the message's own data, as it
was when the step asked for the message.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from service.links import Purpose
from service.mail.kinds.source import Source
from service.mail.kinds.views import Entries


class MailKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind: its template's name, what makes its variables, and samples that take every turn of its text.

    `entries` gives the last moments that it puts in the reader's calendar, where it has any. `purpose` is that of
    a link of its own which it carries, besides the one to the contact's own page.
    """

    name: str
    make: Callable[[Source], dict[str, Any]]
    samples: tuple[dict[str, Any], ...]
    entries: Callable[[Source], Entries] | None = None
    purpose: Purpose | None = None
