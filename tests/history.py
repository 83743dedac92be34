"""One check of the whole history after every test that writes: what must hold in every database."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg

from db.queries import sql
from workflows.engine.history import GRACE, RULES, TRIED, Invariant, look
from workflows.engine.verify import NONE_KNOWN, verify
from workflows.model.telling import DAY

LONG_AGO: Final = datetime(1971, 1, 1, tzinfo=UTC)
"""A test may end with work left to do; what is due is not asked for."""


async def check_history(connection: asyncpg.Connection, texts: Mapping[UUID, bytes] = NONE_KNOWN) -> None:
    """Everything holds that must hold in a database that is at rest in the middle of something.

    `texts` are digests of versions of the terms that nobody touched.
    """
    verified = await verify(connection, now=LONG_AGO, texts=texts)
    assert verified.unsealed_rows == verified.unsealed_engagements == 0
    if verified.wrong is None and not await connection.fetchval(_BROKEN):
        return
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


def together(now: datetime, rules: Iterable[Invariant] = RULES) -> str:
    """Whether any of the rules is broken, in one statement: a round trip for each takes longer than a short test."""
    moments = {"grace": now - GRACE, "day": now - DAY - GRACE}
    values = {name: f"timestamptz '{one.isoformat()}'" for name, one in moments.items()}
    values["tried"] = f"'{{{','.join(TRIED)}}}'"
    found = []
    for rule in rules:
        asked = re.sub("--.*", "", sql(rule.block))
        asked = asked if rule.given == "nothing" else asked.replace("$1", values[rule.given])
        sent = "exists (select from attempt) and " if rule.promise == "D" else ""
        found.append(f"{sent}exists ({asked})")
    return f"select {' or '.join(found)}"


_BROKEN: Final = together(LONG_AGO)
