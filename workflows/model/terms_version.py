"""Which version of its terms binds an agreement, and what may make another one bind."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from workflows.model.evidence import Evidence

Binds = Literal["signature", "notice", "consent", "agreed", "taken_back"]
"""Why a version binds: as the agreement was made; told, and nobody ended; consented to; agreed by both; or again,
since what had replaced it was taken back (P18)."""


class TermsVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version of the terms that binds an agreement `since` (UTC; null: from its entry into force on)."""

    version: str
    version_id: UUID
    since: datetime | None = None
    how: Binds = "signature"
    change_id: UUID | None = None
    notice_id: UUID | None = None
    agreed_on: date | None = None
    evidence: str | None = None


class Adopting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version that cannot bind yet, and what it waits for: facts, its own day, or whether the agreement goes on."""

    text: TermsVersion
    waits_for: Literal["facts", "day", "end"]


class NewText(msgspec.Struct, frozen=True, kw_only=True):
    """A live notice that tells of a new version."""

    notice_id: UUID
    change_id: UUID
    version_id: UUID


class Adopt(msgspec.Struct, frozen=True, kw_only=True):
    """A notice says that its new version binds now."""

    change_id: UUID
    notice_id: UUID
    version: str
    version_id: UUID
    how: Binds
    told_at: datetime | None = None
    """When the customer was told (UTC): what both agreed on afterwards stands."""


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """The yes on which a version rested is none any more, and why."""

    notice_id: UUID
    why: str


class AmendTextIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Both agreed on another version, in writing. `effective_on`: its first day, where that is another than the day
    of agreeing; `facts`: what it leaves blank and the agreement does not say yet."""

    to_version: str
    agreed_on: date
    by: str
    evidence: Evidence
    channel: Literal["link", "mail", "phone", "letter", "in_person"]
    effective_on: date | None = None
    facts: dict[str, Any] = {}


class AmendText(msgspec.Struct, frozen=True, kw_only=True):
    """The same with the version that is meant."""

    to_version: str
    version_id: UUID
    agreed_on: date
    by: str
    evidence: Evidence
    channel: Literal["link", "mail", "phone", "letter", "in_person"]
    effective_on: date | None = None
    facts: dict[str, Any] = {}


class GiveFacts(msgspec.Struct, frozen=True):
    """What the terms leave blank, or a version that waits for it does."""

    facts: dict[str, Any]
