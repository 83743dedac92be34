"""Files that a body names as evidence: taken out of it, so that they are claimed and stand in the event."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.errors import BadInput, Problem
from workflows.model.evidence import EvidenceIn, FileNamed

T = TypeVar("T")
MOST_FILES: Final = 20
"""Of one request."""


async def claim_evidence(
    connection: Connection, processors: Sequence[UUID], data: T, now: datetime
) -> tuple[T, tuple[FileNamed, ...]]:
    """The data with words where files were named, and those files, which stay from now on.

    Raises BadInput where one of them is not there.
    """
    places = list(_places(data, ""))
    wanted = [(f"{path}.files[{at}]", id) for path, one in places for at, id in enumerate(one.files)]
    if not wanted:
        return (_worded(data, {}) if places else data), ()
    if len(wanted) > MOST_FILES:
        raise BadInput(
            f"A request names at most {MOST_FILES} files.", (Problem(wanted[MOST_FILES][0], "is one too many"),)
        )
    ids = list(dict.fromkeys(id for _, id in wanted))
    rows = {row["id"]: row for row in await connection.fetch(sql("claim_files"), list(processors), ids, now)}
    if lost := [path for path, id in wanted if id not in rows]:
        said = "there is no file with this id: hand it in with POST files first, within a day"
        raise BadInput(f"{lost[0]}: {said}.", tuple(Problem(path, said) for path in lost))
    files = tuple(FileNamed(id, rows[id]["sha256"].hex(), rows[id]["name"]) for id in ids)
    return _worded(data, {one.id: one.name for one in files}), files


def _places(value: Any, path: str) -> Iterator[tuple[str, EvidenceIn]]:
    match value:
        case EvidenceIn():
            yield path, value
        case msgspec.Struct():
            for name, written in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
                yield from _places(getattr(value, name), f"{path}.{written}" if path else written)
        case list() | tuple():
            for at, one in enumerate(value):
                yield from _places(one, f"{path}[{at}]")
        case _:
            pass


def _worded(value: Any, names: Mapping[UUID, str]) -> Any:
    """The same with a text for each evidence: its own words, else the names of its files."""
    match value:
        case EvidenceIn():
            return value.text if value.text.strip() else ", ".join(names[id] for id in dict.fromkeys(value.files))
        case msgspec.Struct() if any(True for _ in _places(value, "")):
            fields = {one: _worded(getattr(value, one), names) for one in value.__struct_fields__}
            return msgspec.structs.replace(value, **fields)
        case list():
            return [_worded(one, names) for one in value]
        case tuple():
            return tuple(_worded(one, names) for one in value)
        case _:
            return value
