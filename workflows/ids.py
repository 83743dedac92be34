"""Identifiers: UUIDv7 (RFC 9562, 5.7), and derived ones where a step needs one without a random number."""

from uuid import UUID, uuid5

import uuid_utils
from uuid_utils.compat import uuid7

NAMESPACE = UUID("0195d0c0-7e52-7000-8000-7465726d696a")


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()


def new_text_id() -> str:
    """The same as a text, where nothing else is made of it."""
    return str(uuid_utils.uuid7())


def item_id(subject: UUID, *parts: str) -> UUID:
    """The same id for the same parts of the same subject, so that a step stays pure.

    Its first 48 bits and version are the subject's, so that it sorts and reads as a UUIDv7.
    """
    derived = uuid5(NAMESPACE, "/".join((str(subject), *parts))).int
    low = derived & ((1 << 62) - 1)
    middle = (derived >> 64) & 0xFFF
    return UUID(int=(subject.int >> 80 << 80) | (7 << 76) | (middle << 64) | (2 << 62) | low)
