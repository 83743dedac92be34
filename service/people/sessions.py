"""Sessions: what a signed-in browser shows, of which only a digest is kept.

A session lives for twelve hours of real time, whatever clock the service runs by. It ends on the server: signing out,
and removing the user, leave a cookie that opens nothing.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from db.queries import sql
from db.session import GONE, Connection, NotWrittenError, find_row, transaction
from workflows.ids import new_id
from workflows.model.users import Role
from workflows.words import Language

LIFE: Final = timedelta(hours=12)
FRESH: Final = timedelta(minutes=15)
"""So long ago a sign-in may be at most, for what cannot be undone."""
_LONGEST: Final = 64
"""Characters of a secret, at most; ours have 43."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in. `processor_id` is the user's own, None for an admin, who acts for the one `chosen_id` names;
    `signed_in_at` is when the user last proved to be it, by a mailed link or, as a provider says, to that.

    Instants are real time, UTC.
    """

    id: UUID
    user_id: UUID
    processor_id: UUID | None
    name: str
    email: str
    role: Role
    language: Language
    chosen_id: UUID | None
    signed_in_at: datetime
    real_now: datetime
    """When this was read."""
    processors: tuple[UUID, ...]
    """Those that the user may see."""

    @property
    def fresh(self) -> bool:
        """Whether the sign-in is recent enough for what cannot be undone."""
        return self.real_now - self.signed_in_at <= FRESH


class OpenSession(msgspec.Struct, frozen=True):
    """A session of a user that has not ended, as its user is shown it. Instants are real time, UTC."""

    id: UUID
    signed_in_at: datetime
    ends_at: datetime


async def find_session(pool: asyncpg.Pool, secret: str) -> Session | None:
    """The session that a cookie names, asked anew at every request; None for one that ended.

    Raises NotWrittenError where the database is away.
    """
    if not 0 < len(secret) <= _LONGEST or not secret.isascii():
        return None
    try:
        row = await find_row(pool, "session_holder", _digest(secret))
    except GONE as error:
        raise NotWrittenError from error
    return msgspec.convert(dict(row), Session) if row is not None else None


async def begin_session(connection: Connection, user: UUID, processor: UUID | None, proven: float | None = None) -> str:
    """Sign a user in, under a secret that nobody knew before; the caller commits and gives it to the browser.

    `proven` is the second (Unix time) at which the user proved to be it; None: now.
    """
    secret, at = secrets.token_urlsafe(32), datetime.fromtimestamp(proven, UTC) if proven is not None else None
    await connection.execute(sql("insert_user_session"), new_id(), user, processor, _digest(secret), LIFE, at)
    return secret


async def end_session(pool: asyncpg.Pool, session: Session) -> None:
    """From the next request on its cookie opens nothing."""
    async with transaction(pool, session.processors, admin=session.role == "admin") as connection:
        await connection.execute(sql("end_user_session"), session.processors, session.id)


async def choose_processor(pool: asyncpg.Pool, session: Session, processor: UUID) -> bool:
    """An admin acts for this processor from now on; False for one that there is not."""
    async with transaction(pool, session.processors, admin=True) as connection:
        found = await connection.fetchval(sql("choose_processor"), session.processors, session.id, processor)
    return found is not None


async def open_sessions(connection: Connection, processors: Sequence[UUID], user: UUID) -> list[OpenSession]:
    """Where a user is signed in, the latest first."""
    rows = await connection.fetch(sql("open_sessions"), list(processors), user, LIFE)
    return [msgspec.convert(dict(row), OpenSession) for row in rows]


def _digest(secret: str) -> bytes:
    """All that is stored of a secret. It has 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).digest()
