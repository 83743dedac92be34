"""What a subject hears of the messages that it sent: handed over, arrived, come back. Pure.

The same whether the mail server says so at once, or a report or a person says it later (P1, P2).
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec

from workflows.machine.messages import BOUNCED, HANDED_OVER, MAYBE_SENT, RECEIVED
from workflows.machine.signals import D, Message, NoData
from workflows.model.replies import Bounced, Receipt

ANNOUNCEMENT: Final = "announcement"
"""The kind of message that tells a customer of a change: the receipt of it starts windows."""
RECEIPTS: Final[Mapping[str, str]] = {ANNOUNCEMENT: "notice", "agreement": "agreement", "breach_notice": "breach_case"}
"""The kinds of messages whose receipt moves what they are about, each with the kind of that subject."""
_HEAR_OF_BOUNCES: Final = ("agreement", "breach_case", "customer")
"""Subjects that are told when any message about them came back."""


class News(msgspec.Struct, frozen=True):
    """What the subject of a message is told; or its customer (`at_customer`)."""

    trigger: str
    data: dict[str, Any] = {}
    at_customer: bool = False


def handed_over(kind: str, contact: UUID, *, copy: bool) -> News | None:
    """A relay took it; receipt is still to be proven."""
    return _news(HANDED_OVER, Receipt(contact_id=contact, copy=copy)) if kind == ANNOUNCEMENT else None


def maybe_arrived(kind: str) -> News | None:
    """No answer after all of it was sent: who may have been told is told of what follows (P18)."""
    return _news(MAYBE_SENT, NoData()) if kind == ANNOUNCEMENT else None


def arrived(kind: str, contact: UUID, *, copy: bool) -> News | None:
    """It reached its contact."""
    return _news(RECEIVED, Receipt(contact_id=contact, copy=copy)) if kind in RECEIPTS else None


def came_back(kind: str, about: str, contact: UUID, words: str, *, copy: bool) -> News:
    """It reached nobody, for good; `about` is the kind of its subject.

    What comes back of an announcement, or about a subject that hears of it, may take something back. All else takes
    nothing back: that the address does not work is told at the customer.
    """
    if kind == ANNOUNCEMENT:
        return _news(BOUNCED, Bounced(contact_id=contact, words=words, copy=copy))
    told = Bounced(contact_id=contact, words=words)
    return _news(BOUNCED, told, at_customer=about not in _HEAR_OF_BOUNCES)


def _news(tell: Message[D], data: D, *, at_customer: bool = False) -> News:
    return News(tell.trigger, msgspec.to_builtins(data), at_customer)
