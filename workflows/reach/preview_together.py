"""What sending an announcement would do: the preview of each of its changes, and of all of them together (P19, P20)."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine
from workflows.errors import Conflict
from workflows.model.announcement import Announcement
from workflows.reach.preview import Preview, preview


class PreviewTogether(msgspec.Struct, frozen=True, kw_only=True):
    """What `notify` would do now: each change by itself, and how many mails go out for all of them."""

    announcement_id: UUID
    digest: str
    changes: list[Preview]
    mails: int
    """One to each contact, for all its agreements and all the changes."""


async def preview_together(
    connection: Connection, engine: Engine, entity: Announcement, now: datetime
) -> PreviewTogether:
    """Look at what sending it `now` (UTC) would do; nothing is written. Raises NotFound."""
    contacts: set[UUID] = set()
    changes = [
        await preview(connection, engine, entity.processor_id, one, now, contacts=contacts) for one in entity.changes
    ]
    version = await connection.fetchval(sql("subject_version"), [entity.processor_id], entity.id)
    digest = hashlib.sha256(f"{entity.id} {version}\n".encode())
    for one in changes:
        digest.update(f"{one.change_id} {one.digest}\n".encode())
    return PreviewTogether(announcement_id=entity.id, digest=digest.hexdigest(), changes=changes, mails=len(contacts))


async def require_same(
    connection: Connection, engine: Engine, entity: Announcement, now: datetime, digest: str
) -> None:
    """Raise Conflict unless what would happen is still what was looked at (P20)."""
    if (await preview_together(connection, engine, entity, now)).digest != digest:
        raise Conflict(
            "What this announcement would do is no longer what the preview showed: "
            "read the preview again, and name its digest."
        )
