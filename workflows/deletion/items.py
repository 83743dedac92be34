"""The plan of what has to go when an agreement, or one of its services, ends. Pure.

One item per kind of data and holder, each with the rule of the terms that says when.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec.structs import replace

from workflows.deletion.clocks import BACKUP, ERASURE, RETURN, due_of, erasure_due, last_instant
from workflows.deletion.hold_rules import BACKUPS
from workflows.ids import item_id
from workflows.model.agreement import Agreement, CancelledService
from workflows.model.deletion import PlanItem
from workflows.model.parties import Subprocessor
from workflows.names import name_key, name_keys
from workflows.terms.due import due
from workflows.terms.model import Due, Holder, Retention, Terms
from workflows.time import local_day

_ALWAYS: Final[tuple[Literal["processor"], Literal["subprocessors"]]] = ("processor", "subprocessors")
_DONE: Final = {
    "return": ("Returned", "Teruggegeven"),
    "erase": ("Erased", "Gewist"),
    "declare": ("Declared", "Verklaard"),
    "confirm_subprocessor": ("Confirmed as erased", "Bevestigd als gewist"),
}
"""What became of an item that was confirmed, in English and in Dutch."""
_UNSAID: Final = {
    "processor": ("all personal data that the processor holds", "alle persoonsgegevens die de verwerker heeft"),
    "subprocessors": ("all personal data at subprocessors", "alle persoonsgegevens bij subverwerkers"),
    "backups": ("all backups", "alle back-ups"),
}
"""What a holder has, where the file has no words for it."""


def holders_of(terms: Terms) -> tuple[Holder, ...]:
    """Who holds data that have to go: as the file lists them, and in any case the processor and who works for it."""
    listed = terms.end.holders
    own, others = (
        () if any(one.name == name for one in listed) else (Holder(name=name, clause=terms.end.clause),)
        for name in _ALWAYS
    )
    return (*own, *listed, *others)


def item_in_words(item: PlanItem, *, dutch: bool) -> str:
    """An item in words: what is to be done, or what was done and what was not, as it may be declared."""
    if item.how is None or not item.what:
        return item.text_nl or item.text if dutch else item.text
    what = item.what_nl or item.what if dutch else item.what
    if item.how == "not_confirmed":
        return f"{what[:1].upper()}{what[1:]}."
    done = _DONE[item.kind][dutch]
    return f"{done}: {what}."


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
                what="the data",
                what_nl="de gegevens",
                holder="processor",
                clause=terms.end.clause,
                rule=RETURN if RETURN in terms.rules else ERASURE,
                confirms="customer",
            )
        )
    for holder in holders_of(terms):
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
        for item in _of_row(agreement_id, row, list(subprocessors), ended)
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
        what=f"what had been held: {category} ({item.holder})",
        what_nl=f"wat nog bewaard moest blijven: {category} ({item.holder})",
        holder=item.holder,
        clause=item.clause,
        due_at=item.due_at,
        begins_at=item.begins_at,
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
                what=f"the data at {one.name}",
                what_nl=f"de gegevens bij {one.name}",
                holder=one.name,
                clause=holder.clause,
                may_end_unconfirmed=holder.may_end_unconfirmed,
                rule=ERASURE,
                confirms="subprocessor",
                subprocessor_id=one.id,
            )
            for one in workers
        ]
    unsaid = _UNSAID[holder.name]
    what, wat = holder.text or unsaid[0], holder.text_nl or holder.text or unsaid[1]
    how, hoe = "Erase", "Wis"
    if terms.end.render_inaccessible:
        how, hoe = "Erase, so that nobody can reach or use it", "Wis, zodat niemand erbij kan"
    return [
        PlanItem(
            id=item_id(agreement_id, "plan", holder.name),
            kind="erase",
            text=f"{how}: {what}.",
            text_nl=f"{hoe}: {wat}.",
            what=what,
            what_nl=wat,
            holder=holder.name,
            clause=holder.clause,
            may_end_unconfirmed=holder.may_end_unconfirmed,
            rule=BACKUP if holder.name == BACKUPS and BACKUP in terms.rules else ERASURE,
        )
    ]


def _of_row(
    agreement_id: UUID, row: Retention, workers: list[Subprocessor], ended: CancelledService | None = None
) -> list[PlanItem]:
    """One item where the processor holds the data itself, and one for each that holds them (CO-A12).

    At the end of the agreement those who work for it are asked once for all that they hold; where one service ends
    they are asked for its rows, whether the processor holds these too or not.
    """
    asked = row.holders if ended is not None or not row.by_processor else ()
    found = [_row_item(agreement_id, row, "processor", None, ended)] if row.by_processor or not row.holders else []
    for name in asked:
        worker = next((one for one in workers if name_key(name) in name_keys((one.name, *one.aliases))), None)
        found.append(_row_item(agreement_id, row, name, worker, ended))
    return found


def _row_item(
    agreement_id: UUID, row: Retention, name: str, worker: Subprocessor | None, ended: CancelledService | None
) -> PlanItem:
    away = name != "processor"
    of = f" ({row.service})" if row.service and not row.always else ""
    # Rows of one service and one kind of data are told apart by who else holds them.
    held = f", as held by {' and '.join(row.holders)} too" if row.by_processor and row.holders and not away else ""
    ook = f", zoals ook bij {' en '.join(row.holders)}" if held else ""
    what, wat = f"{row.text}{of}", f"{row.text_nl or row.text}{of}"
    parts: tuple[str, ...] = ("retention", row.service, row.category)
    if not away:
        parts = (*parts, *row.holders) if row.by_processor else (*parts, name)
    else:
        parts = (*parts, "at", name) if row.by_processor else (*parts, name)
    return PlanItem(
        id=item_id(agreement_id, *(("service", ended.service) if ended is not None else ("plan",)), *parts),
        kind="erase",
        text=f"Have {name} erase: {what}." if away else f"Erase: {what}{held}.",
        text_nl=f"Laat {name} wissen: {wat}." if away else f"Wis: {wat}{ook}.",
        what=f"{what}, at {name}" if away else f"{what}{held}",
        what_nl=f"{wat}, bij {name}" if away else f"{wat}{ook}",
        holder=name,
        clause=row.clause,
        category=row.category,
        rule=f"retention.{row.category}",
        service=ended.service if ended is not None else "",
        confirms="subprocessor" if away else "processor",
        subprocessor_id=worker.id if worker is not None else None,
    )


def _dated(terms: Terms, agreement: Agreement, item: PlanItem) -> PlanItem:
    found = due_of(terms, agreement, item)
    made = dated(item, found)
    return made if found is not None or item.rule != BACKUP else replace(made, expected_at=_expected(terms, agreement))


def _expected(terms: Terms, agreement: Agreement) -> datetime | None:
    """When backups will be due if the live data go on the first day on which they may."""
    erasure = erasure_due(terms, agreement)
    if erasure is None or erasure.due_at is None:
        return None
    return due(terms, BACKUP, local_day(erasure.due_at, terms.zone), agreement.facts).due_at


def dated(item: PlanItem, found: Due | None) -> PlanItem:
    """The item with the last instant for it, or that from which on it goes."""
    begins = found.due_at if found is not None and found.boundary == "from" else None
    expected = None if found is not None else item.expected_at
    return replace(item, due_at=last_instant(found), begins_at=begins, expected_at=expected)
