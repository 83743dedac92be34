"""`termijn check`: whether everything holds that must hold. Exit status: 0 it does, 1 it does not, 2 wrong use."""

import sys
from pathlib import Path

import click

from db import clock
from service.cli.database import answered, reader, secret_of
from workflows.engine.history import RULES, History, look


@click.command("check")
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
def check_command(data: Path | None) -> None:
    """Check that the history holds, in a database in use too; exit 1 with the first row of each kind that does not.

    Every change of state has its event, nothing happened early, nothing due is undone, every notice has one outcome,
    and subprocessors work on a yes alone. Signatures of daily roots are checked where TERMIJN_SECRET_KEY is set, or
    with `--data`.
    """
    found = answered(_looked(data))
    for one in found.broken:
        click.echo(f"broken: {one}", err=True)
    if found.broken:
        sys.exit(1)
    seen = found.verified
    click.echo(f"everything holds: {seen.events} events of {seen.subjects} subjects, {len(RULES)} rules")


async def _looked(data: Path | None) -> History:
    async with reader(data) as connection:
        return await look(connection, await clock.now(connection), secret=secret_of(data) or None)
