"""The services of compose.yaml started by hand: their own commands, settings, secrets and health checks.

What containers would add is stood in for: names become loopback addresses with free ports, `/run/secrets` is
the folder of deploy/make-secrets, and the first start of the database image (initdb, its database, the scripts
of its init folder, in this order) is played by `_make_cluster`.
"""

import asyncio
import contextlib
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import Any

import asyncpg
import httpx

from service.up.account import Account, choose_accounts, with_a_name
from service.up.binaries import PostgresInstall, find_postgres, find_redis
from service.up.children import Command, popen, surroundings
from service.up.sink import Sink, SinkMessage, read_sink
from tests.deploy.compose import ROOT, SECRETS, environment, load, make_secrets, trial_environment

HOST = "127.0.0.1"
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number


def until(check: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """What `check` gives as soon as that is something; fails after a while."""
    gone = threading.Event()
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        gone.wait(0.1)
    return found


class Stack:
    """PostgreSQL, Redis and a mail server; `start` adds processes of the services of ours."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secrets = folder / "secrets"
        self.logs = folder / "log"
        self.mail = folder / "mail"
        self.ports = {name: free_port() for name in ("database", "redis")}
        self.services: dict[str, dict[str, Any]] = load(trial_environment())["services"]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.api_ports: dict[str, int] = {}
        self.install: PostgresInstall = find_postgres()
        redis = find_redis()
        assert redis is not None
        self.redis: Path = redis
        self.account: Account = with_a_name(choose_accounts([folder, self.install.root]).postgres)
        self._stops: dict[str, Signals] = {}
        self._closing = contextlib.ExitStack()

    # --- what is ours to run on ---------------------------------------------------------------------

    def begin(self) -> None:
        """Secrets, mail server, database and Redis, each answering its own health check."""
        for made in (self.logs, self.mail):
            made.mkdir()
        smtp = self._closing.enter_context(mail_server(self.mail))
        make_secrets(
            self.secrets,
            *("--database", f"{HOST}:{self.ports['database']}/termijn"),
            *("--redis", f"{HOST}:{self.ports['redis']}", "--smtp", f"smtp://{HOST}:{smtp}"),
        )
        self.start_database()
        self.start_redis()

    def start_database(self) -> None:
        data = self.folder / "postgres"
        new = not data.exists()
        if new:
            self._make_cluster(data)
        # The image looks for connections on every address; sockets lie where nobody else may look.
        program, *options = self.services["database"]["command"]
        sockets = self.folder / "sockets"
        argv = (
            *(str(self.install.bin / program), "-D", str(data), *options, "-cfsync=off"),
            *(f"-clisten_addresses={HOST}", f"-cport={self.ports['database']}"),
            f"-cunix_socket_directories={sockets}",
        )
        self._run("database", argv, {"LC_ALL": "C"}, stop=SIGINT, account=self.account.launch)
        until(lambda: not self.ails("database"), "the database takes connections")
        if new:
            self.psql("-dpostgres", "-ccreate database termijn")
            self.make_logins()

    def start_redis(self) -> None:
        _, *options = self._seen(self.services["redis"]["command"])
        place = ("--bind", HOST, "--port", str(self.ports["redis"]), "--dir", str(self.folder))
        self._run("redis", (str(self.redis), *options, *place), {}, stop=SIGTERM)
        until(lambda: not self.ails("redis"), "redis answers")

    def make_logins(self) -> None:
        """What the database's container does with the scripts of its init folder, and an operator later."""
        self.psql("-dtermijn", "-v", f"secrets={self.secrets}", "-f", str(ROOT / "deploy" / "logins.sql"))

    def psql(self, *options: str) -> str:
        password = (self.secrets / "database_superuser").read_text().strip()
        command = [str(self.install.bin / "psql"), "-XAtq", "-vON_ERROR_STOP=1", "-h", HOST, "-U", "postgres", *options]
        done = subprocess.run(
            command,
            env=surroundings({"PGPASSWORD": password, "PGPORT": str(self.ports["database"])}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _make_cluster(self, data: Path) -> None:
        words = shlex.split(self.services["database"]["environment"]["POSTGRES_INITDB_ARGS"])
        # Nobody here is the database's superuser by name, as the container's account is: a password it must be.
        words = [word.replace("=peer", "=scram-sha-256") for word in words]
        sockets, password = self.folder / "sockets", self.folder / "password"
        password.write_text((self.secrets / "database_superuser").read_text())
        for made in (data, sockets):
            made.mkdir(mode=0o700)
        for given in (data, sockets, password):
            os.chown(given, self.account.uid, self.account.gid)
        argv = (str(self.install.bin / "initdb"), "-D", str(data), "-U", "postgres", f"--pwfile={password}", *words)
        self._run("initdb", argv, {"LC_ALL": "C"}, stop=SIGTERM, account=self.account.launch)
        assert self.processes.pop("initdb").wait(PATIENCE) == 0, self.log("initdb")
        password.unlink()

    # --- the services of ours -----------------------------------------------------------------------

    def start(self, service: str, name: str, command: str = "") -> None:
        """One more process of `service`, under a name of its own; `command` is another for its settings."""
        given = environment(self.services[service], self.secrets)
        if service == "api":
            self.api_ports[name] = free_port()
            given |= {"TERMIJN_HOST": HOST, "TERMIJN_PORT": str(self.api_ports[name])}
        words = [command] if command else self.services[service]["command"]
        self._run(name, (sys.executable, "-m", "service.cli.main", *words), given, stop=SIGTERM)

    def ails(self, service: str, name: str = "") -> str:
        """What the service's own health check says is wrong; empty where all is well."""
        how, *words = self._seen(self.services[service]["healthcheck"]["test"])
        given = environment(self.services[service], self.secrets)
        if service == "database":
            words[0] = str(self.install.bin / words[0])
            words.append(f"--port={self.ports['database']}")
        elif service == "redis":
            client = f"{self.redis.with_name('redis-cli')} -p {self.ports['redis']}"
            words = ["sh", "-c", words[0].replace("valkey-cli", client)]
        else:
            words = [sys.executable, str(ROOT / "deploy" / Path(words[1]).name), *words[2:]]
            given |= {"TERMIJN_PORT": str(self.api_ports.get(name, 0)) if name else "8400", "PYTHONPATH": str(ROOT)}
        assert how in ("CMD", "CMD-SHELL")
        done = subprocess.run(words, env=surroundings(given), capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr or f"exit {done.returncode}"

    def client(self, name: str) -> httpx.Client:
        """A client of one API process, with the deployment's admin key."""
        key = (self.secrets / "admin_key").read_text().strip()
        base = f"http://{HOST}:{self.api_ports[name]}/api/v1/"
        return httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=30.0)

    def kill(self, name: str) -> None:
        """As a crash would: nothing is tidied up."""
        process = self.processes.pop(name)
        process.send_signal(SIGKILL)
        process.wait()

    def stop(self, name: str) -> int:
        """Ask it to finish, as `docker compose stop` does; its exit status."""
        process = self.processes.pop(name)
        process.send_signal(self._stops[name])
        return process.wait(PATIENCE)

    def end(self) -> None:
        for name in reversed([*self.processes]):
            process = self.processes.pop(name)
            process.send_signal(self._stops[name])
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            if process.poll() is None:
                process.kill()
                process.wait()
        self._closing.close()

    def mails(self, to: str) -> list[SinkMessage]:
        return read_sink(self.mail, to=to)

    def log(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text("utf-8", "replace")

    async def allowed(self, secret: str, query: str) -> bool:
        """Whether the login of this secret may do that, in its group's name where it has one."""
        connection = await asyncpg.connect((self.secrets / secret).read_text().strip())
        try:
            await connection.execute(query)
        except asyncpg.InsufficientPrivilegeError:
            return False
        else:
            return True
        finally:
            await connection.close()

    def _seen(self, words: list[str]) -> list[str]:
        return [word.replace(SECRETS, str(self.secrets)) for word in words]

    def _run(
        self, name: str, argv: tuple[str, ...], given: dict[str, str], *, stop: Signals, account: str = "same"
    ) -> None:
        self._stops[name] = stop
        log = self.logs / f"{name}.log"
        folder = ROOT if account == "same" else Path("/")
        command = Command(name, argv, surroundings(given), log, stop, SIGKILL, account, folder)
        self.processes[name] = popen(command)


@contextlib.contextmanager
def mail_server(folder: Path) -> Iterator[int]:
    """A mail server that keeps what it gets, on a loop of its own; gives its port."""
    loop = asyncio.new_event_loop()
    sink = Sink(folder)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE)

    try:
        yield wait(sink.start())
    finally:
        wait(sink.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
