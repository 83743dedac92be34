"""What has to go, and what holds it back, as rows of an agreement or a change."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from workflows.words import Language


class PlanItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has to go: what, who holds it, by when, by which clause, and who confirmed."""

    id: UUID
    kind: Literal["return", "erase", "declare", "confirm_subprocessor"]
    text: str
    text_nl: str = ""
    """The same in Dutch, where a customer reads it; empty shows `text`."""
    text_in: dict[Language, str] = {}
    """The same in further languages."""
    what: str = ""
    """The data that it is about, as a declaration names them; empty for what is no data."""
    what_nl: str = ""
    what_in: dict[Language, str] = {}
    """The data in further languages."""
    holder: str
    clause: str
    due_at: datetime | None = None
    begins_at: datetime | None = None
    """From when on it goes, where the terms say that and give no last instant (UTC)."""
    expected_at: datetime | None = None
    """When it will be due if what goes before it goes as soon as it may, while no due instant is known yet (UTC)."""
    category: str = ""
    may_end_unconfirmed: bool = False
    done_at: datetime | None = None
    how: Literal["confirmed", "not_confirmed"] | None = None
    evidence: str = ""
    by: str = ""
    rule: str = ""
    """The rule of the terms that its due instant comes from; empty where no rule gives one."""
    service: str = ""
    """The service whose own end it belongs to; empty for the end of the agreement."""
    confirms: Literal["processor", "subprocessor", "customer"] = "processor"
    """Who has to confirm it: whoever holds the data, or whoever gets them back."""
    subprocessor_id: UUID | None = None
    approved_at: datetime | None = None
    """When a person approved it (P23)."""
    ordered_at: datetime | None = None
    """When its order went out; null while it waits, is held, or was freed of a hold and not approved anew."""
    freed_at: datetime | None = None
    """When a hold on it ended that nobody has approved it after: no order goes out before that (P27)."""
    refused_at: datetime | None = None
    """When whoever holds the data last refused; it stays open."""
    kept: tuple[str, ...] = ()
    """Categories that a hold kept out of it when it was confirmed; each has an item of its own."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold on categories (P27); `categories` empty, or `all` among them, holds all."""

    categories: tuple[str, ...]
    ground: str
    until: date | None = None
    overridden_at: datetime | None = None
    """When a director overrode it: it stays listed and holds nothing any more."""


class Ordered(msgspec.Struct, frozen=True):
    """An item of the plan is about to be ordered from a system."""

    task_id: UUID
    webhook_id: UUID
