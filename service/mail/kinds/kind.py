"""A kind of message: all that is to be said of it, in one place.

What the words need that the rows do not hold stands in the message's own data, as it was when the step asked for
the message.
"""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from service.links import Purpose
from service.mail.kinds.source import Source
from service.mail.kinds.views import Entries
from workflows.kinds import WORKFLOWS
from workflows.machine.receipts import hears_receipt

About = Literal["notice", "agreement", "customer", "breach_case", "request", "audit", "matter"]
"""The kind of subject that a message is about."""


class MailKind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind: its template's name, what makes its variables, and samples that take every turn of its text.

    `entries` gives the last moments that it puts in the reader's calendar, or takes out of it (`takes_out`).
    `purpose` is that of a link of its own which it carries, besides the one to the contact's own page. One that
    `reminds` is not sent once nothing is left to answer, and goes to a contact in one mail a day. A `bundle` is the
    mail of several announcements, or of several reminders: it has a template, and no message is of its kind.
    """

    name: str
    about: About
    make: Callable[[Source], dict[str, Any]]
    samples: tuple[dict[str, Any], ...] = ({},)
    entries: Callable[[Source], Entries] | None = None
    takes_out: bool = False
    purpose: Purpose | None = None
    reminds: bool = False
    bundle: bool = False

    @property
    def receipt_counts(self) -> bool:
        """Whether its arrival moves what it is about."""
        return hears_receipt(WORKFLOWS[self.about], self.name)


def nothing_more(_: Source) -> dict[str, Any]:
    """The variables of a kind that needs no more than every message has."""
    return {}
