"""A folder in one file, and a new folder out of it: everything is there again, and what is no backup leaves nothing."""

import asyncio
import io
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import click
import pytest
from click.testing import CliRunner, Result

from db import clock
from db.migrate import migrate
from service.cli.backup import backup_command, restore_command
from service.cli.mail import mail_command
from service.library import load_library
from service.up.embedded import start_servers
from service.up.folder import DataFolder, temporary_folder
from tests.databases import HASTY, MEMORY
from tests.world import Pools, World
from workflows.engine.engine import Engine

ALL = "5 events of 3 subjects"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which something has happened, and which does not run."""
    path = temporary_folder(MEMORY)
    servers = start_servers(path, redis=False, settings=HASTY)
    try:
        asyncio.run(_live(servers.urls.owner, servers.urls.api, servers.urls.worker))
    finally:
        servers.stop()
    (path / "admin.key").write_text("tmj_key")
    own = path / "templates" / "acme" / "nl"
    own.mkdir(parents=True)
    (own / "notice.txt").write_text("Beste klant")
    yield path
    shutil.rmtree(path)


async def _live(owner: str, api: str, worker: str) -> None:
    await migrate(owner)
    async with asyncpg.create_pool(api, min_size=1) as first, asyncpg.create_pool(worker, min_size=1) as second:
        world = World(Pools(first, second), Engine(arrival="direct"))
        async with second.acquire() as connection:
            await clock.start(connection, "simulated", world.start)
        await load_library(second)
        await world.make_processor()
        await world.do(await world.make_agreement("stkkr", active=False), "send")


@pytest.fixture(scope="module")
def backup(lived: Path) -> Path:
    target = lived / "kept.tar"
    done = run(backup_command, target, data=lived)
    assert (done.exit_code, done.stdout) == (0, f"{target}: {ALL}, as of 2026-03-02T09:00:00Z\n")
    return target


def run(command: click.Command, *arguments: object, data: Path | None = None) -> Result:
    where = [] if data is None else ["--data", data]
    return CliRunner().invoke(command, [str(one) for one in (*arguments, *where)], catch_exceptions=False)


def held(data: Path) -> list[str]:
    done = run(mail_command, "held", data=data)
    assert done.exit_code in (0, 1)
    return done.stdout.splitlines() if done.exit_code else []


def altered(backup: Path, to: Path, parts: Mapping[str, bytes | None]) -> Path:
    """The backup with other parts, or without some."""
    with tarfile.open(backup) as old, tarfile.open(to, "w") as new:
        for one in old:
            content = parts[one.name] if one.name in parts else old.extractfile(one).read() if one.isfile() else b""  # type: ignore[union-attr]
            if content is not None:
                one.size = len(content)
                new.addfile(one, io.BytesIO(content))
        for name in parts.keys() - set(old.getnames()):
            made = tarfile.TarInfo(name)
            made.size = len(parts[name] or b"")
            new.addfile(made, io.BytesIO(parts[name] or b""))
    return to


def test_what_was_backed_up_is_there_again(lived: Path, backup: Path, tmp_path: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    room = temporary_folder(tmp_path)
    try:
        done = run(restore_command, backup, data=room / "again")
        assert done.exit_code == 0, done.output
        assert f"the ledger holds: {ALL}" in done.stdout
        old, new = DataFolder(lived), DataFolder(room / "again")
        assert new.read_secrets() == old.read_secrets(), "links that were sent open as before"
        assert new.admin_key.read_text() == "tmj_key"
        assert (new.templates / "acme/nl/notice.txt").read_text() == "Beste klant"
        assert not (new.path / "database.dump").exists()
        [mail] = held(room / "again")
        assert f"and wait for you: 1 (termijn mail held --data {new.path})" in done.stdout
        released = run(mail_command, "release", mail.split()[0], data=new.path)
        assert (released.exit_code, released.stdout.split()[0]) == (0, "1")
        assert held(new.path) == []
        unknown = run(mail_command, "drop", mail.split()[0], data=new.path)
        assert (unknown.exit_code, "no such mail waits" in unknown.stderr) == (2, True)
        again = run(restore_command, backup, data=room / "again")
        assert (again.exit_code, "is there already" in again.stderr) == (2, True)
        assert os.listdir(room) == ["again"]
    finally:
        shutil.rmtree(room)


def test_a_file_that_is_there_is_not_written_over(lived: Path, backup: Path, tmp_path: Path) -> None:
    before = backup.read_bytes()
    done = run(backup_command, backup, data=lived)
    assert (done.exit_code, "is there already" in done.stderr) == (2, True)
    assert backup.read_bytes() == before
    done = run(backup_command, tmp_path / "nowhere" / "kept.tar", data=lived)
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)
    done = run(backup_command, tmp_path / "kept.tar", data=tmp_path)
    assert (done.exit_code, "holds no data of Termijn" in done.stderr) == (2, True)
    assert os.listdir(tmp_path) == []


WRONG: Mapping[str, tuple[Mapping[str, bytes | None], str]] = {
    "not ours": ({"about.json": b"{}"}, "is no backup"),
    "newer": ({"about.json": b'{"form":1,"made_at":"2026-03-02T09:00:00Z","postgres":18,"migration":"9999_x.sql",'
              b'"events":1,"subjects":1}'}, "newer version"),
    "another form": ({"about.json": b'{"form":3,"made_at":"2026-03-02T09:00:00Z","postgres":18,"migration":"0001",'
                     b'"events":1,"subjects":1}'}, "newer version"),
    "no secrets": ({"secrets.json": None}, "is of a database without a folder"),
    "damaged secrets": ({"secrets.json": b"{"}, "secrets cannot be read"),
    "no database": ({"database.dump": None}, "database.dump is missing"),
    "something else": ({"../outside": b"x"}, "is no part of a backup"),
    "out of its folder": ({"templates/../../outside": b"x"}, "outside"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_backup_is_named_and_leaves_nothing(backup: Path, tmp_path: Path, name: str) -> None:
    parts, said = WRONG[name]
    given = altered(backup, tmp_path / "given.tar", parts)
    done = run(restore_command, given, data=tmp_path / "new")
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    assert os.listdir(tmp_path) == ["given.tar"]


def test_a_part_of_a_file_is_no_backup(backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    given = tmp_path / "given.tar"
    for content in (b"", b"x" * 2000, whole[:300], whole[: len(whole) // 2]):
        given.write_bytes(content)
        done = run(restore_command, given, data=tmp_path / "new")
        assert done.exit_code == 2, done.output
        assert "backup" in done.stderr
        assert os.listdir(tmp_path) == ["given.tar"]


def test_rows_that_did_not_come_back_are_missed(backup: Path, tmp_path: Path) -> None:
    with tarfile.open(backup) as tar:
        about = tar.extractfile("about.json").read()  # type: ignore[union-attr]
    given = altered(backup, tmp_path / "given.tar", {"about.json": about.replace(b'"events":5', b'"events":6')})
    done = run(restore_command, given, data=tmp_path / "new")
    assert (done.exit_code, "the backup is of 6 events, and 5 came back" in done.stderr) == (2, True)
    assert os.listdir(tmp_path) == ["given.tar"]


def test_a_database_that_settings_name_goes_there_and_back(
    lived: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = start_servers(lived, redis=False, settings=HASTY)
    try:
        whole = urlsplit(str(servers.urls.superuser))
        monkeypatch.setenv("TERMIJN_DATABASE_URL", whole.geturl())
        done = run(backup_command, tmp_path / "kept.tar")
        assert (done.exit_code, ALL in done.stdout) == (0, True), done.output
        full = run(restore_command, tmp_path / "kept.tar")
        assert (full.exit_code, "holds something already" in full.stderr) == (2, True)
        asyncio.run(execute(whole.geturl(), "create database another"))
        monkeypatch.setenv("TERMIJN_DATABASE_URL", whole._replace(path="/another").geturl())
        done = run(restore_command, tmp_path / "kept.tar", "--mail", "send")
        assert (done.exit_code, "the database: " + ALL in done.stdout) == (0, True), done.output
        assert run(mail_command, "held").stdout == "no mail waits\n"
        asyncio.run(execute(whole._replace(path="/another").geturl(), "update message set next_at = 'infinity'"))
        assert run(mail_command, "drop", "--all").stdout.startswith("1 are not sent again")
        assert run(mail_command, "held").exit_code == 0
    finally:
        servers.stop()


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
