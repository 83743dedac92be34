"""What is kept as it was received or handed in: whether it still is what the ledger names."""

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from db.queries import sql
from db.session import Connection

ObjectDigest = Callable[[UUID], Awaitable[bytes | None]]
"""The SHA-256 of what a store has under a name; None where it has nothing."""
_AT_ONCE: Final = 500


async def wrong_object(
    connection: Connection, processor: UUID | None, digest_of: ObjectDigest | None
) -> tuple[int, str | None]:
    """How many files lie in a store, and the first whose bytes there are not those of the day it came in.

    Without `digest_of` they are only counted. Raises what that one raises.
    """
    count, after = 0, None
    while rows := await connection.fetch(sql("files_in_a_store"), processor, after, _AT_ONCE):
        for row in rows:
            count, after = count + 1, row["id"]
            if digest_of is None:
                continue
            found = await digest_of(row["object_id"])
            if found != row["sha256"]:
                why = "is gone from the store" if found is None else "is altered in the store"
                return count, f"file {row['id']} {why}: it is not what its own digest says"
    return count, None


async def wrong_file(connection: Connection, processor: UUID | None) -> str | None:
    """The first file whose bytes here, or whose digest, are not those of the day it came in; None where all are.

    `connection` has to see all rows.
    """
    altered = await connection.fetchrow(sql("file_altered"), processor)
    if altered is not None:
        return f"file {altered['id']} is not what its own digest says: its bytes were altered"
    other = await connection.fetchrow(sql("file_not_as_named"), processor)
    if other is not None:
        return (
            f"file {other['id']} is not what event {other['seq']} of subject {other['subject_id']} names: "
            "another was put in its place"
        )
    proof = await connection.fetchrow(sql("evidence_not_as_named"), processor)
    if proof is not None:
        return (
            f"file {proof['id']} is not what event {proof['seq']} of subject {proof['subject_id']} names as its "
            "evidence: another was put in its place, or it was taken away"
        )
    letter = await connection.fetchrow(sql("letter_not_as_named"), processor)
    if letter is not None:
        return (
            f"letter {letter['id']} is not what event {letter['seq']} of subject {letter['subject_id']} names: it was "
            "altered, another was put in its place, or it was taken away"
        )
    return None
