"""Announcements: changes put together, looked at, and sent as one (P19)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from db.queries import sql
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, text, uuid
from service.http.request_context import RequestContext, WriteUnit
from service.http.subjects import Resource, actions, reading
from workflows.intake.announcements import AnnouncementIn, AnnouncementPatch, checked_patch, create_announcement
from workflows.model.announcement import Announcement
from workflows.model.change import Notify
from workflows.reach.preview_together import PreviewTogether, preview_together, require_same


class BundledShown(msgspec.Struct, frozen=True, kw_only=True):
    """One of its changes: where it stands, and its notices counted by state."""

    id: UUID
    kind: str
    state: str
    notices: dict[str, int]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far telling has come, in agreements."""

    done: int = 0
    total: int = 0
    finished: bool = False


class AnnouncementShown(Announcement, frozen=True, kw_only=True):
    """An announcement. `bundled` has its changes as they stand, `progress` how far telling has come."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""
    bundled: list[BundledShown]
    progress: Progress


def _shown(row: Any) -> AnnouncementShown:
    """A row of `announcement_shown`."""
    told = {key: value for key, value in msgspec.json.decode(row["told"]).items() if value is not None}
    return AnnouncementShown(
        **msgspec.structs.asdict(msgspec.json.decode(row["entity"], type=Announcement)),
        state=row["state"],
        version=row["version"],
        actions=row["offered"],
        created_at=row["created_at"],
        set_apart=row["parked_why"],
        bundled=msgspec.json.decode(row["bundled"], type=list[BundledShown]),
        progress=msgspec.convert(told, Progress),
    )


ANNOUNCEMENTS: Final = Resource(
    kind="announcement",
    read="read_announcement",
    show=_shown,
    shape=AnnouncementShown,
    whole=False,
    listing=Listing(block="list_announcements", order=BY_ID, filters={"change_id": uuid, "state": text}),
)


@post("/announcements", tags=["announcements"])
async def create(call: NamedDependency[RequestContext], data: JSONBody[AnnouncementIn]) -> Response[AnnouncementShown]:
    """Put drafts of changes together; nobody is told before `notify`."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        # Held, so that two announcements cannot take the same draft.
        await unit.connection.fetch(sql("lock_subjects"), unit.processors, list(data.changes))
        moved = await create_announcement(
            unit.connection,
            unit.engine,
            unit.processor,
            data,
            actor=unit.caller.actor,
            at=unit.at,
            now=unit.now,
        )
        return await ANNOUNCEMENTS.answer(unit, moved.id, status=201)

    return await call.write(work)


@patch("/announcements/{id:uuid}", tags=["announcements"])
async def change(
    call: NamedDependency[RequestContext], id: FromPath[UUID], data: JSONBody[AnnouncementPatch]
) -> Response[AnnouncementShown]:
    """Other changes or another version, while it is a draft."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        wanted = data.changes if data.changes is not msgspec.UNSET else ()
        await unit.connection.fetch(sql("lock_subjects"), unit.processors, [id, *wanted])
        row = await ANNOUNCEMENTS.row(unit.connection, unit.processors, id)
        update = await checked_patch(unit.connection, _entity(row), data)
        await unit.run(id, "update", update, requested=False)
        return await ANNOUNCEMENTS.answer(unit, id)

    return await call.write(work)


@get("/announcements/{id:uuid}/preview", tags=["announcements"])
async def read_preview(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[PreviewTogether]:
    """What sending it now would do; nothing is written. `notify` may name the `digest`."""
    async with call.reading() as connection:
        row = await ANNOUNCEMENTS.row(connection, call.caller.processors, id)
        found = await preview_together(connection, call.parts.engine, _entity(row))
    return call.shown(found)


async def _notify(unit: WriteUnit, row: Any, data: Notify) -> Notify:
    entity = _entity(row)
    # Held together, so that what the guards see of its changes is still so when this is written down.
    await unit.connection.fetch(sql("lock_subjects"), unit.processors, [entity.id, *entity.changes])
    if data.preview is not None:
        await require_same(unit.connection, unit.engine, entity, data.preview)
    return data


def _entity(row: Any) -> Announcement:
    return msgspec.json.decode(row["entity"], type=Announcement)


ROUTES: Final = (
    *reading(ANNOUNCEMENTS),
    create,
    change,
    read_preview,
    *actions(ANNOUNCEMENTS, prepare={"notify": _notify}),
)
