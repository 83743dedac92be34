"""Servers of our own for one run, databases that are clones of one another, and who used the processor."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from db.migrate import migrate
from db.session import Connection, Role, connect_pool
from service.library import load_library
from service.up.embedded import RunningServers, start_servers
from service.up.folder import temporary_folder

CLEAN = "bench_clean"


class Database(msgspec.Struct, frozen=True):
    """A database by login; `api` and `worker` are bound by row-level security as in a deployment."""

    name: str
    superuser: str
    owner: str
    api: str
    worker: str


class Used(msgspec.Struct):
    """What a piece of work took: seconds on the wall, and seconds of processor time of Python and PostgreSQL."""

    wall: float = 0.0
    python: float = 0.0
    postgres: float = 0.0


class Stage:
    """PostgreSQL with fsync and synchronous_commit on, Redis, and the databases made on them."""

    def __init__(self, folder: Path, servers: RunningServers, admin: asyncpg.Connection) -> None:
        self.folder = folder
        self.servers = servers
        self.admin = admin
        self._began = time.perf_counter()
        self._busy = _busy_seconds()
        self._postmaster = int((folder / "data" / "postgres" / "postmaster.pid").read_text().split()[0])

    def database(self, name: str) -> Database:
        urls = self.servers.urls
        return Database(name, *(_named(url, name) for url in (urls.superuser, urls.owner, urls.api, urls.worker)))

    async def clone(self, name: str, template: str = CLEAN) -> Database:
        """A new database with all that the other holds; nobody may be connected to either."""
        await self.drop(name)
        await self.admin.execute(f"create database {name} template {template} owner termijn_owner strategy file_copy")
        return self.database(name)

    async def drop(self, name: str) -> None:
        await self.admin.execute(f"drop database if exists {name} with (force)")

    async def settle(self) -> None:
        """Write out what came before, so that a measure does not pay for its preparation."""
        await self.admin.execute("checkpoint")

    @asynccontextmanager
    async def connect(self, database: Database) -> AsyncIterator[asyncpg.Connection]:
        """A connection past row-level security, to prepare and to look."""
        connection = await asyncpg.connect(database.superuser, command_timeout=600)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def pool(self, database: Database, role: Role, size: int = 4) -> AsyncIterator[asyncpg.Pool]:
        dsn = database.worker if role == "termijn_worker" else database.api
        pool = await connect_pool(dsn, role, size=size)
        try:
            yield pool
        finally:
            await pool.close()

    @contextmanager
    def watch(self, *processes: int) -> Iterator[Used]:
        """Fill in what the work inside took; Python is these processes, by their ids, or else this one."""
        watched = processes or (os.getpid(),)
        used = Used()
        python, postgres, wall = _seconds_of(watched), self._postgres_seconds(), time.perf_counter()
        yield used
        used.wall = time.perf_counter() - wall
        used.python = _seconds_of(watched) - python
        used.postgres = self._postgres_seconds() - postgres

    def others(self) -> float:
        """How many cores were busy with what is not this run, since it began; call it once, with all of ours ended."""
        ours = os.times()
        busy = _busy_seconds() - self._busy
        spent = ours.user + ours.system + ours.children_user + ours.children_system
        return max(0.0, busy - spent) / (time.perf_counter() - self._began)

    def _postgres_seconds(self) -> float:
        """The postmaster's children, those that ended and those alive; what a checkpointer does counts too."""
        total = 0.0
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (found := _stat(entry)) is not None:
                parent, own, ended = found
                if int(entry.name) == self._postmaster:
                    total += own + ended
                elif parent == self._postmaster:
                    total += own
        return total


@asynccontextmanager
async def open_stage(kept: Path | None = None) -> AsyncIterator[Stage]:
    """Servers in a new folder, and a migrated database with the terms library to clone from.

    In a folder that is `kept` what an earlier run left there goes on.
    """
    folder = temporary_folder() if kept is None else _made(kept)
    loop, run, told = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    assert run is not None

    def end() -> None:
        """A run that is told to end takes its servers with it."""
        if not told.is_set():
            told.set()
            run.cancel()

    loop.add_signal_handler(signal.SIGTERM, end)
    servers = start_servers(folder / "data", settings={"fsync": "on", "synchronous_commit": "on"})
    try:
        admin = await asyncpg.connect(servers.urls.superuser, command_timeout=600)
        stage = Stage(folder, servers, admin)
        if not await admin.fetchval("select exists (select from pg_database where datname = $1)", CLEAN):
            await admin.execute(f"create database {CLEAN} owner termijn_owner")
        await migrate(stage.database(CLEAN).owner)
        async with stage.pool(stage.database(CLEAN), "termijn_worker") as pool:
            await load_library(pool)
        yield stage
        await admin.close()
    except asyncio.CancelledError:
        if told.is_set():
            sys.exit(128 + signal.SIGTERM)
        raise
    finally:
        await asyncio.to_thread(servers.stop)
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)  # PostgreSQL passes it under an account of its own
    return folder


def ended_children() -> float:
    """Processor time of the processes of this one that have ended."""
    times = os.times()
    return times.children_user + times.children_system


async def commit_seconds(stage: Stage, count: int = 200) -> float:
    """The median of one small durable transaction: what the disk under this run allows."""
    database = await stage.clone("bench_disk")
    async with stage.connect(database) as connection:
        await connection.execute("create table one (id integer)")
        taken = [await _timed(connection, f"insert into one values ({number})") for number in range(count)]
    await stage.drop(database.name)
    return sorted(taken)[count // 2]


async def _timed(connection: Connection, statement: str) -> float:
    began = time.perf_counter()
    await connection.execute(statement)
    return time.perf_counter() - began


def _busy_seconds() -> float:
    """Seconds in which any core worked, also for another guest of the same hardware (proc_stat(5))."""
    fields = [int(one) for one in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _, _, irq, softirq, steal = fields
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _named(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


def _seconds_of(processes: Iterable[int]) -> float:
    found = [_stat(Path(f"/proc/{one}")) for one in processes]
    return sum(stat[1] for stat in found if stat is not None)


def _stat(process: Path) -> tuple[int, float, float] | None:
    """Parent, own seconds, and those of children that ended (proc_pid_stat(5))."""
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    tick = os.sysconf("SC_CLK_TCK")
    own = (int(fields[11]) + int(fields[12])) / tick
    ended = (int(fields[13]) + int(fields[14])) / tick
    return int(fields[1]), own, ended
