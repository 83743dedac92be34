"""What is kept as it was received or handed in: whether it still is what the ledger names."""

from uuid import UUID

from db.queries import sql
from db.session import Connection


async def wrong_file(connection: Connection, processor: UUID | None) -> str | None:
    """The first file whose bytes, or whose digest, are not those of the day it came in; None where all are.

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
