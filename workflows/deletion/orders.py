"""An order to a system to carry out an item of a deletion plan: checked as a person's confirmation is. Pure.

The order is on record before it is handed over, so that nobody can be asked to erase without a trace.
"""

from typing import TypeVar

from workflows.machine.vocabulary import Outcome, StepInput
from workflows.model.agreement import Agreement
from workflows.model.change import Change
from workflows.model.deletion import Ordered

P = TypeVar("P", Agreement, Change)


def ordered(ctx: StepInput[P, object, Ordered]) -> Outcome[P]:
    """On record; the item stays open until it is confirmed."""
    item = next(one for one in ctx.entity.plan if one.id == ctx.data.task_id)
    said = {"task_id": item.id, "webhook_id": ctx.data.webhook_id, "kind": item.kind, "holder": item.holder}
    return Outcome(ctx.entity, said)


def plan_approved(ctx: StepInput[Agreement, object, Ordered]) -> str | None:
    """P23: no order goes out before a person has approved the plan, a return's no more than an erasure's."""
    if any(one.id == ctx.data.task_id and one.approved_at is None for one in ctx.entity.plan):
        return "A person must approve the plan before a deletion is ordered: approve-plan first."
    return None
