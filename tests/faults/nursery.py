"""The API and workers as processes of their own, without what it costs to start one: a parent that has imported the
program forks them.

    python -P -m tests.faults.nursery

    ← {"role": "worker", "env": {"TERMIJN_…": "…"}, "failpoints": "sweep.written=kill", "log": "PATH"}
    → {"began": 123}
    → {"ended": 123, "status": -9}

It ends when its input does, and its children with it.
"""

import asyncio
import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, Final

from db import failpoints
from service.app import serve
from service.settings import Settings
from service.worker import run_worker

PR_SET_PDEATHSIG: Final = 1
ROOT: Final = Path(__file__).parents[2]
_LOOK_EVERY: Final = 0.01


# --- what is started ---------------------------------------------------------------------------------


def main() -> None:
    """Fork what is asked for, and say when each ends."""
    gc.freeze()
    children: set[int] = set()
    while True:
        asked, _, _ = select.select([sys.stdin], [], [], _LOOK_EVERY)
        if asked:
            line = sys.stdin.readline()
            if not line:
                break
            pid = _fork(json.loads(line))
            children.add(pid)
            _say({"began": pid})
        for pid in list(children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                children.discard(pid)
                _say({"ended": pid, "status": os.waitstatus_to_exitcode(status)})
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _say(what: Any) -> None:
    print(json.dumps(what), flush=True)


def _fork(wish: Any) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        log = os.open(wish["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        failpoints.ARMED.update(failpoints.read(wish["failpoints"]))
        settings = Settings.load(wish["env"], ())
        if wish["role"] == "api":
            serve(settings)
        else:
            asyncio.run(run_worker(settings))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


# --- who asks for it ---------------------------------------------------------------------------------


class Child:
    """A process; `status` is -9 where it was killed."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.status: int | None = None
        self._over = asyncio.Event()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, where it still lives."""
        if self.status is None:
            os.kill(self.pid, number)

    async def ended(self) -> int:
        """Wait for its end; how it ended."""
        await self._over.wait()
        assert self.status is not None
        return self.status

    async def killed(self) -> None:
        """End it as a crash does."""
        self.signal(signal.SIGKILL)
        await self.ended()

    def note(self, status: int) -> None:
        self.status = status
        self._over.set()


class Nursery:
    """Forks on demand."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._children: dict[int, Child] = {}
        self._born: asyncio.Queue[Child] = asyncio.Queue()
        self._asking = asyncio.Lock()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def begun(cls, root: Path = ROOT) -> "Nursery":
        """The program as it stands in a folder: that of another release is another one."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.faults.nursery", cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return cls(process)

    async def fork(self, role: str, env: dict[str, str], log: Path, armed: str) -> Child:
        """One more process: `api` or `worker`; `armed` are the steps at which something is to happen."""
        wish = {"role": role, "env": env, "failpoints": armed, "log": str(log)}
        async with self._asking:
            assert self._process.stdin is not None
            self._process.stdin.write(f"{json.dumps(wish)}\n".encode())
            return await self._born.get()

    async def close(self) -> None:
        """All of them end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "began" in said:
                child = self._children[said["began"]] = Child(said["began"])
                self._born.put_nowait(child)
            else:
                self._children.pop(said["ended"]).note(said["status"])


if __name__ == "__main__":
    main()
