"""`termijn worker`: timers, notices, mail."""

import sys

import asyncpg
import click
import uvloop

from db.session import PoolerError
from service.cli.configured import settings_with
from service.collector import leave_alone
from service.mail.texts.texts import TextsError
from service.worker import run_worker
from workflows.errors import BadInput


@click.command("worker")
def worker_command() -> None:
    """Run a worker: timers, notices, mail, set by TERMIJN_* variables."""
    settings = settings_with("database_url", "redis_url", "smtp_url", "base_url", "secret_key")
    leave_alone()
    try:
        uvloop.run(run_worker(settings))  # as uvicorn does for the API
    except (TextsError, BadInput) as error:
        click.echo(f"termijn: {error}", err=True)
        sys.exit(2)
    except (OSError, asyncpg.PostgresError, PoolerError) as error:
        click.echo(f"termijn: the database cannot be used: {error}", err=True)
        sys.exit(1)
