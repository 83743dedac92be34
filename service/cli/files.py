"""`termijn files`: where files lie, moved from one place to the other, and looked at.

Exit status: 0 done, 1 a file is not what was handed in, 2 wrong use, or a store or database that is away.
"""

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import click

from db.queries import sql
from db.session import connect_pool, transaction
from service.cli.database import answered
from service.files.moving import Moved, Place, move_files
from service.files.objects import Objects
from service.files.store import read_object, set_apart
from service.settings import Settings
from service.up.embedded import servers_of
from workflows.errors import Altered, BadInput

_data = click.option(
    "--data", type=click.Path(path_type=Path), metavar="DIR",
    help="A folder of `termijn up`; else TERMIJN_DATABASE_URL, with a worker's login.",
)  # fmt: skip
_AT_ONCE = 200
TOLD_EACH = 100


@click.group("files")
def files_group() -> None:
    """Files that people handed in: in the database, or in the store of TERMIJN_FILES_URL."""


@files_group.command("list")
@_data
def list_command(data: Path | None) -> None:
    """How many files lie where, and what is to be seen to."""
    found = answered(_counted(data))
    click.echo(f"in the database: {found['here']} files, {found['here_bytes']} bytes")
    click.echo(f"in a store: {found['there']} files, {found['there_bytes']} bytes")
    if found["altered"]:
        click.echo(f"not what was handed in, or gone: {found['altered']} (termijn files check)")
    if found["due"]:
        click.echo(f"objects that have to go from the store: {found['due']}")


@files_group.command("move")
@click.option("--to", type=click.Choice(["s3", "database"]), required=True, help="Where to.")
@_data
def move_command(to: Place, data: Path | None) -> None:
    """Move all files to the store, or from it, while everything runs; begun again it goes on where it was broken off.

    Each lies where it lay until its bytes were read back. New ones go where TERMIJN_FILES_URL says.
    """
    done = answered(_moved(to, data))
    click.echo(f"moved: {done.moved}")
    if done.overtaken:
        click.echo(f"erased or moved meanwhile by somebody else: {done.overtaken}")
    if done.altered:
        click.echo(
            f"not what was handed in, or gone, and so left alone: {done.altered} (termijn files check)", err=True
        )
        sys.exit(1)


@files_group.command("check")
@_data
def check_command(data: Path | None) -> None:
    """Read every file in the store; one that is not what was handed in is set apart, one that is again is free.

    Files in the database are looked at by `termijn verify`.
    """
    seen, wrong = answered(_checked(data))
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        sys.exit(1)
    click.echo(f"all are what was handed in: {seen} files in the store")


@contextlib.asynccontextmanager
async def _pool(data: Path | None) -> AsyncIterator[asyncpg.Pool]:
    async with contextlib.AsyncExitStack() as closing:
        if data is not None:
            urls = await closing.enter_async_context(servers_of(data))
            pool = await connect_pool(urls.worker, "termijn_worker", size=2)
        else:
            settings = Settings.load(os.environ, ("database_url",))
            pool = await connect_pool(settings.database_url, "termijn_worker", size=2, pooler=settings.database_pooler)
        closing.push_async_callback(pool.close)
        yield pool


def _store() -> Objects:
    found = Objects.of(Settings.load(os.environ, ()))
    if found is None:
        raise BadInput("No store is named: set TERMIJN_FILES_URL.")
    return found


async def _counted(data: Path | None) -> asyncpg.Record:
    async with _pool(data) as pool, transaction(pool, readonly=True) as connection:
        found = await connection.fetchrow(sql("count_files"))
    assert found is not None, "it selects one row"
    return found


async def _moved(to: Place, data: Path | None) -> Moved:
    objects = _store()
    async with _pool(data) as pool:
        return await move_files(pool, objects, to, _so_far)


def _so_far(done: Moved) -> None:
    """A line for each hundred, for who waits: thousands take long."""
    seen = done.moved + done.altered + done.overtaken
    if seen % TOLD_EACH == 0:
        click.echo(f"so far: {seen}", err=True)


async def _checked(data: Path | None) -> tuple[int, list[str]]:
    objects, seen, after = Objects.of(Settings.load(os.environ, ())), 0, None
    wrong: list[str] = []
    async with _pool(data) as pool:
        while rows := await _some(pool, after):
            for row in rows:
                after, seen = row["id"], seen + 1
                found = await read_object(objects, row["object_id"])
                whole = found == row["sha256"]
                if not whole:
                    wrong.append(f"{row['id']}  {'gone' if found is None else 'altered'}  {row['object_id']}")
                if whole == (row["altered_at"] is not None):
                    async with transaction(pool, [row["processor_id"]]) as connection:
                        if whole:
                            await connection.execute(sql("free_file"), [row["processor_id"]], row["id"])
                        else:
                            lost = Altered("", row["id"], row["object_id"])
                            await set_apart(connection, [row["processor_id"]], lost)
    return seen, wrong


async def _some(pool: asyncpg.Pool, after: object) -> list[asyncpg.Record]:
    async with transaction(pool, readonly=True) as connection:
        return list(await connection.fetch(sql("files_in_a_store"), None, after, _AT_ONCE))
