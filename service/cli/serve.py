"""`termijn serve`: the API and the pages."""

import asyncio
import sys

import asyncpg
import click

from db.session import PoolerError, PoolExhaustedError, connect_pool
from service.app import serve
from service.certificate.sealing import seal_of
from service.cli.configured import settings_with
from service.mail.texts.shelf import load_shelf
from service.mail.texts.texts import TextsError
from service.settings import Settings
from workflows.errors import BadInput


@click.command("serve")
def serve_command() -> None:
    """Run the API and the pages, set by TERMIJN_* variables."""
    settings = settings_with("database_url", "redis_url", "base_url", "secret_key")
    try:
        load_shelf(settings.templates)
        seal_of(settings)
    except (TextsError, BadInput) as error:
        click.echo(f"termijn: {error}", err=True)
        sys.exit(2)
    try:
        asyncio.run(_reached(settings))
    except (OSError, asyncpg.PostgresError, PoolExhaustedError, PoolerError) as error:
        click.echo(f"termijn: the database cannot be used: {error}", err=True)
        sys.exit(1)
    serve(settings)


async def _reached(settings: Settings) -> None:
    """See that the API could begin, so that what is in its way is one line."""
    await (await connect_pool(settings.database_url, "termijn_api", size=1, pooler=settings.database_pooler)).close()
