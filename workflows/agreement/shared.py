"""What several actions of an agreement share: whom to write to, who is engaged, when it enters into force. Pure."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from workflows.agreement.guards import AgreementStanding, signed_by_all
from workflows.agreement.timers import START
from workflows.machine.effects import Effect, Engage, Send
from workflows.machine.messages import AGREEMENT_MADE, AGREEMENT_OVER
from workflows.machine.recipients import recipients, to_each
from workflows.model.agreement import Agreement
from workflows.time import start_of_day


def passed(old: UUID, new: UUID) -> tuple[Effect, ...]:
    """One customer's contacts are needed no longer, perhaps, and another's are (P26)."""
    return (AGREEMENT_OVER.to(old), AGREEMENT_MADE.to(new)) if old != new else ()


def letters(
    ctx: AgreementStanding, kind: str, data: dict[str, Any] | None = None, *, reminds: bool = False
) -> tuple[Send, ...]:
    """One message to each contact whom the terms name; where none has such a role, to all with an address."""
    customer = ctx.context.customer
    to = recipients(customer, ctx.context.terms.notice_contacts)
    return to_each(kind, customer, to, data or {}, reminds=reminds)


def engaged(ctx: AgreementStanding, since: datetime) -> tuple[Engage, ...]:
    """The subprocessors that the agreement lists work for it from `since` (P15)."""
    known = {one.id: one for one in ctx.context.subprocessors}
    return tuple(
        Engage(ctx.id, who, known[who].country, since, "signature") for who in ctx.entity.subprocessors if who in known
    )


def start_at(ctx: AgreementStanding, entity: Agreement) -> datetime | None:
    """When it enters into force by its terms (P0), or None while that is not known.

    Where the customer came by the processor's page, not before both have signed: what a stranger signed alone is an
    offer.
    """
    at = _by_terms(ctx, entity)
    if at is None or not entity.joined:
        return at
    signed = signed_by_all(entity.signatures)
    return max(at, signed) if signed is not None else None


def _by_terms(ctx: AgreementStanding, entity: Agreement) -> datetime | None:
    zone = ctx.context.terms.zone
    match ctx.context.terms.entry.event:
        case "main_contract_start":
            days = [one.starts_on for one in entity.main_contracts]
            return start_of_day(min(days), zone) if days else None
        case "last_signature":
            return signed_by_all(entity.signatures)
        case "named_day":
            day = entity.facts.get(ctx.context.terms.entry.field)
            return start_of_day(date.fromisoformat(day), zone) if isinstance(day, str) else None


def legal_start(ctx: AgreementStanding, entity: Agreement) -> datetime | None:
    """The instant from which it is in force by its terms, or None while that is not known.

    Where the terms give a period before entry, not before that period has run from receipt.
    """
    at = start_at(ctx, entity)
    if at is None or ctx.context.terms.entry.period is None:
        return at
    return max(at, entity.entry_closes_at) if entity.entry_closes_at is not None else None


def start_timer(ctx: AgreementStanding, entity: Agreement, now: datetime) -> tuple[Effect, ...]:
    """The timer that brings it into force: at its legal start, at once where that is past (P0)."""
    at = legal_start(ctx, entity)
    return (START.at(max(at, now)),) if at is not None else ()
