"""Persons who sign in: what they may do, and what they are told. Pure."""

from typing import Literal
from uuid import UUID

import msgspec

Role = Literal["admin", "director", "manager", "auditor"]
UserState = Literal["active", "removed"]
When = Literal["at_once", "digest", "never"]
"""Told when it happens, in one mail on the morning of a working day, or not at all."""


class Hears(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told to a user, and when.

    `tasks`: what waits for a person. `deadlines`: those that come near, and those that passed. `answers`: what
    customers said. `breaches`: a breach that was found, and its clocks.
    """

    tasks: When = "at_once"
    deadlines: When = "digest"
    answers: When = "digest"
    breaches: When = "at_once"


class UserNoted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a user: the role there is now, the fields that were changed, and what is personal of them."""

    user_id: UUID
    role: Role
    changed: tuple[str, ...] = ()
    name: str | None = None
    email: str | None = None
