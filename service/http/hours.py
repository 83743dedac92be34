"""What this process put on record within the hour, so that a program that reads all day costs a statement an hour."""

import time
from typing import Final
from uuid import UUID

HOUR: Final = 3600.0
Key = tuple[UUID, UUID | None, str]
"""A key, the processor that it acts for, and a list."""


class Hours:
    """Keys that were seen, each for an hour."""

    def __init__(self) -> None:
        self._seen: dict[Key, float] = {}

    def known(self, key: Key) -> bool:
        """Whether it was noted within the hour."""
        return time.monotonic() - self._seen.get(key, -HOUR) < HOUR

    def note(self, key: Key) -> None:
        """It was seen now; what is older than an hour is forgotten."""
        now = time.monotonic()
        self._seen = {one: at for one, at in self._seen.items() if now - at < HOUR} | {key: now}
