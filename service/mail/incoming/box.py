"""What a mailbox is to its reader, wherever it lies."""

from datetime import datetime
from typing import Final, Protocol

import msgspec

LARGEST: Final = 25 * 1024 * 1024
"""Bytes of one message that are read, attachments included. Of a larger one the beginning is kept, and it is set
apart besides."""


class Unreadable(Exception):
    """The mailbox cannot be read now; says why in words of our own, which hold nobody's name."""


class UnreadableMail(Exception):
    """One message cannot be read, the others may; says why in words of our own."""


class BoxedMail(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it lies there; `arrived` is when it came in, UTC."""

    content: bytes
    arrived: datetime | None


class OpenedBox(Protocol):
    """An open mailbox; each call may take a while. All raise Unreadable where it is gone for all messages."""

    place: str
    """Within one place an item means one message."""

    def waiting(self, after: int, since: datetime) -> list[str]:
        """Items above `after`, in the order in which they came; where it is 0, those since that instant."""

    def uid(self, item: str) -> int:
        """Above that of what came before, 0 where there is no such thing. Asks nobody."""

    def read(self, item: str) -> BoxedMail | None:
        """One message, None where it is gone. Raises UnreadableMail."""

    def taken(self, item: str, *, apart: bool) -> None:
        """Mark the item as taken in, or as set apart."""

    def close(self) -> None:
        """Close the connection to the mailbox."""
