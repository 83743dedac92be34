"""Children of this program: each leads a session of its own and dies with whoever started it.

A session of its own keeps Ctrl-C, which a terminal sends to everyone in the foreground, for the
supervisor alone; it then stops its children in their order.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from service.up.account import LAUNCHER

_TAIL = 4096


class Command(msgspec.Struct, frozen=True):
    """A program to run: absolute `argv`, `log` (appended to), and the two signals that end it.

    `stop` asks it to finish; `orphan` is what the kernel sends when its parent is gone. `account` is as
    in `launch.py`, `folder` where it runs (default: where we are), `keeps` the descriptors of ours that it gets.
    """

    name: str
    argv: tuple[str, ...]
    environ: Mapping[str, str]
    log: Path
    stop: signal.Signals
    orphan: signal.Signals
    account: str = "same"
    folder: Path | None = None
    keeps: tuple[int, ...] = ()


def popen(command: Command, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start it for a program without an event loop; its end is the caller's to await.

    The child lives no longer than the *thread* that calls this (prctl(2), PR_SET_PDEATHSIG).
    """
    with _log(command) as log:
        return subprocess.Popen(_argv(command), stdin=stdin, **_how(command, log))


async def spawn(command: Command) -> asyncio.subprocess.Process:
    """Start it below an event loop, from the thread on which the program ends."""
    with _log(command) as log:
        argv, how = _argv(command), _how(command, log)
        return await asyncio.create_subprocess_exec(*argv, stdin=subprocess.DEVNULL, **how)


def how_it_ended(status: int) -> str:
    """`exit 1`, or `killed by SIGKILL`, from a return code of the subprocess module."""
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit {status}"


def last_line(log: Path) -> str:
    """The last line of a log that says anything; empty where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def surroundings(own: Mapping[str, str]) -> dict[str, str]:
    """Our environment for a child, `own` added; what would steer a database driver or us is left out."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("TERMIJN_", "PG"))}
    return {**inherited, **own}


def _argv(command: Command) -> list[str]:
    launch = [sys.executable, "-I", "-S", str(LAUNCHER)]
    return [*launch, str(int(command.orphan)), str(os.getpid()), command.account, *command.argv]


def _how(command: Command, log: Any) -> dict[str, Any]:
    return {
        "env": dict(command.environ),
        "cwd": command.folder,
        "stdout": log,
        "stderr": subprocess.STDOUT,
        "start_new_session": True,
        "pass_fds": command.keeps,
    }


def _log(command: Command) -> Any:
    descriptor = os.open(command.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    return os.fdopen(descriptor, "ab", buffering=0)
