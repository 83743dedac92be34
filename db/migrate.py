"""Plain SQL migrations, applied in order, each once and in its own transaction."""

import hashlib
from importlib.resources import files

import asyncpg

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


class MigrationChangedError(Exception):
    """A migration that was applied reads differently now: write a new one instead."""


def migrations() -> list[tuple[str, str]]:
    """Name and SQL of every migration, in order."""
    folder = files("db").joinpath("migrations")
    return [
        (one.name, one.read_text("utf-8"))
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.endswith(".sql")
    ]


async def migrate(dsn: str) -> list[str]:
    """Bring the database up to date; the names of what was applied.

    `dsn` is the owner's login. The roles `termijn_api` and `termijn_worker` are made where they are
    missing and the login may. Raises MigrationChangedError.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1::bigint)".replace("$1", str(LOCK)))
        await connection.execute(ROLES)
        await connection.execute(LEDGER)
        applied = {row["name"]: row["digest"] for row in await connection.fetch("select name, digest from migration")}
        done: list[str] = []
        for name, text in migrations():
            digest = hashlib.sha256(text.encode()).digest()
            if name in applied:
                if applied[name] != digest:
                    raise MigrationChangedError(
                        f"{name} was changed after it was applied; write a new migration instead"
                    )
                continue
            async with connection.transaction():
                await connection.execute(text)
                await connection.execute("insert into migration (name, digest) values ($1, $2)", name, digest)
            done.append(name)
        return done
    finally:
        await connection.close()
