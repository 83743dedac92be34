"""PostgreSQL and Redis as children in the foreground, on sockets in a private folder and on no port."""

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from service.settings import Secret
from service.up.account import Account, Accounts, choose_accounts, closed_to, give, program_folders, with_a_name
from service.up.binaries import PostgresInstall, find_postgres, find_redis
from service.up.children import Command, last_line, popen, surroundings
from service.up.folder import SOCKETS_PREFIX, DataFolder, Secrets, Urls, write_private
from workflows.errors import BadInput, Unavailable

DATABASE: Final = "termijn"
START_TIMEOUT: Final = 120.0
"""Seconds; crash recovery after a power cut may take long, an end of the process is seen at once."""

_ORPHAN_TIMEOUT: Final = 10.0  # PostgreSQL kills its own children 5 s into an immediate shutdown
_SUPERUSER: Final = "postgres"
_LONGEST_SOCKET_FOLDER: Final = 80  # of the 107 bytes that a socket's path may have (unix(7))
_POSTGRES_SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "cluster_name": "termijn",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    "log_checkpoints": "off",
    # Errors are the client's to report: here they would put values of rows, so personal data, into a log.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "jit": "off",  # no query here runs long enough to win back the compiling
}
FLEETING: Final[Mapping[str, str]] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings for data that nobody wants back after a power cut."""
# The group roles carry the grants; migrations grant to them and create them where they are missing. The
# owner may become either but inherits from neither, or their row-level policies would hold for it too.
_CLUSTER: Final = """\
create role termijn_owner login createrole password '{owner}'
create role termijn_api
create role termijn_worker
grant termijn_api, termijn_worker to termijn_owner with admin true, inherit false, set true
create role termijn_api_login login password '{api}' in role termijn_api
create role termijn_worker_login login password '{worker}' in role termijn_worker
create database {database} owner termijn_owner
revoke connect, temporary on database {database} from public
grant connect on database {database} to termijn_api, termijn_worker
"""


class Servers(msgspec.Struct, frozen=True):
    """How to run the servers of one data folder, prepared but not yet started."""

    folder: DataFolder
    sockets: Path
    accounts: Accounts
    urls: Urls
    postgres: Command
    redis: Command | None

    def postgres_ready(self, pid: int) -> bool:
        """Whether the postmaster with this process id takes connections: line 8 of its own pid file."""
        lines = _postmaster_file(self.folder.postgres)
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def redis_ready(self, pid: int) -> bool:
        """Whether Redis listens; a socket that a killed one left behind refuses."""
        del pid  # the socket lies in our own folder: nobody else's server can answer there
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            return connection.connect_ex(os.fspath(_redis_socket(self.sockets))) == 0


@contextlib.contextmanager
def prepared(folder: DataFolder, *, redis: bool = True, settings: Mapping[str, str] | None = None) -> Iterator[Servers]:
    """Make the data folder's servers ready to start, and remove their sockets at the end.

    The caller holds the folder's lock. On a new folder the database cluster is made. `settings` are
    PostgreSQL's, added to ours. Raises BadInput where the folder, or its data, cannot be used.
    """
    folder.clear_last_run()
    install = find_postgres(_major_of(folder.postgres))
    redis_server = find_redis() if redis else None
    servers = [install.bin, install.root / "share", *([redis_server] if redis_server else [])]
    accounts = choose_accounts([folder.path, *servers], program_folders())
    account = accounts.postgres
    sockets = _socket_folder(accounts)
    try:
        folder.sockets.symlink_to(sockets)
        given = folder.read_secrets()
        if not folder.postgres.exists():
            _make_cluster(
                folder, install, with_a_name(account), sockets, given, synced=(settings or {}).get("fsync") != "off"
            )
        give(folder.postgres, account)
        give(folder.mail, accounts.api)
        _clear_postmaster_file(folder)
        yield Servers(
            folder=folder,
            sockets=sockets,
            accounts=accounts,
            urls=_urls(sockets, given, redis=redis_server is not None),
            postgres=_postgres(folder, install, accounts, sockets, settings or {}),
            redis=_redis(folder, redis_server, accounts, sockets, given) if redis_server else None,
        )
    finally:
        shutil.rmtree(sockets, ignore_errors=True)
        folder.sockets.unlink(missing_ok=True)


def _urls(sockets: Path, given: Secrets, *, redis: bool) -> Urls:
    def database(user: str, password: str, name: str = DATABASE) -> Secret:
        return Secret(f"postgresql://{user}:{password}@/{name}?host={sockets}")

    return Urls(
        superuser=database(_SUPERUSER, given.superuser),
        owner=database("termijn_owner", given.owner),
        api=database("termijn_api_login", given.api),
        worker=database("termijn_worker_login", given.worker),
        redis=Secret(f"unix://:{given.redis}@{_redis_socket(sockets)}") if redis else None,
    )


def _postgres(
    folder: DataFolder, install: PostgresInstall, accounts: Accounts, sockets: Path, settings: Mapping[str, str]
) -> Command:
    account = accounts.postgres
    opened = {"unix_socket_permissions": "0770", "unix_socket_group": str(account.gid)} if accounts.apart else {}
    chosen = {**_POSTGRES_SETTINGS, **opened, "unix_socket_directories": str(sockets), **settings}
    options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
    return Command(
        name="postgres",
        argv=(str(install.bin / "postgres"), "-D", str(folder.postgres), *options),
        environ=surroundings({"LC_ALL": "C"}),
        log=folder.log("postgres"),
        stop=signal.SIGINT,  # fast shutdown: sessions are ended, everything is written out
        orphan=signal.SIGQUIT,  # immediate shutdown: nothing to wait for, recovery at the next start
        account=account.launch,
        folder=Path("/"),  # where we were started may be closed to its account
    )


def _redis_socket(sockets: Path) -> Path:
    return sockets / "redis" / "redis.sock"


def _redis(folder: DataFolder, program: Path, accounts: Accounts, sockets: Path, given: Secrets) -> Command:
    """Redis keeps nothing on disk: it only rings, PostgreSQL knows what is due."""
    account = accounts.redis
    own = _redis_socket(sockets).parent
    config = own / "redis.conf"
    lines = [
        "port 0",
        f'unixsocket "{_redis_socket(sockets)}"',
        f"unixsocketperm {770 if accounts.apart else 700}",
        f"requirepass {given.redis}",
        'save ""',
        "appendonly no",
        f'dir "{own}"',
    ]
    write_private(config, "\n".join([*lines, ""]).encode())
    os.chown(config, account.uid, account.gid)
    return Command(
        name="redis",
        argv=(str(program), str(config)),
        environ=surroundings({"LC_ALL": "C"}),
        log=folder.log("redis"),
        stop=signal.SIGTERM,
        orphan=signal.SIGKILL,
        account=account.launch,
        folder=Path("/"),
    )


def _make_cluster(
    folder: DataFolder, install: PostgresInstall, account: Account, sockets: Path, given: Secrets, *, synced: bool
) -> None:
    """Run `initdb` beside the place and move the whole there, so a killed one leaves no half cluster."""
    aside = folder.path / "postgres.new"
    if aside.exists():
        shutil.rmtree(aside)
    aside.mkdir(mode=0o700)
    password = sockets / "password"
    write_private(password, given.superuser.encode())
    for path in (aside, password):
        os.chown(path, account.uid, account.gid)
    initdb = [
        *(str(install.bin / "initdb"), "-D", str(aside), "-U", _SUPERUSER, f"--pwfile={password}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *(() if synced else ("--no-sync",)),
    ]
    single = [str(install.bin / "postgres"), "--single", "-D", str(aside), "-c", "exit_on_error=on"]
    single += [] if synced else ["-c", "fsync=off"]
    roles = _CLUSTER.format(database=DATABASE, owner=given.owner, api=given.api, worker=given.worker)
    _finish(folder, account, initdb, b"")
    _finish(folder, account, [*single, "postgres"], roles.encode())
    password.unlink()
    aside.rename(folder.postgres)


def _finish(folder: DataFolder, account: Account, argv: list[str], given: bytes) -> None:
    """Run a program to its end, `given` on its standard input."""
    log = folder.log("initdb")
    command = Command(
        name="initdb",
        argv=tuple(argv),
        environ=surroundings({"LC_ALL": "C"}),
        log=log,
        stop=signal.SIGTERM,
        orphan=signal.SIGKILL,
        account=account.launch,
        folder=Path("/"),
    )
    with popen(command, stdin=subprocess.PIPE) as process:
        process.communicate(given)
    if process.returncode != 0:
        raise Unavailable(f"the database could not be made: {last_line(log)} (see {log})")


def _socket_folder(accounts: Accounts) -> Path:
    """A new folder for sockets, private to the accounts, where its path is short enough; Redis' own in it."""
    account, redis = accounts.postgres, accounts.redis
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):
        fits = len(os.fsencode(place)) + len(SOCKETS_PREFIX) + 8 < _LONGEST_SOCKET_FOLDER
        if fits and os.access(place, os.W_OK | os.X_OK) and not any(closed_to(Path(place), account)):
            folder = Path(tempfile.mkdtemp(prefix=SOCKETS_PREFIX, dir=place))
            own = _redis_socket(folder).parent
            own.mkdir(mode=0o700)
            for each, owner in ((folder, account), (own, redis)):
                each.chmod(0o710 if accounts.apart else 0o700)
                os.chown(each, owner.uid, owner.gid)
            return folder
    raise BadInput("no temporary folder can hold sockets: set TMPDIR to a short path that others may enter")


def _major_of(data: Path) -> int | None:
    """The major version of PostgreSQL that made the data; None where there is none yet."""
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise BadInput(f"{data} is damaged: put back a backup") from None


def _postmaster_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _clear_postmaster_file(folder: DataFolder) -> None:
    """Wait for the orphan of a killed supervisor, and drop a pid file that outlived a reboot.

    The lock says that no supervisor is at work here. PostgreSQL itself drops the file of a dead process,
    but takes one whose number now belongs to something else for a server in use.
    """
    lines = _postmaster_file(folder.postgres)
    if not lines or not lines[0].isdecimal():
        return
    pid = int(lines[0])
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if Path(f"/proc/{pid}/cwd").readlink() != folder.postgres:
            (folder.postgres / "postmaster.pid").unlink(missing_ok=True)
        elif not select.select([descriptor], [], [], _ORPHAN_TIMEOUT)[0]:
            raise Unavailable(f"PostgreSQL is still at work on {folder.postgres}, as process {pid}")
    except OSError:
        return  # it ended meanwhile, or is another account's: PostgreSQL decides
    finally:
        os.close(descriptor)
