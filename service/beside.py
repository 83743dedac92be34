"""Reading what strangers send, beside the event loop, so that one body holds up nobody else's request.

    up to 4 KiB     at once
    up to 16 KiB    in a thread: it is read in less than a tenth of a second, whatever it is
    above           in a process of its own, with little time and memory

Parsers are not ours, and some take the square of what they are given. A thread cannot be ended; the child can: where
its time is over it is ended, and the next piece of work gets a new one.

    parent → child    length, pickle of (work, arguments); `work` is a function of a module
    child → parent    length, pickle of (whether it raised, what)

The child ends when its input does, so none outlives its parent.
"""

import asyncio
import contextlib
import os
import pickle
import resource
import signal
import struct
import sys
from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO, Concatenate, Final, ParamSpec, TypeVar, cast

from workflows.errors import BadInput, Problem, TermijnError, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE: Final = 4 * 1024
IN_A_THREAD: Final = 16 * 1024
SECONDS: Final = 5.0
"""Of a processor's time, for one piece of work in the child: it is no harder to be read where others work beside it."""
_PATIENCE: Final = 6
"""So many times as long is waited for it."""
_SECONDS_A_MIB: Final = 0.25
"""And more for a large one: ordinary lists of events take 0.15 s a MiB."""
_WAIT_SECONDS: Final = 10.0
"""For the pieces before it."""
_START_SECONDS: Final = 30.0
MEMORY: Final = 1024**3
"""What the child may take, in bytes."""
_LENGTH: Final = struct.Struct("!Q")
_PIECE: Final = 256 * 1024
"""What is handed over at a time: all of a large body at once is copied three times while nobody else is heard."""


class Beside:
    """One child, started when it is first needed."""

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None
        self._knows: set[str] = set()

    async def read(
        self, work: Callable[Concatenate[bytes, P], T], raw: bytes, /, *more: P.args, **named: P.kwargs
    ) -> T:
        """What `work` makes of `raw`, by the way that its size asks for. Raises what `work` does, and as `run`."""
        if len(raw) <= AT_ONCE:
            return work(raw, *more, **named)
        if len(raw) <= IN_A_THREAD:
            return await asyncio.to_thread(work, raw, *more, **named)
        return await self._done(self._seconds + len(raw) / 2**20 * _SECONDS_A_MIB, work, raw, *more, **named)

    async def run(self, work: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> T:
        """What `work` returns or raises, done beside us.

        Raises BadInput where it takes too much time of a processor or memory, Unavailable where others take too long.
        """
        return await self._done(self._seconds, work, *given, **named)

    async def _done(self, seconds: float, work: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> T:
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise Unavailable("Others are read first; send it again.", retry_after=5) from None
        try:
            if work.__module__ not in self._knows:  # reading our own modules is not the stranger's time
                await self._asked((_START_SECONDS, _know, (work.__module__,), {}), _START_SECONDS)
                self._knows.add(work.__module__)
            raised, found = await self._asked((seconds, work, given, named), seconds * _PATIENCE)
        finally:
            self._turn.release()
        if raised:
            raise cast(Exception, found)
        return cast(T, found)

    async def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        self._knows.clear()
        if child is not None and child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
        if child is not None:
            await child.wait()

    async def _asked(self, wanted: object, seconds: float) -> tuple[bool, object]:
        if self._child is None or self._child.returncode is not None:
            command = (sys.executable, "-P", "-m", __name__, str(self._memory))
            pipe = asyncio.subprocess.PIPE
            # Without our settings: what it is given to read is not to find them.
            environ = {name: text for name, text in os.environ.items() if not name.startswith("TERMIJN_")}
            self._child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=environ)
        try:
            async with asyncio.timeout(seconds):
                assert self._child.stdin is not None
                for part in _framed(wanted):
                    for at in range(0, len(part), _PIECE):
                        self._child.stdin.write(memoryview(part)[at : at + _PIECE])
                        await self._child.stdin.drain()
                return await self._answer()
        except (OSError, asyncio.IncompleteReadError) as error:
            await self.close()
            if isinstance(error, TimeoutError):
                raise Unavailable("Too much else is done here: send it again.", retry_after=30) from None
            raise _too_hard() from None
        except BaseException:
            await self.close()
            raise

    async def _answer(self) -> tuple[bool, object]:
        assert self._child is not None
        assert self._child.stdout is not None
        (length,) = _LENGTH.unpack(await self._child.stdout.readexactly(_LENGTH.size))
        said, have = bytearray(length), 0
        while have < length:
            part = await self._child.stdout.read(min(_PIECE, length - have))
            if not part:
                raise asyncio.IncompleteReadError(b"", length)
            said[have : have + len(part)] = part
            have += len(part)
        found: tuple[bool, object] = pickle.loads(said)
        return found


def _know(module: str) -> None:
    import_module(module)


def _framed(value: object) -> tuple[bytes, bytes]:
    body = pickle.dumps(value)
    return _LENGTH.pack(len(body)), body


def _too_hard() -> BadInput:
    message = "takes too long to be read: it is nested too deeply, or has too many parts"
    return BadInput(f"The body {message}.", (Problem("", message),))


def _work(come: BinaryIO, go: BinaryIO, memory: int) -> None:
    """The child: one piece of work after another, until there is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to hear
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    while len(head := come.read(_LENGTH.size)) == _LENGTH.size:
        seconds, work, given, named = pickle.loads(come.read(_LENGTH.unpack(head)[0]))
        signal.setitimer(signal.ITIMER_PROF, seconds)  # which ends us, whoever is left to hear of it
        signal.alarm(int(seconds * _PATIENCE) + 1)
        try:
            found = work(*given, **named)
        except TermijnError as error:
            _say(go, True, error)
        except (MemoryError, RecursionError):
            _say(go, True, _too_hard())
        else:
            _say(go, False, found)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)


def _say(go: BinaryIO, raised: bool, what: object) -> None:
    go.writelines(_framed((raised, what)))
    go.flush()


if __name__ == "__main__":
    _work(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
