"""What a worker does for files in a store: removes what has to go, and sees that the store answers."""

import logging
from typing import Final

import asyncpg

from db.queries import sql
from db.session import transaction
from service.files.objects import Objects, StoreAway

log = logging.getLogger(__name__)

_AT_ONCE: Final = 50


async def keep_store(pool: asyncpg.Pool, objects: Objects | None) -> int:
    """Remove the objects that have to go, and see that the store answers; how many are gone.

    Those are bytes of what was erased or moved, and bytes for which no row has come within a day. One that cannot be
    removed is tried again, later each time, and holds up no other. Raises StoreAway where the store does not answer or
    keeps one, or none is named and there are objects.
    """
    gone, stuck = 0, False
    while some := await _take(pool):
        if objects is None:
            raise StoreAway
        done = 0
        for row in some:
            try:
                await objects.remove(row["id"])
            except StoreAway:
                await objects.look()  # where it is away, each of the others would be waited for
                stuck = True
                continue
            async with transaction(pool) as connection:
                await connection.execute(sql("object_removed"), row["id"], row["file_id"])
            done += 1
        log.info("objects of files were removed: %d of %d", done, len(some))
        gone += done
    if stuck:
        raise StoreAway
    if objects is not None:
        await objects.look()
    return gone


async def _take(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    async with transaction(pool) as connection:
        return list(await connection.fetch(sql("take_objects"), _AT_ONCE))
