"""`termijn clock`: what the one clock says, whether it is in doubt, and `termijn clock confirm` to end that doubt."""

import sys
from pathlib import Path

import click

from db import clock
from db.queries import sql
from service.cli.database import answered, reader


@click.group("clock", invoke_without_command=True)
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
@click.pass_context
def clock_command(context: click.Context, data: Path | None) -> None:
    """Show the clock; exit 1 while it is in doubt and what cannot be undone waits."""
    context.obj = data
    if context.invoked_subcommand is None:
        said, alarm = _run(data, confirm=False)
        click.echo(said)
        sys.exit(1 if alarm else 0)


@clock_command.command("confirm")
@click.pass_obj
def confirm_command(data: Path | None) -> None:
    """Say that the clock is right: what was held goes on within a second."""
    said, _ = _run(data, confirm=True)
    click.echo(said)


def _run(data: Path | None, *, confirm: bool) -> tuple[str, bool]:
    return answered(_clock(data, confirm))


async def _clock(data: Path | None, confirm: bool) -> tuple[str, bool]:
    async with reader(data) as connection:
        if confirm:
            await clock.confirm(connection)
        row = await connection.fetchrow(sql("clock"))
        assert row is not None, "a migration makes the one row"
        said = f"{row['now'].isoformat()}  {row['mode']}"
        if row["alarm_at"] is None:
            return said, False
        held = await connection.fetchval(sql("held_timers"))
        since, seconds = row["alarm_at"].isoformat(), row["alarm_seconds"]
        return f"{said}  in doubt since {since}: off by {seconds:+.0f} s; {held} irreversible timers wait", True
