"""`termijn mail held`, `release` and `drop`: what waits since a restore, because it may have gone out before it.

Exit status: 0 done, 1 where something waits, 2 wrong use or bad input.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click

from db.queries import sql
from service.cli.database import answered, reader
from workflows.errors import BadInput, NotFound
from workflows.message.table import DROPPED

_ids = click.argument("ids", type=click.UUID, nargs=-1)
_all = click.option("--all", "every", is_flag=True, help="All that waits.")
_data = click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")


@click.command("held")
@_data
def held(data: Path | None) -> None:
    """List the mails that wait since a restore; exit 1 where there are any.

    What the mail server's log has as sent, `drop`; what it has not, `release`.
    """
    lines = answered(_held(data))
    for line in lines:
        click.echo(line)
    if not lines:
        click.echo("no mail waits")
    sys.exit(1 if lines else 0)


@click.command("release")
@_ids
@_all
@_data
def release(ids: tuple[UUID, ...], every: bool, data: Path | None) -> None:
    """Let mails go out that wait since a restore."""
    click.echo(f"{answered(_done('release_mail', ids, every, data))} go out within a second of a worker's start")


@click.command("drop")
@_ids
@_all
@_data
def drop(ids: tuple[UUID, ...], every: bool, data: Path | None) -> None:
    """Say of mails that wait since a restore that they went out before it: they are not sent again.

    When a notice was received is recorded by `POST notices/{id}/acknowledge`.
    """
    click.echo(f"{answered(_done('drop_mail', ids, every, data, DROPPED))} are not sent again")


async def _held(data: Path | None) -> list[str]:
    async with reader(data) as connection:
        rows = await connection.fetch(sql("held_mail"))
    return [f"{row['id']}  {row['kind']}  to {row['address']}  of {row['created_at'].isoformat()}" for row in rows]


async def _done(block: str, ids: Sequence[UUID], every: bool, data: Path | None, *more: str) -> int:
    if every == bool(ids):
        raise BadInput("Name the mails that `termijn mail held` lists, or say --all.")
    async with reader(data) as connection, connection.transaction():
        found = {row["id"] for row in await connection.fetch(sql(block), None if every else list(ids), *more)}
        if missing := sorted(str(one) for one in set(ids) - found):
            raise NotFound(f"{', '.join(missing)}: no such mail waits; `termijn mail held` lists what does.")
    return len(found)
