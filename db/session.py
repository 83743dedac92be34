"""Connections: one pool a process, one transaction a unit of work, the tenant set with its first word."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias, get_args
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import asyncpg

from db.failpoints import reach
from db.migrate import migrations
from db.queries import sql
from db.spans import listen, span
from db.troubles import away, trouble

Connection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy"
Role = Literal["termijn_api", "termijn_worker"]

ACQUIRE_SECONDS = 5.0
"""How long a request waits for a connection before it is told to come back (503)."""

SETTLE_SECONDS = 3.0
"""How long the outcome of a commit is asked for whose answer was lost."""

GONE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
)
"""What a statement raises under which the database, or the way to it, goes away: what became of a commit is then to be
asked. To `trouble` each of them is away; what else is away to it was refused, and so not written."""


Pooler = Literal["none", "transaction"]
"""What stands between: nothing that changes a session's settings, or a pooler that gives each transaction another
session (PgBouncer with `pool_mode = transaction`)."""

BY_INDEX: Final = {
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""What the planner must not choose: to read a table from end to end, to collect what an index would give in its order,
or to join a handful of rows by reading all of the other table. Tables are empty when the first plans are made, a plan
lasts as long as its connection, and what is cheapest on an empty table reads all of a full one. For the whole
connection, since a statement keeps the plan of the transaction that ran it first. A test shows that each is needed."""
_SETTINGS: Final = {
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": "60s",
    **BY_INDEX,
}
_THROUGH_POOLER: Final = (
    "the database is reached through a pooler that does not keep a session's settings ({why}): set "
    "TERMIJN_DATABASE_POOLER=transaction, or name the address of PostgreSQL itself in TERMIJN_DATABASE_URL"
)


COMMAND_SECONDS: Final[dict[Role, float]] = {"termijn_api": 20.0, "termijn_worker": 60.0}
"""How long a statement may take before its connection is given up: a database that says nothing, not even no."""
LOCK_SECONDS: Final[dict[Role, int]] = {"termijn_api": 8, "termijn_worker": 20}
"""How long a statement waits for a row: somebody waits for a request's answer, and would ask again."""


_ONE_PLAN: Final = "; set local plan_cache_mode = force_generic_plan"
"""In a transaction that writes, or that reads what it knows by its id, a statement is planned once for the session:
left to itself the server plans most anew each time, which is a third of all that it does for a command and most of what
it does for a question to the gate. Of an array, such as the processors, one plan for all assumes that it is long, so it
always seems dearer than a new one."""


def _settings(role: Role) -> dict[str, str]:
    return {"role": role, "lock_timeout": f"{LOCK_SECONDS[role]}s", **_SETTINGS}


def _opening(role: Role) -> str:
    return "".join(f"; set local {name} = '{value}'" for name, value in _settings(role).items())


def called(role: Role) -> str:
    """What a session is called to the server: its role, and the machine or container that it comes from, by the end of
    that one's name, in which those of one kind differ."""
    return f"{role}@{socket.gethostname()[-40:]}"


def session_settings(role: Role) -> dict[str, str]:
    """What a connection of this role starts with, so that no reset can lose it."""
    return {"application_name": called(role), **_settings(role)}


class PoolerError(Exception):
    """Between the program and the database is a pooler that it was not told of; the message says what to do."""


_OPENED: Final = {
    role: type("OpenedConnection", (asyncpg.Connection,), {"opening": _opening(role)}) for role in get_args(Role)
}
"""Connections with another session for each transaction, which says anew what holds in it."""


class PoolExhaustedError(Exception):
    """No connection came free in time."""


UNDONE: Final = (asyncpg.TransactionRollbackError, asyncpg.InvalidCachedStatementError)
"""What a transaction raises that was undone for another's sake, or met a migration: at once it is done again. To
`trouble` each of them is a race; the others have waited for somebody already."""


class OtherVersionError(Exception):
    """What was asked for is not in the database, which is of another version than this program."""


class NotWrittenError(Exception):
    """The database went away, and it is known that nothing was written."""


