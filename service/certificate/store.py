"""Declarations as they are kept: made once, from then on the same bytes for everyone."""

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import replace

from db import clock
from db.queries import sql
from db.session import Connection, transaction
from service.certificate.facts import Closing, Engaged, Facts, encoded, facts_of, number_of
from service.certificate.render_pdf import press
from workflows.agreement.table import AGREEMENT
from workflows.engine.engine import Engine
from workflows.engine.poison import is_poison, is_race, note
from workflows.errors import NotFound, Refused
from workflows.ids import new_id
from workflows.model.agreement import Agreement
from workflows.model.parties import Customer, Processor
from workflows.words import Language

log = logging.getLogger(__name__)

DECLARATION: Final = "declaration"
SAY_AGAIN: Final = 3600.0
"""Seconds between lines of the log about one declaration that cannot be made."""
_BEFORE_ALL: Final = UUID(int=0)
_ACTOR: Final = re.compile(r"(key|user):[0-9a-f-]{36}")


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A kept document. `content` and `facts` are None once they were erased; the digest (32 bytes) stays."""

    id: UUID
    language: Language
    number: str
    facts: str | None
    content: bytes | None
    sha256: bytes
    made_at: datetime
    erased_at: datetime | None


async def declaration(
    connection: Connection, engine: Engine, processors: Sequence[UUID], agreement: UUID, role: str = "admin"
) -> Document:
    """The declaration of an agreement whose data are gone, made where there is none yet; the caller commits.

    Raises NotFound for an unknown agreement, Refused where its data are not gone.
    """
    found = await kept(connection, processors, agreement)
    if found is not None:
        return found
    owner, facts = await _facts(connection, engine, processors, agreement, role)
    said = encoded(facts)
    number = number_of(said)
    # Off the event loop: setting the type takes some milliseconds of CPU, the first one reads the fonts.
    content = await asyncio.to_thread(press, facts, number)
    await connection.execute(
        sql("insert_document"),
        new_id(),
        owner,
        agreement,
        DECLARATION,
        facts.language,
        number,
        said.decode(),
        content,
        hashlib.sha256(content).digest(),
        await clock.now(connection),
    )
    made = await kept(connection, processors, agreement)
    assert made is not None
    return made


async def kept(connection: Connection, processors: Sequence[UUID], agreement: UUID) -> Document | None:
    """The declaration as it was made, or None where there is none yet."""
    row = await connection.fetchrow(sql("read_document"), list(processors), agreement, DECLARATION)
    return Document(**row) if row is not None else None


class DocumentRounds:
    """Makes what documents of a kind are missing, a few at each look, round and round.

    One that cannot be made is tried again when all others have had their turn, however many there are of its kind.
    `missing` is the block that finds them, `what` the words for one in the log.
    """

    def __init__(self, pool: asyncpg.Pool, missing: str, what: str, at_once: int = 20) -> None:
        self._pool = pool
        self._missing = missing
        self._what = what
        self._at_once = at_once
        self._tried = _BEFORE_ALL
        self._said: dict[UUID, float] = {}

    async def make(self, processor: UUID, agreement: UUID) -> None:
        """Make the document of an agreement."""
        raise NotImplementedError

    async def look(self) -> int:
        """The next few; how many were made. Raises where the database is away, or what all of them need."""
        made = 0
        async with transaction(self._pool) as connection:
            rows = await connection.fetch(sql(self._missing), self._at_once, self._tried)
        for row in rows:
            # Before it is tried: whatever it does, the next look begins behind it.
            self._tried = row["id"]
            try:
                await self.make(row["processor_id"], row["id"])
                made += 1
            except Exception as error:
                if not (is_poison(error) or is_race(error)):
                    raise
                self._note(row["id"], error)
        if len(rows) < self._at_once:
            self._tried = _BEFORE_ALL
        return made

    def _note(self, agreement: UUID, error: Exception) -> None:
        """Write it down, once in SAY_AGAIN for each of them."""
        now = time.monotonic()
        self._said = {one: at for one, at in self._said.items() if now - at < SAY_AGAIN}
        if agreement not in self._said:
            self._said[agreement] = now
            note(log, f"{self._what} of agreement {agreement}", error)


class Declarer(DocumentRounds):
    """Makes what declarations are missing."""

    def __init__(self, pool: asyncpg.Pool, engine: Engine, at_once: int = 20) -> None:
        super().__init__(pool, "undeclared", "the declaration", at_once)
        self._engine = engine

    async def make(self, processor: UUID, agreement: UUID) -> None:
        async with transaction(self._pool) as connection:
            await declaration(connection, self._engine, [processor], agreement)


async def _facts(
    connection: Connection, engine: Engine, processors: Sequence[UUID], agreement: UUID, role: str
) -> tuple[UUID, Facts]:
    """Read the agreement's processor, and the facts to declare."""
    row = await connection.fetchrow(sql("declaration_source"), list(processors), agreement)
    if row is None:
        raise NotFound(f"There is no agreement with the id {agreement}; look at /api/v1/agreements for its id.")
    terms = (await engine.terms(connection, [row["terms_version_id"]]))[row["terms_version_id"]]
    if row["deleted_at"] is None:
        known = await engine.surroundings(connection, AGREEMENT.name, [row["processor_id"]], [agreement])
        held = msgspec.json.decode(row["agreement"], type=Agreement)
        raise Refused(
            "A declaration is made once every task of the deletion plan is done; "
            f"the agreement is {row['state']!r} now.",
            state=row["state"],
            actions=AGREEMENT.offered(row["state"], held, known[agreement][1], role=role),
            guard="deleted",
            clause=terms.end.declaration_clause or terms.end.clause,
        )
    decode = msgspec.json.decode
    facts = facts_of(
        await _with_names(connection, decode(row["agreement"], type=Agreement)),
        decode(row["customer"], type=Customer),
        decode(row["processor"], type=Processor),
        terms,
        row["digest"],
        decode(row["engaged"], type=tuple[Engaged, ...]),
        Closing(row["seq"], row["hash"]),
    )
    return row["processor_id"], facts


async def _with_names(connection: Connection, agreement: Agreement) -> Agreement:
    """With keys and users by their names, since a person reads who confirmed what."""
    by = {one.by for one in agreement.plan if _ACTOR.fullmatch(one.by)}
    if not by:
        return agreement
    rows = await connection.fetch(sql("actor_names"), [UUID(one.partition(":")[2]) for one in by])
    names = {f"{row['kind']}:{row['id']}": f"{row['kind']}:{row['name']}" for row in rows}
    plan = tuple(replace(one, by=names.get(one.by, one.by)) for one in agreement.plan)
    return replace(agreement, plan=plan)
