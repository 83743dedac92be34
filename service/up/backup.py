"""A data folder in one file, and a new folder from such a file.

The file is a tar of what cannot be made anew, in this order:

about.json          what it is of, when it was taken, and how much there is to find again
secrets.json        without it no link that was sent would open, and no signature of a root could be checked
admin.key, port     where there are any
templates/…         processors' own templates of mails
database.dump       PostgreSQL's own form (pg_dump -Fc), of one moment

What the mail sink received is not in it, nor are the logs.
"""

import contextlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import msgspec

from db.migrate import migrate, migrations
from db.queries import sql
from service.settings import Secret
from service.up.binaries import find_postgres
from service.up.children import surroundings
from service.up.embedded import servers_of, start_servers
from service.up.folder import DataFolder, Secrets
from workflows.errors import BadInput, Unavailable

FORM: Final = 1
"""Which parts there are; raised when that changes."""
_ABOUT: Final = "about.json"
_DUMP: Final = "database.dump"
_FILES: Final = ("secrets.json", "admin.key", "port")
_TEMPLATES: Final = "templates"
_LONGEST_ABOUT: Final = 10_000


class AboutBackup(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is of: the folder's clock when it was taken (UTC), and what must be found again."""

    form: int = FORM
    made_at: datetime
    postgres: int
    migration: str
    events: int
    subjects: int


async def back_up(data: Path, target: Path) -> AboutBackup:
    """Write the data folder `data`, running or not, into the new file `target`, which only its owner may read.

    Raises BadInput where `data` is no folder of ours or `target` is there already, Unavailable where it cannot be
    written whole; then nothing is left behind.
    """
    folder = DataFolder(data)
    with _written_whole(target) as file, tempfile.TemporaryDirectory(dir=target.parent, prefix=".termijn-") as room:
        dump = Path(room) / _DUMP
        async with servers_of(data) as urls, _snapshot(urls.superuser) as (snapshot, row):
            about = AboutBackup(postgres=_major(folder), **row)
            _run("pg_dump", urls.superuser, folder, f"--file={dump}", "--format=custom", f"--snapshot={snapshot}")
        said = Path(room) / _ABOUT
        said.write_bytes(msgspec.json.encode(about))
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.add(said, _ABOUT, filter=_plain)
            for name in _FILES:
                if (folder.path / name).is_file():
                    tar.add(folder.path / name, name, filter=_plain)
            if folder.templates.is_dir():
                tar.add(folder.templates, _TEMPLATES, filter=_plain)
            tar.add(dump, _DUMP, filter=_plain)
    return about


async def restore(source: Path, data: Path) -> AboutBackup:
    """Make the new data folder `data` out of a backup, on this program's newest migration.

    Raises BadInput where `data` holds anything, or `source` is no backup that this program reads, Unavailable where
    it could not be brought in; then there is no folder.
    """
    with _made_whole(data) as folder:
        about = _unpacked(source, folder)
        servers = start_servers(folder.path, redis=False)
        try:
            _run(
                "pg_restore", servers.urls.superuser, folder, "--exit-on-error", "--single-transaction",
                f"--dbname={_parts(servers.urls.superuser)[0]}", str(folder.path / _DUMP),
            )  # fmt: skip
            await migrate(servers.urls.owner)
            await _compare(about, servers.urls.superuser)
        finally:
            servers.stop()
    return about


@contextlib.contextmanager
def _made_whole(data: Path) -> Iterator[DataFolder]:
    """A new folder, in its place when all is in it; else there is none."""
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise BadInput(f"{data} is there already: a backup is restored into a new folder")
    data = data.absolute()
    aside = DataFolder(data.with_name(f".{data.name}.restoring"))
    if aside.path.exists():
        raise BadInput(f"{aside.path} is left over from a restore that was broken off: remove it, then begin again")
    aside.create()
    try:
        yield aside
        (aside.path / _DUMP).unlink()
        if data.exists():
            data.rmdir()
        aside.path.rename(data)
    except BaseException:
        shutil.rmtree(aside.path, ignore_errors=True)
        raise


def _unpacked(source: Path, folder: DataFolder) -> AboutBackup:
    """Put a backup's files where they belong, the dump beside them. Raises BadInput for what is no backup."""
    try:
        with tarfile.open(source, mode="r:") as tar:
            first = tar.next()
            said = tar.extractfile(first) if first is not None and first.name == _ABOUT else None
            about = _about(said.read(_LONGEST_ABOUT) if said is not None else b"", source)
            found = set()
            for member in tar.getmembers()[1:]:
                if member.name not in (*_FILES, _DUMP) and member.name.split("/")[0] != _TEMPLATES:
                    raise BadInput(f"{source} holds {member.name!r}, which is no part of a backup")
                tar.extract(member, folder.path, filter="data")
                found.add(member.name)
    except (tarfile.TarError, EOFError) as error:
        raise BadInput(f"{source} is no backup of `termijn backup`, or a part of one: {error}") from None
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror or error}") from None
    if missing := {"secrets.json", _DUMP} - found:
        raise BadInput(f"{source} is a part of a backup: {', '.join(sorted(missing))} is missing")
    try:
        msgspec.json.decode(folder.secrets.read_bytes(), type=Secrets)
    except msgspec.DecodeError:
        raise BadInput(f"{source} is damaged: its secrets cannot be read") from None
    return about


