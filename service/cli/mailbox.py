"""`termijn mailbox`: whether the mailbox is read, and what in it could not be taken in."""

import sys
from pathlib import Path

import click
import msgspec

from db.queries import sql
from service.cli.database import answered, reader
from workflows.errors import NotFound


@click.command("mailbox")
@click.option("--forget", metavar="ITEM", help="A person has looked at this message in the mailbox.")
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
def mailbox_command(forget: str | None, data: Path | None) -> None:
    """Show the mailbox that the workers read; exit 1 where it cannot be read or a message was set apart."""
    lines, well = answered(_mailbox(forget, data))
    for line in lines:
        click.echo(line)
    sys.exit(0 if well or forget is not None else 1)


async def _mailbox(forget: str | None, data: Path | None) -> tuple[list[str], bool]:
    async with reader(data) as connection:
        if forget is not None and await connection.execute(sql("forget_mail_apart"), forget) == "DELETE 0":
            raise NotFound(f"{forget} is not set apart; `termijn mailbox` lists what is.")
        rows = await connection.fetch(sql("mailboxes"))
    lines: list[str] = []
    well = True
    for row in rows:
        read = row["read_at"].isoformat() if row["read_at"] is not None else "never"
        lines.append(f"{row['name']}  read {read}")
        if row["failing_why"] is not None:
            lines.append(f"cannot be read since {row['failing_since'].isoformat()}: {row['failing_why']}")
        apart = msgspec.json.decode(row["apart"])
        lines += [f"{one['item']}  {one['why']}  since {one['at']}" for one in apart]
        well = well and row["failing_why"] is None and not apart
    return lines or ["no mailbox is read: TERMIJN_MAILBOX_URL is not set"], well
