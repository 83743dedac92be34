"""The page on which a stranger becomes a customer, and what is known of one until then."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from workflows.model.parties import ContactIn
from workflows.words import Language


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What a stranger typed. The first contact is whoever typed it; the link goes to that address."""

    name: str
    country: str
    language: Language
    role: Literal["controller", "processor"]
    reference: str
    starts_on: date
    contacts: tuple[ContactIn, ...]


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """A draft whose customer came by the page: who that is, and those that it may be, by their ids with their names."""

    customer: str
    looks_like: dict[UUID, str] = {}
