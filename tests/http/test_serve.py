"""`termijn serve` as a process of its own, over a real socket."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from service.keys import new_key
from tests.conftest import Database
from tests.http.conftest import ACME

KEY = new_key()
RUN = (
    "import os; from service.app import serve; from service.settings import Settings; serve(Settings.load(os.environ))"
)


class Served:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        base = f"http://127.0.0.1:{port}"
        self.client = httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {KEY}"}, timeout=30)

    async def log(self) -> str:
        """What it has written, once it has ended."""
        assert self.process.stdout is not None
        return (await self.process.stdout.read()).decode()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
async def served(database: Database) -> AsyncIterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        **os.environ,
        "TERMIJN_DATABASE_URL": database.api,
        "TERMIJN_REDIS_URL": "none",
        "TERMIJN_SMTP_URL": "smtp://127.0.0.1:1",
        "TERMIJN_SMTP_ARRIVAL": "direct",
        "TERMIJN_BASE_URL": f"http://127.0.0.1:{port}",
        "TERMIJN_SECRET_KEY": "s" * 32,
        "TERMIJN_ADMIN_KEY": KEY,
        "TERMIJN_CLOCK": "system",
        "TERMIJN_PORT": str(port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    made = Served(process, port)
    async with asyncio.timeout(60):
        while process.returncode is None:
            try:
                if (await made.client.get("/health/ready")).status_code == 200:
                    break
            except httpx.TransportError:
                await asyncio.sleep(0.02)  # a process that starts has no event to wait for
    yield made
    await made.client.aclose()
    if process.returncode is None:
        process.kill()
        await process.wait()


async def test_over_a_socket(served: Served) -> None:
    made = await served.client.post("/api/v1/processors", json=ACME)
    assert made.status_code == 201, made.text
    assert "server" not in made.headers

    large = b'{"name":"' + b"x" * 11_000_000 + b'"}'
    refused = await served.client.post(
        "/api/v1/processors", content=large, headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == 413
    assert refused.headers["Content-Type"] == "application/problem+json"

    traced = await served.client.request("TRACE", "/api/v1/processors")
    assert traced.status_code == 405

    # Far more than one page view: links are opened by scanners all at once.
    answers = await asyncio.gather(*(served.client.get(f"/n/token-{number}") for number in range(300)))
    assert {one.status_code for one in answers} == {404}
    assert (await served.client.get("/health/live")).status_code == 200

    served.process.send_signal(signal.SIGTERM)
    await served.process.wait()
    log = await served.log()
    assert "POST /api/v1/processors 201" in log
    assert KEY not in log
    assert "token-" not in log
    assert "Traceback" not in log


async def test_what_is_under_way_is_answered_before_it_stops(served: Served, database: Database) -> None:
    owner = await asyncpg.connect(database.superuser)
    watch = await asyncpg.connect(database.superuser)
    hold = owner.transaction()
    await hold.start()
    await owner.execute("lock table processor in exclusive mode")
    slow = asyncio.create_task(served.client.post("/api/v1/processors", json=ACME))
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    async with asyncio.timeout(20):
        while await watch.fetchval(waiting) < 1:  # noqa: ASYNC110 - the database cannot set an event
            await asyncio.sleep(0)
    served.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(20):
        while listens(served.port):  # noqa: ASYNC110 - another process has no event to set
            await asyncio.sleep(0)
    assert served.process.returncode is None
    await hold.rollback()
    answer = await slow
    assert answer.status_code == 201
    async with asyncio.timeout(20):
        await served.process.wait()
    assert await watch.fetchval("select count(*) from processor") == 1
    await owner.close()
    await watch.close()
