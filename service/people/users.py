"""Persons who sign in: made, changed and removed."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.errors import Conflict
from workflows.ids import new_id
from workflows.model.users import Hears, Role, UserState
from workflows.words import Language


class NewUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user to be. `processor_id` is None for an admin, and only for one; `email` as `one_address` reads it."""

    name: str
    email: str
    role: Role
    language: Language
    processor_id: UUID | None = None
    hears: Hears = Hears()


class User(NewUser, frozen=True, kw_only=True):
    """A user as stored; instants UTC."""

    id: UUID
    state: UserState
    version: int
    created_at: datetime
    removed_at: datetime | None = None


def user_of(row: Any) -> User:
    """A row of `read_user` and its like."""
    return msgspec.convert({**dict(row), "hears": msgspec.json.decode(row["hears"])}, User)


async def create_user(connection: Connection, user: NewUser, now: datetime) -> UUID:
    """Store a user; the caller commits. Raises Conflict where the processor has one with the address already."""
    await _check_free(connection, user, None)
    id = new_id()
    await connection.execute(
        sql("insert_user"), id, user.processor_id, user.name, user.email, user.role, user.language,
        _json(user.hears), now,
    )  # fmt: skip
    await _look_again(connection, user.role, [] if user.processor_id is None else [user.processor_id])
    return id


async def update_user(connection: Connection, processors: list[UUID], user: User) -> None:
    """Store what a user has become; the caller commits. Raises Conflict as `create_user`."""
    await _check_free(connection, user, user.id)
    await connection.execute(
        sql("update_user"), processors, user.id, user.name, user.email, user.role, user.language, _json(user.hears)
    )
    await _look_again(connection, user.role, [] if user.processor_id is None else [user.processor_id])


async def remove_user(connection: Connection, processors: list[UUID], user: UUID, now: datetime) -> None:
    """A user signs in no more, and what they have open ends at once; the caller commits."""
    role: Role | None = await connection.fetchval(sql("remove_user"), processors, user, now)
    await end_sessions(connection, processors, user)
    await _look_again(connection, role, processors)


async def _look_again(connection: Connection, role: Role | None, processors: list[UUID]) -> None:
    """Who is there has changed: what is overdue may have nobody left who was told. An admin may be told of any
    processor's, whichever is acted for."""
    if role == "admin":
        await connection.execute(sql("ring_overdue_unattended"))
    else:
        await connection.execute(sql("ring_overdue"), processors)


async def end_sessions(connection: Connection, processors: list[UUID], user: UUID) -> None:
    """All sessions of a user end, wherever they were begun, and no link sent before opens another."""
    await connection.execute(sql("end_user_sessions"), processors, user)


async def _check_free(connection: Connection, user: NewUser, id: UUID | None) -> None:
    if await connection.fetchval(sql("address_taken"), user.processor_id, user.email, id):
        raise Conflict(f"Somebody signs in with {user.email} already: change that user, or remove it first.")


def _json(hears: Hears) -> str:
    return msgspec.json.encode(hears).decode()
