"""Announcements: changes put together, looked at, and sent as one (P19)."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from db.queries import sql
from service.http.lists import BY_ID, Listing, state_of, uuid
from service.http.preview_pages import PAGED, previewed_together
from service.http.request_context import Locked, RequestContext, WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.intake.announcements import AnnouncementIn, AnnouncementPatchIn, checked_patch, create_announcement
from workflows.kinds import states_of
from workflows.model.announcement import Announcement, Rebundle
from workflows.model.change import Notify
from workflows.reach.preview_together import PreviewTogether, require_same


class BundledShown(msgspec.Struct, frozen=True, kw_only=True):
    """One of its changes: where it stands, and its notices counted by state."""

    id: UUID
    kind: str
    state: Annotated[str, states_of("change")]
    notices: dict[str, int]


class ProgressShown(msgspec.Struct, frozen=True, kw_only=True):
    """How far telling has come, in agreements."""

    done: int = 0
    total: int = 0
    finished: bool = False


class AnnouncementShown(Announcement, SubjectShown, frozen=True, kw_only=True):
    """An announcement. `bundled` has its changes as they stand, `progress` how far telling has come."""

    bundled: list[BundledShown]
    progress: ProgressShown


def shown(row: Any) -> AnnouncementShown:
    """A row of `announcement_shown`."""
    told = {key: value for key, value in msgspec.json.decode(row["told"]).items() if value is not None}
    return AnnouncementShown(
        **own_fields(row, Announcement),
        **standing("announcement", row),
        bundled=msgspec.json.decode(row["bundled"], type=list[BundledShown]),
        progress=msgspec.convert(told, ProgressShown),
    )


ANNOUNCEMENTS: Final = Resource(
    kind="announcement",
    read="read_announcement",
    show=shown,
    shape=AnnouncementShown,
    whole=False,
    listing=Listing(
        block="list_announcements", order=BY_ID, filters={"change_id": uuid, "state": state_of("announcement")}
    ),
)


async def _new(unit: WriteUnit, data: AnnouncementIn) -> UUID:
    """Put drafts of changes together; nobody is told before `notify`."""
    # Held, so that two announcements cannot take the same draft.
    await unit.connection.fetch(sql("lock_subjects"), unit.processors, list(data.changes))
    moved = await create_announcement(unit.connection, unit.engine, unit.acting, unit.processor, data)
    return moved.id


async def _wanted(unit: WriteUnit, id: UUID, data: AnnouncementPatchIn) -> Sequence[UUID]:
    """The drafts that it is to carry: no other announcement takes them meanwhile."""
    del unit, id
    return data.changes if data.changes is not msgspec.UNSET else ()


async def _changed(unit: WriteUnit, locked: Locked, data: AnnouncementPatchIn) -> Rebundle:
    """Other changes or another version, while it is a draft."""
    return await checked_patch(unit.connection, locked.entity, data)


async def _carried(unit: WriteUnit, id: UUID, data: Notify) -> Sequence[UUID]:
    """Held together, so that what the guards see of its changes is still so when this is written down."""
    del data
    row = await ANNOUNCEMENTS.row(unit, id)
    return msgspec.json.decode(row["entity"], type=Announcement).changes


async def _notify(unit: WriteUnit, locked: Locked, data: Notify) -> Notify:
    if data.preview is not None:
        await require_same(unit.connection, unit.engine, locked.entity, unit.now, data.preview)
    return data


@get("/announcements/{id:uuid}/preview", opt={"query": PAGED}, tags=["announcements"])
async def preview_announcement(call: NamedDependency[RequestContext], id: FromPath[UUID]) -> Response[PreviewTogether]:
    """What sending it now would do; nothing is written. `notify` may name the `digest`.

    The lists of its changes come in pages, 200 agreements at a time where no `limit` is given; the counts and the
    digest are over all, as the first page found them. `next` of one change goes on in that change's own preview.
    """
    async with call.reading() as unit:
        row = await ANNOUNCEMENTS.row(unit, id)
        entity = msgspec.json.decode(row["entity"], type=Announcement)
        found = await previewed_together(call, unit, entity)
    return call.shown(found)


ROUTES: Final = (
    *routes(
        ANNOUNCEMENTS,
        create=Making(AnnouncementIn, _new),
        update=Preparation(body=AnnouncementPatchIn, prepare=_changed, also=_wanted),
        actions={"notify": Preparation(prepare=_notify, also=_carried)},
    ),
    preview_announcement,
)
