"""`termijn archive`: all of one processor, handed over, taken in elsewhere, and erased where it has left.

Exit status: 0 done, 2 wrong use, bad input, or what cannot be done now.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from db.queries import sql
from service.archive.handing_over import hand_over
from service.archive.leaving import leave
from service.archive.manifest import ArchiveManifest, superuser
from service.archive.taking_in import WebhookMoved, take_in
from service.cli.database import answered, secret_of
from service.files.objects import Objects
from service.settings import Settings
from workflows.engine.verify import Verified

_NEW = click.Path(path_type=Path, dir_okay=False)
_THERE = click.Path(path_type=Path, dir_okay=False, exists=True)
_data = click.option(
    "--data", type=click.Path(path_type=Path), metavar="DIR",
    help="A folder of `termijn up`; else TERMIJN_DATABASE_URL, with a superuser's login.",
)  # fmt: skip


@click.group("archive")
def archive_group() -> None:
    """One processor with all that is on record of it, as one file."""


@archive_group.command("export")
@click.argument("processor")
@click.argument("file", type=_NEW)
@_data
def export_command(processor: str, file: Path, data: Path | None) -> None:
    """Write all of PROCESSOR (an id or a slug) into a new FILE: rows, events, files and messages of one moment.

    Keys of people and programs do not go along. Whoever has that file can read everything: keep it accordingly.
    """
    manifest, digest = answered(_export(processor, file, data))
    click.echo(f"{file}: {_told(manifest)}")
    click.echo(f"sha256 of its manifest: {digest}")


@archive_group.command("import")
@click.argument("file", type=_THERE)
@_data
def import_archive_command(file: Path, data: Path | None) -> None:
    """Take in the processor of FILE under the same ids, all of it or nothing, and compute its ledger anew."""
    manifest, found, webhooks = answered(_import(file, data))
    click.echo(f"taken in: {_told(manifest)}")
    click.echo(f"the ledger holds: {found.events} events of {found.subjects} subjects")
    click.echo(
        "mail that was still to be sent waits for you: termijn mail held; people sign in anew, keys are made anew"
    )
    if webhooks:
        click.echo("webhooks that sign with a secret which their receivers do not know, until you rotate it there:")
    for one in webhooks:
        click.echo(f"  POST /api/v1/webhooks/{one.id}/rotate  {one.url}")


@archive_group.command("erase")
@click.argument("processor")
@click.argument("file", type=_THERE)
@_data
def erase_command(processor: str, file: Path, data: Path | None) -> None:
    """Erase all of PROCESSOR, which has left with FILE, its archive; nothing brings it back but that file.

    It is refused where something happened since. What stays is the digest of the archive's manifest.
    """
    manifest, digest, erased = answered(_erase(processor, file, data))
    click.echo(f"erased: {erased} rows of {manifest.slug} ({manifest.processor})")
    click.echo(f"what stays: the sha256 of the manifest of its archive, {digest}")


@archive_group.command("departed")
@_data
def departed_command(data: Path | None) -> None:
    """Who left, when, and with which archive."""
    for one in answered(_departed(data)):
        click.echo(one)


async def _export(processor: str, file: Path, data: Path | None) -> tuple[ArchiveManifest, str]:
    async with superuser(data) as connection:
        return await hand_over(connection, processor, file, _store())


async def _import(file: Path, data: Path | None) -> tuple[ArchiveManifest, Verified, Sequence[WebhookMoved]]:
    async with superuser(data) as connection:
        return await take_in(connection, file, secret_of(data))


async def _erase(processor: str, file: Path, data: Path | None) -> tuple[ArchiveManifest, str, int]:
    async with superuser(data) as connection:
        return await leave(connection, processor, file, _store())


def _store() -> Objects | None:
    return Objects.of(Settings.load(os.environ, ()))


async def _departed(data: Path | None) -> list[str]:
    async with superuser(data) as connection:
        rows = await connection.fetch(sql("list_departures"))
    return [
        f"{row['former_id']}  left {row['erased_at']:%Y-%m-%dT%H:%M:%SZ} with {row['events']} events in "
        f"{row['table_rows']} rows, archived {row['archived_at']:%Y-%m-%dT%H:%M:%SZ}, manifest "
        f"{row['manifest_sha256'].hex()}"
        for row in rows
    ]


def _told(manifest: ArchiveManifest) -> str:
    return (
        f"{manifest.slug} ({manifest.processor}), {manifest.events} events in {manifest.rows} rows, as of "
        f"{manifest.made_at:%Y-%m-%dT%H:%M:%SZ}"
    )
