"""Files of a store in a backup, and back: into the store, or into the database where none is named."""

import asyncio
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

from db.queries import sql
from service.files.objects import Objects
from service.files.store import put_parts, read_object

OBJECTS: Final = "files"
_AT_ONCE: Final = 500
Filter = Callable[[tarfile.TarInfo], tarfile.TarInfo | None]


async def pack_objects(
    connection: asyncpg.Connection, objects: Objects | None, tar: tarfile.TarFile, room: Path, private: Filter
) -> tuple[int, tuple[UUID, ...]]:
    """Put the files of a store, as of the transaction of `connection`, into a tar by way of `room`; how many, and those
    that the store has not as they were handed in.

    Raises StoreAway, and Unavailable where there are any and no store is named.
    """
    count, lost, after = 0, list[UUID](), None
    while rows := await connection.fetch(sql("files_in_a_store"), None, after, _AT_ONCE):
        for row in rows:
            after = row["id"]
            with room.open("wb") as file:
                found = await read_object(objects, row["object_id"], file)
            if found == row["sha256"]:
                tar.add(room, f"{OBJECTS}/{row['object_id']}", filter=private)
                count += 1
            else:
                lost.append(row["id"])
            await asyncio.to_thread(room.unlink)
    return count, tuple(lost)


async def bring_back_objects(connection: asyncpg.Connection, objects: Objects | None, folder: Path) -> tuple[UUID, ...]:
    """Bring files of a store back that were unpacked into `folder`; those whose bytes are nowhere, which are set apart.

    In a store what is there as it was stays. Without one, bytes go into the database, and nothing of what had to go
    from the store before is known any more. `connection` is a superuser's. Raises StoreAway.
    """
    there = _unpacked(folder)
    lost, after = list[UUID](), None
    while rows := await connection.fetch(sql("files_in_a_store"), None, after, _AT_ONCE):
        for row in rows:
            after = row["id"]
            kept = there.get(str(row["object_id"]))
            if objects is not None and await read_object(objects, row["object_id"]) == row["sha256"]:
                continue
            if kept is None:
                lost.append(row["id"])
                await connection.execute(sql("set_file_apart"), [row["processor_id"]], row["id"], row["object_id"])
            else:
                await _bring_back(connection, objects, row, kept)
    if objects is None:
        await connection.execute(sql("forget_objects"))
    return tuple(lost)


def _unpacked(folder: Path) -> dict[str, Path]:
    return {one.name: one for one in folder.iterdir()} if folder.is_dir() else {}


async def _bring_back(connection: asyncpg.Connection, objects: Objects | None, row: asyncpg.Record, kept: Path) -> None:
    with kept.open("rb") as file:
        if objects is not None:
            await objects.put(row["object_id"], file)
            return
        async with connection.transaction():
            await put_parts(connection, row["processor_id"], row["id"], file, row["size"])
            await connection.execute(sql("move_from_object"), [row["processor_id"]], row["id"], row["object_id"])
