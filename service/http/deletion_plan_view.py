"""What is shown of an end: the items of a plan with where they stand, and the duties that outlive the agreement."""

from datetime import date
from typing import Literal

import msgspec

from workflows.deletion.duties import binds, last_day_of
from workflows.deletion.hold_rules import ItemState, holding, item_state
from workflows.model.agreement import Agreement
from workflows.model.deletion import PlanItem
from workflows.terms.model import Ending


class PlanItemShown(PlanItem, frozen=True, kw_only=True):
    """An item of a deletion plan; `held_by` is the ground of the hold that keeps it back. While no due instant is
    known, `due_at` is the one that is expected, which is none to be late after."""

    state: ItemState
    held_by: str | None = None


class DutyShown(msgspec.Struct, frozen=True, kw_only=True):
    """A duty that outlives the agreement; `binds` says whether it does now, `last_day` until when, if that is set."""

    duty: str
    duty_nl: str
    clause: str
    until: Literal["no_end", "data_gone", "period"]
    last_day: date | None = None
    binds: bool


def plan_item(agreement: Agreement, item: PlanItem) -> PlanItemShown:
    """An item of a plan as the API shows it, with its state."""
    hold = holding(agreement, item)
    return PlanItemShown(
        **{**msgspec.structs.asdict(item), "due_at": item.due_at or item.expected_at},
        state=item_state(agreement, item),
        held_by=hold.ground if hold is not None else None,
    )


def survives(agreement: Agreement, ending: Ending, today: date) -> tuple[DutyShown, ...]:
    """Nothing survives what has not ended; what lasts until the data are gone ends with them."""
    return tuple(
        DutyShown(
            duty=one.duty,
            duty_nl=one.duty_nl or one.in_languages.get("duty", {}).get("nl") or one.duty,
            clause=one.clause,
            until=one.until,
            last_day=last_day_of(one, agreement),
            binds=binds(one, agreement, today),
        )
        for one in ending.survives
    )
