"""A database, with the folder that it lies in, in one file, and a new one out of such a file.

The file is a tar of what cannot be made anew, in this order:

about.json          what it is of, when it was taken, and how much there is to find again
secrets.json        without it no link that was sent would open, and no signature of a root could be checked
admin.key, port     where there are any
templates/…         processors' own templates of mails
database.dump       PostgreSQL's own form (pg_dump -Fc), of one moment
files/…             what lies in a store of files, each under its name there

What the mail sink received is not in it, nor are the logs. Of a database that the settings name there is only what lies
in it: its secrets lie where those who run it keep them.
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
from uuid import UUID

import asyncpg
import msgspec

from db.migrate import migrate, migrations
from db.queries import sql
from service.files.backing_up import OBJECTS, bring_back_objects, pack_objects
from service.files.objects import Objects
from service.up.binaries import find_postgres
from service.up.children import surroundings
from service.up.embedded import servers_of, start_servers
from service.up.folder import DataFolder, Secrets
from workflows.errors import BadInput, Unavailable
from workflows.message.table import UNSENT

FORM: Final = 2
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


class Restored(msgspec.Struct, frozen=True):
    """What came back, how many mails wait for a person, and the files whose bytes are nowhere."""

    about: AboutBackup
    held: int
    lost: tuple[UUID, ...] = ()


class BackedUp(msgspec.Struct, frozen=True):
    """What was kept, how many files of a store are in it, and those that were left out, since they are not what was
    handed in or are gone."""

    about: AboutBackup
    files: int
    lost: tuple[UUID, ...]


async def back_up(target: Path, *, data: Path | None = None, url: str = "", objects: Objects | None = None) -> BackedUp:
    """Write the data folder `data`, running or not, or the database at `url` into the new file `target`.

    Only its owner may read it. `url` is a superuser's, since no other sees every row. Raises BadInput where `data` is
    no folder of ours or `target` is there already, Unavailable where it cannot be written whole, StoreAway where
    there are files in a store that `objects` does not reach; then nothing is left.
    """
    own = [DataFolder(data).path / part for part in (*_FILES, _TEMPLATES)] if data is not None else []
    with written_whole(target) as file, tempfile.TemporaryDirectory(dir=target.parent, prefix=".termijn-") as room:
        dump = Path(room) / _DUMP
        async with _reached(data, url) as superuser, _snapshot(superuser) as (connection, snapshot, row):
            about = AboutBackup(**row)
            _run("pg_dump", superuser, about.postgres, f"--file={dump}", "--format=custom", f"--snapshot={snapshot}")
            said = Path(room) / _ABOUT
            said.write_bytes(msgspec.json.encode(about))
            with tarfile.open(fileobj=file, mode="w", dereference=True) as tar:
                tar.add(said, _ABOUT, filter=private)
                for part in filter(Path.exists, own):
                    tar.add(part, part.name, filter=private)
                tar.add(dump, _DUMP, filter=private)
                files, lost = await pack_objects(connection, objects, tar, Path(room) / "object", private)
    return BackedUp(about, files, lost)


async def restore(
    source: Path, *, data: Path | None = None, url: str = "", hold: bool = True, objects: Objects | None = None
) -> Restored:
    """Make the new data folder `data` out of a backup, or fill the empty database at `url`, a superuser's.

    It comes to this program's newest migration. Mail that was still to be sent may have gone out since: with `hold` it
    waits until a person lets it go (`termijn mail held`). What lay in a store is put into `objects` where that has it
    no more, else, without one, into the database. Raises BadInput where there is something already, or `source`
    is no backup that this program reads, Unavailable where it could not be brought in: then there is no folder, and the
    database at `url` is empty unless all came in and was not what the backup says, or could not be migrated.
    """
    if data is None:
        with tempfile.TemporaryDirectory(prefix="termijn-") as room:
            about = _unpacked(source, DataFolder(Path(room)), own=False)
            await _refuse_full(url)
            held, lost = await _brought_in(about, Path(room), url, url, hold=hold, objects=objects)
        return Restored(about, held, lost)
    with _made_whole(data) as folder:
        about = _unpacked(source, folder, own=True)
        servers = start_servers(folder.path, redis=False)
        try:
            urls = servers.urls
            held, lost = await _brought_in(about, folder.path, urls.superuser, urls.owner, hold=hold, objects=objects)
        finally:
            servers.stop()
    return Restored(about, held, lost)


async def _brought_in(
    about: AboutBackup, room: Path, superuser: str, owner: str, *, hold: bool, objects: Objects | None
) -> tuple[int, tuple[UUID, ...]]:
    """Load the dump, all or nothing, look whether all of it came back, and bring it to the newest migration."""
    _run(
        "pg_restore", superuser, about.postgres, "--exit-on-error", "--single-transaction",
        f"--dbname={urlsplit(superuser).path[1:]}", str(room / _DUMP),
    )  # fmt: skip
    connection = await asyncpg.connect(superuser)
    try:
        await _compare(about, connection)
        held: int = await connection.fetchval(sql("hold_mail"), list(UNSENT)) if hold else 0
    finally:
        await connection.close()
    await migrate(owner)
    connection = await asyncpg.connect(superuser)
    try:
        lost = await bring_back_objects(connection, objects, room / OBJECTS)
    finally:
        await connection.close()
    return held, lost


@contextlib.asynccontextmanager
async def _reached(data: Path | None, url: str) -> AsyncIterator[str]:
    if data is None:
        yield url
        return
    async with servers_of(data) as urls:
        yield urls.superuser


async def _refuse_full(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval(sql("holds_anything")):
            raise BadInput("the database holds something already: a backup is restored into an empty one")
    finally:
        await connection.close()


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
        shutil.rmtree(aside.path / OBJECTS, ignore_errors=True)
        if data.exists():
            data.rmdir()
        aside.path.rename(data)
    except BaseException:
        shutil.rmtree(aside.path, ignore_errors=True)
        raise


def _unpacked(source: Path, folder: DataFolder, *, own: bool) -> AboutBackup:
    """Put a backup's files where they belong, the dump beside them; `own` is whether its secrets are needed.

    Raises BadInput for what is no backup.
    """
    try:
        with tarfile.open(source, mode="r:") as tar:
            first = tar.next()
            said = tar.extractfile(first) if first is not None and first.name == _ABOUT else None
            about = _about(said.read(_LONGEST_ABOUT) if said is not None else b"", source)
            found = set()
            for member in tar.getmembers()[1:]:
                if member.name not in (*_FILES, _DUMP) and member.name.split("/")[0] not in (_TEMPLATES, OBJECTS):
                    raise BadInput(f"{source} holds {member.name!r}, which is no part of a backup")
                tar.extract(member, folder.path, filter="data")
                found.add(member.name)
    except (tarfile.TarError, EOFError) as error:
        raise BadInput(f"{source} is no backup of `termijn backup`, or a part of one: {error}") from None
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror or error}") from None
    if missing := {_DUMP} - found:
        raise BadInput(f"{source} is a part of a backup: {', '.join(sorted(missing))} is missing")
    if not own:
        return about
    if folder.secrets.name not in found:
        raise BadInput(f"{source} is of a database without a folder, so secrets.json is missing: restore it into one")
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
    return about


async def _compare(about: AboutBackup, connection: asyncpg.Connection) -> None:
    row = await connection.fetchrow(sql("begin_backup"))
    for what in ("events", "subjects"):
        if row is None or row[what] != getattr(about, what):
            raise Unavailable(f"the backup is of {getattr(about, what)} {what}, and {row and row[what]} came back")


@contextlib.asynccontextmanager
async def _snapshot(superuser: str) -> AsyncIterator[tuple[asyncpg.Connection, str, asyncpg.Record]]:
    """One moment of the database that others can read too while it is held, its name, and what there is to it."""
    connection = await asyncpg.connect(superuser)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            row = await connection.fetchrow(sql("begin_backup"))
            if row is None or row["migration"] is None:
                raise BadInput("there is nothing in the database yet: start it with `termijn up` first")
            yield connection, await connection.fetchval("select pg_export_snapshot()"), row
    finally:
        await connection.close()


@contextlib.contextmanager
def written_whole(target: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner may read, in its place when all is written; else there is none."""
    if target.exists():
        raise BadInput(f"{target} is there already: name a new file")
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error.strerror}") from None
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, target)  # which, unlike a rename, takes the place of nothing
    except FileExistsError:
        raise BadInput(f"{target} is there already: name a new file") from None
    except OSError as error:
        raise Unavailable(f"{target} could not be written: {error.strerror or error}") from None
    finally:
        aside.unlink(missing_ok=True)


