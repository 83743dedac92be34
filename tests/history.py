"""One check of the whole history after every test that writes: what must hold in every database."""

from datetime import UTC, datetime

import asyncpg

from workflows.engine.history import look

LONG_AGO = datetime(1971, 1, 1, tzinfo=UTC)
"""A test may end with work left to do; what is due is not asked for."""


async def check_history(connection: asyncpg.Connection) -> None:
    """Everything holds that must hold in a database that is at rest in the middle of something."""
    found = await look(connection, LONG_AGO)
    sends = not await connection.fetchval(
        "select exists (select from message where state in ('sent', 'received', 'unknown') and dated_at is null)"
    )
    broken = [
        one for one in found.broken
        if (sends or one.promise != "D")  # a World without a sender only says that it sent
        and one.says != found.verified.wrong_file  # tests alter files, and see for themselves that it shows
    ]  # fmt: skip
    assert not broken, [str(one) for one in broken]
    assert found.verified.unsealed_rows == found.verified.unsealed_engagements == 0