def _about(said: bytes, source: Path) -> AboutBackup:
    try:
        about = msgspec.json.decode(said, type=AboutBackup)
    except msgspec.DecodeError:
        raise BadInput(f"{source} is no backup of `termijn backup`") from None
    newest = migrations()[-1][0]
    if about.form > FORM or about.migration > newest:
        raise BadInput(f"{source} was made by a newer version ({about.migration}): restore it with that one")
    find_postgres(about.postgres)
    return about


async def _compare(about: AboutBackup, superuser: Secret) -> None:
    connection = await asyncpg.connect(superuser)
    try:
        row = await connection.fetchrow(sql("begin_backup"))
    finally:
        await connection.close()
    for what in ("events", "subjects"):
        if row is None or row[what] != getattr(about, what):
            raise Unavailable(f"the backup is of {getattr(about, what)} {what}, and {row and row[what]} came back")


@contextlib.asynccontextmanager
async def _snapshot(superuser: Secret) -> AsyncIterator[tuple[str, asyncpg.Record]]:
    """One moment of the database that others can read too while it is held, and what there is to it."""
    connection = await asyncpg.connect(superuser)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            row = await connection.fetchrow(sql("begin_backup"))
            if row is None or row["migration"] is None:
                raise BadInput("there is nothing in the database yet: start it with `termijn up` first")
            yield await connection.fetchval("select pg_export_snapshot()"), row
    finally:
        await connection.close()


@contextlib.contextmanager
def _written_whole(target: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner may read, in its place when all is written; else there is none."""
    if target.exists():
        raise BadInput(f"{target} is there already: name a new file")
    aside = target.with_name(f".{target.name}.part")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.rename(target)
    except OSError as error:
        raise Unavailable(f"{target} could not be written: {error.strerror or error}") from None
    finally:
        aside.unlink(missing_ok=True)


def _run(program: str, superuser: Secret, folder: DataFolder, *arguments: str) -> None:
    """A program of PostgreSQL's; the password goes in its surroundings, where no list of processes shows it."""
    database, host, user, password = _parts(superuser)
    own = {"PGHOST": host, "PGUSER": user, "PGPASSWORD": password, "PGDATABASE": database}
    path = find_postgres(_major(folder)).bin / program
    ended = subprocess.run(
        [path, "--no-password", *arguments], env=surroundings(own), capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        lines = ended.stderr.strip().splitlines()
        raise Unavailable(f"{program} did not get through: {lines[0] if lines else f'exit {ended.returncode}'}")


def _parts(superuser: Secret) -> tuple[str, str, str, str]:
    """Database, host, user and password of an address."""
    address = urlsplit(str(superuser))
    host = parse_qs(address.query)["host"][0]
    return address.path[1:], host, unquote(address.username or ""), unquote(address.password or "")


def _major(folder: DataFolder) -> int:
    return int((folder.postgres / "PG_VERSION").read_text(encoding="ascii"))


def _plain(one: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Without names and numbers of accounts, which are this machine's."""
    one.uid = one.gid = 0
    one.uname = one.gname = ""
    return one if one.isfile() or one.isdir() else None
