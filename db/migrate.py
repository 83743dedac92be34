"""Plain SQL migrations, applied in order, each once and in its own transaction.

One that begins with the line `-- outside a transaction` builds or drops indexes of tables that are written meanwhile
(`create index concurrently`), which no transaction can. Each of its statements ends with a line and may be carried out
again: where it was broken off, all of them are.

One with lines `-- commit` has a transaction for each of its parts, so that none holds a table while it waits for
another: whoever reads the two in the other order would have to be undone. Which parts are done is kept until all are.
"""

import asyncio
import hashlib
import logging
import re
import time
from importlib.resources import files
from typing import Final

import asyncpg

log = logging.getLogger(__name__)

LOCK = 7_465_726_001
ROLES = """
do $$
declare wanted text;
begin
    foreach wanted in array array['termijn_api', 'termijn_worker'] loop
        begin
            if not exists (select from pg_roles where rolname = wanted) then
                execute format('create role %I nologin', wanted);
            end if;
        exception when duplicate_object or unique_violation then null;
        end;
    end loop;
end $$;
"""
LEDGER = """
create table if not exists migration (
    name text primary key,
    digest bytea not null,
    applied_at timestamptz not null default now()
)
"""


LOCK_SECONDS: Final = 0.8
"""How long a migration waits for a table. Every read of the table that comes after it waits behind it meanwhile. Less
than the second after which a server looks whom to undo (`deadlock_timeout`): who came later than it is not found."""
PAUSE: Final = 4.0
"""Seconds between attempts, in which those reads go on."""
PATIENCE: Final = 900.0
"""After this many seconds it is given up: a backup holds each table for as long as it runs."""
TURN: Final = 0.2
"""Seconds between looks whether another `migrate` has ended. Waiting inside a statement would hold up an index that is
built beside transactions: it waits until all that were there before it have ended."""
OUTSIDE: Final = "-- outside a transaction\n"
"""How a migration begins whose statements are each for themselves."""
COMMIT: Final = "\n-- commit\n"
"""What ends a part of a migration that is committed by itself."""


class MigrationError(Exception):
    """The database could not be brought to this version; what was applied before stays."""


class MigrationChangedError(MigrationError):
    """A migration that was applied reads differently now: write a new one instead."""


class MigrationBlockedError(MigrationError):
    """A migration waited in vain for a table that somebody else had locked."""


def migrations() -> list[tuple[str, str]]:
    """Name and SQL of every migration, in order."""
    folder = files("db").joinpath("migrations")
    return [
        (one.name, one.read_text("utf-8"))
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".sql")
    ]


async def migrate(dsn: str, *, patience: float = PATIENCE, pause: float = PAUSE) -> list[str]:
    """Bring the database up to date; the names of what was applied.

    `dsn` is the owner's login. The roles `termijn_api` and `termijn_worker` are made where they are
    missing and the login may. Raises MigrationError.
    """
    connection = await asyncpg.connect(dsn)
    try:
        while not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):  # noqa: ASYNC110 - another process ends, and sets no event here
            await asyncio.sleep(TURN)
        await connection.execute(ROLES)
        await connection.execute(LEDGER)
        applied = {row["name"]: row["digest"] for row in await connection.fetch("select name, digest from migration")}
        done: list[str] = []
        until = time.monotonic() + patience
        for name, text in migrations():
            digest = hashlib.sha256(text.encode()).digest()
            todo = {mark: part for mark, part in _parts(name, text) if mark not in applied}
            if any(applied[mark] != digest for mark in applied if mark == name or mark.startswith(f"{name} ")):
                raise MigrationChangedError(f"{name} was changed after it was applied; write a new migration instead")
            for mark, part in todo.items() if name in todo else ():
                while not await (
                    _apply_outside(connection, name, part, digest, until)
                    if part.startswith(OUTSIDE)
                    else _apply(connection, mark, part, digest, name)
                ):
                    if time.monotonic() >= until:
                        raise MigrationBlockedError(
                            f"{name} was not applied: for {patience:.0f} s somebody kept a table that it changes (a "
                            "backup that runs?). Let that end, then migrate again"
                        )
                    log.warning("%s waits for a table that somebody else keeps; trying again", name)
                    await asyncio.sleep(pause)
            if name in todo:
                done.append(name)
        return done
    finally:
        await connection.close()


def _parts(name: str, text: str) -> list[tuple[str, str]]:
    """What a migration commits by itself, each with what is written down once it is done: the last of them its name."""
    parts = text.split(COMMIT)
    return [(name if part is parts[-1] else f"{name} {number}", part) for number, part in enumerate(parts, 1)]


def statements(text: str) -> list[str]:
    """Those of a migration outside a transaction."""
    return [one for one in re.split(r"(?<=;)\n", text) if one.strip()]


async def _apply(connection: asyncpg.Connection, mark: str, text: str, digest: bytes, name: str) -> bool:
    """One migration or a part of it, all or nothing; False where it would have waited too long."""
    try:
        async with connection.transaction():
            await connection.execute(f"set local lock_timeout = '{LOCK_SECONDS * 1000:.0f}ms'")
            await connection.execute(text)
            await connection.execute("insert into migration (name, digest) values ($1, $2)", mark, digest)
            if mark == name:
                await connection.execute("delete from migration where starts_with(name, $1)", f"{name} ")
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        return False
    return True


async def _apply_outside(connection: asyncpg.Connection, name: str, text: str, digest: bytes, until: float) -> bool:
    """One migration, statement by statement; False where what it waits for does not end in time.

    What waits here lets reads and writes go on, so it need not let go and begin anew.
    """
    left = max(until - time.monotonic(), LOCK_SECONDS)
    try:
        await connection.execute(f"set lock_timeout = '{1000 * left:.0f}ms'")
        for one in statements(text):
            await connection.execute(one)
        await connection.execute("insert into migration (name, digest) values ($1, $2)", name, digest)
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        return False
    finally:
        await connection.execute("reset lock_timeout")
    return True
