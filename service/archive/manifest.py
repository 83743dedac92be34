"""What an archive of a processor is: a tar of its rows, table by table, behind a manifest that says what each is.

    manifest.json       whose rows, as of when, by which schema; of each table its columns, rows and SHA-256
    tables/NAME.copy    the rows, as PostgreSQL's text (`COPY … TO`), in the order of their keys

Keys of people and programs are not in it, nor digests of tokens.
"""

import contextlib
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

import asyncpg
import msgspec

from db.session import Connection
from service.settings import Settings
from service.up.embedded import servers_of
from workflows.errors import BadInput

FORM: Final = 1
"""Which parts there are; raised when that changes."""
MANIFEST: Final = "manifest.json"
LONGEST_MANIFEST: Final = 1_000_000


class ArchivedTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table in an archive: its columns in their order, its rows, and the SHA-256 (hex) of what stands of them."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        """Where its rows stand."""
        return f"tables/{self.name}.copy"


class ArchiveManifest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose rows an archive has, as of when (UTC), and what there is to find again."""

    form: int = FORM
    processor: UUID
    slug: str
    name: str
    made_at: datetime
    migration: str
    events: int
    tables: tuple[ArchivedTable, ...]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(one.rows for one in self.tables)


def digest_of(manifest: bytes) -> str:
    """By which an archive is known: the SHA-256 of its manifest, hex."""
    return hashlib.sha256(manifest).hexdigest()


class Hashing:
    """A file whose bytes are counted into a digest as they pass."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, some: bytes) -> int:
        """As a file's."""
        self.digest.update(some)
        return self._file.write(some)

    def read(self, size: int = -1) -> bytes:
        """As a file's."""
        some = self._file.read(size)
        self.digest.update(some)
        return some


@contextlib.asynccontextmanager
async def superuser(data: Path | None) -> AsyncIterator[Connection]:
    """A connection that nothing is kept from, to the folder's database or that of TERMIJN_DATABASE_URL.

    Raises BadInput where its login is no superuser's.
    """
    async with contextlib.AsyncExitStack() as closing:
        if data is not None:
            url = (await closing.enter_async_context(servers_of(data))).superuser
        else:
            settings = Settings.load(os.environ, ("database_url",))
            if settings.database_pooler != "none":
                raise BadInput("This goes past a pooler: name PostgreSQL itself in TERMIJN_DATABASE_URL.")
            url = settings.database_url
        connection: Any = await asyncpg.connect(url, server_settings={"timezone": "UTC"})
        closing.push_async_callback(connection.close)
        if not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            raise BadInput("An archive takes a superuser's login: no other sees and writes every row.")
        yield connection
