"""A daily root as it is shown and exported."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec


class RootShown(msgspec.Struct, frozen=True, kw_only=True):
    """A Merkle root over the hashes of `events` events; hashes are hex.

    `day` (UTC) was over when it was made. `previous` is the SHA-256 of the statement before it; `signature` the
    HMAC-SHA256 of its own.
    """

    processor_id: UUID
    number: int
    day: date
    events: int
    root: str
    previous: str
    signature: str
    made_at: datetime


def root_shown(row: Any) -> RootShown:
    """A row of `ledger_root`."""
    return RootShown(
        processor_id=row["processor_id"],
        number=row["number"],
        day=row["day"],
        events=row["events"],
        root=row["root"].hex(),
        previous=row["previous"].hex(),
        signature=row["signature"].hex(),
        made_at=row["made_at"],
    )
