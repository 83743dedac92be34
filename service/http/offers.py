"""What may be done now with each of the subjects that are shown: the answer of their own table."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from db.session import Connection
from service.http.auth import Role
from workflows.engine.engine import Engine
from workflows.kinds import WORKFLOWS
from workflows.machine.vocabulary import READER
from workflows.terms.model import Terms


class Under(msgspec.Struct, frozen=True):
    """The terms that bind a subject, for tables that look no further."""

    terms: Terms


async def with_offers(
    connection: Connection, engine: Engine, kind: str, rows: Sequence[Any], role: Role
) -> list[dict[str, Any]]:
    """Rows of one kind, each with what this role may ask for as `offered`.

    What stands around a subject is read only where its table looks so far in that state: terms are known.
    """
    flow = WORKFLOWS[kind]
    if role == READER:
        return [{**row, "offered": ()} for row in rows]
    known = await stands(connection, engine, kind, rows)
    return [{**row, "offered": flow.offered(row["state"], *known[row["id"]], role=role)} for row in rows]


async def stands(connection: Connection, engine: Engine, kind: str, rows: Sequence[Any]) -> dict[UUID, tuple[Any, Any]]:
    """Subjects with what stands around them, by id: as far as what may be asked of them looks."""
    flow = WORKFLOWS[kind]
    far = [row for row in rows if flow.reach(row["state"]) == "context"]
    processors = list({row["processor_id"] for row in far})
    known = await engine.surroundings(connection, kind, processors, [row["id"] for row in far]) if far else {}
    near = [row for row in rows if row["id"] not in known]
    entities = {row["id"]: msgspec.json.decode(row["entity"], type=flow.table.entity) for row in near}
    bound = {id: one.terms_version_id for id, one in entities.items() if hasattr(one, "terms_version_id")}
    terms = await engine.terms(connection, list(bound.values()))
    around = {id: (one, Under(terms[bound[id]]) if id in bound else None) for id, one in entities.items()}
    return {**known, **around}
