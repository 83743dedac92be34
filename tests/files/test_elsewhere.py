"""Files of a store in backups and archives, and as the commands show them."""

import asyncio
import io
import shutil
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import pytest
from click.testing import CliRunner, Result

from db import clock
from db.migrate import migrate
from db.session import connect_pool, transaction
from service.archive.handing_over import hand_over
from service.archive.leaving import leave
from service.archive.taking_in import take_in
from service.cli import files as files_command
from service.cli.backup import backup_command, restore_command
from service.cli.files import files_group
from service.cli.verify import verify_command
from service.files.keeping import keep_store
from service.files.moving import move_files
from service.files.store import Files, keep, looked_at
from service.library import load_library
from service.up.embedded import RunningServers, start_servers
from service.up.folder import temporary_folder
from tests.archive.test_archive import resealed, rows_of, superuser
from tests.databases import HASTY, MEMORY, Database, cloned
from tests.files import samples
from tests.resources.conftest import Desk
from tests.resources.test_files import handed, objected
from tests.stores import Bucket, bucket_in
from tests.world import Pools, World
from workflows.engine.engine import Engine
from workflows.engine.verify import verify
from workflows.errors import Altered, Unavailable

LARGE = samples.PDF + bytes(range(256)) * 4 * 1024


async def test_an_archive_has_the_bytes_wherever_they_lay(
    desk: Desk, bucket: Bucket, database: Database, servers: RunningServers, template: str, tmp_path: Path
) -> None:
    first, second = await handed(desk, LARGE), await handed(desk, samples.PNG, "scan.png")
    await objected(desk, first["id"], second["id"])
    third = await handed(desk, samples.PDF + b"3")
    processor = UUID(desk.processor)
    await move_files(desk.world.pools.worker, bucket.objects, "database", lambda _: None)
    async with superuser(database) as here:
        plain, _ = await hand_over(here, "acme-telecom", tmp_path / "plain", bucket.objects)
        parts = (await rows_of(here, processor))["file_part"]
    await move_files(desk.world.pools.worker, bucket.objects, "s3", lambda _: None)
    async with superuser(database) as here, cloned(servers, template) as other, superuser(other) as there:
        with pytest.raises(Unavailable, match="TERMIJN_FILES_URL"):
            await hand_over(here, str(processor), tmp_path / "1")
        stored, _ = await hand_over(here, str(processor), tmp_path / "acme", bucket.objects)
        tables = [{one.name: one for one in made.tables} for made in (plain, stored)]
        assert tables[0]["file_part"] == tables[1]["file_part"], "the same bytes, wherever they lie"
        await take_in(there, tmp_path / "acme", "s" * 32)
        assert (await rows_of(there, processor))["file_part"] == parts
        assert await there.fetchval("select count(*) from file where object_id is not null") == 0
        assert (await verify(there)).wrong is None
        await leave(here, str(processor), tmp_path / "acme", bucket.objects)
        assert await here.fetchval("select count(*) from file_object where processor_id is null") == 6
    assert await keep_store(desk.world.pools.worker, bucket.objects) == 6
    assert bucket.names() == []
    assert third["id"] != first["id"]


async def test_an_archive_brings_no_name_in_a_store_along(
    desk: Desk, bucket: Bucket, database: Database, servers: RunningServers, template: str, tmp_path: Path
) -> None:
    await handed(desk)
    [name] = bucket.ids()

    def pointed(raw: bytes) -> bytes:
        return raw.replace(b"\\N\t\\N\t\\N\n", str(name).encode() + b"\t\\N\t\\N\n")

    async with superuser(database) as here, cloned(servers, template) as other, superuser(other) as there:
        await hand_over(here, desk.processor, tmp_path / "acme", bucket.objects)
        made = resealed(tmp_path / "acme", tmp_path / "hostile", "file", pointed)
        with tarfile.open(made) as tar:
            assert str(name).encode() in tar.extractfile("tables/file.copy").read()  # type: ignore[union-attr]  # a file
        await take_in(there, made, "s" * 32)
        assert await there.fetchval("select count(*) from file where object_id is not null") == 0
        assert await there.fetchval("select count(*) from file_part") == 1


async def test_an_archive_without_what_was_handed_in_is_none(
    desk: Desk, bucket: Bucket, database: Database, tmp_path: Path
) -> None:
    file = await handed(desk)
    bucket.put(bucket.names()[0], b"else")
    async with superuser(database) as here:
        with pytest.raises(Altered, match=file["id"]):
            await hand_over(here, desk.processor, tmp_path / "acme", bucket.objects)
    assert list(tmp_path.glob("acme*")) == []


async def invoked(command: click.Command, *words: object, **environ: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, command, [str(one) for one in words], env=environ)