class OutcomeUnknownError(Exception):
    """The database went away in a commit, and cannot be asked whether it was carried out."""


UNANSWERED: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    PoolExhaustedError,
    OtherVersionError,
    OSError,
)
"""Whatever keeps the database from answering, its own defects among them: for looks that only tell whether it does."""
_NOT_THERE: Final = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
)

for _one in (PoolExhaustedError, OtherVersionError, NotWrittenError, OutcomeUnknownError):
    trouble.register(_one, away)


async def connect_pool(dsn: str, role: Role, *, size: int = 10, pooler: Pooler = "none") -> asyncpg.Pool:
    """A pool whose connections act as `role`, whatever login they came in with.

    The role is a start-up parameter, so that no reset of a connection can lose it; behind a pooler each transaction
    begins with it, and nothing is prepared. Raises PoolerError where a pooler turns out to be there all the same.
    """
    try:
        pool = await lazy_pool(dsn, role, size=size, pooler=pooler, least=1)
    except asyncpg.ProtocolViolationError as error:
        raise PoolerError(_THROUGH_POOLER.format(why=error)) from None
    try:
        async with transaction(pool, readonly=True) as connection:
            found = await connection.fetchval("select current_user")
        if found != role:
            raise PoolerError(_THROUGH_POOLER.format(why=f"it acts as {found}, not as {role}"))
    except BaseException:
        await pool.close()
        raise
    return pool


async def lazy_pool(dsn: str, role: Role, *, size: int = 10, pooler: Pooler = "none", least: int = 0) -> asyncpg.Pool:
    """The same, that begins with `least` connections and looks at nothing: for a server that may be away."""
    through = pooler == "transaction"
    return await asyncpg.create_pool(
        dsn,
        min_size=least,
        max_size=size,
        command_timeout=COMMAND_SECONDS[role],
        # What a transaction sets it sets locally; asyncpg's own reset costs more than the transaction.
        reset=_no_reset,
        init=listen,
        connection_class=_OPENED[role] if through else asyncpg.Connection,
        statement_cache_size=0 if through else 100,
        server_settings={"application_name": called(role), **({} if through else _settings(role))},
        # Of several servers the one that may be written to: a standby takes connections too.
        target_session_attrs="primary" if _chooses(dsn) else None,
    )


def _chooses(dsn: str) -> bool:
    """Whether an address names several servers, and does not say which of them it wants."""
    parts = urlsplit(dsn)
    query = parse_qs(parts.query)
    hosts = [parts.netloc.rpartition("@")[2], *query.get("host", ())]
    return "target_session_attrs" not in query and any("," in one for one in hosts)


async def _no_reset(connection: asyncpg.Connection) -> None:
    if connection.is_in_transaction():
        await connection.execute("rollback")


@asynccontextmanager
async def transaction(
    pool: asyncpg.Pool,
    processors: Sequence[UUID] = (),
    *,
    readonly: bool = False,
    admin: bool = False,
    by_id: bool = False,
) -> AsyncIterator[Connection]:
    """One transaction that sees the rows of `processors`; commits on leaving, rolls back on an exception.

    With `admin` it may also write what belongs to no processor: admins' keys, everyone's terms, the clock. With `by_id`
    it reads what is looked up by ids alone, so that each statement is planned once, as in one that writes; what best
    finds the rows of a list depends on what it is asked for.

    Raises PoolExhaustedError where no connection comes free, and OtherVersionError where something is not there while
    the database has not the migrations of this program.
    """
    async with _connected(pool, "read" if readonly else "transaction") as connection:
        # One round trip: the ids are UUID objects, so the text is safe to write in place.
        ids = ",".join(str(one) for one in processors)
        begin = "begin read only" if readonly else "begin"
        opening = getattr(connection, "opening", "")
        role = "on" if admin else "off"
        plans = _ONE_PLAN if by_id or not readonly else ""
        await connection.execute(
            f"{begin}{opening}; set local termijn.processors = '{{{ids}}}'; set local termijn.admin = '{role}'{plans}"
        )
        try:
            yield connection
        except BaseException as error:
            if not connection.is_closed():
                await connection.execute("rollback")
                if isinstance(error, _NOT_THERE) and await _is_of_another_version(connection):
                    raise OtherVersionError from error
            raise
        if not readonly:
            await reach("commit.before")
        await connection.execute("commit")
        if not readonly:
            await reach("commit.after")


