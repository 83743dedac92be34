"""A processor that leaves: what was handed over is all that there is, then its rows go, and the proof stays."""

import tarfile
import tempfile
from pathlib import Path
from typing import Final

import asyncpg

from db.queries import sql
from db.session import Connection
from db.tenant import erase_rows, left_rows, lock_tables, tenant_tables
from service.archive.handing_over import copied, processor_of
from service.archive.manifest import ArchiveManifest
from service.archive.taking_in import check_members, read_manifest
from service.files.objects import Objects
from workflows.errors import BadInput, Conflict

TURNING: Final = ("webhook_feed", "watch_reading")
"""What changes though nothing comes to the processor: when it is asked or looked at next, and who does it."""
LOCK_SECONDS: Final = 5.0
"""How long it waits for what others are writing; they wait for it meanwhile."""


async def leave(
    connection: Connection, wanted: str, source: Path, objects: Objects | None = None
) -> tuple[ArchiveManifest, str, int]:
    """Erase a processor (id or slug) of which `source` is the archive; the manifest, its SHA-256, and how many rows.

    What lies in a store has to go from there next, which a worker does. Raises as `copy_file_parts`.

    Raises BadInput where `source` is none of it, Conflict where something happened since it was made, where
    others do not stop writing, and where something of it would be left.
    """
    try:
        with tarfile.open(source, mode="r:") as tar:
            manifest, digest = read_manifest(tar, source)
            check_members(tar, manifest, source)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadInput(f"{source} cannot be read as an archive: {error}") from None
    tables = await tenant_tables(connection, travelling=False)
    try:
        with tempfile.TemporaryDirectory(prefix="termijn-") as room:
            async with connection.transaction(isolation="repeatable_read"):
                # Before anything is read: what happens meanwhile waits, and finds the processor gone.
                await lock_tables(connection, tables, LOCK_SECONDS)
                about = await processor_of(connection, wanted)
                if about["id"] != manifest.processor:
                    raise BadInput(f"{source} is an archive of {manifest.slug}, not of {about['slug']}.")
                await _check_same(connection, manifest, Path(room), objects)
                await connection.execute(sql("give_up_objects"), about["id"])
                erased = await erase_rows(connection, about["id"], tables)
                await connection.execute(
                    sql("insert_departure"), manifest.processor, bytes.fromhex(digest), manifest.events, manifest.rows,
                    manifest.made_at, about["now"],
                )  # fmt: skip
                if left := await left_rows(connection, about["id"], tables):
                    raise Conflict(f"Rows of {', '.join(left)} would be left of it. Nothing was erased.")
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        raise Conflict(
            f"Others were writing for longer than {LOCK_SECONDS:.0f} s. Nothing was erased: try again."
        ) from None
    return manifest, digest, erased


async def _check_same(connection: Connection, manifest: ArchiveManifest, room: Path, objects: Objects | None) -> None:
    """Raises Conflict where a table is not what the archive has of it."""
    handed = {one.name: one for one in manifest.tables}
    for table in await tenant_tables(connection, travelling=True):
        if table.name in TURNING:
            continue
        place = room / table.name
        now = await copied(connection, manifest.processor, table, place, objects)
        place.unlink()
        if handed.get(table.name) != now:
            raise Conflict(f"{table.name} is not what the archive has: something happened since. Make another.")
