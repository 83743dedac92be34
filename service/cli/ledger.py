"""`termijn ledger roots`: the daily roots, to be kept elsewhere. Exit status: 0 done, 2 wrong use."""

import base64
from pathlib import Path
from typing import Any
from uuid import UUID

import click
import msgspec

from db.queries import sql
from service.cli.database import answered, reader, secret_of
from service.evidence.shown import root_shown
from workflows.engine.roots import root_of
from workflows.ledger.merkle import sign
from workflows.secret_key import keys_of


@click.group("ledger")
def ledger_command() -> None:
    """The ledger of events, for whoever wants to hold Termijn to it."""


@ledger_command.command("roots")
@click.option("--processor", type=click.UUID, help="Only this processor's; else everybody's.")
@click.option("--data", type=click.Path(path_type=Path), help="A folder of `termijn up`, running or not.")
@click.option("--json", "as_json", is_flag=True, help="Lines of JSON, which is what comes without it too.")
def roots_command(processor: UUID | None, data: Path | None, as_json: bool) -> None:
    """Print every daily root as a line of JSON, to be kept elsewhere and given to `termijn verify --roots`.

    `signed` says whether the present secret gives its signature; `stamp` is what an authority said of it (RFC 3161).
    """
    del as_json
    lines = answered(_roots(processor, data))
    for line in lines:
        click.echo(msgspec.json.encode(line))


async def _roots(processor: UUID | None, data: Path | None) -> list[dict[str, Any]]:
    async with reader(data) as connection:
        rows = await connection.fetch(sql("all_roots"), processor)
        stamps = {
            (row["processor_id"], row["number"]): {
                "stamped_at": row["stamped_at"],
                "stamp": base64.b64encode(row["token"]).decode(),
            }
            for row in await connection.fetch(sql("all_stamps"), processor)
        }
    secret = secret_of(data)
    return [
        {
            **msgspec.to_builtins(root_shown(row)),
            "signed": bool(secret) and any(sign(one, root_of(row)) == row["signature"] for one in keys_of(secret)),
            **stamps.get((row["processor_id"], row["number"]), {}),
        }
        for row in rows
    ]
