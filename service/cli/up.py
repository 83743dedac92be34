"""`termijn up`: everything on this machine."""

import asyncio
import sys
from pathlib import Path
from typing import get_args

import click

from service.settings import SmtpArrival
from service.up.supervisor import DEFAULT_DATA, up


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
