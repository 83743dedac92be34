"""What a legal hold keeps back (P27): the one place that says whether an item of a deletion plan may go. Pure.

A hold names categories. An item of one category is held by a hold on it. An item without a category (all that the
processor has, its backups, all that a subprocessor has) may hold data of a held category too, unless the plan has
that category as an item of its own: it goes only when whoever confirms it says that those categories were kept.
"""

from typing import Literal

from workflows.model.agreement import Agreement
from workflows.model.deletion import Hold, PlanItem
from workflows.terms.model import Terms

ALL = "all"
BACKUPS = "backups"

ItemState = Literal["waiting", "held", "ordered", "refused", "done", "not_confirmed"]


def known_categories(terms: Terms) -> tuple[str, ...]:
    """What a hold may name under these terms; empty where they list no kinds of data, so any name will do."""
    if not terms.retention:
        return ()
    backups = [BACKUPS] if any(one.name == BACKUPS for one in terms.end.holders) else []
    return (*dict.fromkeys(row.category for row in terms.retention), *backups, ALL)


def standing(agreement: Agreement) -> tuple[Hold, ...]:
    """Holds that nobody has overridden."""
    return tuple(one for one in agreement.holds if one.overridden_at is None)


def holds(hold: Hold, agreement: Agreement, item: PlanItem) -> bool:
    """Whether this hold keeps the item back, wholly or in part."""
    if item.kind != "erase":
        return False
    return _wholly(hold, item) or bool(_within(hold, agreement, item))


def holding(agreement: Agreement, item: PlanItem) -> Hold | None:
    """The first hold that keeps an open item back, or None."""
    if item.done_at is not None:
        return None
    return next((one for one in standing(agreement) if holds(one, agreement, item)), None)


def to_keep(agreement: Agreement, item: PlanItem) -> tuple[str, ...] | None:
    """The held categories without which the item may go; None where it may not go at all."""
    found: list[str] = []
    for hold in standing(agreement):
        if not holds(hold, agreement, item):
            continue
        if _wholly(hold, item):
            return None
        found += _within(hold, agreement, item)
    return tuple(dict.fromkeys(found))


def _wholly(hold: Hold, item: PlanItem) -> bool:
    """All of the item is held: everything is, or its own category, or the backups that it is."""
    return (
        not hold.categories
        or ALL in hold.categories
        or (item.category or (BACKUPS if item.holder == BACKUPS else None)) in hold.categories
    )


def _within(hold: Hold, agreement: Agreement, item: PlanItem) -> tuple[str, ...]:
    """Held categories that an item without a category holds as well, having no item of their own."""
    if item.category:
        return ()
    return tuple(
        name for name in hold.categories if name != BACKUPS and not any(_own(one, name, item) for one in agreement.plan)
    )


def _own(one: PlanItem, category: str, general: PlanItem) -> bool:
    """An item of the category's own: of the retention table, or what was kept out of this very holder's data."""
    return one.category == category and (one.rule == f"retention.{category}" or one.holder == general.holder)


def item_state(agreement: Agreement, item: PlanItem) -> ItemState:
    """Where an item stands."""
    if item.done_at is not None:
        return "not_confirmed" if item.how == "not_confirmed" else "done"
    if holding(agreement, item) is not None:
        return "held"
    if item.refused_at is not None:
        return "refused"
    return "ordered" if item.ordered_at is not None else "waiting"


def wants_approval(agreement: Agreement, item: PlanItem) -> bool:
    """Whether a person still has to approve the item: never done, or not since a hold on it ended."""
    if item.done_at is not None or holding(agreement, item) is not None:
        return False
    return item.approved_at is None or item.freed_at is not None
