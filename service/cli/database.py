"""What commands need that look into a database: a connection that sees all of it, and one line where there is none."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import click

from db.session import Connection
from service.settings import Settings
from service.up.embedded import servers_of
from service.up.folder import DataFolder
from workflows.errors import BadInput, TermijnError

T = TypeVar("T")


def answered(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives; where it is refused, or the database is away, one line on stderr and exit status 2."""
    try:
        return asyncio.run(work)
    except TermijnError as error:
        click.echo(f"termijn: {error.detail}", err=True)
    except (OSError, asyncpg.PostgresError) as error:
        click.echo(f"termijn: the database cannot be used: {error}", err=True)
    sys.exit(2)


def secret_of(data: Path | None) -> str:
    """The secret that signs roots; empty where it is not known here."""
    if data is not None:
        return DataFolder(data).read_secrets().secret_key
    return Settings.load(os.environ, ("database_url",)).secret_key


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
