"""The plan of what has to go when an agreement, or one of its services, ends. Pure.

One item per kind of data and holder, each with the rule of the terms that says when.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from workflows.ids import item_id
from workflows.model.agreement import Agreement, CancelledService
from workflows.model.deletion import PlanItem
from workflows.model.parties import Subprocessor
from workflows.names import name_key, name_keys
from workflows.terms.due import due
from workflows.terms.model import Due, Holder, Retention, Terms
from workflows.time import end_of_day, local_day

ERASURE = "end.erasure"
BACKUP = "retention.backup"


def end_event(agreement: Agreement, zone: str) -> date | datetime:
    """What periods after the end run from: a main contract's last day, whole (I-14), or the instant (UTC) at
    which a termination took effect (I-16)."""
    assert agreement.ended_on is not None
    if agreement.ended_at is not None and agreement.ended_at < end_of_day(agreement.ended_on, zone):
        return agreement.ended_at
    return agreement.ended_on


def due_of(terms: Terms, agreement: Agreement, item: PlanItem) -> Due | None:
    """When an item is due and why, by its own rule; None where the terms give no number."""
    found = _due(terms, agreement, item.rule, item.service)
    return found if found is not None and found.due_at is not None else None


def live_services(agreement: Agreement) -> tuple[str, ...]:
    """The services that it names and that have not ended apart from it."""
    over = {one.service for one in agreement.cancelled_services if one.ended_at is not None}
    return tuple(one for one in agreement.services if one not in over)


def plan_items(
    terms: Terms,
    agreement_id: UUID,
    agreement: Agreement,
    subprocessors: Iterable[Subprocessor],
    cleared: Iterable[UUID] = (),
) -> tuple[PlanItem, ...]:
    """Items for the data that are left when the agreement ends, in the order in which they are done.

    From the terms' holders and retention table, the subprocessors that work or worked for the agreement (but for
    those `cleared`, which left and confirmed that the data are gone), and its own facts. Due instants are UTC;
    null where the terms give no number.
    """
    workers = [one for one in subprocessors if one.id not in set(cleared)]
    items: list[PlanItem] = []
    if terms.end.data == "return_first" and not any(one.kind == "return" for one in agreement.plan):
        items.append(
            PlanItem(
                id=item_id(agreement_id, "plan", "return"),
                kind="return",
                text="Return the data to the customer and record its proof of receipt.",
                text_nl="Geef de gegevens terug aan de klant en leg de ontvangstbevestiging vast.",
                holder="processor",
                clause=terms.end.clause,
                rule=ERASURE,
                confirms="customer",
            )
        )
    for holder in terms.end.holders:
        items += _of_holder(terms, agreement_id, holder, workers)
    for row in terms.retention:
        if _left(row, agreement):
            items += _of_row(agreement_id, row, workers)
    if terms.end.declaration:
        items.append(declaration(terms, agreement_id))
    return tuple(_dated(terms, agreement, one) for one in items)


def service_items(
    terms: Terms,
    agreement_id: UUID,
    agreement: Agreement,
    ended: CancelledService,
    subprocessors: Iterable[Subprocessor],
) -> tuple[PlanItem, ...]:
    """Items for the data of one service that ended apart: its own rows of the retention table (P22)."""
    items = [
        item
        for row in terms.retention
        if row.service == ended.service and not row.always
        for item in _of_row(agreement_id, row, list(subprocessors), ended.service)
    ]
    return tuple(_dated(terms, agreement, one) for one in items)


def declaration(terms: Terms, agreement_id: UUID, number: int = 0) -> PlanItem:
    """The written declaration that comes last; `number` tells a further one from the first."""
    parts = ("declaration",) if number == 0 else ("declaration", str(number))
    return PlanItem(
        id=item_id(agreement_id, "plan", *parts),
        kind="declare",
        text="Declare to the customer in writing that the data are no longer there.",
        text_nl="Verklaar de klant schriftelijk dat de gegevens er niet meer zijn.",
        holder="processor",
        clause=terms.end.declaration_clause or terms.end.clause,
    )


def kept_item(agreement_id: UUID, item: PlanItem, category: str) -> PlanItem:
    """What a hold kept out of an item that was confirmed without it."""
    return PlanItem(
        id=item_id(agreement_id, "plan", "kept", category, str(item.id)),
        kind="erase",
        text=f"Erase what was held: {category} ({item.holder}).",
        text_nl=f"Wis wat nog bewaard moest blijven: {category} ({item.holder}).",
        holder=item.holder,
        clause=item.clause,
        due_at=item.due_at,
        category=category,
        may_end_unconfirmed=item.may_end_unconfirmed,
        rule=item.rule,
        service=item.service,
        confirms=item.confirms,
        subprocessor_id=item.subprocessor_id,
        approved_at=item.approved_at,
    )


def _left(row: Retention, agreement: Agreement) -> bool:
    """Whether data of this row are still there for the end of the agreement."""
    if row.always or not row.service:
        return True
    if any(one.service == row.service and one.ended_at is not None for one in agreement.cancelled_services):
        return False
    return not agreement.services or name_key(row.service) in name_keys(agreement.services)


def _of_holder(terms: Terms, agreement_id: UUID, holder: Holder, workers: list[Subprocessor]) -> list[PlanItem]:
    if holder.name == "subprocessors":
        return [
            PlanItem(
                id=item_id(agreement_id, "plan", "subprocessor", str(one.id)),
                kind="erase",
                text=f"Have {one.name} erase the data and confirm it.",
                text_nl=f"Laat {one.name} de gegevens wissen en dat bevestigen.",
                holder=one.name,
                clause=holder.clause,
                may_end_unconfirmed=holder.may_end_unconfirmed,
                rule=ERASURE,
                confirms="subprocessor",
                subprocessor_id=one.id,
            )
            for one in workers
        ]
    what, wat = holder.text or f"the data held by: {holder.name}", holder.text_nl or holder.text or holder.name
    how, hoe = "Erase", "Wis"
    if terms.end.render_inaccessible:
        how, hoe = "Erase, so that nobody can reach or use it", "Wis, zodat niemand erbij kan"
    return [
        PlanItem(
            id=item_id(agreement_id, "plan", holder.name),
            kind="erase",
            text=f"{how}: {what}.",
            text_nl=f"{hoe}: {wat}.",
            holder=holder.name,
            clause=holder.clause,
            may_end_unconfirmed=holder.may_end_unconfirmed,
            rule=BACKUP if holder.name == "backups" and BACKUP in terms.rules else ERASURE,
        )
    ]


def _of_row(agreement_id: UUID, row: Retention, workers: list[Subprocessor], service: str = "") -> list[PlanItem]:
    """One item where the processor holds the data itself, else one for each that holds them (CO-A12)."""
    of, van = (f" ({row.service})",) * 2 if row.service and not row.always else ("", "")
    found = []
    for name in ("processor",) if row.by_processor else row.holders or ("processor",):
        worker = next((one for one in workers if name_key(name) in name_keys((one.name, *one.aliases))), None)
        parts = ("retention", row.service, row.category, *(row.holders if row.by_processor else (name,)))
        away = not row.by_processor and name != "processor"
        found.append(
            PlanItem(
                id=item_id(agreement_id, *(("service", service) if service else ("plan",)), *parts),
                kind="erase",
                text=f"Have {name} erase: {row.text}{of}." if away else f"Erase: {row.text}{of}.",
                text_nl=f"Laat {name} wissen: {row.text_nl or row.text}{van}." if away
                else f"Wis: {row.text_nl or row.text}{van}.",
                holder=name,
                clause=row.clause,
                category=row.category,
                rule=f"retention.{row.category}",
                service=service,
                confirms="subprocessor" if away else "processor",
                subprocessor_id=worker.id if worker is not None and away else None,
            )
        )  # fmt: skip
    return found


def _dated(terms: Terms, agreement: Agreement, item: PlanItem) -> PlanItem:
    found = due_of(terms, agreement, item)
    return replace(item, due_at=found.due_at) if found is not None else item


def _due(terms: Terms, agreement: Agreement, rule: str, service: str) -> Due | None:
    if rule not in terms.rules:
        return None
    if service:
        apart = next((one for one in agreement.cancelled_services if one.service == service), None)
        if apart is None:
            return None
        event: date | datetime = apart.on
    else:
        event = end_event(agreement, terms.zone)
    if rule == ERASURE:
        return due(terms, rule, event, agreement.facts)
    if rule == BACKUP:
        return _backup(terms, agreement, event)
    return due(terms, rule, event, {**agreement.facts, "cancelled_at": event.isoformat()})


def _backup(terms: Terms, agreement: Agreement, event: date | datetime) -> Due | None:
    """Backups go by their own retention from the erasure on; where the agreement says none, with it."""
    erasure = due(terms, ERASURE, event, agreement.facts)
    field = terms.rules[BACKUP].field
    if erasure.due_at is None or (field is not None and agreement.facts.get(field) is None):
        return replace(erasure, rule=BACKUP)
    start = local_day(erasure.due_at - timedelta(microseconds=1), terms.zone)
    return due(terms, BACKUP, start, agreement.facts)
