"""What may be done now with each of the subjects that are shown: the answer of their own table."""

from collections.abc import Sequence
from typing import Any

import msgspec

from db.session import Connection
from workflows.engine.engine import Engine
from workflows.kinds import WORKFLOWS


async def with_offers(connection: Connection, engine: Engine, kind: str, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of one kind, each with its actions as `offered`.

    What stands around a subject is read only where its table looks around for it in that state.
    """
    flow = WORKFLOWS[kind]
    around = [row for row in rows if flow.looks_around(row["state"])]
    processors = list({row["processor_id"] for row in around})
    known = await engine.surroundings(connection, kind, processors, [row["id"] for row in around]) if around else {}
    found = []
    for row in rows:
        entity, context = known.get(row["id"]) or (msgspec.json.decode(row["entity"], type=flow.table.entity), None)
        found.append({**row, "offered": flow.offered(row["state"], entity, context)})
    return found
