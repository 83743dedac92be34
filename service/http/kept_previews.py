"""What the first page of a preview found over all agreements, kept for the pages that follow."""

import time
from collections import OrderedDict
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from workflows.reach.preview_together import PreviewTogether
from workflows.reach.previewed import Preview

MOST: Final = 64
SECONDS: Final = 600.0
"""How long somebody may leaf through the pages before all is counted again."""


class KeptPreviews:
    """Of this process, by the change or announcement; a page that finds nothing here is worked out from all again.

    What is kept may be out of date when it is shown: so is its digest, which `notify` then refuses.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[UUID, tuple[float, Preview | PreviewTogether]] = OrderedDict()

    def keep(self, of: UUID, found: Preview | PreviewTogether) -> None:
        """Instead of what was kept of the same before; no rows are."""
        bare = _without_rows(found) if isinstance(found, Preview) else _each_without_rows(found)
        self._kept[of] = (time.monotonic(), bare)
        self._kept.move_to_end(of)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    def change(self, of: UUID) -> Preview | None:
        """What is kept of a change."""
        found = self._fresh(of)
        return found if isinstance(found, Preview) else None

    def announcement(self, of: UUID) -> PreviewTogether | None:
        """What is kept of an announcement."""
        found = self._fresh(of)
        return found if isinstance(found, PreviewTogether) else None

    def _fresh(self, of: UUID) -> Preview | PreviewTogether | None:
        at, found = self._kept.get(of, (0.0, None))
        return found if time.monotonic() - at < SECONDS else None


def _without_rows(one: Preview) -> Preview:
    return replace(one, agreements=[], left_out=[], contacts_missing=[])


def _each_without_rows(one: PreviewTogether) -> PreviewTogether:
    return replace(one, changes=[_without_rows(each) for each in one.changes])
