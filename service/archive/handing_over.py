"""An archive made of a processor's rows as of one moment."""

import tarfile
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from db.tenant import TenantTable, copy_out, tenant_tables
from service.archive.manifest import MANIFEST, ArchivedTable, ArchiveManifest, Hashing, digest_of
from service.archive.parts import PARTS, copy_file_parts
from service.files.objects import Objects
from service.up.backup import private, written_whole
from workflows.errors import BadInput


async def hand_over(
    connection: Connection, wanted: str, target: Path, objects: Objects | None = None
) -> tuple[ArchiveManifest, str]:
    """Write everything of a processor (id or slug) into the new file `target`; its manifest, and that one's SHA-256.

    Only its owner may read it. Files in a store are read from `objects`.
    Raises as `copy_file_parts`, BadInput where there is no such processor or `target` is there already,
    Unavailable where it cannot be written whole; then nothing is left.
    """
    with written_whole(target) as file, tempfile.TemporaryDirectory(dir=target.parent, prefix=".termijn-") as room:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            about = await processor_of(connection, wanted)
            tables = [
                await copied(connection, about["id"], one, Path(room) / one.name, objects)
                for one in await tenant_tables(connection, travelling=True)
            ]
        manifest = ArchiveManifest(
            processor=about["id"],
            slug=about["slug"],
            name=about["name"],
            made_at=about["now"],
            migration=about["migration"],
            events=about["events"],
            tables=tuple(tables),
        )
        said = Path(room) / MANIFEST
        raw = msgspec.json.encode(manifest)
        said.write_bytes(raw)
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.add(said, MANIFEST, filter=private)
            for one in tables:
                tar.add(Path(room) / one.name, one.member, filter=private)
    return manifest, digest_of(raw)


async def processor_of(connection: Connection, wanted: str) -> Any:
    """Whose archive it is. Raises BadInput where there is no such processor."""
    row = await connection.fetchrow(sql("archived_processor"), wanted)
    if row is None:
        raise BadInput(f"There is no processor {wanted[:60]!r}: name one by its id or its slug.")
    return row


async def copied(
    connection: Connection, processor: UUID, table: TenantTable, place: Path, objects: Objects | None
) -> ArchivedTable:
    """A processor's rows of a table, in a file."""
    with place.open("wb") as file:
        out: Any = Hashing(file)
        if table.name == PARTS:
            rows = await copy_file_parts(connection, processor, table, out, objects)
        else:
            rows = await copy_out(connection, processor, table, out)
    return ArchivedTable(name=table.name, columns=table.copied, rows=rows, sha256=out.digest.hexdigest())
