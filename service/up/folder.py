"""The data folder of the embedded stack: what lies where in it, its secrets, and who holds it.

DIR/lock            held (flock) by the one process that runs the stack or borrows its database
DIR/secrets.json    passwords of the embedded servers and the key that links are derived with
DIR/admin.key       the first admin key
DIR/port            the port of the last run: links in mails lead there
DIR/run.json        how to reach the stack while it runs
DIR/sample.due      the sample data is still to be loaded
DIR/postgres        the database
DIR/mail            what the mail sink received
DIR/templates       where somebody made it: processors' own templates of mails
DIR/log             one log a child
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from service.settings import Secret
from workflows.errors import BadInput

SOCKETS_PREFIX: Final = "termijn-"
_LOG_LIMIT: Final = 20_000_000


class FolderInUse(BadInput):
    """Another process holds the data folder; `holder` is its id, 0 where it had no time to write it."""

    def __init__(self, path: Path, said: bytes) -> None:
        self.holder = int(said) if said.strip().isdigit() else 0
        by = f" by process {self.holder}" if self.holder else ""
        super().__init__(f"{path} is in use{by}: stop that first, or choose another folder with --data")


class Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One random text for each login of the embedded servers, and the service's own secret key."""

    superuser: str
    owner: str
    api: str
    worker: str
    redis: str
    secret_key: str

    def __repr__(self) -> str:
        return "Secrets(…)"


class Urls(msgspec.Struct, frozen=True):
    """How to reach the embedded servers; `redis` is None where no `redis-server` was found.

    `owner` migrates, `api` and `worker` are the logins that row-level security binds, and `superuser`
    is for tests, which clone databases.
    """

    superuser: Secret
    owner: Secret
    api: Secret
    worker: Secret
    redis: Secret | None


class Run(msgspec.Struct, frozen=True):
    """What `run.json` holds: the supervisor's process id, its servers and its API."""

    pid: int
    superuser: str
    owner: str
    api: str
    worker: str
    redis: str | None
    base_url: str

    @classmethod
    def of(cls, urls: Urls, *, pid: int, base_url: str) -> "Run":
        """What a supervisor writes of itself; secrets become plain text, as a file needs them."""
        return cls(
            pid=pid,
            superuser=str(urls.superuser),
            owner=str(urls.owner),
            api=str(urls.api),
            worker=str(urls.worker),
            redis=str(urls.redis) if urls.redis else None,
            base_url=base_url,
        )

    def urls(self) -> Urls:
        return Urls(
            superuser=Secret(self.superuser),
            owner=Secret(self.owner),
            api=Secret(self.api),
            worker=Secret(self.worker),
            redis=Secret(self.redis) if self.redis else None,
        )

    def __repr__(self) -> str:
        return f"Run(pid={self.pid}, base_url={self.base_url!r}, …)"


class DataFolder:
    """The paths in a data folder, absolute."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.lock = self.path / "lock"
        self.secrets = self.path / "secrets.json"
        self.admin_key = self.path / "admin.key"
        self.run = self.path / "run.json"
        self.port = self.path / "port"
        self.sockets = self.path / "sockets"
        self.sample_due = self.path / "sample.due"
        self.postgres = self.path / "postgres"
        self.mail = self.path / "mail"
        self.templates = self.path / "templates"
        self.logs = self.path / "log"

    def create(self) -> None:
        """Make what is missing. Raises BadInput where the path is no folder or may not be written."""
        try:
            if not self.path.exists():
                self.path.mkdir(parents=True, mode=0o700)
                _let_others_through(self.path)
            self.logs.mkdir(exist_ok=True, mode=0o700)
            self.mail.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise BadInput(f"{self.path} cannot be used as a data folder: {error.strerror}") from None

    def log(self, name: str) -> Path:
        """The log of one child; one that has grown large makes room for a new one."""
        log = self.logs / f"{name}.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        return log

    def read_port(self) -> int | None:
        """The port of the last run; None where there was none."""
        try:
            port = int(self.port.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
        return port if 0 < port < 65536 else None

    def read_run(self) -> Run | None:
        """What `run.json` says; None where the stack is not, or not yet, running."""
        try:
            return msgspec.json.decode(self.run.read_bytes(), type=Run)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def read_secrets(self) -> Secrets:
        """The folder's secrets, made on first use. Raises BadInput where they were damaged or lost."""
        try:
            return msgspec.json.decode(self.secrets.read_bytes(), type=Secrets)
        except FileNotFoundError:
            if self.postgres.exists():
                raise BadInput(f"{self.secrets} is lost, and the database cannot be opened without") from None
        except msgspec.DecodeError:
            raise BadInput(f"{self.secrets} is damaged: put back a copy of it") from None
        made = Secrets(*(secrets.token_hex(32) for _ in Secrets.__struct_fields__))
        write_private(self.secrets, msgspec.json.encode(made))
        return made

    def clear_last_run(self) -> None:
        """Remove what a killed supervisor left behind; only for the holder of the lock."""
        if self.sockets.is_symlink():
            left = self.sockets.readlink()
            if left.name.startswith(SOCKETS_PREFIX):
                shutil.rmtree(left, ignore_errors=True)
            self.sockets.unlink()
        self.run.unlink(missing_ok=True)


@contextlib.contextmanager
def held(folder: DataFolder) -> Iterator[None]:
    """Hold the folder's lock. Raises InUse where another does."""
    descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(folder.path, os.pread(descriptor, 20, 0)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def write_private(path: Path, content: bytes) -> None:
    """Write the file whole or not at all, readable by its owner alone."""
    aside = path.with_name(f".{path.name}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def temporary_folder(below: Path | None = None) -> Path:
    """A new data folder in `below`, else in the temporary folder; the caller removes it."""
    path = Path(tempfile.mkdtemp(prefix=SOCKETS_PREFIX, dir=below))
    _let_others_through(path)
    return path


def _let_others_through(path: Path) -> None:
    """Of a folder that is ours and new: where root starts the servers, their account must pass it."""
    if os.geteuid() == 0:
        path.chmod(0o711)
