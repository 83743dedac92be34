"""Audits by the controller."""

from typing import Any, Final
from uuid import UUID

from service.http.lists import BY_ID, Listing, state_of, uuid
from service.http.request_context import WriteUnit
from service.http.shown import SubjectShown, own_fields, standing
from service.http.subjects import Making, Preparation, Resource, routes
from workflows.intake.answers import report_lacks
from workflows.intake.audits import new_audit
from workflows.model.audit import Audit, AuditIn


class AuditShown(Audit, SubjectShown, frozen=True, kw_only=True):
    """An audit."""


def shown(row: Any) -> AuditShown:
    """A row of `audit_shown`."""
    return AuditShown(**own_fields(row, Audit), **standing("audit", row))


AUDITS: Final = Resource(
    kind="audit",
    read="read_audit",
    show=shown,
    shape=AuditShown,
    listing=Listing(
        block="list_audits",
        order=BY_ID,
        filters={"agreement_id": uuid, "customer_id": uuid, "state": state_of("audit")},
    ),
)


async def _new(unit: WriteUnit, data: AuditIn) -> UUID:
    """An audit was asked for. What the terms limit stands in `warnings`; nothing is blocked."""
    new = await new_audit(unit.connection, unit.engine, unit.acting, data)
    return (await unit.create(new))[0].id


_REPORT: Final = Preparation(lacks=lambda locked, given: report_lacks(locked.context.terms, given))

ROUTES: Final = routes(AUDITS, create=Making(AuditIn, _new), actions={"report": _REPORT})
