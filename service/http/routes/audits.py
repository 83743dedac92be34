"""Audits by the controller."""

from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from service.http import subjects
from service.http.idempotency import StoredAnswer
from service.http.lists import BY_ID, Listing, text, uuid
from service.http.request_context import RequestContext, WriteUnit
from workflows.intake.audits import new_audit
from workflows.intake.checks import in_utc
from workflows.model.audit import Audit, AuditIn


class AuditShown(Audit, frozen=True, kw_only=True):
    """An audit."""

    state: str
    version: int
    actions: tuple[str, ...]
    """Those that the table allows now."""
    created_at: datetime
    set_apart: str | None = None
    """Why its timers are held back until a person has looked; null in ordinary life."""


def shown(row: Any) -> AuditShown:
    """A row of `audit_shown`."""
    return AuditShown(
        **msgspec.structs.asdict(msgspec.json.decode(row["entity"], type=Audit)),
        state=row["state"],
        version=row["version"],
        actions=row["offered"],
        created_at=row["created_at"],
        set_apart=row["parked_why"],
    )


AUDITS: Final = subjects.Resource(
    kind="audit",
    read="read_audit",
    show=shown,
    shape=AuditShown,
    listing=Listing(
        block="list_audits", order=BY_ID, filters={"agreement_id": uuid, "customer_id": uuid, "state": text}
    ),
)


@post("/audits", tags=["audits"])
async def create(call: NamedDependency[RequestContext], data: JSONBody[AuditIn]) -> Response[AuditShown]:
    """An audit was asked for. What the terms limit stands in `warnings`; nothing is blocked."""

    async def work(unit: WriteUnit) -> StoredAnswer:
        new = await new_audit(
            unit.connection,
            unit.engine,
            unit.processors,
            in_utc(data),
            at=unit.at,
            now=unit.now,
        )
        (moved,) = await unit.create(new)
        return await AUDITS.answer(unit, moved.id, status=201)

    return await call.write(work)


ROUTES: Final = (*subjects.reading(AUDITS), create, *subjects.actions(AUDITS))
