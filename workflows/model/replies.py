"""Messages that came back from a person and wait to be read (P4)."""

from datetime import datetime
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


class Bounced(msgspec.Struct, frozen=True):
    """A message about it came back."""

    contact_id: UUID
    words: str = ""
