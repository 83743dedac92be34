"""The plan of what has to go when an agreement ends: one item per kind of data and holder. Pure."""

from datetime import date, datetime, timedelta
from uuid import UUID

from workflows.entities import Agreement, PlanItem, Subprocessor
from workflows.ids import item_id
from workflows.terms.due import due
from workflows.terms.model import Terms
from workflows.time import end_of_day, local_day


def end_event(agreement: Agreement, zone: str) -> date | datetime:
    """What periods after the end run from: a main contract's last day, whole (I-14), or the instant (UTC) at
    which a termination took effect (I-16)."""
    assert agreement.ended_on is not None
    if agreement.ended_at is not None and agreement.ended_at < end_of_day(agreement.ended_on, zone):
        return agreement.ended_at
    return agreement.ended_on


def plan_items(
    terms: Terms, agreement_id: UUID, agreement: Agreement, subprocessors: tuple[Subprocessor, ...]
) -> tuple[PlanItem, ...]:
    """Items for the data that are left, in the order in which they are done.

    From the terms' holders and retention table, the subprocessors that worked for the agreement, and
    its own facts. Due instants are UTC; null where the terms give no number.
    """
    event = end_event(agreement, terms.zone)
    found = due(terms, "end.erasure", event, agreement.facts) if "end.erasure" in terms.rules else None
    erasure = found.due_at if found is not None else None
    items: list[PlanItem] = []
    if terms.end.data == "return_first":
        items.append(
            PlanItem(
                id=item_id(agreement_id, "plan", "return"),
                kind="return",
                text="Return the data to the customer and record its proof of receipt.",
                holder="processor",
                clause=terms.end.clause,
                due_at=erasure,
            )
        )
    for holder in terms.end.holders:
        match holder.name:
            case "processor" | "backups":
                items.append(
                    PlanItem(
                        id=item_id(agreement_id, "plan", holder.name),
                        kind="erase",
                        text=holder.text or f"Erase the data held by: {holder.name}.",
                        holder=holder.name,
                        clause=holder.clause,
                        due_at=_holder_due(terms, agreement, holder.name, erasure),
                        may_end_unconfirmed=holder.may_end_unconfirmed,
                    )
                )
            case "subprocessors":
                items += [
                    PlanItem(
                        id=item_id(agreement_id, "plan", "subprocessor", str(one.id)),
                        kind="erase",
                        text=f"Have {one.name} erase the data and confirm it.",
                        holder=one.name,
                        clause=holder.clause,
                        due_at=erasure,
                        may_end_unconfirmed=holder.may_end_unconfirmed,
                    )
                    for one in subprocessors
                ]
    for row in terms.retention:
        if row.service and agreement.services and row.service not in agreement.services:
            continue
        rule = f"retention.{row.category}"
        when = due(
            terms,
            rule,
            event,
            {**agreement.facts, "cancelled_at": event.isoformat()},
        )
        items.append(
            PlanItem(
                id=item_id(agreement_id, "plan", "retention", row.service, row.category, *row.holders),
                kind="erase",
                text=f"Erase: {row.text} ({row.service or 'all services'}).",
                holder="processor" if row.by_processor else ", ".join(row.holders),
                clause=row.clause,
                due_at=when.due_at,
                category=row.category,
            )
        )
    if terms.end.declaration:
        items.append(
            PlanItem(
                id=item_id(agreement_id, "plan", "declaration"),
                kind="declare",
                text="Declare to the customer in writing that the data are no longer there.",
                holder="processor",
                clause=terms.end.declaration_clause or terms.end.clause,
            )
        )
    return tuple(items)


def _holder_due(terms: Terms, agreement: Agreement, holder: str, erasure: datetime | None) -> datetime | None:
    """Backups go by their own retention where the terms have one; all else with the erasure."""
    if holder != "backups" or "retention.backup" not in terms.rules:
        return erasure
    start = local_day(erasure - timedelta(microseconds=1), terms.zone) if erasure else agreement.ended_on
    assert start is not None
    return due(terms, "retention.backup", start, agreement.facts).due_at
