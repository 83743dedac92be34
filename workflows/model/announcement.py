"""What an announcement is, and what it may know of the changes it carries."""

from datetime import datetime
from uuid import UUID

import msgspec

from workflows.change.table import CHANGE, lacks
from workflows.model.change import Change
from workflows.model.parties import Entity


class Announcement(Entity, frozen=True, kw_only=True):
    """Changes that are sent together; `terms_version` is the version of the statement that they make."""

    changes: tuple[UUID, ...]
    terms_version: str | None = None
    not_before: datetime | None = None
    announced_at: datetime | None = None
    withdrawn_why: str | None = None


class Bundled(msgspec.Struct, frozen=True, kw_only=True):
    """One of its changes, and where that stands."""

    change: Change
    state: str
    tags: frozenset[str]

    @property
    def ready(self) -> bool:
        """Nobody was told of it yet, and nothing is missing."""
        return "editable" in self.tags and lacks(self.change) is None

    @property
    def withdrawable(self) -> bool:
        """It can still be taken back."""
        return CHANGE.answers("withdraw", self.state)


class AnnouncementContext(msgspec.Struct, frozen=True, kw_only=True):
    """What an announcement may know besides its own fields: its changes, in its own order."""

    changes: tuple[Bundled, ...] = ()


class Rebundle(msgspec.Struct, frozen=True):
    """Other changes, or another version, for one that nobody was told of; what is absent stays."""

    changes: tuple[UUID, ...] | msgspec.UnsetType = msgspec.UNSET
    terms_version: str | msgspec.UnsetType | None = msgspec.UNSET
