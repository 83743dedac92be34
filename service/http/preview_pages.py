"""Previews by pages: of a change, and of an announcement for all its changes at once."""

from typing import Final, TypeVar
from uuid import UUID

from msgspec.structs import replace

from service.http.lists import Filter, limit_of, text
from service.http.request_context import ReadUnit, RequestContext
from workflows.model.announcement import Announcement
from workflows.reach.preview import preview
from workflows.reach.preview_together import PreviewTogether, preview_together
from workflows.reach.previewed import SHOWN, Preview, PreviewPage

PAGED: Final[dict[str, Filter]] = {"limit": limit_of, "cursor": text}
Shown = TypeVar("Shown", Preview, PreviewTogether)


def _page(call: RequestContext, of: UUID) -> PreviewPage:
    """The page of the preview of this change or announcement that is asked for. Raises BadInput."""
    after = None
    if "cursor" in call.asked:
        (last,) = call.parts.cursors.read(f"preview {of}", call.asked["cursor"])
        after = UUID(last)
    return PreviewPage(after, call.asked.get("limit", SHOWN))


async def previewed(call: RequestContext, unit: ReadUnit, processor: UUID, change: UUID) -> Preview:
    """The page of a change's preview that is asked for. Raises BadInput and NotFound."""
    page = _page(call, change)
    known = call.parts.previews.change(change) if page.after is not None else None
    now = await unit.instant()
    return _goes_on(
        call, await preview(unit.connection, unit.engine, processor, change, now, page=page, known=known), change
    )


async def previewed_together(call: RequestContext, unit: ReadUnit, entity: Announcement) -> PreviewTogether:
    """The page of an announcement's preview that is asked for. Raises BadInput and NotFound."""
    page = _page(call, entity.id)
    known = call.parts.previews.announcement(entity.id) if page.after is not None else None
    found = await preview_together(unit.connection, unit.engine, entity, await unit.instant(), page, known)
    changes = [_goes_on(call, one, one.change_id) for one in found.changes]
    return replace(_goes_on(call, found, entity.id), changes=changes)


def _goes_on(call: RequestContext, found: Shown, of: UUID) -> Shown:
    """The same, with a cursor for `next` where there is more; what a first page found over all is kept."""
    if found.next is None:
        return found
    if "cursor" not in call.asked:
        call.parts.previews.keep(of, found)
    return replace(found, next=call.parts.cursors.write(f"preview {of}", [found.next]))
