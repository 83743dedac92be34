"""What an announcement is, and what it may know of the changes it carries."""

from datetime import datetime
from uuid import UUID

import msgspec

from workflows.model.parties import Entity


class Announcement(Entity, frozen=True, kw_only=True):
    """Changes that are sent together; `terms_version` is the version of the statement that they make."""

    changes: tuple[UUID, ...]
    terms_version: str | None = None
    not_before: datetime | None = None
    announced_at: datetime | None = None
    withdrawn_why: str | None = None


class Rebundle(msgspec.Struct, frozen=True):
    """Other changes, or another version, for one that nobody was told of; what is absent stays."""

    changes: tuple[UUID, ...] | msgspec.UnsetType = msgspec.UNSET
    terms_version: str | msgspec.UnsetType | None = msgspec.UNSET
