"""Real servers and one event loop for the whole run; for each test a database as new."""

import asyncio
import contextlib
import gc
import itertools
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import uvloop
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser, async_playwright

from db import clock as db_clock
from db.migrate import migrate
from db.session import connect_pool
from service.library import load_library
from service.up.embedded import RunningServers, start_servers
from service.up.folder import temporary_folder
from tests.beginnings import sees_rows_alone
from tests.databases import HASTY, MEMORY, Database, Reused, begin_alike, named, sweep_memory
from tests.pages.browsing import chromium_running
from tests.readers import end_readers
from tests.rows import pytest_configure, pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.ids import new_id

__all__ = [
    "Database",
    "pytest_configure",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
]

if sys.version_info < (3, 14):  # which has no policies any more
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # the loop that the service runs on

# Tests meet nobody outside, and to read the authorities that everybody trusts takes each client some 17 ms. This one
# has signed nothing, and its key is gone.
os.environ["SSL_CERT_FILE"] = str(Path(__file__).with_name("nobody.pem"))

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # how long an example takes says how busy the machine is

TEMPLATE = "termijn_template"
PROCESSOR = new_id()
"""The id of the processor of each world, the same for all tests of a worker."""
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first of these is taken: the one without windows draws the same pages with half the work."""


LONGEST = frozenset((
    "demo", "test_tutorial.py", "test_journeys.py", "test_browser.py", "deploy", "test_outages.py", "up",
    "test_generated.py", "test_stories.py", "test_new_kind.py", "test_german_and_french.py", "test_notice_promises.py",
    "test_plans.py", "test_docs.py", "test_crash.py", "test_wandering.py", "test_kills.py", "archive", "test_redis.py",
    "test_together.py", "test_looks.py", "test_pictures.py", "test_every_language.py", "test_day.py", "test_standby.py",
))  # fmt: skip
"""Where tests take seconds, most of them waiting for a browser, a program or an outage. Half of the workers begin with
these, and the others with tests that keep a processor busy: both are done at once, and no worker is alone with a long
one at the end."""
WORKERS = 6
"""So many at most, however large the machine."""


def _interrupted(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def pytest_sessionstart() -> None:
    """Whoever runs a coroutine looks whether it is to handle Ctrl-C, and then has a task described each time, which is
    more work than most fixtures. And while tests are collected nothing is thrown away: looking for it is a tenth of the
    work."""
    signal.signal(signal.SIGINT, _interrupted)
    gc.disable()


def pytest_collection_finish() -> None:
    """What was collected stays until the end: the collector of cycles, which walked all of it again and again, took a
    sixth of a test's time. What is garbage by then stays, too: to look for it takes half a second of each worker."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many `-n auto` is: one more than there are cores, since one of them mostly waits. Each has servers and a
    browser of its own: six on two cores needed a third more of the processor than two for the same tests."""
    return min(_cores() + 1, WORKERS)


def _cores() -> int:
    """How many this process may use: a container may have fewer than the machine."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):  # no such file, or no limit in it
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        cores = min(cores, max(int(limit) // int(period), 1))
    return cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each worker is given as many tests as the others, in this order, and takes over from others at their end."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    longest: list[pytest.Item] = []
    others: list[pytest.Item] = []
    for path, of_file in itertools.groupby(items, key=lambda one: one.path):
        (others if LONGEST.isdisjoint(path.parts) else longest).extend(of_file)
    first: list[list[pytest.Item]] = [[] for _ in range(max(workers // 2, 1))]
    for number, (_, of_file) in enumerate(itertools.groupby(longest, key=lambda one: one.path)):
        first[number % len(first)].extend(of_file)
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        mine = first[worker] if worker < len(first) else []
        room = max((len(items) - len(ordered)) // (workers - worker) - len(mine), 0)
        ordered += mine + others[:room]
        del others[:room]
    items[:] = ordered


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServers]:
    """PostgreSQL and Redis, as `termijn up` starts them."""
    sweep_memory()
    folder = temporary_folder(MEMORY)
    if "PYTEST_XDIST_WORKER" in os.environ:
        begin_alike(folder / "data", tmp_path_factory.getbasetemp().parent, make_template)
    running = start_servers(folder / "data", settings=HASTY)
    yield running
    running.stop()
    shutil.rmtree(folder)


def make_template(servers: RunningServers) -> None:
    """A migrated database with the terms library."""

    async def make() -> None:
        admin = await asyncpg.connect(servers.urls.superuser)
        await admin.execute(f"create database {TEMPLATE} owner termijn_owner")
        await admin.close()
        made = named(servers, TEMPLATE)
        await migrate(made.owner)
        pool = await connect_pool(made.worker, "termijn_worker", size=1)
        await load_library(pool)
        await pool.close()

    asyncio.run(make())


@pytest.fixture(scope="session")
def template(servers: RunningServers) -> str:
    """The name of a database to be cloned (a clone takes some 20 ms in memory)."""
    if "PYTEST_XDIST_WORKER" not in os.environ:  # whose workers begin with one
        make_template(servers)
    return TEMPLATE


@pytest_asyncio.fixture(scope="session")
async def idle(servers: RunningServers, template: str) -> AsyncIterator[list[Reused]]:
    """Databases that wait for a test."""
    del servers, template  # which must outlive them
    waiting: list[Reused] = []
    yield waiting
    for one in waiting:
        await one.drop()


@pytest.fixture
async def reused(servers: RunningServers, template: str, idle: list[Reused]) -> AsyncIterator[Reused]:
    """A database as it was made, with open pools; after the test its whole history is checked."""
    before = asyncio.all_tasks()
    made = idle.pop() if idle else await Reused.made(servers, template)
    fit = False
    try:
        yield made
        await _end(asyncio.all_tasks() - before - {asyncio.current_task()})
        await made.check()
        fit = await made.emptied()
    finally:
        if fit:
            idle.append(made)
        else:
            await made.drop()


async def _end(left: set[asyncio.Task[Any]]) -> None:
    """What a test left running ends with it, as it did with a loop of its own."""
    for one in left:
        one.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture
def database(reused: Reused) -> Database:
    return reused.database


@pytest.fixture
def pools(reused: Reused) -> Pools:
    """The API's and the worker's pools on the test's database."""
    return reused.pools


@pytest.fixture
def engine() -> Engine:
    """An engine whose mail arrives directly."""
    return Engine(arrival="direct")


@pytest.fixture
async def world(pools: Pools, engine: Engine, reused: Reused, request: pytest.FixtureRequest) -> World:
    """A simulated clock at a known Monday, and helpers that do what the API and the worker do."""
    made = World(pools, engine)
    made.processor = PROCESSOR
    async with pools.worker.acquire() as connection:
        await db_clock.start(connection, "simulated", made.start)
    if sees_rows_alone(request.node):
        made.beginnings = reused.beginnings()
        await made.beginnings.start()
    return made


@pytest_asyncio.fixture(scope="session", autouse=True)
async def readers_end() -> AsyncIterator[None]:
    """The loop cannot be closed before them."""
    yield
    await end_readers()


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser for the whole run, with two fonts of its own; tests that need one are skipped without it."""
    found = next((path for one in BROWSERS if (path := shutil.which(one))), None)
    if found is None:
        pytest.skip("no chromium on this machine: apt-get install chromium-headless-shell")
    with chromium_running(found) as address:
        async with async_playwright() as player:
            browser = await player.chromium.connect_over_cdp(address)
            yield browser
            await browser.close()
