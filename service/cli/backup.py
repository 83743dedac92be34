"""`termijn backup` and `termijn restore`: a data folder in one file, and back.

Exit status: 0 done, 1 what came back does not hold, 2 wrong use.
"""

import sys
from pathlib import Path

import click

from db import clock
from service.cli.database import answered, reader, secret_of
from service.up.backup import AboutBackup, back_up, restore
from workflows.engine.verify import Verified, verify

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("backup")
@click.argument("file", type=_FILE)
@click.option(
    "--data", type=click.Path(path_type=Path), required=True, help="A folder of `termijn up`, running or not."
)
def backup_command(file: Path, data: Path) -> None:
    """Write a data folder into a new FILE: the database of one moment, the secrets, and the templates of mails.

    Whoever has that file can open every link and read everything: keep it as you keep the folder.
    """
    about = answered(back_up(data, file))
    click.echo(f"{file}: {_told(about)}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The new folder.")
def restore_command(file: Path, data: Path) -> None:
    """Make a new data folder out of a backup, bring it to this version, and compute its ledger anew."""
    about = answered(restore(file, data))
    click.echo(f"{data}: {_told(about)}")
    found = answered(_verified(data))
    if found.wrong is not None:
        click.echo(f"broken: {found.wrong}", err=True)
        sys.exit(1)
    click.echo(f"the ledger holds: {found.events} events of {found.subjects} subjects")
    click.echo('what happened after that moment is not in it: see "Backup and restore" in docs/operations.md')


def _told(about: AboutBackup) -> str:
    return f"{about.events} events of {about.subjects} subjects, as of {about.made_at:%Y-%m-%dT%H:%M:%SZ}"


async def _verified(data: Path) -> Verified:
    async with reader(data) as connection:
        return await verify(connection, None, secret=secret_of(data), now=await clock.now(connection))
