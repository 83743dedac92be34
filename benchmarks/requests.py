"""Requests answered a second by the real server process, and by bare Litestar with one statement a request."""

import itertools
import json
from collections.abc import Iterable

import msgspec

from benchmarks import client
from benchmarks.crew import process
from benchmarks.field import Field
from benchmarks.figures import Figure
from benchmarks.holding import holds
from benchmarks.serving import Server, free_port, new_server_key, ready, serving
from benchmarks.stage import Database, Stage, Used
from db import clock

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


Taken = list[tuple[int, Used]]


async def _ours(stage: Stage, template: str, field: Field, seconds: float) -> Taken:
    database = await stage.clone("bench_api", template)
    async with stage.connect(database) as connection:
        await clock.start(connection, "system", None)
    async with serving(stage, database) as server:
        manager = Server(server.port, server.pid, await new_server_key(server, field.processor, "manager"))
        taken = await _drive(stage, database, field, manager, seconds)
    await holds(stage, database)
    await stage.drop(database.name)
    return taken


async def _bare(stage: Stage, template: str, field: Field, seconds: float) -> Taken:
    database = await stage.clone("bench_api", template)
    port = free_port()
    async with process(stage.folder, "benchmarks.bare", database.superuser, str(port)) as server:
        await ready(port)
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
