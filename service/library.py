"""The terms library on file, put beside the terms that processors wrote: each version once."""

import hashlib
from functools import lru_cache

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import transaction
from workflows.ids import new_id
from workflows.terms.load import library, to_document


async def load_library(pool: asyncpg.Pool) -> int:
    """Insert every library version that is not stored yet; the number that is new."""
    documents = _documents()
    added = 0
    async with transaction(pool, admin=True) as connection:
        named = [terms for terms, _ in documents.values()]
        stored = {row["digest"] for row in await connection.fetch(sql("library_stored"), named, list(documents))}
        missing = [digest for digest in documents if digest not in stored]
        now = await clock.now(connection) if missing else None
        for digest in missing:
            id, document = documents[digest]
            terms = library()[id]
            done = await connection.execute(
                sql("insert_terms_version"), new_id(), None, id, terms.version, terms.title, document, digest, now
            )
            added += done == "INSERT 0 1"
    return added


@lru_cache(maxsize=1)
def _documents() -> dict[bytes, tuple[str, str]]:
    """The library as it is stored, by digest: each one's terms and its JSON."""
    found = {}
    for id, terms in library().items():
        document = msgspec.json.encode(to_document(terms), order="deterministic")
        found[hashlib.sha256(document).digest()] = (id, document.decode())
    return found
