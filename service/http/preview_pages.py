"""Previews by pages: of a change, and of an announcement for all its changes at once."""

from typing import Final, TypeVar
from uuid import UUID

from msgspec.structs import replace

from service.http.lists import Filter, limit_of, text
from service.http.request_context import RequestContext
from workflows.reach.preview_together import PreviewTogether
from workflows.reach.previewed import SHOWN, Preview, PreviewPage

PAGED: Final[dict[str, Filter]] = {"limit": limit_of, "cursor": text}
Shown = TypeVar("Shown", Preview, PreviewTogether)


def preview_page(call: RequestContext, of: UUID) -> PreviewPage:
    """The page of the preview of this change or announcement that is asked for. Raises BadInput."""
    after = None
    if "cursor" in call.asked:
        (last,) = call.parts.cursors.read(f"preview {of}", call.asked["cursor"])
        after = UUID(last)
    return PreviewPage(after, call.asked.get("limit", SHOWN))


def goes_on(call: RequestContext, found: Shown, of: UUID) -> Shown:
    """The same, with a cursor for `next` where there is more."""
    if found.next is None:
        return found
    return replace(found, next=call.parts.cursors.write(f"preview {of}", [found.next]))
