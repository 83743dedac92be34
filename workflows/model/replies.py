"""What comes back of a message: receipts, bounces, and replies that wait to be read (P1, P2, P4)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.task_words import InEach


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came back and waits for a person to say what it is (P4)."""

    id: UUID
    received_at: datetime
    classified_as: str | None = None
    sure: bool = True
    """False where nothing but its sender ties it to what waits for it."""


class ReplyIn(msgspec.Struct, frozen=True):
    """A message came back from a person and waits to be read (P4), `sha256` of what was received in hex; by `due_at`,
    where what waits for it has an end. `why` it is tied to no notice; a `key` that it shares with others like it."""

    inbound_id: UUID
    received_at: datetime
    sha256: str | None = None
    sure: bool = True
    due_at: datetime | None = None
    why: InEach | str = ""
    key: str = ""

    def event_fields(self) -> dict[str, Any]:
        told = {"inbound_id": self.inbound_id, "received_at": self.received_at, **sealed(self.sha256)}
        return told if self.sure else {**told, "sure": False}


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
    sha256: str | None = None
    """Of what says so, where something was received."""


class Bounced(msgspec.Struct, frozen=True):
    """A message about it came back, or did not arrive yet, with the server's words."""

    contact_id: UUID
    words: str = ""
    copy: bool = False
    sha256: str | None = None
    kind: str = ""
    """Of the message; empty where a release before this one said it."""


def sealed(sha256: str | None) -> dict[str, Any]:
    """The digest of what was received, in an event: the ledger seals what is kept of it."""
    return {"sha256": sha256} if sha256 is not None else {}
