import asyncio
import signal
import sys
from pathlib import Path

import pytest

from service.up import keeper
from service.up.children import Command, how_it_ended, last_line, surroundings
from service.up.keeper import MOST_FAILURES, Keeper
from workflows.errors import Unavailable

WAIT = "import signal, sys; print('started', flush=True); signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAIT}"
FAIL = "import sys; sys.exit('no luck')"


def command(tmp_path: Path, script: str, *, program: str = sys.executable) -> Command:
    return Command(
        name="child",
        argv=(program, "-I", "-S", "-c", script),
        environ=surroundings({}),
        log=tmp_path / "child.log",
        stop=signal.SIGTERM,
        orphan=signal.SIGKILL,
    )


class Told:
    """What the keeper told, and a way to wait for it."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, line: str) -> None:
        self.lines.put_nowait(line)


async def started(child: Keeper, log: Path) -> None:
    async def said(_: int) -> bool:
        return last_line(log) == "started"

    await child.ready(said, 10)


async def test_stops_what_it_started(tmp_path: Path) -> None:
    told = Told()
    child = Keeper(command(tmp_path, WAIT), told)
    await child.start()
    await started(child, tmp_path / "child.log")
    await child.stop()
    assert told.lines.empty()
    assert not child.given_up.done()


async def test_kills_what_does_not_finish(tmp_path: Path) -> None:
    told = Told()
    child = Keeper(command(tmp_path, DEAF), told)
    await child.start()
    await started(child, tmp_path / "child.log")
    await child.stop(grace=0.05)
    assert await told.lines.get() == "child did not finish within 0 s and was killed"


async def test_starts_again_what_died(tmp_path: Path) -> None:
    told = Told()
    child = Keeper(command(tmp_path, WAIT), told)
    await child.start()
    first = child.pid
    assert first
    child._signal(signal.SIGKILL)
    assert await told.lines.get() == "child stopped (killed by SIGKILL) and was started again"
    assert child.pid != first
    await child.stop()


async def test_gives_up_an_essential_child_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_FIRST_PAUSE", 0.001)
    told = Told()
    child = Keeper(command(tmp_path, FAIL), told, essential=True)
    await child.start()
    reason = await child.given_up
    assert reason == f"child does not start any more: no luck (see {tmp_path}/child.log)"
    assert told.lines.qsize() == MOST_FAILURES - 1
    await child.stop()


async def test_goes_on_with_a_child_that_others_can_do_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(keeper, "_LONGEST_PAUSE", 0.001)
    told = Told()
    child = Keeper(command(tmp_path, FAIL), told)
    await child.start()
    for _ in range(MOST_FAILURES + 2):
        assert await told.lines.get() == "child stopped (exit 1) and was started again"
    assert not child.given_up.done()
    await child.stop()


async def test_stops_in_the_pause_before_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_FIRST_PAUSE", 3600)
    monkeypatch.setattr(keeper, "_LONGEST_PAUSE", 3600)
    child = Keeper(command(tmp_path, FAIL), Told())
    await child.start()
    with pytest.raises(Unavailable, match=r"child did not start \(exit 1\): no luck"):
        await started(child, tmp_path / "child.log")
    async with asyncio.timeout(10):
        await child.stop()


async def test_says_when_a_child_is_not_ready_in_time(tmp_path: Path) -> None:
    async def never(_: int) -> bool:
        return False

    child = Keeper(command(tmp_path, WAIT), Told())
    await child.start()
    with pytest.raises(Unavailable, match="child is not ready after 0 s"):
        await child.ready(never, 0.02)
    await child.stop()


async def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    child = Keeper(command(tmp_path, "", program="/no/such/program"), Told())
    await child.start()
    with pytest.raises(Unavailable, match="/no/such/program: No such file or directory"):
        await started(child, tmp_path / "child.log")
    await child.stop()


async def test_tells_when_nothing_can_be_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(_: Command) -> asyncio.subprocess.Process:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    child = Keeper(command(tmp_path, FAIL), Told())
    await child.start()
    monkeypatch.setattr(keeper, "spawn", refuse)
    assert "child cannot be started again: " in await child.given_up
    await child.stop()


def test_says_how_a_child_ended() -> None:
    assert [how_it_ended(status) for status in (0, 3, -9)] == ["exit 0", "exit 3", "killed by SIGKILL"]


def test_reads_the_last_line_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_line(log) == ""
    log.write_bytes(b"x" * 9000 + b"\nlast \xff\n\n  \n")
    assert last_line(log) == "last �"
