import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from service.up.binaries import find_redis
from service.up.embedded import database_of
from service.up.folder import DataFolder
from tests.up.test_servers import ask, processes_at


class Started:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout
        self.line = process.stdout.readline()
        self.children = psutil.Process(process.pid).children(recursive=True) if self.line else []
        if self.line and not find_redis():
            assert self.says().startswith("termijn: no redis-server was found: ")

    @property
    def url(self) -> str:
        return self.line.split()[1]

    def child(self, word: str) -> psutil.Process:
        """The first direct child whose command line has the word; while it becomes another program it has none."""
        patience = time.monotonic() + 10
        while time.monotonic() < patience:
            for each in psutil.Process(self.process.pid).children():
                if word in [Path(one).name for one in " ".join(each.cmdline()).split()]:
                    return each
            time.sleep(0.02)  # until another program is ready: there is nothing to wait on
        raise AssertionError(f"there is no child {word}")

    def says(self) -> str:
        """The next line on standard error."""
        assert self.process.stderr
        return self.process.stderr.readline()

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """The exit status, and what more was said; fails where a process is left."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=30)
        _, alive = psutil.wait_procs(self.children, timeout=10)
        assert alive == []
        return self.process.returncode, said


Start = Callable[..., Started]


@pytest.fixture
def start(data: Path) -> Iterator[Start]:
    with contextlib.ExitStack() as closing:

        def up(*arguments: str, fault: str = "", folder: Path = data) -> Started:
            process = closing.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.up.program", "up", str(folder), *arguments],
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    env={
                        **os.environ,
                        "FAULT": fault,
                        "TERMIJN_DATABASE_URL_FILE": "/nowhere",
                        "PGHOST": "nowhere",
                    },
                )
            )
            closing.callback(process.kill)
            return Started(process)

        yield up


def answer(url: str) -> str:
    with urllib.request.urlopen(url + "/health/ready") as response:
        return str(response.read(), "ascii")


def test_says_in_one_line_that_it_is_ready(start: Start, data: Path) -> None:
    started = start()
    key = (data / "admin.key").read_text()
    assert started.line == f"ready {started.url}  admin key {key}\n"
    assert started.process.stdout
    assert started.process.stdout.readline() == f"board {started.url}/board/in/token\n"
    assert (data / "admin.key").stat().st_mode & 0o777 == 0o600
    assert int(answer(started.url)) == started.child("serve").pid
    if find_redis():
        assert started.child("redis-server")
    assert started.end(signal.SIGTERM) == (0, "")


def test_what_records_are_sealed_with_reaches_who_makes_them(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are made once: one that is not sealed stays so."""
    given = {
        "TERMIJN_SEAL_KEY_FILE": "/nowhere/seal.key",
        "TERMIJN_SEAL_CERTIFICATE_FILE": "/nowhere/seal.pem",
        "TERMIJN_SEAL_PASSPHRASE": "hush",
        "TERMIJN_TIMESTAMP_URL": "https://tsa.example.invalid",
        "TERMIJN_TIMESTAMP_CA": "/nowhere/tsa.pem",
    }
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    started = start()
    for part in ("serve", "worker"):
        assert given.items() <= started.child(part).environ().items()
    assert started.end(signal.SIGTERM) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_child(start: Start, data: Path, number: signal.Signals) -> None:
    status, said = start().end(number)
    assert (status, said) == (0, "")
    assert processes_at(data) == []
    assert sorted(each.name for each in data.iterdir()) == [
        *("admin.key", "lock", "log", "mail", "port", "postgres", "secrets.json")
    ]
    assert "shut down" in DataFolder(data).log("postgres").read_text().splitlines()[-1]


def test_kill_leaves_no_process_and_the_next_start_finds_everything(start: Start, data: Path) -> None:
    first = start()
    sockets = DataFolder(data).sockets.readlink()
    assert sockets.is_dir()
    assert first.end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert processes_at(data) == []
    second = start()
    assert second.line.split()[-1] == first.line.split()[-1]
    assert not sockets.exists()
    assert second.end(signal.SIGTERM) == (0, "")


def test_a_folder_in_use_is_refused_in_one_line(start: Start, data: Path) -> None:
    first = start()
    second = start()
    assert second.line == ""
    said = second.process.communicate(timeout=30)[1]
    assert second.process.returncode == 2
    assert said == (
        f"termijn: {data} is in use by process {first.process.pid}: "
        "stop that first, or choose another folder with --data\n"
    )
    first.end(signal.SIGTERM)


def test_a_port_in_use_is_refused_in_one_line(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        refused = start(str(number))
        said = refused.process.communicate(timeout=30)[1]
    assert refused.process.returncode == 2
    assert said == (f"termijn: port {number} cannot be used (Address already in use): choose another with --port\n")


def test_a_folder_keeps_its_port_and_of_two_starts_at_it_one_is_refused(start: Start, tmp_path: Path) -> None:
    """Links in mails lead to the port of their folder."""
    first = start(folder=tmp_path / "first")
    port = urlsplit(first.url).port
    second = start(str(port), folder=tmp_path / "second")
    assert second.process.communicate(timeout=30)[1].startswith(f"termijn: port {port} cannot be used")
    first.end(signal.SIGTERM)
    assert start("own", folder=tmp_path / "first").url == first.url


async def test_a_running_folder_lends_its_database(start: Start, data: Path) -> None:
    started = start()
    async with database_of(data) as owner:
        assert await ask(owner, "select count(*) > 0 from start where mode = 'system'") is True
    assert started.end(signal.SIGTERM) == (0, "")


def test_an_api_that_does_not_start_ends_everything(start: Start, data: Path) -> None:
    failed = start(fault="serve")
    said = failed.process.communicate(timeout=30)[1]
    log = DataFolder(data).logs / "api.log"
    assert said.splitlines()[-1] == (f"termijn: api did not start (exit 1): the API found a fault (see {log})")
    assert failed.process.returncode == 1
    assert processes_at(data) == []


def test_loads_sample_data_on_a_new_folder_alone(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    first = start(folder=folder)
    assert first.says().startswith(f"sample data for {first.url} ")
    assert first.end(signal.SIGTERM) == (0, "")
    assert start(folder=folder).end(signal.SIGTERM) == (0, "")


@pytest.mark.parametrize("name", ["serve", "worker", "redis-server", "postgres"])
def test_a_child_that_dies_is_started_again(start: Start, name: str) -> None:
    if name == "redis-server" and not find_redis():
        pytest.skip("no redis-server on this machine")
    started = start()
    child = started.child(name)
    child.kill()
    said = started.says()
    assert said.endswith("stopped (killed by SIGKILL) and was started again\n")
    process = psutil.Process(started.process.pid)
    assert child not in process.children()
    assert started.child(name)
    started.children = process.children(recursive=True)
    status, _ = started.end(signal.SIGTERM)
    assert status == 0
