"""Mail to users, as it is put into the outbox."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.ids import new_id

SIGN_IN: Final = "sign_in"


async def queue_mail(
    connection: Connection,
    user: UUID,
    processor: UUID | None,
    kind: str,
    now: datetime,
    *,
    link: UUID | None = None,
    data: Mapping[str, Any] = {},
) -> None:
    """A mail for a user, sent as soon as a worker looks; the caller commits. `data` is what its words need."""
    packed = msgspec.json.encode(data).decode()
    await connection.execute(sql("queue_user_mail"), new_id(), user, processor, kind, link, packed, now)
