"""`termijn parked`: what was set apart because a step of it failed, and freeing it: subjects and fan-outs."""

import sys
from pathlib import Path
from uuid import UUID

import click

from db.queries import sql
from service.cli.database import answered, reader
from workflows.errors import NotFound


@click.command("parked")
@click.option("--free", type=click.UUID, help="Let this subject or fan-out go on, once the cause is mended.")
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
def parked_command(free: UUID | None, data: Path | None) -> None:
    """List what was set apart; exit 1 where there is any, 0 where there is none or it was freed."""
    left = answered(_parked(free, data))
    for line in left:
        click.echo(line)
    if free is not None:
        click.echo(f"{free} is free; what is due fires within a second")
    elif not left:
        click.echo("nothing is set apart")
    sys.exit(1 if left and free is None else 0)


async def _parked(free: UUID | None, data: Path | None) -> list[str]:
    async with reader(data) as connection:
        rows = await connection.fetch(sql("parked_subjects"))
        if free is None:
            return [
                f"{row['id']}  {row['kind']}, {row['state']}  since {row['parked_at'].isoformat()}  {row['parked_why']}"
                for row in rows
            ]
        processors = [row["processor_id"] for row in rows if row["id"] == free]
        if not processors:
            raise NotFound(f"{free} is not set apart; `termijn parked` lists what is.")
        await connection.execute(sql("unpark_subject"), processors, free)
        await connection.execute(sql("unpark_fan_out"), processors, free)
        return []
