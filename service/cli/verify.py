"""`termijn verify`: the ledger computed anew. Exit status: 0 it holds, 1 it was altered, 2 wrong use."""

import os
import sys
from pathlib import Path
from uuid import UUID

import click
import msgspec

from db import clock
from db.queries import sql
from service.cli.database import answered, reader, secret_of
from service.files.objects import Objects
from service.files.store import digests_in
from service.settings import Settings
from service.stamping import certificates_of
from workflows.engine.verify import Verified, verify
from workflows.errors import BadInput
from workflows.ledger.merkle import Exported


@click.command("verify")
@click.option("--processor", type=click.UUID, help="Only this processor's ledger; else everybody's.")
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
@click.option(
    "--roots",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Roots that were exported earlier (`termijn ledger roots --json`), to be compared.",
)
def verify_command(processor: UUID | None, data: Path | None, roots: Path | None) -> None:
    """Compute the ledger of events anew; exit 1 with the first thing that was altered.

    Signatures of daily roots are checked where TERMIJN_SECRET_KEY is set, or with `--data`.
    """
    found, checked_signatures = answered(_verified(processor, data, roots))
    if found.wrong is not None:
        click.echo(f"broken: {found.wrong} (after {found.events} events of {found.subjects} subjects)", err=True)
        sys.exit(1)
    for line in summary(found, checked_signatures=checked_signatures, compared_exports=roots is not None):
        click.echo(line)


def summary(found: Verified, *, checked_signatures: bool, compared_exports: bool) -> list[str]:
    """What was shown, and what was not, of a ledger that holds."""
    erased = f"; the personal part of {found.erased} was erased" if found.erased else ""
    lines = [f"the ledger holds: {found.events} events of {found.subjects} subjects{erased}"]
    if found.unsealed_rows or found.unsealed_engagements:
        lines.append(
            f"not checked: {found.unsealed_rows} rows and the engagements of {found.unsealed_engagements} agreements, "
            "whose events are older than digests of rows"
        )
    if found.unread_files:
        lines.append(f"not checked: {found.unread_files} files that lie in a store; TERMIJN_FILES_URL is not set here")
    if found.roots.count and not checked_signatures:
        lines.append(
            f"not checked: signatures of daily roots ({found.roots.count}); TERMIJN_SECRET_KEY is not set here"
        )
    if found.roots.vouched:
        lines.append(f"signed with another secret, and named by later roots: {found.roots.vouched}")
    if found.roots.count and not compared_exports:
        lines.append(f"daily roots: {found.roots.count}; only --roots shows that they are those of the day")
    return lines


def read_exported(file: Path) -> list[Exported]:
    """Roots that were exported, a line of JSON each. Raises BadInput with the line that is none."""
    found = []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=Exported))
            except msgspec.MsgspecError as error:
                raise BadInput(f"{file}, line {number}: is no root ({error})") from None
    if not found:
        raise BadInput(f"{file} holds no root: it is what `termijn ledger roots --json` prints")
    return found


async def _verified(processor: UUID | None, data: Path | None, roots: Path | None) -> tuple[Verified, bool]:
    exported = read_exported(roots) if roots is not None else []
    settings = Settings.load(os.environ, ())
    authorities = certificates_of(settings)
    async with reader(data) as connection:
        secret = secret_of(data)  # after the folder was opened, which says where there is none
        if processor is not None and not await connection.fetchval(sql("one_processor"), [processor], processor):
            raise BadInput(f"There is no processor {processor}.")
        now = await clock.now(connection)
        found = await verify(
            connection, processor, secret=secret or None, exported=exported, now=now, authorities=authorities,
            objects=digests_in(Objects.of(settings)),
        )  # fmt: skip
    return found, bool(secret)
