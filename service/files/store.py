"""Files in the database or in a store of objects: handed in in parts, and read back in parts, so that none is ever
whole in memory.

A file's row says where its bytes lie. They are put into a store first, under a name that is written down before; then
the row is committed. So whatever breaks off, an object that no row vouches for is known, and goes after a day
(`service/files/keeping.py`).
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import IO, Any, Final, Protocol
from uuid import UUID

import asyncpg
import msgspec

from db.queries import sql
from db.session import GONE, Connection, NotWrittenError, transaction
from service.files.content import TAKEN, FileType, clean_name, file_type, listed
from service.files.objects import AWAY_SECONDS, NotInStore, Objects
from workflows.errors import Altered, BadInput, Problem, TooLarge, Unavailable
from workflows.ids import new_id

log = logging.getLogger(__name__)

LARGEST_FILE: Final = 25 * 1024 * 1024
PART: Final = 256 * 1024
FIELD: Final = "file"


class HandedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was looked at and may be kept; `object_id` is under which name a store has it already, `id` its own
    id then."""

    file: IO[bytes]
    sha256: bytes
    size: int
    name: str
    type: str
    id: UUID | None = None
    object_id: UUID | None = None


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
    """Write it down, in parts where no store has its bytes; its id. It goes within a day unless something claims it.

    Raises Unavailable where its bytes were put into a store so long ago that they may be gone again.
    """
    made = given.id or new_id()
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
        given.object_id,
    )
    if given.object_id is None:
        await put_parts(connection, processor, made, given.file, given.size)
    elif await connection.fetchval(sql("vouch_for_object"), given.object_id) is None:
        raise Unavailable("It took too long to hand in this file: send it again.")
    return made


async def put_parts(connection: Connection, processor: UUID, file: UUID, content: IO[bytes], size: int) -> None:
    """Write the bytes of a file into the database, one part after the other."""
    content.seek(0)
    for number in range(-(-size // PART)):
        await connection.execute(sql("keep_file_part"), file, number, processor, content.read(PART))


async def put_object(pool: asyncpg.Pool, objects: Objects, processor: UUID, file: UUID, content: IO[bytes]) -> UUID:
    """Put the bytes of a file into the store, before any row says so; under which name. Raises StoreAway."""
    name = new_id()
    async with transaction(pool, [processor]) as connection:
        await connection.execute(sql("announce_object"), name, processor, file)
    await objects.put(name, content)
    return name


async def copy_file(
    connection: Connection, processors: Sequence[UUID], file: UUID, out: PieceTaker, objects: Objects | None
) -> None:
    """Write the bytes of what was handed in, wherever they lie; `connection` is in a transaction. Nothing is written of
    a file that is not there, or was erased.

    Raises Altered where they are not those that were handed in, or are gone, StoreAway, and Unavailable for a file that
    is moved at this moment. What was written by then is nothing to give to anybody.
    """
    place = await _place(connection, processors, file)
    if place is None:
        return
    if place["altered_at"] is not None:
        raise _altered(place)
    if await _digest(connection, place, out, objects) == place["sha256"]:
        return
    now = await _place(connection, processors, file)
    if now is None or now["object_id"] != place["object_id"]:
        raise Unavailable("This file is being moved: ask for it again.")
    raise _altered(place)


async def _place(connection: Connection, processors: Sequence[UUID], file: UUID) -> Any:
    row = await connection.fetchrow(sql("file_place"), list(processors), file)
    return row if row is not None and row["erased_at"] is None else None


async def _digest(connection: Connection, place: Any, out: PieceTaker, objects: Objects | None) -> bytes | None:
    """The SHA-256 of what was written; None where there was nothing."""
    if place["object_id"] is not None:
        return await read_object(objects, place["object_id"], out)
    digest = hashlib.sha256()
    async for row in connection.cursor(sql("file_parts"), [place["processor_id"]], place["id"], prefetch=1):
        digest.update(row["bytes"])
        out.write(row["bytes"])
    return digest.digest()


async def read_object(objects: Objects | None, name: UUID, out: PieceTaker | None = None) -> bytes | None:
    """The SHA-256 of an object, written to `out` as it is read; None where the store has none.

    Raises StoreAway, and Unavailable where no store is named.
    """
    if objects is None:
        raise Unavailable("This file lies in a store, and TERMIJN_FILES_URL names none.", retry_after=AWAY_SECONDS)
    digest = hashlib.sha256()
    try:
        async for piece in objects.read(name):
            digest.update(piece)
            if out is not None:
                out.write(piece)
    except NotInStore:
        return None
    return digest.digest()


def digests_in(objects: Objects | None) -> Callable[[UUID], Awaitable[bytes | None]] | None:
    """How the ledger's check reads files in a store; None where none is named."""
    return None if objects is None else partial(read_object, objects)


def _altered(place: Any) -> Altered:
    return Altered(
        f"The bytes of file {place['id']} are not those that were handed in, so they are not given to anybody.",
        place["id"],
        place["object_id"],
    )


async def set_apart(connection: Connection, processors: Sequence[UUID], error: Altered) -> None:
    """Write down that a file is not what was handed in, so that the metrics show it and nobody asks the store again."""
    log.error("file %s is not what was handed in, or is gone", error.file)
    await connection.execute(sql("set_file_apart"), list(processors), error.file, error.object_id)


class Files:
    """Files as a process that answers requests hands them in and out: no transaction waits for a store."""

    def __init__(self, pool: asyncpg.Pool, objects: Objects | None) -> None:
        self._pool = pool
        self.objects = objects

    async def placed(self, processor: UUID, given: HandedIn) -> HandedIn:
        """The file with its bytes in the store, where there is one. Raises StoreAway."""
        if self.objects is None:
            return given
        id = new_id()
        name = await put_object(self._pool, self.objects, processor, id, given.file)
        return msgspec.structs.replace(given, id=id, object_id=name)

    async def settled(self, processor: UUID, given: HandedIn) -> None:
        """Once the file was kept, or was not: bytes in the store for which there is no row go at once."""
        if given.object_id is not None:
            async with transaction(self._pool, [processor]) as connection:
                await connection.execute(sql("give_up_object"), given.object_id)

    async def copy(self, processors: Sequence[UUID], file: UUID, out: PieceTaker) -> None:
        """As `copy_file`, in a transaction of its own, which is over before the store is asked.

        Raises NotWrittenError where the database goes away.
        """
        try:
            async with transaction(self._pool, processors, readonly=True) as connection:
                place = await _place(connection, processors, file)
                if place is None or place["object_id"] is None or place["altered_at"] is not None:
                    await self._noting(processors, copy_file(connection, processors, file, out, None))
                    return
        except GONE as error:
            raise NotWrittenError from error
        if await read_object(self.objects, place["object_id"], out) != place["sha256"]:
            await self._noting(processors, self._find_out(processors, file, place))

    async def _find_out(self, processors: Sequence[UUID], file: UUID, before: Any) -> None:
        async with transaction(self._pool, processors, readonly=True) as connection:
            now = await _place(connection, processors, file)
        if now is None or now["object_id"] != before["object_id"]:
            raise Unavailable("This file is being moved: ask for it again.")
        raise _altered(before)

    async def _noting(self, processors: Sequence[UUID], work: Awaitable[None]) -> None:
        try:
            await work
        except Altered as error:
            async with transaction(self._pool, processors) as connection:
                await set_apart(connection, processors, error)
            raise
