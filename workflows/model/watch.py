"""What a watch is: another vendor's list of subprocessors, at an address that is looked at again and again."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from workflows.model.parties import Entity

CarryOn = Literal["nothing", "draft", "announce"]
"""What becomes of a change on the list for the processor's own customers: nothing, a draft for a person, or an
announcement wherever nothing of it needs a person."""


class Watch(Entity, frozen=True, kw_only=True):
    """The list of a subprocessor. `carry_on` is what a change that it announces becomes here."""

    subprocessor_id: UUID
    url: str
    carry_on: CarryOn = "draft"
    failing_since: datetime | None = None
    differed_at: datetime | None = None
    """When it last was otherwise than at the look before."""


class WatchUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a watch; absent fields stay. With a `url`, also the same, what stands there is read anew."""

    url: str | msgspec.UnsetType = msgspec.UNSET
    carry_on: CarryOn | msgspec.UnsetType = msgspec.UNSET


class StopWatching(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, where somebody wants to say it."""

    reason: str = ""


class LookAgain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Look at once, and not only when it is due."""


Unread = Literal["unreached", "refused", "too_long", "compressed", "no_list", "another_form", "ours"]
"""Why a list could not be read, in a word of ours."""


class NotRead(msgspec.Struct, frozen=True):
    """Why the list could not be read, in our own words, and the HTTP status where there was an answer."""

    words: str
    status: int | None = None
    why: Unread | None = None


class Differed(msgspec.Struct, frozen=True, kw_only=True):
    """How many differences were found, in what was read (its SHA-256), and the notices that were opened for them."""

    differences: int
    sha256: str
    notices: tuple[UUID, ...]
    announced: tuple[UUID, ...] = ()
    """The changes that were announced to the processor's own customers."""
