"""What a webhook is, and what reaches it."""

from datetime import datetime

import msgspec

from workflows.model.parties import Entity


class Webhook(Entity, frozen=True, kw_only=True):
    """Where events of these types are sent to. `events` are types, prefixes (`notice.*`) or `*`.

    `holders` narrow deletion orders to the data that these hold. `generation` counts secrets; until
    `old_signs_until` (UTC) the one before signs too.
    """

    url: str
    events: tuple[str, ...]
    holders: tuple[str, ...] = ()
    description: str = ""
    generation: int = 1
    old_signs_until: datetime | None = None
    failing_since: datetime | None = None


class WebhookUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may change of a webhook; absent fields stay, `events` and `holders` replace the whole list."""

    url: str | msgspec.UnsetType = msgspec.UNSET
    events: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    holders: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET


class Tested(msgspec.Struct, frozen=True):
    """What became of a test: the answer's HTTP status, null where there was none."""

    delivered: bool
    status: int | None = None


class Rotate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new secret. The old one signs beside it for a day, or `at_once` no more."""

    at_once: bool = False


class Paused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why, where somebody wants to say it."""

    reason: str = ""


class Resume(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Go on where it stopped, or with what happens `from_now` on: what lies between is then never sent."""

    from_now: bool = False


class Failed(msgspec.Struct, frozen=True):
    """What the receiver answered to the last attempt, in the words of the delivery."""

    words: str
    status: int | None = None
