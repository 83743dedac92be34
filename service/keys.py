"""Keys of programs: `tmj_`, an id that may be shown, a secret, and a checksum that tells a slip of the pen.

Only the SHA-256 of a key is stored: the secret has 256 random bits, so a slow hash would add nothing.
"""

import hashlib
import re
import secrets
import time
import zlib
from typing import Any, Final
from uuid import UUID

import asyncpg

from db import clock
from db.queries import sql
from db.session import find_row, transaction
from service.settings import Secret
from workflows.ids import new_id

PREFIX: Final = "tmj_"
USED_SECONDS: Final = 60.0
"""How often at most a key's last use is written down."""

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID: Final = 8
_SECRET: Final = 43
"""Characters; 62^43 > 2^256."""
_CHECKSUM: Final = 6
"""Characters; 62^6 > 2^32."""
_FORM: Final = re.compile(f"{PREFIX}[0-9A-Za-z]{{{_ID + _SECRET + _CHECKSUM}}}")


def new_key() -> str:
    """Make an API key; it is shown once and never stored."""
    body = PREFIX + "".join(secrets.choice(_DIGITS) for _ in range(_ID + _SECRET))
    return body + _checksum(body)


def digest(key: str) -> bytes:
    """The SHA-256 of a key: all that is stored of it."""
    return hashlib.sha256(key.encode()).digest()


def hint(key: str) -> str:
    """What may be shown of a key: the start, by which its owner knows it."""
    return f"{key[: len(PREFIX) + _ID]}…" if _FORM.fullmatch(key) else f"{PREFIX}…"


def mistyped(key: str) -> bool:
    """Whether a key cannot be one of ours, told without a query.

    A key of another form may still be one that a deployment made up itself (`TERMIJN_ADMIN_KEY`).
    """
    if not key.startswith(PREFIX) or not key.isascii() or not key.isprintable() or len(key) > 200:
        return True
    return _FORM.fullmatch(key) is not None and _checksum(key[:-_CHECKSUM]) != key[-_CHECKSUM:]


class KeyBook:
    """Looks keys up: at every request anew, so that a revoked one opens nothing more."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._used: dict[UUID, float] = {}

    async def find(self, key: str) -> Any:
        """The row of a key that is not revoked, with the processors it may see; None for any other."""
        row = await find_row(self._pool, "key_holder", digest(key))
        if row is None:
            return None
        now = time.monotonic()
        if now - self._used.get(row["id"], -USED_SECONDS) >= USED_SECONDS:
            async with transaction(self._pool) as connection:
                await connection.execute(sql("key_used"), row["id"])
            self._used[row["id"]] = now
        return row


async def insert_admin_key(pool: asyncpg.Pool, key: Secret) -> None:
    """Store the deployment's own admin key, unless it is there already, or was revoked."""
    async with transaction(pool, admin=True) as connection:
        now = await clock.now(connection)
        await connection.execute(sql("insert_key"), new_id(), None, "bootstrap", "admin", digest(key), hint(key), now)


def _checksum(body: str) -> str:
    rest = zlib.crc32(body.encode())
    found = ""
    for _ in range(_CHECKSUM):
        rest, digit = divmod(rest, len(_DIGITS))
        found = _DIGITS[digit] + found
    return found
