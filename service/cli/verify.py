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

from db.queries import sql
from db.session import Connection
from service.settings import Settings
from service.up.embedded import servers_of
from workflows.engine.verify import Verified, verify
from workflows.errors import BadInput, TermijnError


@click.command("verify")
@click.option("--processor", type=click.UUID, help="Only this processor's ledger; else everybody's.")
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
def verify_command(processor: UUID | None, data: Path | None) -> None:
    """Compute the ledger of events anew; exit 1 with the first broken link where it was altered."""
    try:
        found = asyncio.run(_verified(processor, data))
    except TermijnError as error:
        click.echo(f"termijn: {error.detail}", err=True)
        sys.exit(2)
    except (OSError, asyncpg.PostgresError) as error:
        click.echo(f"termijn: the database cannot be read: {error}", err=True)
        sys.exit(2)
    looked = f"{found.events} events of {found.subjects} subjects"
    if found.broken is not None:
        broken = found.broken
        click.echo(f"broken: subject {broken.subject}, event {broken.seq}: {broken.why} (after {looked})", err=True)
        sys.exit(1)
    if found.wrong_root is not None:
        click.echo(f"broken: {found.wrong_root} (after {looked})", err=True)
        sys.exit(1)
    if found.wrong_file is not None:
        click.echo(f"broken: {found.wrong_file} (after {looked})", err=True)
        sys.exit(1)
    erased = f"; the personal part of {found.erased} was erased" if found.erased else ""
    click.echo(f"the ledger holds: {looked}{erased}")


async def _verified(processor: UUID | None, data: Path | None) -> Verified:
    async with reader(data) as connection:
        if processor is not None and not await connection.fetchval(sql("one_processor"), [processor], processor):
            raise BadInput(f"There is no processor {processor}.")
        return await verify(connection, processor)


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
