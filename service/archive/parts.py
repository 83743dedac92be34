"""Files in an archive: their bytes stand in it as though all lay in the database, wherever they lie."""

from typing import IO, Final
from uuid import UUID

from db.queries import sql
from db.session import Connection
from db.tenant import TenantTable, copy_out
from service.files.objects import Objects
from service.files.store import PART, read_object
from workflows.errors import Altered

PARTS: Final = "file_part"
_AT_ONCE: Final = 500


async def copy_file_parts(
    connection: Connection, processor: UUID, table: TenantTable, out: IO[bytes], objects: Objects | None
) -> int:
    """Write the rows of `file_part`, in the order of their keys, with those that a file in a store would have; how
    many.

    Raises Altered where a file there is not what was handed in, StoreAway, Unavailable where no store is named.
    """
    rows, last = 0, None
    while some := await connection.fetch(sql("files_in_a_store"), processor, last, _AT_ONCE):
        for row in some:
            rows += await copy_out(connection, processor, table, out, (last, row["id"]))
            last = row["id"]
            lines = _PartLines(table, row["id"], processor, out)
            if await read_object(objects, row["object_id"], lines) != row["sha256"]:
                words = f"File {row['id']} is not what was handed in, or is gone from the store"
                raise Altered(f"{words}: put it right there, then begin again.", row["id"], row["object_id"])
            rows += lines.close()
    return rows + await copy_out(connection, processor, table, out, (last, None))


class _PartLines:
    """Bytes as rows of parts in PostgreSQL's text."""

    def __init__(self, table: TenantTable, file: UUID, processor: UUID, out: IO[bytes]) -> None:
        self._columns = table.copied
        self._values = {"file_id": str(file), "processor_id": str(processor)}
        self._out = out
        self._left = bytearray()
        self._rows = 0

    def write(self, content: bytes) -> None:
        self._left += content
        while len(self._left) >= PART:
            self._line(bytes(self._left[:PART]))
            del self._left[:PART]

    def close(self) -> int:
        """How many rows there are."""
        if self._left:
            self._line(bytes(self._left))
        return self._rows

    def _line(self, part: bytes) -> None:
        values = {**self._values, "number": str(self._rows), "bytes": f"\\\\x{part.hex()}"}
        self._out.write(("\t".join(values[one] for one in self._columns) + "\n").encode())
        self._rows += 1
