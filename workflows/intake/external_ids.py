"""One's own numbers: each names one customer, agreement or subprocessor of a processor."""

from typing import Final, Literal
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.errors import BadInput, Problem

Numbered = Literal["customer", "agreement", "subprocessor"]
"""The kinds that may have a number of the processor's own."""

PREFIX: Final = "external:"
"""What stands before such a number where an id is taken."""


async def check_external_id(
    connection: Connection,
    kind: Numbered,
    processor: UUID,
    given: str | msgspec.UnsetType | None,
    own: UUID | None = None,
) -> None:
    """Raise BadInput where another of this kind has the number; `own` is the one that it is for."""
    if not isinstance(given, str):
        return
    # Two entered at once must not both find it free.
    await connection.execute(sql("hold_external_ids"), str(processor))
    for row in await connection.fetch(sql("find_external_ids"), [processor], [kind], [given]):
        if row["id"] != own:
            message = f"is already that of the {kind} {row['id']}: each has its own"
            raise BadInput(f"external_id {message}.", (Problem("external_id", message),))
