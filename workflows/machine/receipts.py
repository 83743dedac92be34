"""What a subject hears of the messages that it sent: handed over, arrived, come back. Pure.

The same whether the mail server says so at once, or a report or a person says it later (P1, P2).
"""

from typing import Any, Final
from uuid import UUID

import msgspec

from workflows.machine.machine import Workflow
from workflows.machine.messages import BOUNCED, HANDED_OVER, MAYBE_SENT, RECEIVED
from workflows.machine.signals import D, Message, NoData
from workflows.model.replies import Bounced, Receipt

ANNOUNCEMENT: Final = "announcement"
"""The kind of message that tells a customer of a change: nobody gets it who cannot answer any more."""

AnyFlow = Workflow[Any, Any]


class News(msgspec.Struct, frozen=True):
    """What the subject of a message is told; or its customer (`at_customer`)."""

    trigger: str
    data: dict[str, Any] = {}
    at_customer: bool = False


def hears_receipt(flow: AnyFlow, kind: str) -> bool:
    """Whether the subject is told that a message of this kind arrived."""
    return kind in flow.table.receipts


def hears_return(flow: AnyFlow, kind: str) -> bool:
    """Whether the subject is told that a message of this kind came back; else its customer is."""
    bounces = flow.table.bounces
    return (bounces is None or kind in bounces) and flow.takes(BOUNCED)


def handed_over(flow: AnyFlow, kind: str, contact: UUID, *, copy: bool) -> News | None:
    """A relay took it; receipt is still to be proven."""
    told = Receipt(contact_id=contact, copy=copy)
    return _news(HANDED_OVER, told) if hears_receipt(flow, kind) and flow.takes(HANDED_OVER) else None


def maybe_arrived(flow: AnyFlow, kind: str) -> News | None:
    """No answer after all of it was sent: who may have been told is told of what follows (P18)."""
    return _news(MAYBE_SENT, NoData()) if hears_receipt(flow, kind) and flow.takes(MAYBE_SENT) else None


def arrived(flow: AnyFlow, kind: str, contact: UUID, *, copy: bool) -> News | None:
    """What the subject is told when a message reached its contact."""
    return _news(RECEIVED, Receipt(contact_id=contact, copy=copy)) if hears_receipt(flow, kind) else None


def came_back(flow: AnyFlow, kind: str, contact: UUID, words: str, *, copy: bool) -> News:
    """It reached nobody, for good. Where that takes nothing back of what it is about, its customer hears that the
    address does not work."""
    told = Bounced(contact_id=contact, words=words, copy=copy, kind=kind)
    return _news(BOUNCED, told, at_customer=not hears_return(flow, kind))


def _news(tell: Message[D], data: D, *, at_customer: bool = False) -> News:
    return News(tell.trigger, msgspec.to_builtins(data), at_customer)
