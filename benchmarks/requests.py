"""Requests answered a second by the real server process, and by bare Litestar with one statement a request."""

import asyncio
import itertools
import json
import socket
from collections.abc import Iterable, Mapping

import msgspec

from benchmarks import client
from benchmarks.crew import process
from benchmarks.field import Field
from benchmarks.figures import Figure
from benchmarks.stage import Database, Stage, Used
from db import clock
from service.keys import new_key

ANSWER = json.dumps({"grounds": "We would rather not.", "channel": "mail", "by": "Kim"}).encode()


class Kind(msgspec.Struct, frozen=True):
    """One sort of request: what it is called, and the request for each notice and its agreement."""

    what: str
    method: str
    path: str
    body: bytes = b""
    once: bool = False
    """A write, which cannot be sent twice for one notice."""


KINDS = (
    Kind("reads of a notice", "GET", "/api/v1/notices/{notice}"),
    Kind("gate checks", "GET", "/api/v1/engagements/check?agreement_id={agreement}&subprocessor_id={subprocessor}"),
    Kind("answers (objections)", "POST", "/api/v1/notices/{notice}/object", ANSWER, once=True),
)


async def measure(stage: Stage, template: str, field: Field, seconds: float) -> list[Figure]:
    """Each kind for so many seconds, on a clone of `template` whose windows are open, first ours, then bare."""
    ours = await _ours(stage, template, field, seconds)
    bare = await _bare(stage, template, field, seconds)
    figures = []
    for kind, (count, used), (plain_count, plain) in zip(KINDS, ours, bare, strict=True):
        rate = plain_count / plain.wall
        figures.append(Figure(what=kind.what, count=count, used=used, beside="Litestar", bare=rate))
    return figures


class Server(msgspec.Struct, frozen=True):
    """A server under measure, and the key that it takes."""

    port: int
    pid: int
    key: str


Taken = list[tuple[int, Used]]


async def _ours(stage: Stage, template: str, field: Field, seconds: float) -> Taken:
    database = await stage.clone("bench_api", template)
    async with stage.connect(database) as connection:
        await clock.start(connection, "system", None)
    port, admin = _free_port(), new_key()
    async with process(
        stage.folder, "service.cli.main", "serve", environ=_environ(stage, database, port, admin)
    ) as server:
        await _ready(port)
        key = await _manager(port, admin, field)
        taken = await _drive(stage, database, field, Server(port, server.pid, key), seconds)
    await stage.drop(database.name)
    return taken


async def _bare(stage: Stage, template: str, field: Field, seconds: float) -> Taken:
    database = await stage.clone("bench_api", template)
    port = _free_port()
    async with process(stage.folder, "benchmarks.bare", database.superuser, str(port)) as server:
        await _ready(port)
        taken = await _drive(stage, database, field, Server(port, server.pid, "none"), seconds)
    await stage.drop(database.name)
    return taken


async def _drive(stage: Stage, database: Database, field: Field, server: Server, seconds: float) -> Taken:
    async with stage.connect(database) as connection:
        rows = await connection.fetch("select id::text, agreement_id::text from notice order by id")
    taken: Taken = []
    for kind in KINDS:
        asked = [
            client.request(
                kind.method,
                kind.path.format(notice=row["id"], agreement=row["agreement_id"], subprocessor=field.subprocessor),
                server.key,
                kind.body,
            )
            for row in rows
        ]
        if not kind.once:
            await client.drive(server.port, asked, seconds / 4)  # plans and pools as in a server that runs for a while
        await stage.settle()
        many: Iterable[bytes] = asked if kind.once else itertools.islice(itertools.cycle(asked), 200_000)
        with stage.watch(server.pid) as used:
            count, statuses = await client.drive(server.port, many, seconds)
        if set(statuses) != {200}:
            raise RuntimeError(f"{kind.what} were answered {dict(statuses)}")
        taken.append((count, used))
    return taken


async def _ready(port: int) -> None:
    for _ in range(1000):
        try:
            line = await client.connect(port)
            status, _ = await line.ask(client.request("GET", "/health/ready", "none"))
            line.close()
            if status == 200:
                return
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(0.02)
    raise RuntimeError("the server is not ready after 20 s: see what it says above")


async def _manager(port: int, admin: str, field: Field) -> str:
    """A key of the role that writes answers."""
    line = await client.connect(port)
    body = json.dumps({"name": "benchmark", "role": "manager"}).encode()
    path = f"/api/v1/processors/{field.processor}/keys"
    status, answer = await line.ask(client.request("POST", path, admin, body))
    line.close()
    if status != 201:
        raise RuntimeError(f"no key could be made: {status} {answer.decode()}")
    key: str = json.loads(answer)["key"]
    return key


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environ(stage: Stage, database: Database, port: int, admin: str) -> Mapping[str, str]:
    return {
        "TERMIJN_DATABASE_URL": database.api,
        "TERMIJN_REDIS_URL": stage.servers.urls.redis or "none",
        "TERMIJN_BASE_URL": f"http://127.0.0.1:{port}",
        "TERMIJN_SECRET_KEY": "a secret that opens nothing, for a benchmark",
        "TERMIJN_ADMIN_KEY": admin,
        "TERMIJN_CLOCK": "system",
        "TERMIJN_LIMIT_KEY": "off",
        "TERMIJN_HOST": "127.0.0.1",
        "TERMIJN_PORT": str(port),
    }
