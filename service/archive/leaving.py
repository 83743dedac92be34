"""A processor that leaves: what was handed over is all that there is, then its rows go, and the proof stays."""

import tarfile
import tempfile
from pathlib import Path
from typing import Final

from db.queries import sql
from db.session import Connection
from db.tenant import erase_rows, tenant_tables
from service.archive.handing_over import copied, processor_of
from service.archive.manifest import ArchiveManifest
from service.archive.taking_in import check_members, read_manifest
from workflows.errors import BadInput, Conflict

LASTING: Final = ("event", "personal", "file", "file_part", "document", "letter", "message", "inbound", "terms_text")
"""What nothing may have come to since: all that is evidence."""


async def leave(connection: Connection, wanted: str, source: Path) -> tuple[ArchiveManifest, str, int]:
    """Erase a processor (id or slug) of which `source` is the archive; the manifest, its SHA-256, and how many rows.

    Raises BadInput where `source` is none of it, Conflict where something happened since it was made.
    """
    try:
        with tarfile.open(source, mode="r:") as tar:
            manifest, digest = read_manifest(tar, source)
            check_members(tar, manifest, source)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadInput(f"{source} cannot be read as an archive: {error}") from None
    with tempfile.TemporaryDirectory(prefix="termijn-") as room:
        async with connection.transaction(isolation="repeatable_read"):
            # Before anything is read: what happens meanwhile waits, and finds the processor gone.
            await connection.execute("lock table subject, event, message, file, inbound in exclusive mode")
            about = await processor_of(connection, wanted)
            if about["id"] != manifest.processor:
                raise BadInput(f"{source} is an archive of {manifest.slug}, not of {about['slug']}.")
            handed = {one.name: one for one in manifest.tables}
            for table in await tenant_tables(connection, travelling=True):
                if table.name not in LASTING:
                    continue
                now = await copied(connection, about["id"], table, Path(room) / table.name)
                if handed.get(table.name) != now:
                    raise Conflict(f"{table.name} is not what the archive has: something happened since. Make another.")
            erased = await erase_rows(connection, about["id"])
            await connection.execute(
                sql("insert_departure"), manifest.processor, bytes.fromhex(digest), manifest.events, manifest.rows,
                manifest.made_at, about["now"],
            )  # fmt: skip
    return manifest, digest, erased
