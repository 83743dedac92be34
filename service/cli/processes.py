"""`termijn up`, `serve`, `worker` and `migrate`: the processes."""

import asyncio
import os
import sys
from pathlib import Path
from typing import get_args

import asyncpg
import click

from db.migrate import MigrationError, migrate
from db.session import PoolerError, PoolExhaustedError, connect_pool
from service.app import serve as run_api
from service.mail.texts.shelf import load_shelf
from service.mail.texts.texts import TextsError
from service.settings import Settings, SmtpArrival
from service.up.supervisor import DEFAULT_DATA, up
from service.worker import run_worker
from workflows.errors import TermijnError


def _settings(need: tuple[str, ...]) -> Settings:
    """The settings of the environment; ends with status 2 and one line where they are wrong."""
    try:
        return Settings.load(os.environ, need)
    except TermijnError as error:
        click.echo(f"termijn: {error.detail}", err=True)
        sys.exit(2)


@click.command("up")
@click.option("--data", type=click.Path(path_type=Path), default=DEFAULT_DATA, show_default=True,
              help="The folder that holds everything.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=None,
              help="0 takes a free one; else as the folder had it, or 8400.")  # fmt: skip
@click.option("--clock", default="", help="system, simulated or simulated=INSTANT; else as the folder had it.")
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True)
@click.option("--empty", is_flag=True, help="Without the sample data.")
@click.option("--smtp-arrival", type=click.Choice(get_args(SmtpArrival)), default="direct", show_default=True,
              help="What the mail sink's 250 means: receipt, or a hand-over as behind a relay.")  # fmt: skip
def up_command(data: Path, port: int | None, clock: str, workers: int, empty: bool, smtp_arrival: SmtpArrival) -> None:
    """Run everything on this machine: PostgreSQL, Redis, a mail sink, the API and workers."""
    sys.exit(asyncio.run(up(data, port, clock, workers, empty, smtp_arrival)))


@click.command("serve")
def serve_command() -> None:
    """Run the API and the pages, set by TERMIJN_* variables."""
    settings = _settings(("database_url", "redis_url", "base_url", "secret_key"))
    try:
        load_shelf(settings.templates)
    except TextsError as error:
        click.echo(f"termijn: {error}", err=True)
        sys.exit(2)
    try:
        asyncio.run(_reached(settings))
    except (OSError, asyncpg.PostgresError, PoolExhaustedError, PoolerError) as error:
        click.echo(f"termijn: the database cannot be used: {error}", err=True)
        sys.exit(1)
    run_api(settings)


async def _reached(settings: Settings) -> None:
    """See that the API could begin, so that what is in its way is one line."""
    await (await connect_pool(settings.database_url, "termijn_api", size=1, pooler=settings.database_pooler)).close()


@click.command("worker")
def worker_command() -> None:
    """Run a worker: timers, notices, mail, set by TERMIJN_* variables."""
    settings = _settings(("database_url", "redis_url", "smtp_url", "base_url", "secret_key"))
    try:
        asyncio.run(run_worker(settings))
    except TextsError as error:
        click.echo(f"termijn: {error}", err=True)
        sys.exit(2)
    except (OSError, asyncpg.PostgresError, PoolerError) as error:
        click.echo(f"termijn: the database cannot be used: {error}", err=True)
        sys.exit(1)


@click.command("migrate")
def migrate_command() -> None:
    """Bring the database of TERMIJN_DATABASE_URL to this version."""
    settings = _settings(("database_url",))
    if settings.database_pooler != "none":
        click.echo("termijn: migrate goes past a pooler: name PostgreSQL itself in TERMIJN_DATABASE_URL", err=True)
        sys.exit(2)
    try:
        done = asyncio.run(migrate(settings.database_url))
    except (OSError, asyncpg.PostgresError, MigrationError) as error:
        click.echo(f"termijn: {error}", err=True)
        sys.exit(1)
    click.echo(f"applied: {', '.join(done)}" if done else "nothing to apply")
