"""Keeps one child running: starts it, waits until it is ready, starts it again when it dies."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Final

from service.up.children import Command, how_it_ended, last_line, spawn
from workflows.errors import Unavailable

Tell = Callable[[str], None]

STEADY: Final = 1.0
"""Seconds after which a run counts as one that had started well."""
MOST_FAILURES: Final = 6
"""Starts in a row that may fail before a child that all others need is given up."""
GRACE: Final = 10.0
"""Seconds that a child has to finish what it is at."""

_POLL: Final = 0.01
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0


class Keeper:
    """One child and its restarts; `given_up` gets the reason when there will be no more of them.

    Only an `essential` one is given up for dying again and again.
    """

    def __init__(self, command: Command, tell: Tell, *, essential: bool = False) -> None:
        self.given_up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._command = command
        self._tell = tell
        self._essential = essential
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the present run; None before the first."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the child and keep it; returns without waiting for it to be ready."""
        self._process = await spawn(self._command)
        self._keeping = asyncio.create_task(self._keep(self._process), name=self._command.name)
        self._keeping.add_done_callback(self._kept)

    async def ready(self, ready: Callable[[int], Awaitable[bool]], within: float) -> None:
        """Wait until `ready(pid)` says so of the first run, at most `within` seconds.

        Raises Unavailable, with the last line of its log, where it ends first or needs longer.
        """
        assert self._process is not None, "start() comes first"
        process, name, log = self._process, self._command.name, self._command.log
        exited = asyncio.ensure_future(process.wait())
        try:
            async with asyncio.timeout(within):
                while not await _unless_over(exited, ready(process.pid)):
                    await asyncio.wait({exited}, timeout=_POLL)
                    if exited.done():
                        how = how_it_ended(exited.result())
                        raise Unavailable(f"{name} did not start ({how}): {last_line(log)} (see {log})")
        except TimeoutError:
            raise Unavailable(f"{name} is not ready after {within:.0f} s (see {log})") from None
        finally:
            exited.cancel()

    async def stop(self, grace: float = GRACE) -> None:
        """Ask the child to finish, kill it and its group after `grace` seconds, and wait for its end."""
        self._stopping.set()
        if self._keeping is None:
            return
        self._signal(self._command.stop)
        await asyncio.wait({self._keeping}, timeout=grace)
        if not self._keeping.done():
            self._tell(f"{self._command.name} did not finish within {grace:.0f} s and was killed")
            self._signal(signal.SIGKILL)
            await asyncio.wait({self._keeping})

    async def _keep(self, process: asyncio.subprocess.Process) -> None:
        """Wait for an end; unless it was asked for, start again after a pause that grows."""
        clock = asyncio.get_running_loop().time
        failures, began = 0, clock()
        while True:
            ended = how_it_ended(await process.wait())
            if self._stopping.is_set():
                return
            failures = failures + 1 if clock() - began < STEADY else 0
            if self._essential and failures >= MOST_FAILURES:
                name, log = self._command.name, self._command.log
                self.given_up.set_result(f"{name} does not start any more: {last_line(log)} (see {log})")
                return
            with contextlib.suppress(TimeoutError):
                pause = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
                await asyncio.wait_for(self._stopping.wait(), pause)
                return
            began = clock()
            self._process = process = await spawn(self._command)
            self._tell(f"{self._command.name} stopped ({ended}) and was started again")
            if self._stopping.is_set():
                self._signal(self._command.stop)

    def _kept(self, keeping: asyncio.Task[None]) -> None:
        """Where a child cannot even be forked, there is nothing more to keep."""
        if not keeping.cancelled() and (error := keeping.exception()) and not self.given_up.done():
            self.given_up.set_result(f"{self._command.name} cannot be started again: {error}")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)


async def _unless_over(exited: asyncio.Future[int], asked: Awaitable[bool]) -> bool:
    """The answer to `asked`; False where the child ends first: nobody is left to answer at a port that we hold open."""
    answer: asyncio.Future[bool] = asyncio.ensure_future(asked)
    either: set[asyncio.Future[int] | asyncio.Future[bool]] = {exited, answer}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return answer.done() and answer.result()
    finally:
        answer.cancel()
