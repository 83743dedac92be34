"""An agreement with the rows around it, for whatever begins under it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine
from workflows.errors import BadInput, NotFound, Problem
from workflows.model.agreement import Agreement
from workflows.model.parties import Customer, Processor
from workflows.terms.model import Terms

_NOT_YET: Final = frozenset({"editable", "coming"})


class AgreementRows(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement with all that something new about it needs."""

    agreement: Agreement
    customer: Customer
    processor: Processor
    terms: Terms
    tags: frozenset[str]


async def read_agreement_rows(
    connection: Connection, engine: Engine, processors: Sequence[UUID], id: UUID
) -> AgreementRows:
    """The agreement that something new is about.

    Raises NotFound where there is none, BadInput where it is not in force yet.
    """
    row = await connection.fetchrow(sql("agreement_at_hand"), list(processors), id)
    if row is None:
        raise NotFound(f"There is no agreement with the id {id}; look at /api/v1/agreements for its id.")
    if set(row["tags"]) & _NOT_YET:
        message = "is not in force yet: nothing can be asked under it"
        raise BadInput(f"agreement_id {message}.", (Problem("agreement_id", message),))
    version: UUID = row["terms_version_id"]
    return AgreementRows(
        agreement=msgspec.json.decode(row["agreement"], type=Agreement),
        customer=msgspec.json.decode(row["customer"], type=Customer),
        processor=msgspec.json.decode(row["processor"], type=Processor),
        terms=(await engine.terms(connection, [version]))[version],
        tags=frozenset(row["tags"]),
    )
