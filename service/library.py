"""The terms library on file, put beside the terms that processors wrote: each version once."""

import hashlib

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import transaction
from workflows.ids import new_id
from workflows.terms.load import library, to_document


async def load_library(pool: asyncpg.Pool) -> int:
    """Insert every library version that is not stored yet; the number that is new."""
    added = 0
    async with transaction(pool, admin=True) as connection:
        now = await clock.now(connection)
        for terms in library().values():
            document = msgspec.json.encode(to_document(terms), order="deterministic")
            done = await connection.execute(
                sql("insert_terms_version"),
                new_id(),
                None,
                terms.id,
                terms.version,
                terms.title,
                document.decode(),
                hashlib.sha256(document).digest(),
                now,
            )
            added += done == "INSERT 0 1"
    return added
