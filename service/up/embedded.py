"""The embedded servers without a supervisor: for tests, and for commands that take `--data DIR`."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from types import TracebackType

from service.settings import Secret
from service.up.children import Command, how_it_ended, last_line, popen
from service.up.folder import DataFolder, FolderInUse, Urls, held
from service.up.servers import START_TIMEOUT, prepared
from workflows.errors import BadInput, Unavailable

_POLL = 0.01
_STOP_TIMEOUT = 15.0


class RunningServers:
    """PostgreSQL, and Redis where there is one, until `stop`; `urls` says how to reach them.

    They end with the thread that started them, also when the process is killed.
    """

    def __init__(self, urls: Urls, closing: contextlib.ExitStack) -> None:
        self.urls = urls
        self._closing = closing

    def stop(self) -> None:
        """Stop Redis, then PostgreSQL, and let go of the folder; a second call does nothing."""
        self._closing.close()


def start_servers(path: Path, *, redis: bool = True, settings: Mapping[str, str] | None = None) -> RunningServers:
    """Start the servers of the data folder `path`, made where it is new, and wait until they answer.

    `settings` are PostgreSQL's, such as `{"fsync": "off"}` in tests. Call it from the thread on which the
    program ends. Raises BadInput where the folder is in use or unusable, Unavailable where a server does
    not start.
    """
    with contextlib.ExitStack() as opening:
        folder = DataFolder(path)
        folder.create()
        opening.enter_context(held(folder))
        servers = opening.enter_context(prepared(folder, redis=redis, settings=settings))
        _start(servers.postgres, servers.postgres_ready, opening)
        if servers.redis:
            _start(servers.redis, servers.redis_ready, opening)
        return RunningServers(servers.urls, opening.pop_all())


class Embedded:
    """`start_servers` as an asynchronous context manager: `async with Embedded(path) as urls`.

    Starting blocks the event loop for about half a second: for a program that has just begun.
    """

    def __init__(self, path: Path, *, redis: bool = True) -> None:
        self._path = path
        self._redis = redis
        self._running: RunningServers | None = None

    async def __aenter__(self) -> Urls:
        self._running = start_servers(self._path, redis=self._redis)
        return self._running.urls

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._running:
            self._running.stop()


@contextlib.asynccontextmanager
async def servers_of(path: Path) -> AsyncIterator[Urls]:
    """The servers of an existing data folder: those that run, or PostgreSQL alone for this while.

    Raises BadInput where the folder is none of ours, Unavailable while it is just starting or stopping.
    """
    folder = DataFolder(path)
    if not folder.postgres.is_dir():
        raise BadInput(f"{folder.path} holds no data of Termijn: name a folder that `termijn up` has made")
    async with contextlib.AsyncExitStack() as closing:
        try:
            urls = await closing.enter_async_context(Embedded(folder.path, redis=False))
        except FolderInUse as in_use:
            run = folder.read_run()
            if run is None or run.pid != in_use.holder:
                raise Unavailable(f"{in_use.detail}; just starting or stopping? Then try again") from None
            urls = run.urls()
        yield urls


@contextlib.asynccontextmanager
async def database_of(path: Path) -> AsyncIterator[Secret]:
    """The owner's database address of an existing data folder, running or not; as `servers_of`."""
    async with servers_of(path) as urls:
        yield urls.owner


def _start(command: Command, ready: Callable[[int], bool], closing: contextlib.ExitStack) -> None:
    process = popen(command)
    closing.callback(_end, process, command)
    until = time.monotonic() + START_TIMEOUT
    while not ready(process.pid):
        with contextlib.suppress(subprocess.TimeoutExpired):
            ended = how_it_ended(process.wait(_POLL))
            raise Unavailable(f"{command.name} did not start ({ended}): {last_line(command.log)} (see {command.log})")
        if time.monotonic() > until:
            raise Unavailable(f"{command.name} is not ready after {START_TIMEOUT:.0f} s (see {command.log})")


def _end(process: subprocess.Popen[bytes], command: Command) -> None:
    if process.poll() is None:
        process.send_signal(command.stop)
    try:
        process.wait(_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
