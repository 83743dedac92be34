"""How files are shown."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

Origin = Literal["inbound", "upload", "publication"]


class FileShown(msgspec.Struct, frozen=True, kw_only=True):
    """What was received or handed in, byte for byte; `sha256` (hex) is what the ledger's event names."""

    id: UUID
    sha256: str
    name: str
    type: str
    size: int


class FileUse(msgspec.Struct, frozen=True, kw_only=True):
    """The event whose evidence a file is, and its subject."""

    subject: UUID
    subject_kind: str
    seq: int
    event_id: UUID | None


class FileListed(FileShown, frozen=True, kw_only=True):
    """A file with what it proves. `origin`: it came in by mail, was handed in, or is a page on which a change was
    published. Erased, it has no name and no bytes.

    `place` is where its bytes lie; `removed_at` when they were gone from there; `altered_at` since when they are not
    those that were handed in, or are gone: nobody is given any of it."""

    processor_id: UUID
    origin: Origin
    made_at: datetime
    made_by: str
    erased_at: datetime | None
    place: Literal["database", "s3"]
    removed_at: datetime | None
    altered_at: datetime | None
    evidence_of: list[FileUse]


def file_listed(row: Any) -> FileListed:
    """A row of `list_files`."""
    return FileListed(
        **{name: row[name] for name in _AS_IT_IS},
        sha256=row["sha256"].hex(),
        evidence_of=msgspec.json.decode(row["uses"], type=list[FileUse]),
    )


_AS_IT_IS = (
    "id", "processor_id", "name", "type", "size", "origin", "made_at", "made_by", "erased_at", "place", "removed_at",
    "altered_at",
)  # fmt: skip
