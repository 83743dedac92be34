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
TOLD: Final = "told"


async def queue_mail(
    connection: Connection,
    user: UUID,
    processor: UUID | None,
    kind: str,
    now: datetime,
    *,
    link: UUID | None = None,
    data: Mapping[str, Any] = {},
) -> UUID:
    """A mail for a user, sent as soon as a worker looks; its id. The caller commits. `data` is what its words need."""
    id, packed = new_id(), msgspec.json.encode(data).decode()
    await connection.execute(sql("queue_user_mail"), id, user, processor, kind, link, packed, now)
    return id
