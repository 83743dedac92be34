"""Files moved between the database and a store, one after the other: begun again it goes on where it was broken off."""

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import Any, Final, Literal

import asyncpg
import msgspec

from db.queries import sql
from db.session import transaction
from service.files.objects import Objects
from service.files.store import copy_file, put_object, put_parts, read_object, set_apart
from workflows.errors import Altered, Unavailable

Place = Literal["database", "s3"]
_IN_MEMORY: Final = 1024 * 1024
_AT_ONCE: Final = 100


class Moved(msgspec.Struct):
    """How many files were moved, how many are not what was handed in and stayed, and how many were erased or moved by
    somebody else meanwhile."""

    moved: int = 0
    altered: int = 0
    overtaken: int = 0


async def move_files(pool: asyncpg.Pool, objects: Objects, to: Place, tell: Callable[[Moved], None]) -> Moved:
    """Move all files; `tell` hears how far it is after each. Raises StoreAway.

    A file lies where it lay until its bytes were read back from where it goes.
    """
    done, after = Moved(), None
    while rows := await _next(pool, to, after):
        for row in rows:
            after = row["id"]
            with SpooledTemporaryFile(_IN_MEMORY) as content:
                try:
                    async with transaction(pool, [row["processor_id"]]) as connection:
                        try:
                            await copy_file(connection, [row["processor_id"]], row["id"], content, objects)
                        except Altered as error:
                            await set_apart(connection, [row["processor_id"]], error)
                            done.altered += 1
                            continue
                    if await (_to_store if to == "s3" else _to_database)(pool, objects, row, content):
                        done.moved += 1
                    else:
                        done.overtaken += 1
                finally:
                    tell(done)
    return done


async def _next(pool: asyncpg.Pool, to: Place, after: Any) -> list[Any]:
    async with transaction(pool, readonly=True) as connection:
        if to == "s3":
            return list(await connection.fetch(sql("files_in_the_database"), after, _AT_ONCE))
        return list(await connection.fetch(sql("files_in_a_store"), None, after, _AT_ONCE))


async def _to_store(pool: asyncpg.Pool, objects: Objects, row: Any, content: Any) -> bool:
    name = await put_object(pool, objects, row["processor_id"], row["id"], content)
    if await read_object(objects, name) != row["sha256"]:
        raise Unavailable(f"The store gave other bytes back than it was given for file {row['id']}: it stays.")
    async with transaction(pool, [row["processor_id"]]) as connection:
        moved = await connection.fetchval(sql("move_to_object"), [row["processor_id"]], row["id"], name)
        if moved is None:
            return False
        if await connection.fetchval(sql("vouch_for_object"), name) is None:
            raise Unavailable("It took longer than a day to put a file into the store: begin again.")
    return True


async def _to_database(pool: asyncpg.Pool, objects: Objects, row: Any, content: Any) -> bool:
    del objects
    async with transaction(pool, [row["processor_id"]]) as connection:
        await connection.execute(sql("lock_file"), row["id"])
        place = await connection.fetchrow(sql("file_place"), [row["processor_id"]], row["id"])
        if place is None or place["erased_at"] is not None or place["object_id"] != row["object_id"]:
            return False
        await put_parts(connection, row["processor_id"], row["id"], content, row["size"])
        await connection.execute(sql("move_from_object"), [row["processor_id"]], row["id"], row["object_id"])
    return True
