"""`termijn`: the console script. Each command stands in a file of its own beside this one."""

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
from service.cli.clock import clock_command
from service.cli.demo import demo_command
from service.cli.import_ import import_command
from service.cli.ledger import ledger_command
from service.cli.mail import mail_command
from service.cli.mailbox import mailbox_command
from service.cli.parked import parked_command
from service.cli.terms import due, penalty, terms
from service.cli.verify import verify_command
from service.mail.texts.shelf import load_shelf
from service.mail.texts.texts import TextsError
from service.settings import Settings, SmtpArrival
from service.up.supervisor import DEFAULT_DATA, up
from service.worker import run_worker
from workflows.errors import TermijnError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="termijn")
def main() -> None:
    """Data processing agreements that keep themselves."""


def _settings(need: tuple[str, ...]) -> Settings:
    """The settings of the environment; ends with status 2 and one line where they are wrong."""
    try:
        return Settings.load(os.environ, need)
    except TermijnError as error:
        click.echo(f"termijn: {error.detail}", err=True)
        sys.exit(2)


@main.command("up")
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


@main.command("serve")
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


@main.command("worker")
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


@main.command("migrate")
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


main.add_command(clock_command)
main.add_command(demo_command)
main.add_command(import_command)
main.add_command(mail_command)
main.add_command(ledger_command)
main.add_command(mailbox_command)
main.add_command(parked_command)
main.add_command(terms)
main.add_command(due)
main.add_command(penalty)
main.add_command(verify_command)

if __name__ == "__main__":
    main()
