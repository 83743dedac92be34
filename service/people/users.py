"""Persons who sign in: made, and found by their addresses."""

from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.ids import new_id
from workflows.model.users import Hears, Role
from workflows.words import Language


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user to be. `processor_id` is None for an admin, and only for one; `email` as `one_address` reads it."""

    name: str
    email: str
    role: Role
    language: Language
    processor_id: UUID | None = None
    hears: Hears = Hears()


async def create_user(connection: Connection, user: NewUser, now: datetime) -> UUID:
    """Store a user; the caller commits. Raises asyncpg.UniqueViolationError where the processor has the address."""
    id = new_id()
    hears = msgspec.json.encode(user.hears).decode()
    await connection.execute(
        sql("insert_user"), id, user.processor_id, user.name, user.email, user.role, user.language, hears, now
    )
    return id
