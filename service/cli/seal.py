"""`termijn seal`: whether the seal that settings name seals, and whether its authority stamps."""

import asyncio
import sys

import click
import typst

from service.certificate.sealing import SealAway, real_now, seal_of
from service.cli.configured import settings_with
from workflows.errors import BadInput


@click.command("seal")
def seal_command() -> None:
    """Try the seal of TERMIJN_SEAL_KEY_FILE on an empty page; exit 1 where it does not seal now, 2 where it cannot."""
    settings = settings_with()
    try:
        seal = seal_of(settings)
    except (BadInput, OSError) as error:
        click.echo(f"termijn: {error}", err=True)
        sys.exit(2)
    if seal is None:
        click.echo("no seal is set: TERMIJN_SEAL_KEY_FILE names its key")
        return
    days = (seal.until - real_now()).days
    click.echo(f"{seal.name}, valid until {seal.until:%Y-%m-%d}, {days} days from now")
    try:
        asyncio.run(seal.put_on(typst.compile(b"", format="pdf"), name="Seal", reason="Trial"))
    except SealAway as error:
        click.echo(f"it does not seal now: {error.why}", err=True)
        sys.exit(1)
    stamps = f"stamped by {settings.timestamp_url}" if settings.timestamp_url else "without a stamp"
    click.echo(f"it seals, {stamps}")
