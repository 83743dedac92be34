"""The terms library on file, put beside the terms that processors wrote: each version once."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

import asyncpg
import msgspec

from db import clock
from db.queries import sql
from db.session import transaction
from workflows.ids import new_id
from workflows.terms.load import library, to_document
from workflows.terms.model import Terms

Documents = Mapping[bytes, tuple[Terms, str]]
"""Terms and their JSON, by its digest."""


async def load_library(pool: asyncpg.Pool) -> int:
    """Insert every library version that is not stored yet; the number that is new."""
    return await store(pool, _library())


async def store(pool: asyncpg.Pool, documents: Documents) -> int:
    """Insert those of everyone's terms that are not stored yet; the number that is new.

    A file may have been mended under a version that there was: the row with the new rules takes over the texts that
    processors have under it, since from now on it is the one that the version's name finds.
    """
    added = 0
    async with transaction(pool, admin=True) as connection:
        named = [terms.id for terms, _ in documents.values()]
        stored = {row["digest"] for row in await connection.fetch(sql("library_stored"), named, list(documents))}
        missing = [digest for digest in documents if digest not in stored]
        if not missing:
            return 0
        now = await clock.now(connection)
        for digest in missing:
            await connection.execute(sql("lock_terms"), documents[digest][0].id)
        processors = await connection.fetchval(sql("for_all_processors"))
        for digest in missing:
            terms, document = documents[digest]
            made = new_id()
            done = await connection.execute(
                sql("insert_terms_version"), made, None, terms.id, terms.version, terms.title, document, digest, now
            )
            if done == "INSERT 0 1":
                added += 1
                await connection.execute(sql("carry_terms_texts"), processors, made)
    return added


def documents_of(every: Iterable[Terms]) -> Documents:
    """Terms as they are stored."""
    found = {}
    for terms in every:
        document = msgspec.json.encode(to_document(terms), order="deterministic")
        found[hashlib.sha256(document).digest()] = (terms, document.decode())
    return found


@lru_cache(maxsize=1)
def _library() -> Documents:
    return documents_of(library().values())
