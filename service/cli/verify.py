"""`termijn verify`: the ledger computed anew. Exit status: 0 it holds, 1 it was altered, 2 wrong use."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import click
import msgspec

from db import clock
from db.queries import sql
from db.session import Connection
from service.settings import Settings
from service.stamping import certificates_of
from service.up.embedded import servers_of
from service.up.folder import DataFolder
from workflows.engine.verify import Verified, verify
from workflows.errors import BadInput, TermijnError
from workflows.ledger.merkle import Exported


@click.command("verify")
@click.option("--processor", type=click.UUID, help="Only this processor's ledger; else everybody's.")
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
@click.option(
    "--roots",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Roots that were exported earlier (`termijn ledger roots --json`), to be compared.",
)
def verify_command(processor: UUID | None, data: Path | None, roots: Path | None) -> None:
    """Compute the ledger of events anew; exit 1 with the first thing that was altered.

    Signatures of daily roots are checked where TERMIJN_SECRET_KEY is set, or with `--data`.
    """
    try:
        exported = read_exported(roots) if roots is not None else []
        secret = secret_of(data)
        found = asyncio.run(_verified(processor, data, exported, secret))
    except TermijnError as error:
        click.echo(f"termijn: {error.detail}", err=True)
        sys.exit(2)
    except (OSError, asyncpg.PostgresError) as error:
        click.echo(f"termijn: the database cannot be read: {error}", err=True)
        sys.exit(2)
    if found.wrong is not None:
        click.echo(f"broken: {found.wrong} (after {found.events} events of {found.subjects} subjects)", err=True)
        sys.exit(1)
    for line in summary(found, checked_signatures=bool(secret), compared_exports=roots is not None):
        click.echo(line)


def summary(found: Verified, *, checked_signatures: bool, compared_exports: bool) -> list[str]:
    """What was shown, and what was not, of a ledger that holds."""
    erased = f"; the personal part of {found.erased} was erased" if found.erased else ""
    lines = [f"the ledger holds: {found.events} events of {found.subjects} subjects{erased}"]
    if found.unsealed_rows or found.unsealed_engagements:
        lines.append(
            f"not checked: {found.unsealed_rows} rows and the engagements of {found.unsealed_engagements} agreements, "
            "whose events are older than digests of rows"
        )
    if found.roots.count and not checked_signatures:
        lines.append(
            f"not checked: signatures of daily roots ({found.roots.count}); TERMIJN_SECRET_KEY is not set here"
        )
    if found.roots.vouched:
        lines.append(f"signed with another secret, and named by later roots: {found.roots.vouched}")
    if found.roots.count and not compared_exports:
        lines.append(f"daily roots: {found.roots.count}; only --roots shows that they are those of the day")
    return lines


def read_exported(file: Path) -> list[Exported]:
    """Roots that were exported, a line of JSON each. Raises BadInput with the line that is none."""
    found = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=Exported))
            except msgspec.MsgspecError as error:
                raise BadInput(f"{file}, line {number}: is no root ({error})") from None
    if not found:
        raise BadInput(f"{file} holds no root: it is what `termijn ledger roots --json` prints")
    return found


def secret_of(data: Path | None) -> str:
    """The secret that signs roots; empty where it is not known here."""
    if data is not None:
        return DataFolder(data).read_secrets().secret_key
    return Settings.load(os.environ, ("database_url",)).secret_key


async def _verified(processor: UUID | None, data: Path | None, exported: list[Exported], secret: str) -> Verified:
    authorities = certificates_of(Settings.load(os.environ, ()))
    async with reader(data) as connection:
        if processor is not None and not await connection.fetchval(sql("one_processor"), [processor], processor):
            raise BadInput(f"There is no processor {processor}.")
        now = await clock.now(connection)
        return await verify(
            connection, processor, secret=secret or None, exported=exported, now=now, authorities=authorities
        )


@contextlib.asynccontextmanager
async def reader(data: Path | None) -> AsyncIterator[Connection]:
    """A connection that sees every processor's rows."""
    async with contextlib.AsyncExitStack() as closing:
        if data is not None:
            dsn = (await closing.enter_async_context(servers_of(data))).worker
        else:
            settings = Settings.load(os.environ, ("database_url",))
            if settings.database_pooler != "none":
                raise BadInput("This reads past a pooler: name PostgreSQL itself in TERMIJN_DATABASE_URL.")
            dsn = settings.database_url
        # No limit on a statement: a large ledger takes a while.
        reader = await asyncpg.connect(dsn, server_settings={"role": "termijn_worker", "timezone": "UTC"})
        closing.push_async_callback(reader.close)
        yield reader
