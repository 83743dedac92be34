"""What the agreement says on audits, and what its customer is told of one."""

from typing import Any

from workflows.machine.effects import Send
from workflows.machine.recipients import recipients, to_each
from workflows.machine.vocabulary import Standing
from workflows.model.audit import Audit, AuditContext
from workflows.terms.law import ground
from workflows.terms.model import AuditRules


def rules(ctx: Standing[Audit, AuditContext]) -> AuditRules:
    """What the agreement says on audits; where it is silent, the right that its law gives, without a limit."""
    return ctx.context.terms.audit or AuditRules(clause=ground(ctx.context.terms, "audit"))


def letters(
    ctx: Standing[Audit, AuditContext], step: str, entity: Audit, more: dict[str, Any] | None = None
) -> tuple[Send, ...]:
    """One message to each contact for notices."""
    data = {
        "step": step,
        "clause": rules(ctx).clause,
        "requested_at": entity.requested_at.isoformat(),
        "planned_on": entity.planned_on.isoformat() if entity.planned_on is not None else None,
        "auditor": entity.auditor,
        "scope": entity.scope,
        "secrecy": _secrecy(rules(ctx), entity),
        "cost": entity.cost,
        "cost_clause": entity.cost_clause,
        "findings": [one.text for one in entity.findings],
        **(more or {}),
    }
    customer = ctx.context.customer
    return to_each("audit", customer, recipients(customer, ctx.context.terms.notice_contacts), data)


def _secrecy(terms: AuditRules, audit: Audit) -> str:
    """How the auditor is bound to secrecy, as far as it still has to be said."""
    if terms.secrecy and audit.nda_signed_on is None:
        return "signed"
    return "bound" if terms.bound else ""
