"""The real server process on a database of a run, and keys for it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from uuid import UUID

import msgspec

from benchmarks import client
from benchmarks.crew import process
from benchmarks.stage import Database, Stage
from service.keys import new_key

SECRET = "a secret that opens nothing, for a benchmark"
_PATIENCE = 3000
"""Looks, each after a fiftieth of a second: a machine may have much else to do."""


class Server(msgspec.Struct, frozen=True):
    """A server under measure, and the key that it takes."""

    port: int
    pid: int
    key: str


@asynccontextmanager
async def serving(
    stage: Stage, database: Database, clock: Literal["system", "simulated"] = "system"
) -> AsyncIterator[Server]:
    """`termijn serve` on this database until the end of the block, with an admin's key."""
    port, admin = free_port(), new_key()
    environ = surroundings(stage, database.api, clock) | {
        "TERMIJN_BASE_URL": f"http://127.0.0.1:{port}",
        "TERMIJN_ADMIN_KEY": admin,
        "TERMIJN_LIMIT_KEY": "off",
        "TERMIJN_LIMIT_FAILED": "off",
        "TERMIJN_HOST": "127.0.0.1",
        "TERMIJN_PORT": str(port),
    }
    async with process(stage.folder, "service.cli.main", "serve", environ=environ) as server:
        await ready(port)
        yield Server(port, server.pid, admin)


async def ready(port: int) -> None:
    """Wait until it answers. Raises RuntimeError where it does not."""
    for _ in range(_PATIENCE):
        try:
            line = await client.connect(port)
            status, _ = await line.ask(client.request("GET", "/health/ready", "none"))
            line.close()
            if status == 200:
                return
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(0.02)
    raise RuntimeError("the server is not ready after a minute: see what it says above")


async def new_server_key(server: Server, processor: UUID, role: str) -> str:
    """A key of a role at a processor. Raises RuntimeError where none is made."""
    line = await client.connect(server.port)
    body = json.dumps({"name": "benchmark", "role": role}).encode()
    path = f"/api/v1/processors/{processor}/keys"
    status, answer = await line.ask(client.request("POST", path, server.key, body))
    line.close()
    if status != 201:
        raise RuntimeError(f"no key could be made: {status} {answer.decode()}")
    key: str = json.loads(answer)["key"]
    return key


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def surroundings(stage: Stage, database: str, clock: str) -> dict[str, str]:
    """The settings of a process on this address of a database."""
    return {
        "TERMIJN_DATABASE_URL": database,
        "TERMIJN_REDIS_URL": stage.servers.urls.redis or "none",
        "TERMIJN_BASE_URL": "http://127.0.0.1",
        "TERMIJN_SECRET_KEY": SECRET,
        "TERMIJN_CLOCK": clock,
    }
