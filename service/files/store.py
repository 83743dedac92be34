"""Files in the database: handed in in parts, and read back in parts, so that none is ever whole in memory."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import IO, Final, Protocol
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.files.content import TAKEN, FileType, clean_name, file_type, listed
from workflows.errors import BadInput, Problem, TooLarge
from workflows.ids import new_id

LARGEST_FILE: Final = 25 * 1024 * 1024
PART: Final = 256 * 1024
FIELD: Final = "file"


class HandedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at and may be kept."""

    file: IO[bytes]
    sha256: bytes
    size: int
    name: str
    type: str


class PieceTaker(Protocol):
    """Where bytes go."""

    def write(self, content: bytes, /) -> object: ...


async def looked_at(file: IO[bytes], name: str, taken: Sequence[FileType] = TAKEN) -> HandedIn:
    """What a file is, found beside the event loop. Raises BadInput for one that is not kept, or TooLarge."""
    return await asyncio.to_thread(_looked_at, file, name, taken)


def _looked_at(file: IO[bytes], name: str, taken: Sequence[FileType]) -> HandedIn:
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(PART):
        digest.update(piece)
        size += len(piece)
        if size > LARGEST_FILE:
            raise TooLarge(f"A file has at most {LARGEST_FILE // 1024**2} MiB.")
    if not size:
        raise _wrong("is empty")
    kind = file_type(file, name)
    if kind is None or kind not in taken:
        raise _wrong(f"is, by its content, none of what is kept: {listed(taken)}")
    return HandedIn(file=file, sha256=digest.digest(), size=size, name=clean_name(name, kind), type=kind.media)


def _wrong(message: str) -> BadInput:
    return BadInput(f"{FIELD} {message}.", (Problem(FIELD, message),))


async def keep(
    connection: Connection, processor: UUID, given: HandedIn, now: datetime, actor: str, *, claimed: bool = False
) -> UUID:
    """Write it down, one part after the other; its id. It goes within a day unless something claims it."""
    made = new_id()
    await connection.execute(
        sql("keep_upload"),
        made,
        processor,
        given.sha256,
        given.name,
        given.type,
        given.size,
        now,
        actor,
        now if claimed else None,
    )
    given.file.seek(0)
    for number in range(-(-given.size // PART)):
        await connection.execute(sql("keep_file_part"), made, number, processor, given.file.read(PART))
    return made


async def copy_parts(connection: Connection, processors: Sequence[UUID], file: UUID, out: PieceTaker) -> None:
    """Write the bytes of what was handed in; `connection` is in a transaction."""
    async for row in connection.cursor(sql("file_parts"), list(processors), file, prefetch=1):
        out.write(row["bytes"])
