"""The sweep of concerns: decides who of a processor's people is told of what, and when, and writes it down."""

import logging
from collections import defaultdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.poison import places
from workflows.ids import new_id
from workflows.model.telling import Colleague, Concern, SaidNow, speak_of, topic_of
from workflows.model.users import Hears

log = logging.getLogger(__name__)

BATCH: Final = 500
_NOTHING: Final = SaidNow((), None)


async def speak_of_concerns(connection: Connection, now: datetime, *, limit: int = BATCH) -> int:
    """Decide on one batch of what is to be spoken of; how many there were. The caller commits."""
    await connection.execute(sql("notice_overdue"), now)
    rows = await connection.fetch(sql("claim_concerns"), now, limit)
    if not rows:
        return 0
    colleagues = await _colleagues(connection, {row["processor_id"] for row in rows})
    spoken = [(row, _spoken(row, colleagues[row["processor_id"]], now)) for row in rows]
    told = [
        {
            "id": new_id(), "processor_id": row["processor_id"], "concern_id": row["id"], "user_id": line.user_id,
            "occasion": line.occasion, "digest": line.digest, "next_at": line.at,
        }
        for row, said in spoken for line in said.lines
    ]  # fmt: skip
    if told:
        await connection.execute(sql("insert_told"), msgspec.json.encode(told).decode())
    await connection.execute(
        sql("plan_concerns"), now, [row["id"] for row, _ in spoken], [said.next_at for _, said in spoken]
    )
    return len(rows)


async def _colleagues(connection: Connection, processors: set[UUID]) -> dict[UUID, list[Colleague]]:
    """By processor: those whom mail reaches, or admins where it reaches none of its own people, or all of these."""
    found: dict[UUID | None, list[tuple[bool, Colleague]]] = defaultdict(list)
    for row in await connection.fetch(sql("colleagues"), list(processors)):
        hears = msgspec.json.decode(row["hears"], type=Hears)
        found[row["processor_id"]].append((row["reached"], Colleague(id=row["id"], role=row["role"], hears=hears)))
    reached = {one: [each for there, each in several if there] for one, several in found.items()}
    return {
        one: reached.get(one) or reached.get(None) or [each for _, each in (*found[one], *found[None])]
        for one in processors
    }


def _spoken(row: Any, colleagues: list[Colleague], now: datetime) -> SaidNow:
    if not row["open"]:
        return _NOTHING
    try:
        return speak_of(_concern(row), colleagues, now)
    except Exception as error:  # one bad row stops nothing else
        log.error("concern %s cannot be spoken of: %s\n%s", row["id"], type(error).__name__, places(error))
        return _NOTHING


def _concern(row: Any) -> Concern:
    topic = topic_of(row["kind"], row["what"], row["about_kind"], reminds=row["reminds"])
    same = {name: row[name] for name in Concern.__struct_fields__ if name != "topic"}
    return Concern(topic=topic, **same)
