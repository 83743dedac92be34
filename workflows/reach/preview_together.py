"""What sending an announcement would do: the preview of each of its changes, and of all of them together (P19, P20)."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine
from workflows.errors import Conflict
from workflows.model.announcement import Announcement
from workflows.reach.preview import preview
from workflows.reach.previewed import Preview, PreviewPage


class PreviewTogether(msgspec.Struct, frozen=True, kw_only=True):
    """What `notify` would do now: each change by itself, and how many mails go out for all of them."""

    announcement_id: UUID
    digest: str
    changes: list[Preview]
    mails: int
    """One to each contact, for all its agreements and all the changes."""
    next: str | None = None
    """Goes on where this page of the changes' lists ends, for all of them at the same agreement; null at their end."""


async def preview_together(
    connection: Connection,
    engine: Engine,
    entity: Announcement,
    now: datetime,
    page: PreviewPage | None = None,
    known: PreviewTogether | None = None,
) -> PreviewTogether:
    """Look at what sending it `now` (UTC) would do; nothing is written. `page` bounds what is shown of each change:
    an agreement stands on one page under all of them. `next` is the id of the last one, where there are more. `known`
    is what an earlier page says of all agreements, as in `preview`.

    Raises NotFound.
    """
    before = {one.change_id: one for one in known.changes} if known is not None else {}
    if before.keys() != set(entity.changes):
        known, before = None, {}
    contacts: set[UUID] = set()
    changes = [
        await preview(
            connection, engine, entity.processor_id, one, now, contacts=contacts, page=page, known=before.get(one)
        )
        for one in entity.changes
    ]
    version = await connection.fetchval(sql("subject_version"), [entity.processor_id], entity.id)
    digest = hashlib.sha256(f"{entity.id} {version}\n".encode())
    for one in changes:
        digest.update(f"{one.change_id} {one.digest}\n".encode())
    last = min((UUID(one.next) for one in changes if one.next is not None), default=None)
    return PreviewTogether(
        announcement_id=entity.id,
        digest=digest.hexdigest(),
        changes=changes if last is None else [_until(one, last) for one in changes],
        mails=len(contacts) if known is None else known.mails,
        next=str(last) if last is not None else None,
    )


def _until(one: Preview, last: UUID) -> Preview:
    """A change's page as far as this agreement, where the page of another ends there."""
    lists = (one.agreements, one.left_out, one.contacts_missing)
    more = one.next is not None or any(row.agreement_id > last for rows in lists for row in rows)
    return replace(
        one,
        agreements=[row for row in one.agreements if row.agreement_id <= last],
        left_out=[row for row in one.left_out if row.agreement_id <= last],
        contacts_missing=[row for row in one.contacts_missing if row.agreement_id <= last],
        next=str(last) if more else None,
    )


async def require_same(
    connection: Connection, engine: Engine, entity: Announcement, now: datetime, digest: str
) -> None:
    """Raise Conflict unless what would happen is still what was looked at (P20)."""
    if (await preview_together(connection, engine, entity, now)).digest != digest:
        raise Conflict(
            "What this announcement would do is no longer what the preview showed: "
            "read the preview again, and name its digest."
        )
