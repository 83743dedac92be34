"""`termijn backup` and `termijn restore`: everything in one file, and back.

Exit status: 0 done, 1 what came back does not hold, 2 wrong use or bad input.
"""

import os
import sys
from pathlib import Path
from typing import Literal
from uuid import UUID

import click

from service.cli.database import answered, reader, secret_of
from service.files.objects import Objects
from service.files.store import digests_in
from service.settings import Settings
from service.up.backup import AboutBackup, BackedUp, Restored, back_up, restore
from workflows.engine.verify import Verified, verify
from workflows.errors import BadInput

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("backup")
@click.argument("file", type=_FILE)
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
def backup_command(file: Path, data: Path | None) -> None:
    """Write everything into a new FILE: the database of one moment, and of a folder its secrets and templates of mails.

    Without `--data` it is the database of TERMIJN_DATABASE_URL, with a superuser's login. Whoever has that file can
    read everything: keep it as you keep the folder.
    """
    done = answered(_backed_up(file, data))
    click.echo(f"{file}: {_told(done.about)}" + (f", {done.files} files of the store" if done.files else ""))
    _name_lost("not in it, since it is not what was handed in, or is gone from the store", done.lost)


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--data", type=click.Path(path_type=Path), help="The new folder.")
@click.option(
    "--mail",
    type=click.Choice(["hold", "send"]),
    default="hold",
    show_default=True,
    help="What becomes of mail that may have gone out since: it waits for a person, or it is sent.",
)
def restore_command(file: Path, data: Path | None, mail: Literal["hold", "send"]) -> None:
    """Make a new folder out of a backup, bring it to this version, and compute its ledger anew.

    Without `--data` the database of TERMIJN_DATABASE_URL is filled, which must be empty, with a superuser's login.
    """
    done = answered(_restored(file, data, hold=mail == "hold"))
    place = data if data is not None else "the database"
    click.echo(f"{place}: {_told(done.about)}")
    found = answered(_verified(data, done))
    if found.wrong is not None:
        click.echo(f"broken: {found.wrong}", err=True)
        sys.exit(1)
    click.echo(f"the ledger holds: {found.events} events of {found.subjects} subjects")
    if done.held:
        again = f" --data {data}" if data is not None else ""
        click.echo(f"mails that may have gone out already, and wait for you: {done.held} (termijn mail held{again})")
    _name_lost("its bytes are neither in the backup nor in the store, and it is set apart", done.lost)
    click.echo('what happened after that moment is not in it: see "Backup and restore" in docs/operations.md')


def _name_lost(why: str, files: tuple[UUID, ...]) -> None:
    """Name files whose bytes are missing, and end with status 1 where there are any."""
    for one in files:
        click.echo(f"file {one}: {why}", err=True)
    if files:
        sys.exit(1)


def _store() -> Objects | None:
    return Objects.of(Settings.load(os.environ, ()))


def _told(about: AboutBackup) -> str:
    return f"{about.events} events of {about.subjects} subjects, as of {about.made_at:%Y-%m-%dT%H:%M:%SZ}"


async def _backed_up(file: Path, data: Path | None) -> BackedUp:
    return await back_up(file, data=data, url=_url(data), objects=_store())


async def _restored(file: Path, data: Path | None, *, hold: bool) -> Restored:
    return await restore(file, data=data, url=_url(data), hold=hold, objects=_store())


def _url(data: Path | None) -> str:
    if data is not None:
        return ""
    settings = Settings.load(os.environ, ("database_url",))
    if settings.database_pooler != "none":
        raise BadInput("This goes past a pooler: name PostgreSQL itself in TERMIJN_DATABASE_URL.")
    return str(settings.database_url)


async def _verified(data: Path | None, done: Restored) -> Verified:
    async with reader(data) as connection:
        # As of the backup: the root of its last day is made once a worker runs.
        # Files whose bytes are missing are named apart.
        objects = None if done.lost else digests_in(_store())
        now = done.about.made_at
        return await verify(connection, None, secret=secret_of(data) or None, now=now, objects=objects)
