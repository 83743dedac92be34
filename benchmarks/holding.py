"""Whether everything still holds in a database after a measure: the ledger, and what must follow from it."""

from typing import Final

from benchmarks.serving import SECRET
from benchmarks.stage import Database, Stage
from db import clock
from workflows.engine.history import look
from workflows.engine.roots import make_roots

TAKEN_AS_SENT: Final = (
    "the message is said to be sent, and no attempt is on record",
    "the message was sent without a Message-ID or a date of its own",
)
"""What a measure takes as done before it begins: mail that `benchmarks.field` says has arrived."""


async def holds(stage: Stage, database: Database) -> None:
    """Look through all of its history, once each day that is over has its root. Raises RuntimeError with what fails."""
    async with stage.pool(database, "termijn_worker") as pool:
        await make_roots(pool, SECRET)
    async with stage.connect(database) as connection:
        found = await look(connection, await clock.now(connection))
    if broken := [str(one) for one in found.broken if one.says not in TAKEN_AS_SENT]:
        raise RuntimeError(f"{database.name} does not hold: {'; '.join(broken)}")
