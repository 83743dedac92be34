"""`termijn migrate`: a database brought to this version."""

import asyncio
import sys

import asyncpg
import click

from db.migrate import MigrationError, migrate
from service.cli.configured import settings_with


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database of TERMIJN_DATABASE_URL to this version."""
    settings = settings_with("database_url")
    if settings.database_pooler != "none":
        click.echo("termijn: migrate goes past a pooler: name PostgreSQL itself in TERMIJN_DATABASE_URL", err=True)
        sys.exit(2)
    try:
        done = asyncio.run(migrate(settings.database_url))
    except (OSError, asyncpg.PostgresError, MigrationError) as error:
        click.echo(f"termijn: {error}", err=True)
        sys.exit(1)
    click.echo(f"applied: {', '.join(done)}" if done else "nothing to apply")
