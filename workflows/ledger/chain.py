"""The chain of events: what is hashed, and how it is checked. Pure."""

import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

GENESIS = bytes(32)
"""What stands before the first event of a subject."""


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an event says; its encoded bytes are stored and hashed as they are."""

    subject: UUID
    kind: str
    seq: int
    type: str
    at: datetime
    recorded_at: datetime
    actor: str
    before: str | None
    after: str
    data: dict[str, Any] = {}
    personal_sha256: str | None = None
    """Commitment to what stands beside the ledger: sha256(salt || text)."""
    row_form: int | None = None
    row_sha256: str | None = None
    """The subject's row as the step left it, by this form of its kind (`rows`); none from releases before digests."""
    terms: tuple[UUID, str] | None = None
    """The version of the terms that the row rests on, and the SHA-256 of its document."""
    engagements: tuple[dict[str, Any], ...] = ()
    """What the step did to engagements, as `engaged` follows it."""


class EngagementStep(msgspec.Struct, frozen=True, gc=False):
    """What an event did to an engagement, as far as it says to whose: the rest is for `engaged` to read."""

    begin: UUID | None = None
    agreement_id: UUID | None = None
    end: UUID | None = None
    place: UUID | None = None


class Sealed(msgspec.Struct, frozen=True):
    """What verification looks at in a body; all else was hashed with it."""

    subject: UUID
    kind: str
    seq: int
    type: str
    at: datetime
    recorded_at: datetime
    after: str
    personal_sha256: str | None = None
    row_form: int | None = None
    row_sha256: str | None = None
    terms: tuple[UUID, str] | None = None
    engagements: tuple[EngagementStep, ...] = ()


def encode(body: Body) -> str:
    """The body of an event as the text that is stored and hashed."""
    return msgspec.json.encode(body).decode()


def link(previous: bytes, seq: int, body: str) -> bytes:
    """SHA-256 over the previous hash, the version (8 bytes, big-endian) and the body's bytes."""
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + body.encode()).digest()


def commit(salt: bytes, text: str) -> str:
    """The commitment to personal data, hex."""
    return hashlib.sha256(salt + text.encode()).hexdigest()


_SEALED: Final = msgspec.json.Decoder(Sealed)


class Broken(msgspec.Struct, frozen=True):
    """The first place where a chain does not hold."""

    subject: UUID
    seq: int
    why: str


class Link(msgspec.Struct, frozen=True):
    """One stored event, as it is read back."""

    subject: UUID
    seq: int
    body: str
    previous: bytes
    hash: bytes


class Chain:
    """Checks the events of one subject in their order."""

    def __init__(self, subject: UUID) -> None:
        self.subject = subject
        self.seq = 0
        self.head = GENESIS
        self.last: Sealed | None = None
        """What the last event says that holds."""

    def add(self, event: Link) -> Sealed | Broken:
        """Take the next event: what it says, or what is wrong with it."""
        if event.seq != self.seq + 1:
            return Broken(self.subject, self.seq + 1, f"event {self.seq + 1} is missing")
        if event.previous != self.head:
            return Broken(self.subject, event.seq, "it does not follow from the one before")
        if link(event.previous, event.seq, event.body) != event.hash:
            return Broken(self.subject, event.seq, "its words were altered")
        try:
            said = _SEALED.decode(event.body)
        except msgspec.MsgspecError:
            return Broken(self.subject, event.seq, "its words are not readable")
        if said.subject != self.subject or said.seq != event.seq:
            return Broken(self.subject, event.seq, "it was moved here from elsewhere")
        self.seq, self.head, self.last = event.seq, event.hash, said
        return said

    def close(self, version: int, head: bytes) -> Broken | None:
        """Compare with what the subject itself remembers; catches a cut-off end."""
        if self.seq != version or self.head != head:
            return Broken(self.subject, self.seq + 1, f"the subject remembers {version} events, {self.seq} are left")
        return None
