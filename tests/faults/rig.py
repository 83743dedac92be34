"""The program as it runs: an API and workers as processes, and ways to PostgreSQL, Redis and the mail server that can
be cut, held up and taken away. What a client was promised is kept, to be looked for afterwards."""

import asyncio
import contextlib
import json
import signal
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
from redis.asyncio import Redis

from db import clock
from db.queries import sql
from service.keys import new_key
from service.up.embedded import RunningServers
from tests.databases import Database
from tests.faults.nursery import Child, Nursery
from tests.faults.ways import DatabaseWay, Way
from tests.mail.server import Scripted
from workflows.engine.history import look

SECRET: Final = "a secret of at least thirty-two bytes, for the rig"
PATIENCE: Final = 60.0
"""Seconds after which what was waited for is said not to come."""
HOST: Final = "127.0.0.1"


class Rig:
    """One database, and what works on it; the processes that run by their names."""

    def __init__(self, servers: RunningServers, database: Database, nursery: Nursery, folder: Path) -> None:
        assert servers.urls.redis is not None
        redis = urlsplit(str(servers.urls.redis))
        self.database = database
        self.nursery = nursery
        self.folder = folder
        self.admin = new_key()
        self.port = _free_port()
        self.mail = Scripted()
        self.to_database = {
            "api": DatabaseWay(database.api, b"begin; set local termijn.processors = '{0"),
            "worker": DatabaseWay(database.worker),
        }
        self.to_redis = Way(redis.path)
        self._redis_url = str(servers.urls.redis)
        self._redis_password = redis.password
        self.to_mail = Way((HOST, 0))
        self.running: dict[str, Child] = {}
        self.client = httpx.AsyncClient(
            base_url=f"http://{HOST}:{self.port}/api/v1/",
            headers={"Authorization": f"Bearer {self.admin}"},
            timeout=30.0,
        )
        self._before: set[UUID] = set()
        """Messages that nobody here sent."""
        self.accepted: list[tuple[str, httpx.Response]] = []
        """The path of each request that was answered with a yes, and the answer."""

    async def __aenter__(self) -> "Rig":
        await self.mail.start()
        self.to_mail = Way((HOST, self.mail.port))
        for way in self.ways:
            await way.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in list(self.running):
            await self.kill(one)
        await self.client.aclose()
        for way in self.ways:
            await way.stop()
        await self.mail.stop()

    @property
    def ways(self) -> list[Way]:
        return [*self.to_database.values(), self.to_redis, self.to_mail]

    async def takes_over(self) -> None:
        """What a world said that it sent was sent, as far as anybody here can know."""
        async with self.owner() as connection:
            await connection.execute(
                "update message set dated_at = created_at, message_id = coalesce(message_id, id::text) "
                "where next_at is null and dated_at is null"
            )
            await connection.execute(
                "insert into attempt (processor_id, message_id, at, outcome, words) "
                "select m.processor_id, m.id, m.created_at, 'sent', '' from message m "
                "where m.next_at is null and not exists (select from attempt a where a.message_id = m.id)"
            )
            self._before = {row["id"] for row in await connection.fetch("select id from message where next_at is null")}

    # --- processes -----------------------------------------------------------------------------------

    async def begin(self, name: str, *, failpoints: str = "") -> Child:
        """Start `api`, or a worker of any other name."""
        role = "api" if name == "api" else "worker"
        child = await self.nursery.fork(role, self._environment(role), self.folder / f"{name}.log", failpoints)
        self.running[name] = child
        return child

    async def kill(self, name: str) -> None:
        """As a crash would: nothing is tidied up."""
        child = self.running.pop(name)
        child.signal(signal.SIGCONT)
        await child.killed()

    async def stop(self, name: str) -> int:
        """As a deployment does; its exit status."""
        child = self.running.pop(name)
        child.signal(signal.SIGTERM)
        return await child.ended()

    def _environment(self, role: str) -> dict[str, str]:
        return {
            "TERMIJN_DATABASE_URL": self.to_database[role].dsn,
            "TERMIJN_REDIS_URL": f"redis://:{self._redis_password}@{HOST}:{self.to_redis.port}",
            "TERMIJN_SMTP_URL": f"smtp://{HOST}:{self.to_mail.port}",
            "TERMIJN_BASE_URL": f"http://{HOST}:{self.port}",
            "TERMIJN_SECRET_KEY": SECRET,
            "TERMIJN_ADMIN_KEY": self.admin,
            "TERMIJN_CLOCK": "simulated",
            "TERMIJN_SMTP_ARRIVAL": "direct",
            "TERMIJN_HOST": HOST,
            "TERMIJN_PORT": str(self.port),
            "TERMIJN_LIMIT_KEY": "off",
        }

    # --- a client ------------------------------------------------------------------------------------

    async def up(self) -> None:
        """Wait until the API answers."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await self.client.get(f"http://{HOST}:{self.port}/health/live")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

    async def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Ask again, with the same `Idempotency-Key`, until there is an answer that is one."""
        headers = {"Idempotency-Key": key or str(uuid4())} if method == "POST" else {}
        until = time.monotonic() + PATIENCE
        while True:
            try:
                answer = await self.client.request(method, path, json=body, headers=headers)
                if answer.status_code != 503:
                    break
            except httpx.HTTPError:
                pass
            assert time.monotonic() < until, f"no answer to {method} {path}"
            await asyncio.sleep(0.05)
        if method == "POST" and answer.is_success:
            self.accepted.append((path, answer))
        return answer

    async def made(self, path: str, body: Any = None) -> Any:
        """What was made, or done."""
        answer = await self.ask("POST", path, body if body is not None else {})
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    # --- what became of it ---------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def owner(self) -> AsyncIterator[asyncpg.Connection]:
        """The database without row-level security, and past every way; one that recovers is waited for."""
        connection = await self._connected()
        try:
            yield connection
        finally:
            await connection.close()

    async def _connected(self) -> asyncpg.Connection:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return await asyncpg.connect(self.database.superuser)
            except (asyncpg.CannotConnectNowError, OSError):
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(0.1)

    async def free_leases(self) -> None:
        """Take senders that died for dead at once: their leases need not run out in real time."""
        async with self.owner() as connection:
            await connection.execute(
                "update message set leased_until = clock_timestamp() - interval '1 second' "
                "where leased_until is not null"
            )

    async def rests(self, seconds: float = PATIENCE) -> float:
        """Wait until nothing is due any more, mails included; how long that took."""
        began = time.monotonic()
        async with self.owner() as connection:
            while await connection.fetchval(sql("anything_waiting"), await clock.now(connection)):
                assert time.monotonic() - began < seconds, await self._undone(connection)
                await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def arrives(self, seconds: float = 600.0) -> None:
        """Wait until a clock that was aimed at an instant is there, with all that was due on the way done."""
        until = time.monotonic() + seconds
        async with self.owner() as connection:
            while await connection.fetchval("select target from clock") is not None:
                assert time.monotonic() < until, await self._undone(connection)
                await asyncio.sleep(0.1)
        await self.rests()

    async def empty_redis(self) -> None:
        """As a Redis that lost all that it held."""
        async with Redis.from_url(self._redis_url) as client:
            await client.flushall()

    async def unkept(self) -> list[str]:
        """What clients were answered and the database does not know: versions, and answers."""
        wrong = []
        async with self.owner() as connection:
            versions = {row["id"]: row["version"] for row in await connection.fetch("select id, version from subject")}
            rows = await connection.fetch("select id, answers::text as answers from notice")
            kept = {row["id"]: json.loads(row["answers"] or "[]") for row in rows}
        for path, answer in self.accepted:
            said = answer.json()
            subject = UUID(said["id"])
            version = int(answer.headers.get("ETag", '"0"').strip('W/"') or 0)
            if versions.get(subject, -1) < version:
                wrong.append(f"{path} was answered as version {version}, and there is {versions.get(subject)}")
            if len(kept.get(subject, [])) < len(said.get("answers", [])) and path.startswith("notices/"):
                wrong.append(f"{path}: an answer that was confirmed is gone")
        return wrong

    def mails(self) -> tuple[int, int]:
        """How many mails came, and how many of them had come before."""
        came = [one.message_id for one in self.mail.attempts if one.answer.startswith("250")]
        return len(came), len(came) - len(set(came))

    async def _undone(self, connection: asyncpg.Connection) -> str:
        rows = await connection.fetch(
            "select 'timer' as what, trigger as of, count(*) as n from timer where due_at <= termijn_now() group by 2 "
            "union all select 'message', state, count(*) from message where next_at <= termijn_now() group by 2"
        )
        return f"does not come to rest: {[tuple(row) for row in rows]}"

    async def broken(self) -> list[str]:
        """Everything that does not hold: what `termijn check` finds, what was set apart, and what mails show."""
        async with self.owner() as connection:
            found = await look(connection, await clock.now(connection), secret=SECRET)
            wrong = [str(one) for one in found.broken]
            parked = await connection.fetch("select kind, parked_why from subject where parked_at is not null")
            wrong += [f"set apart: {row['kind']} {row['parked_why']}" for row in parked]
            sent = await connection.fetch(
                "select id, message_id from message where state in ('sent', 'received') and carried_by is null"
            )
        came: dict[str, set[bytes]] = {}
        for attempt in self.mail.attempts:
            if attempt.content and not attempt.answer.startswith(("4", "5")):
                came.setdefault(attempt.message_id.strip("<>"), set()).add(attempt.content)
        wrong += [f"{len(bodies)} bodies under one Message-ID" for bodies in came.values() if len(bodies) > 1]
        missing = [row for row in sent if row["message_id"].strip("<>") not in came and row["id"] not in self._before]
        wrong += [f"{len(missing)} messages are said to be sent and never came"] if missing else []
        return wrong


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number
