"""Databases for tests: clones of a migrated template, emptied and used again by the next test.

A clone costs as much as a short test, and its new connections learn types and plans anew. So after a test
the rows go, and the database waits for the next one with its connections open. One on which a test did more
than write rows (DDL, ANALYZE, a pool closed) is dropped.
"""

import contextlib
import fcntl
import itertools
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from db.queries import sql
from db.session import connect_pool
from service.up.embedded import RunningServers, start_servers
from service.up.folder import SOCKETS_PREFIX, DataFolder, held
from tests.beginnings import Beginnings
from tests.beginnings import functions as beginning_functions
from tests.history import check_history
from tests.world import Pools
from workflows.errors import BadInput
from workflows.terms.load import stored_digest

ROOM: Final = 1 << 30
"""Bytes that must be free in memory for the databases of a run to lie there; each worker needs some 200 MB."""
_SHARED: Final = Path("/dev/shm")
MEMORY: Final = _SHARED if _SHARED.is_dir() and shutil.disk_usage(_SHARED).free > ROOM else None
HASTY: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "96MB",
    "track_counts": "off",
    "update_process_title": "off",
    "autovacuum": "off",  # it would give tables statistics that a new installation has not
}
"""PostgreSQL's settings where a power cut may take everything."""
ENDURING: Final = {**HASTY, "synchronous_commit": "on", "full_page_writes": "on"}
"""The same where what it said is committed outlives its own crash, though not that of the machine."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """A database of one test, by login."""

    name: str
    superuser: str
    owner: str
    api: str
    worker: str


def named(servers: RunningServers, name: str) -> Database:
    """Where a database of these servers is reached."""
    urls = servers.urls
    found = {
        login: urlunsplit(urlsplit(getattr(urls, login))._replace(path=f"/{name}"))
        for login in ("superuser", "owner", "api", "worker")
    }
    return Database(name=name, **found)


def sweep_memory() -> None:
    """Remove what runs that were killed left in memory."""
    for folder in MEMORY.glob(f"{SOCKETS_PREFIX}*") if MEMORY else ():
        with contextlib.suppress(OSError, BadInput):
            if (folder / "data").is_dir() and time.time() - folder.stat().st_mtime > 60:
                with held(DataFolder(folder / "data")):
                    shutil.rmtree(folder)


def begin_alike(data: Path, room: Path, make: Callable[[RunningServers], None]) -> None:
    """Make a data folder with what `make` puts into its servers, once for all workers of a run, which have `room`
    together: the first to come makes it, the others get copies, at a sixth of the work; the last takes it away."""
    first = room / "servers"
    with (room / "servers.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if first.exists():
            _copy(first, data)
        else:
            running = start_servers(data, settings=HASTY)
            try:
                make(running)
            finally:
                running.stop()
            _copy(data, room / "servers.new")
            (room / "servers.new").rename(first)
        lock.write(b".")
        lock.flush()
        if os.fstat(lock.fileno()).st_size == int(os.environ["PYTEST_XDIST_WORKER_COUNT"]):
            shutil.rmtree(first)


def _copy(folder: Path, to: Path) -> None:
    """With owners and modes, which PostgreSQL looks at."""
    subprocess.run(["cp", "-a", str(folder), str(to)], check=True)


@contextlib.asynccontextmanager
async def cloned(servers: RunningServers, template: str) -> AsyncIterator[Database]:
    """A fresh database that nobody used, for as long as it is needed."""
    name = f"t{next(_numbers)}"
    strategy = "file_copy" if MEMORY else "wal_log"  # the cheaper one on that kind of storage
    admin = await asyncpg.connect(servers.urls.superuser)
    await admin.execute(f"create database {name} template {template} owner termijn_owner strategy {strategy}")
    try:
        yield named(servers, name)
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


class Reused:
    """A database that one test after another has to itself, with its connections."""

    database: Database
    pools: Pools
    served: asyncpg.Pool
    """For the application, which has a pool of its own."""
    _admin: asyncpg.Connection

    def __init__(self, closing: contextlib.AsyncExitStack) -> None:
        self._closing = closing
        self._original: dict[str, bytes] = {}
        """The rows of the template by table, as COPY writes them."""
        self._texts: dict[UUID, bytes] = {}
        """The digests of the versions of terms among them."""

    @classmethod
    async def made(cls, servers: RunningServers, template: str) -> "Reused":
        async with contextlib.AsyncExitStack() as opening:
            one = cls(opening)
            one.database = await opening.enter_async_context(cloned(servers, template))
            one._admin = await asyncpg.connect(one.database.superuser)
            opening.push_async_callback(one._admin.close)
            one.pools = Pools(
                api=await connect_pool(one.database.api, "termijn_api", size=8),
                worker=await connect_pool(one.database.worker, "termijn_worker", size=12),
            )
            one.served = await connect_pool(one.database.api, "termijn_api", size=10)
            for pool in one._pools:
                opening.push_async_callback(_closed, pool)
            await one._prepare()
            one._closing = opening.pop_all()
        return one

    @property
    def _pools(self) -> tuple[asyncpg.Pool, ...]:
        return self.pools.api, self.pools.worker, self.served

    async def _prepare(self) -> None:
        await self._admin.execute("set session_replication_role = replica")  # no triggers, no foreign keys
        await self._admin.execute("set lock_timeout = '2s'")
        tables = [row[0] for row in await self._admin.fetch(_TABLES)]
        counts = {one: await self._admin.fetchval(f"select count(*) from {one}") for one in tables}
        for one in (each for each, count in counts.items() if count):
            kept = BytesIO()
            await self._admin.copy_from_table(one, output=kept)
            self._original[one] = kept.getvalue()
        lines = [_emptied(one) if not count else _reset(one, count) for one, count in counts.items()]
        lines += [
            f"perform setval('{row['name']}', {row['last'] or 1}, {str(row['last'] is not None).lower()});"
            for row in await self._admin.fetch(_SEQUENCES)
        ]
        counted = await self._admin.fetchval(_COUNTED)
        columns = {row["table"]: row["columns"] for row in await self._admin.fetch(_COLUMNS)}
        harness = _HARNESS.format(
            lines="\n".join(lines),
            counted=counted,
            filled=",".join(self._original),
            cut=",".join(await self._cut()),
            beginnings=beginning_functions(columns, self._original.keys() - {"clock"}),
        )
        await self._admin.execute(harness)
        self._since = await self._admin.fetchval(_NEXT)
        # What is asked after each test, with a filter that is left out, would be planned anew each time.
        await self._admin.execute("set plan_cache_mode = force_generic_plan")
        rows = await self._admin.fetch(sql("ledger_terms"), [])
        self._texts = {row["id"]: stored_digest(row["document"]) for row in rows}

    async def _cut(self) -> list[str]:
        """Tables that can be truncated, with those that point at them: none of these has rows in the template."""
        points = {(row["at"], row["from"]) for row in await self._admin.fetch(_POINTS)}
        lost = set(self._original)
        while more := {at for at, one in points if one in lost} - lost:
            lost |= more
        return [row[0] for row in await self._admin.fetch(_TABLES) if row[0] not in lost]

    def beginnings(self) -> Beginnings:
        """The steps of the next test."""
        return Beginnings(self._admin)

    async def check(self) -> None:
        """See that the test left a history as it should be (invariants A and F)."""
        touched = {row["id"] for row in await self._admin.fetch(_TOUCHED, self._since)}
        await check_history(self._admin, {id: one for id, one in self._texts.items() if id not in touched})

    async def emptied(self) -> bool:
        """Make it as it was before the test; False where it cannot be used again."""
        ours = [self._admin.get_server_pid()]
        for pool in self._pools:
            if pool.is_closing() or pool.get_size() - pool.get_idle_size():
                return False
            ours += [each._con.get_server_pid() for each in pool._holders if each._con and not each._con.is_closed()]
        try:
            changed = await self._admin.fetchval("select tests.emptied($1, $2)", ours, self._since)
        except asyncpg.LockNotAvailableError:
            return False
        if changed is None:
            return False
        for one in changed:
            await self._admin.copy_to_table(one, source=BytesIO(self._original[one]))
        self._since = await self._admin.fetchval(_NEXT)
        return True

    async def drop(self) -> None:
        await self._closing.aclose()


async def _closed(pool: asyncpg.Pool) -> None:
    """A test may have closed it, or left a connection in use."""
    pool.terminate()


def _emptied(table: str) -> str:
    return f"delete from {table};"


def _reset(table: str, count: int) -> str:
    """The name of a table with rows in the template, where a test changed them."""
    return (
        f"if (select count(*) from {table}) <> {count} "
        f"or exists (select from {table} where xmin::text::bigint >= since) then "
        f"delete from {table}; changed := changed || '{table}'::text; end if;"
    )


_TABLES: Final = """
    select quote_ident(relname) from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1"""
_COLUMNS: Final = """
    select quote_ident(relname) as table, array_agg(quote_ident(attname) order by attnum) as columns
    from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and attgenerated = '' and not attisdropped
    where relnamespace = 'public'::regnamespace and relkind = 'r' group by 1"""
_POINTS: Final = """
    select confrelid::regclass::text as at, conrelid::regclass::text as from from pg_constraint where contype = 'f'"""
_SEQUENCES: Final = "select sequencename as name, last_value as last from pg_sequences where schemaname = 'public'"
_TOUCHED: Final = "select id from terms_version where xmin::text::bigint >= $1"
_NEXT: Final = "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_COUNTED: Final = """
    select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and reltuples >= 0"""
_HARNESS: Final = """
    create schema tests;
    create table tests.ddl ();
    create function tests.note() returns event_trigger language plpgsql security definer as
        'begin insert into tests.ddl default values; end';

    -- Other sessions end first: a test may have left one, or just closed it. Null where more than rows changed.
    -- The room that rows left would make plans that a new database has not (from ten pages on), so it is cut off.
    create function tests.emptied(ours int[], since bigint) returns text[] language plpgsql as $$
    declare
        changed text[] := '{{}}';
        counted bigint;
        grown boolean;
        big regclass;
        bigs regclass[];
    begin
        perform pg_terminate_backend(pid, 5000) from pg_stat_activity
            where datid = (select oid from pg_database where datname = current_database())
                and backend_type = 'client backend' and pid <> all (ours);
        select count(*) filter (where reltuples >= 0),
            bool_or(size > 10 * 8192 and relname <> all ('{{{filled}}}') and relname <> all ('{{{cut}}}')),
            coalesce(array_agg(oid::regclass) filter (where size > 10 * 8192 and relname = any ('{{{cut}}}')), '{{}}')
            into counted, grown, bigs
            from (
                select oid, relname, reltuples, pg_relation_size(oid) as size from pg_class
                where relnamespace = 'public'::regnamespace and relkind = 'r' offset 0) each;
        if exists (select from tests.ddl) or counted <> {counted} or grown then return null; end if;
        foreach big in array bigs loop execute format('truncate %s cascade', big); end loop;
        {lines}
        return changed;
    end $$;

    {beginnings}

    create event trigger tests_ddl on ddl_command_end execute function tests.note();
"""
