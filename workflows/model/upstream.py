"""What a subprocessor's own notice to the processor is."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from workflows.model.parties import Entity

UpstreamKind = Literal["add", "replace", "remove", "relocate", "terms", "measure", "breach", "other"]


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement whose customer must be given longer than the subprocessor gives: until when (UTC), and why."""

    agreement_id: UUID
    customer_id: UUID
    clause: str
    earliest: datetime | None
    why: str


class Upstream(Entity, frozen=True, kw_only=True):
    """A notice that the processor itself received. `object_until` (UTC) is the subprocessor's own last moment;
    `change_id` the draft with which the processor's customers are told in their turn."""

    subprocessor_id: UUID
    kind: UpstreamKind
    text: str
    received_at: datetime
    effective_on: date | None = None
    object_until: datetime | None = None
    change_id: UUID | None = None
    earliest: datetime | None = None
    shortfalls: tuple[Shortfall, ...] = ()
    warning: str = ""
    answer: Literal["accept", "object"] | None = None
    answered_at: datetime | None = None
    note: str = ""
    closed_at: datetime | None = None


class UpstreamContext(msgspec.Struct, frozen=True, kw_only=True):
    """The steps of an announcement from upstream look at its own fields alone."""


class CameIn(msgspec.Struct, frozen=True):
    """How many agreements give their customers longer than the subprocessor gives the processor."""

    short: int = 0


class NotedUpstream(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words of whoever did it."""

    note: str = ""
