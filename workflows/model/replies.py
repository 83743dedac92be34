"""What comes back of a message: receipts, bounces, and replies that wait to be read (P1, P2, P4)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came back and waits for a person to say what it is (P4)."""

    id: UUID
    received_at: datetime
    classified_as: str | None = None


class ReplyIn(msgspec.Struct, frozen=True):
    """A message came back from a person and waits to be read (P4)."""

    inbound_id: UUID
    received_at: datetime


class Classified(msgspec.Struct, frozen=True):
    """A person said what a reply is."""

    inbound_id: UUID
    classified_as: str


class Receipt(msgspec.Struct, frozen=True):
    """A message about it reached a contact, or a relay that hands it on."""

    contact_id: UUID
    how: Literal["direct", "delivery_report", "answer"] = "direct"
    copy: bool = False
    """A further copy, beside the message that counts."""


class Bounced(msgspec.Struct, frozen=True):
    """A message about it came back, with the server's words."""

    contact_id: UUID
    words: str = ""
    copy: bool = False
