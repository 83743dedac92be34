"""`termijn demo`: one whole year for all five terms, played on a simulated clock."""

import asyncio
import sys
from pathlib import Path

import click

from service.demo.run import demo
from service.demo.show import console


@click.command("demo")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), default=None, metavar="DIR",
              help="A new folder that stays: `termijn up --data DIR --clock simulated` opens it.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one.")
def demo_command(keep: Path | None, port: int) -> None:
    """Play one whole year for all five terms and check everything that has to follow.

    Exits 0 only when every check held, 1 when one did not, 2 where the folder or the port cannot be used.
    """
    sys.exit(asyncio.run(demo(keep, port, console())))
