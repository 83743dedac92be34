"""Named steps at which a test lets the program die, stand still or fail.

    ARMED.update(read("mail.handed-over=kill@3 sweep.written=raise"))

    kill     the process ends, as by kill -9
    hang     what got there stands still, and the rest of the process goes on
    block    the whole process stands still, as one that was stopped
    raise    an error that nobody foresaw
    away     the error of a connection that broke

Each happens once: at the first time that the step is reached, or at the third with `@3`. A step that is not
armed costs a call, and no setting arms one: the tests' own start does (`tests/faults/nursery.py`).
"""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any, Final

import asyncpg

POINTS: Final = (
    "commit.before", "commit.after",
    "command.held", "command.stepped", "command.written", "request.committed",
    "sweep.claimed", "sweep.stepped", "sweep.written",
    "fan-out.claimed", "fan-out.written",
    "mail.claimed", "mail.prepared", "mail.handed-over", "mail.recorded",
)  # fmt: skip
"""In the order in which work comes by them."""


class FailpointError(Exception):
    """What the action `raise` raises."""


async def _hang() -> None:
    await asyncio.Event().wait()


async def _block() -> None:
    signal.pause()


async def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _raise() -> None:
    raise FailpointError


async def _away() -> None:
    raise asyncpg.ConnectionDoesNotExistError("the connection broke")


ACTIONS: Final[dict[str, Callable[[], Coroutine[Any, Any, None]]]] = {
    "kill": _kill, "hang": _hang, "block": _block, "raise": _raise, "away": _away,
}  # fmt: skip


class Armed:
    """What is to happen at a step, and after how many times that it is reached."""

    def __init__(self, action: str, left: int = 1) -> None:
        self._act = ACTIONS[action]
        self._left = left
        self.reached = asyncio.Event()

    async def come_by(self) -> None:
        """Count, and act when its time has come."""
        self._left -= 1
        if self._left == 0:
            self.reached.set()
            await self._act()


def read(words: str) -> dict[str, Armed]:
    """The steps that a text arms. Raises ValueError for a step or an action that is none."""
    found = {}
    for word in words.split():
        point, _, said = word.partition("=")
        action, _, number = said.partition("@")
        if point not in POINTS or action not in ACTIONS:
            raise ValueError(f"{word!r} is no step with an action")
        found[point] = Armed(action, int(number or 1))
    return found


ARMED: Final[dict[str, Armed]] = {}


async def reach(point: str) -> None:
    """The program has come to this step."""
    if ARMED and point in ARMED:
        await ARMED[point].come_by()