def _run(program: str, superuser: str, major: int, *arguments: str) -> None:
    """A program of PostgreSQL's; the password goes in its surroundings, where no list of processes shows it."""
    address = urlsplit(superuser)
    own = {
        "PGHOST": parse_qs(address.query).get("host", [address.hostname or ""])[0],
        "PGPORT": str(address.port or ""),
        "PGUSER": unquote(address.username or ""),
        "PGPASSWORD": unquote(address.password or ""),
        "PGDATABASE": address.path[1:],
    }
    given = surroundings({name: text for name, text in own.items() if text})
    path = _program(program, major)
    ended = subprocess.run([path, "--no-password", *arguments], env=given, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        lines = ended.stderr.strip().splitlines()
        raise Unavailable(f"{program} did not get through: {lines[0] if lines else f'exit {ended.returncode}'}")


def _program(name: str, major: int) -> Path:
    """That of the wheel with the server, else the machine's own."""
    try:
        return find_postgres(major).bin / name
    except BadInput:
        found = shutil.which(name)
        if found is None:
            raise BadInput(f"{name} is missing: install the client programs of PostgreSQL {major}") from None
        return Path(found)


def private(one: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """For its owner alone, and without names and numbers of accounts, which are this machine's."""
    one.uid = one.gid = 0
    one.uname = one.gname = ""
    one.mode = 0o700 if one.isdir() else 0o600
    return one if one.isfile() or one.isdir() else None