async def find_row(pool: asyncpg.Pool, block: str, *values: object) -> Any:
    """The one row, or None, of a statement that reads and needs no tenant: one round trip where a transaction of its
    own is three. Raises as `transaction`."""
    async with _connected(pool) as connection:
        if not hasattr(connection, "opening"):
            try:
                return await connection.fetchrow(sql(block), *values)
            except _NOT_THERE as error:
                if await _is_of_another_version(connection):
                    raise OtherVersionError from error
                raise
    async with transaction(pool, readonly=True) as connection:  # behind a pooler each one says who it acts as
        return await connection.fetchrow(sql(block), *values)


@asynccontextmanager
async def _connected(pool: asyncpg.Pool, what: str = "read") -> AsyncIterator[Connection]:
    """A connection for `what`, as spans call it: the wait for one is a part of that."""
    with span(what):
        async with _acquired(pool) as connection:
            yield connection


@asynccontextmanager
async def _acquired(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    try:
        connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
    except TimeoutError as error:
        raise PoolExhaustedError from error
    except FileNotFoundError as error:
        raise ConnectionRefusedError("the socket of PostgreSQL is not there") from error
    try:
        yield connection
    except OSError as error:
        if type(error) is OSError and trouble(error) == "away":
            raise ConnectionResetError("the way to PostgreSQL") from error  # one of GONE
        raise
    finally:
        await pool.release(connection)


async def _is_of_another_version(connection: Connection) -> bool:
    try:
        applied = {row["name"] for row in await connection.fetch(sql("applied_migrations"))}
    except asyncpg.UndefinedTableError:
        return True
    except asyncpg.InsufficientPrivilegeError:
        return False
    return applied != {name for name, _ in migrations()}


@asynccontextmanager
async def writing(
    pool: asyncpg.Pool, processors: Sequence[UUID] = (), *, admin: bool = False
) -> AsyncIterator[tuple[Connection, datetime]]:
    """A transaction that writes, as `transaction`, and the instant it is (UTC).

    Where the database goes away the outcome is asked for: what was committed ends as though nothing had happened.

    Raises NotWrittenError or OutcomeUnknownError otherwise, PoolExhaustedError where no connection comes free.
    """
    committing, server = "", None
    try:
        async with transaction(pool, processors, admin=admin) as connection:
            row = await connection.fetchrow(sql("begin_write"))
            assert row is not None, "it selects one row"
            yield connection, row["now"]
            committing, server = row["number"], row["server"]
    except GONE as error:
        outcome = await _outcome(pool, committing, server) if committing else "aborted"
        if outcome == "aborted":
            raise NotWrittenError from error
        if outcome != "committed":
            raise OutcomeUnknownError from error


async def _outcome(pool: asyncpg.Pool, number: str, server: datetime | None) -> str | None:
    """What became of a transaction; None where its number does not tell, or not within SETTLE_SECONDS."""
    until = time.monotonic() + SETTLE_SECONDS
    while True:
        with suppress(*UNANSWERED):
            async with asyncio.timeout(max(until - time.monotonic(), 0.1)):
                async with transaction(pool, readonly=True) as connection:
                    found: str | None = await connection.fetchval(sql("transaction_outcome"), number, server)
            if found in ("committed", "aborted"):
                return found
            if found == "restarted":
                return None
        if time.monotonic() > until:
            return None
        await asyncio.sleep(0.05)


async def try_lock(connection: Connection, name: str) -> bool:
    """Hold a lock of this name until the transaction ends; False where another holds it."""
    found: bool = await connection.fetchval("select pg_try_advisory_xact_lock(hashtext($1))", name)
    return found
