"""What a task is, and what reaches it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.parties import Entity
from workflows.model.reminders import Reminders


class Task(Entity, frozen=True, kw_only=True):
    """What a person must do about a subject, and by when. `escalated_at`: when it became the
    director's; null: it has not, or was from the first."""

    about: UUID
    about_kind: str
    kind: str
    key: str = ""
    text: str
    role: Literal["manager", "director"] = "manager"
    owner: str | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    note: str | None = None
    data: dict[str, Any] = {}
    escalated_at: datetime | None = None


class TaskContext(msgspec.Struct, frozen=True):
    """What its processor chose to be reminded by, and the clocks it lives by."""

    timezone: str = "UTC"
    reminders: Reminders | None = None


class Opened(msgspec.Struct, frozen=True):
    """How pressing it is as it opens, where it reminds of a deadline."""

    level: int = 0


class Pressed(msgspec.Struct, frozen=True):
    """How pressing a deadline is that this task reminds of; None: the task finds out by its own end."""

    level: int | None = None


class Assign(msgspec.Struct, frozen=True):
    owner: str


class Done(msgspec.Struct, frozen=True):
    note: str = ""
