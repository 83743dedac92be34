"""How a change ends: its last day, and then the subprocessor's word that the data are gone. Pure."""

from datetime import date, datetime
from typing import Final

from msgspec.structs import replace

from workflows.change.guards import ChangeStanding, ChangeStep, zone
from workflows.change.timers import BEGIN_DELETION, ENDED
from workflows.deletion.items import in_fields
from workflows.ids import item_id
from workflows.machine.effects import CloseDeadline, CloseTasks, FanOut, OpenDeadline, OpenTask
from workflows.machine.vocabulary import Outcome
from workflows.model.change import Change, Confirm, End
from workflows.model.deletion import PlanItem
from workflows.model.task_words import task_words
from workflows.terms.law import shared_ground
from workflows.terms.model import Due
from workflows.time import calendar_for, count, end_of_day, local_day, parse_period

RULE: Final = "subprocessor.erasure"
"""Under which the day shows among the deadlines: no rule of the terms, but the processor's own day."""


def plan_end(ctx: ChangeStep[End]) -> Outcome[Change]:
    """It holds through its last day."""
    entity = _planned(ctx)
    said = {"on": entity.ends_on, "delete_by": entity.delete_by}
    return Outcome(entity, said, effects=(ENDED.at(end_of_day(ctx.data.on, zone(ctx))),))


def end_now(ctx: ChangeStep[End]) -> Outcome[Change]:
    return _ended(_planned(ctx), ctx.at)


def _planned(ctx: ChangeStep[End]) -> Change:
    own = parse_period(ctx.context.processor.notice_time)
    counted = count(own, ctx.data.on, zone=zone(ctx), calendar=calendar_for("NL"), party="processor", move=False)
    return replace(ctx.entity, ends_on=ctx.data.on, delete_by=ctx.data.delete_by or counted.last_day)


def ended(ctx: ChangeStep) -> Outcome[Change]:
    """Its last day, planned before, is over."""
    return _ended(ctx.entity, ctx.at)


def _ended(change: Change, at: datetime) -> Outcome[Change]:
    """Engagements that rested on it end, agreement by agreement."""
    return Outcome(change, {"on": change.ends_on}, effects=(FanOut("end", change.id), BEGIN_DELETION.at(at)))


def begin_deletion(ctx: ChangeStep) -> Outcome[Change]:
    """The subprocessor has to confirm that the data are gone, by the day the processor set."""
    name = ctx.context.subprocessor.name if ctx.context.subprocessor is not None else "the subprocessor"
    text = task_words("confirm_deletion", name=name)
    day = ctx.entity.delete_by or local_day(ctx.at, zone(ctx))
    due_at = end_of_day(day, zone(ctx))
    item = PlanItem(
        id=item_id(ctx.id, "confirm"),
        kind="confirm_subprocessor",
        **in_fields(text.said, task_words("data_at", name=name).said),
        holder=name,
        clause=_clause(ctx),
        due_at=due_at,
        rule=RULE,
        confirms="subprocessor",
        subprocessor_id=ctx.entity.subprocessor_id,
        approved_at=ctx.at,
        ordered_at=ctx.at,
    )
    data = {"task_id": str(item.id), "holder": name}
    return Outcome(
        replace(ctx.entity, plan=(item,)),
        {"delete_by": ctx.entity.delete_by},
        effects=(
            OpenTask("confirm_deletion", text, ctx.id, due_at, key=str(item.id), data=data),
            OpenDeadline(_deadline(ctx, day, due_at), text.en, key=str(item.id)),
        ),
    )


def _clause(ctx: ChangeStanding) -> str:
    """Where the law of the agreements has the data leave a subprocessor that no longer works for them."""
    return shared_ground(ctx.context.laws, "departure", ctx.context.processor.language)


def _deadline(ctx: ChangeStanding, day: date, due_at: datetime) -> Due:
    return Due(
        rule=RULE,
        due_at=due_at,
        last_day=day,
        boundary="exclusive",
        clause=_clause(ctx),
        steps=(f"The processor set {day.isoformat()} as the last day for the subprocessor's confirmation.",),
        party="processor",
        reading="a day of the processor's own: no agreement gives one",
        zone=zone(ctx),
        calendar="",
    )


def nothing_held(ctx: ChangeStep) -> Outcome[Change]:
    """No data went anywhere because of it: nothing is left to delete."""
    return Outcome(ctx.entity)


def refused(ctx: ChangeStep[Confirm]) -> Outcome[Change]:
    """The subprocessor refuses: it stays open, and a person has to go after it."""
    plan = tuple(replace(one, refused_at=ctx.at) if one.id == ctx.data.task_id else one for one in ctx.entity.plan)
    text = task_words("confirm_refused", holder=plan[0].holder)
    return Outcome(
        replace(ctx.entity, plan=plan),
        {"task_id": ctx.data.task_id},
        {"evidence": ctx.data.evidence},
        (OpenTask("erasure_refused", text, ctx.id, ctx.at, key=str(ctx.data.task_id)),),
    )


def confirmed(ctx: ChangeStep[Confirm]) -> Outcome[Change]:
    assert ctx.data.outcome != "refused"
    plan = tuple(
        replace(
            item,
            done_at=ctx.at,
            how=ctx.data.outcome,
            evidence=ctx.data.evidence,
            by=ctx.command.actor,
            refused_at=None,
        )
        if item.id == ctx.data.task_id
        else item
        for item in ctx.entity.plan
    )
    return Outcome(
        replace(ctx.entity, plan=plan),
        {"task_id": ctx.data.task_id, "outcome": ctx.data.outcome},
        {"evidence": ctx.data.evidence},
        (CloseTasks(("confirm_deletion", "erasure_refused")), CloseDeadline(RULE, "met")),
    )