async def test_whoever_moves_many_is_told_how_far_it_is(
    desk: Desk, bucket: Bucket, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await handed(desk)
    monkeypatch.setattr(files_command, "TOLD_EACH", 2)
    env = {"TERMIJN_DATABASE_URL": database.worker, "TERMIJN_FILES_URL": bucket.url}
    moved = await invoked(files_group, "move", "--to", "database", **env)
    assert (moved.stdout, moved.stderr) == ("moved: 5\n", "so far: 2\nso far: 4\n")


async def test_the_command_lists_moves_and_checks(desk: Desk, bucket: Bucket, database: Database) -> None:
    file = await handed(desk)
    env = {"TERMIJN_DATABASE_URL": database.worker, "TERMIJN_FILES_URL": bucket.url}
    size = len(samples.PDF)
    listed = await invoked(files_group, "list", **env)
    assert listed.output == f"in the database: 0 files, 0 bytes\nin a store: 1 files, {size} bytes\n"
    assert "1 files in the store" in (await invoked(files_group, "check", **env)).output
    held = await invoked(verify_command, **{**env, "TERMIJN_FILES_URL": ""})
    assert (held.exit_code, "not checked: 1 files that lie in a store" in held.output) == (0, True), held.output
    assert "not checked: 1 files" not in (await invoked(verify_command, **env)).output
    [name] = bucket.names()
    bucket.put(name, b"else")
    wrong = await invoked(files_group, "check", **env)
    assert (wrong.exit_code, f"{file['id']}  altered" in wrong.output) == (1, True)
    broken = await invoked(verify_command, **env)
    assert (broken.exit_code, f"file {file['id']} is altered in the store" in broken.output) == (1, True)
    assert "not what was handed in, or gone: 1" in (await invoked(files_group, "list", **env)).output
    moved = await invoked(files_group, "move", "--to", "database", **env)
    assert (moved.exit_code, moved.output.splitlines()[0]) == (1, "moved: 0")
    bucket.put(name, samples.PDF)
    assert (await invoked(files_group, "check", **env)).exit_code == 0
    moved = await invoked(files_group, "move", "--to", "database", **env)
    assert (moved.exit_code, moved.output) == (0, "moved: 1\n")
    no = await invoked(files_group, "move", "--to", "s3", **{**env, "TERMIJN_FILES_URL": ""})
    assert (no.exit_code, "set TERMIJN_FILES_URL" in no.output) == (2, True)
    bucket.way.go_away()
    no = await invoked(files_group, "move", "--to", "s3", **env)
    assert (no.exit_code, "does not answer" in no.output) == (2, True), no.output


@pytest.fixture
async def lived(bucket: Bucket) -> AsyncIterator[tuple[Path, UUID]]:
    """A folder with a file in the store, which does not run."""
    path = temporary_folder(MEMORY)
    servers = start_servers(path, redis=False, settings=HASTY)
    try:
        file = await _live(servers.urls, bucket)
    finally:
        servers.stop()
    yield path, file
    shutil.rmtree(path)


async def _live(urls: Any, bucket: Bucket) -> UUID:
    await migrate(urls.owner)
    api, worker = await connect_pool(urls.api, "termijn_api", size=2), await connect_pool(urls.worker, "termijn_worker")
    try:
        world = World(Pools(api, worker), Engine(arrival="direct"))
        async with worker.acquire() as connection:
            await clock.start(connection, "simulated", world.start)
        await load_library(worker)
        await world.make_processor()
        given = await Files(api, bucket.objects).placed(
            world.processor, await looked_at(io.BytesIO(LARGE), "Brief.pdf")
        )
        async with transaction(api, [world.processor]) as connection:
            now = await clock.now(connection)
            return await keep(connection, world.processor, given, now, "test", claimed=True)
    finally:
        await api.close()
        await worker.close()


async def test_a_backup_has_the_files_of_the_store_and_brings_them_back(
    lived: tuple[Path, UUID], bucket: Bucket, s3: str, tmp_path: Path
) -> None:
    folder, file = lived
    env = {"TERMIJN_FILES_URL": bucket.url}
    kept = tmp_path / "kept.tar"
    made = await invoked(backup_command, kept, "--data", folder, **env)
    assert (made.exit_code, "1 files of the store" in made.output) == (0, True), made.output
    with tarfile.open(kept) as tar:
        assert [one for one in tar.getnames() if one.startswith("files/")] == [f"files/{bucket.ids()[0]}"]
    none = await invoked(backup_command, tmp_path / "none.tar", "--data", folder, TERMIJN_FILES_URL="")
    assert (none.exit_code, "TERMIJN_FILES_URL" in none.output) == (2, True)
    assert not (tmp_path / "none.tar").exists()

    # Without a store they come into the database.
    room = temporary_folder(MEMORY)
    alone = await invoked(restore_command, kept, "--data", room / "alone", TERMIJN_FILES_URL="")
    assert alone.exit_code == 0, alone.output
    listed = await invoked(files_group, "list", "--data", room / "alone")
    assert f"in the database: 1 files, {len(LARGE)} bytes" in listed.output
    assert "has to go" not in listed.output
    assert not (room / "alone" / "files").exists()

    # Into a store that has them no more.
    async with bucket_in(s3) as another:
        again = await invoked(restore_command, kept, "--data", room / "again", TERMIJN_FILES_URL=another.url)
        assert again.exit_code == 0, again.output
        assert another.ids() == bucket.ids()
        checked = await invoked(files_group, "check", "--data", room / "again", TERMIJN_FILES_URL=another.url)
        assert "1 files in the store" in checked.output, checked.output

    # What is altered in the store is left out and named, and missed after the restore.
    bucket.put(bucket.names()[0], b"else")
    part = await invoked(backup_command, tmp_path / "part.tar", "--data", folder, **env)
    assert (part.exit_code, f"file {file}: not in it" in part.output) == (1, True), part.output
    lost = await invoked(restore_command, tmp_path / "part.tar", "--data", room / "lost", TERMIJN_FILES_URL="")
    assert (lost.exit_code, f"file {file}: its bytes are neither" in lost.output) == (1, True), lost.output
    seen = await invoked(files_group, "list", "--data", room / "lost")
    assert "or gone: 1" in seen.output
    shutil.rmtree(room)
