"""How a change ends: its last day, and then the subprocessor's word that the data are gone. Pure."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from workflows.ids import item_id
from workflows.machine.effects import RANK_END, CloseDeadline, CloseTasks, FanOut, OpenDeadline, OpenTask, SetTimer
from workflows.machine.vocabulary import Outcome, StepInput
from workflows.model.change import Change, ChangeKind
from workflows.model.deletion import PlanItem
from workflows.terms.model import Due
from workflows.time import calendar_for, count, end_of_day, local_day, parse_period

PLACED: Final[tuple[ChangeKind, ...]] = ("add", "replace", "relocate")
RULE: Final = "subprocessor.erasure"
"""Under which the day shows among the deadlines: no rule of the terms, but the processor's own day."""
CLAUSE: Final = "GDPR art. 28(3)(g), 28(4)"


ChangeEndStep = StepInput[Change, Any]


def zone(ctx: ChangeEndStep) -> str:
    """The processor's own zone, IANA."""
    name: str = ctx.context.processor.timezone
    return name


def plan_end(ctx: ChangeEndStep) -> Outcome[Change]:
    """It holds through its last day."""
    at = end_of_day(ctx.data.on, zone(ctx))
    entity = _planned(ctx)
    return Outcome(entity, {"on": entity.ends_on, "delete_by": entity.delete_by},
                   effects=(SetTimer("end", at, "ended", RANK_END),), event="end_planned")  # fmt: skip


def end_now(ctx: ChangeEndStep) -> Outcome[Change]:
    """Its last day is over already."""
    ctx.entity = _planned(ctx)
    return ended(ctx)


def _planned(ctx: ChangeEndStep) -> Change:
    own = parse_period(ctx.context.processor.notice_time)
    counted = count(own, ctx.data.on, zone=zone(ctx), calendar=calendar_for("NL"), party="processor", move=False)
    return replace(ctx.entity, ends_on=ctx.data.on, delete_by=ctx.data.delete_by or counted.last_day)


def ended(ctx: ChangeEndStep) -> Outcome[Change]:
    """Engagements that rested on it end, agreement by agreement."""
    due = SetTimer("delete", ctx.at, "begin_deletion", RANK_END + 1, "irreversible")
    return Outcome(ctx.entity, {"on": ctx.entity.ends_on}, effects=(FanOut("end", ctx.id), due), event="ended")


def begin_deletion(ctx: ChangeEndStep) -> Outcome[Change]:
    """The subprocessor has to confirm that the data are gone, by the day the processor set."""
    name = ctx.context.subprocessor.name if ctx.context.subprocessor is not None else "the subprocessor"
    text = f"Ask {name} to confirm in writing that the data are gone."
    nl = f"Vraag {name} schriftelijk te bevestigen dat de gegevens weg zijn."
    day = ctx.entity.delete_by or local_day(ctx.at, zone(ctx))
    due_at = end_of_day(day, zone(ctx))
    item = PlanItem(
        id=item_id(ctx.id, "confirm"),
        kind="confirm_subprocessor",
        text=text,
        text_nl=nl,
        holder=name,
        clause=CLAUSE,
        due_at=due_at,
        rule=RULE,
        confirms="subprocessor",
        subprocessor_id=ctx.entity.subprocessor_id,
        approved_at=ctx.at,
        ordered_at=ctx.at,
    )
    data = {"task_id": str(item.id), "text_nl": nl, "holder": name}
    return Outcome(
        replace(ctx.entity, plan=(item,)),
        {"delete_by": ctx.entity.delete_by},
        effects=(
            OpenTask("confirm_deletion", text, ctx.id, due_at, key=str(item.id), data=data),
            OpenDeadline(_deadline(ctx, day, due_at), text, key=str(item.id)),
        ),
    )


def _deadline(ctx: ChangeEndStep, day: date, due_at: datetime) -> Due:
    return Due(
        rule=RULE,
        due_at=due_at,
        last_day=day,
        boundary="exclusive",
        clause=CLAUSE,
        steps=(f"The processor set {day.isoformat()} as the last day for the subprocessor's confirmation.",),
        party="processor",
        reading="a day of the processor's own: no agreement gives one",
        zone=zone(ctx),
        calendar="",
    )


def nothing_held(ctx: ChangeEndStep) -> Outcome[Change]:
    """No data went anywhere because of it: nothing is left to delete."""
    return Outcome(ctx.entity, event="nothing_held")


def refused(ctx: ChangeEndStep) -> Outcome[Change]:
    """The subprocessor refuses: it stays open, and a person has to go after it."""
    plan = tuple(replace(one, refused_at=ctx.at) if one.id == ctx.data.task_id else one for one in ctx.entity.plan)
    text = f"{plan[0].holder} refused to confirm that the data are gone. It stays open until it is confirmed."
    return Outcome(
        replace(ctx.entity, plan=plan),
        {"task_id": ctx.data.task_id},
        {"evidence": ctx.data.evidence},
        (OpenTask("erasure_refused", text, ctx.id, ctx.at, key=str(ctx.data.task_id)),),
        event="task_refused",
    )


def confirmed(ctx: ChangeEndStep) -> Outcome[Change]:
    """Confirmed, with the proof."""
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


def _end_ahead(ctx: ChangeEndStep) -> str | None:
    return None if end_of_day(ctx.data.on, zone(ctx)) > ctx.now else "its last day is over"


def _end_past(ctx: ChangeEndStep) -> str | None:
    return None if _end_ahead(ctx) is not None else "its last day is still to come"


def _delete_after(ctx: ChangeEndStep) -> str | None:
    if ctx.data.delete_by is not None and ctx.data.delete_by < ctx.data.on:
        return f"The data cannot be due before its last day ({ctx.data.on.isoformat()}): give a later `delete_by`."
    return None


def _proven(ctx: ChangeEndStep) -> str | None:
    if ctx.data.outcome == "not_confirmed":
        return "Nothing is deleted before the subprocessor has confirmed it: go on asking."
    if not ctx.data.evidence.strip():
        return "Say in `evidence` what proves it."
    return None


def _refused(ctx: ChangeEndStep) -> str | None:
    return None if ctx.data.outcome == "refused" else "it was not refused"


def _answered(ctx: ChangeEndStep) -> str | None:
    return "it was refused" if _refused(ctx) is None else None


def _holds_data(ctx: ChangeEndStep) -> str | None:
    return None if ctx.entity.kind in (*PLACED, "remove") else "no subprocessor holds data because of it"


def _holds_none(ctx: ChangeEndStep) -> str | None:
    return "a subprocessor holds data because of it" if _holds_data(ctx) is None else None


def _known_item(ctx: ChangeEndStep) -> str | None:
    if any(item.id == ctx.data.task_id and item.done_at is None for item in ctx.entity.plan):
        return None
    return "No open task with this id belongs to this change."


def _last_item(ctx: ChangeEndStep) -> str | None:
    left = [item for item in ctx.entity.plan if item.done_at is None and item.id != ctx.data.task_id]
    return f"{len(left)} tasks are still open" if left else None


def _more_items(ctx: ChangeEndStep) -> str | None:
    return "it is the last one" if _last_item(ctx) is None else None


CHANGE_END_GUARDS: dict[str, Callable[[ChangeEndStep], str | None]] = {
    "answered": _answered,
    "delete_after": _delete_after,
    "end_ahead": _end_ahead,
    "end_past": _end_past,
    "holds_data": _holds_data,
    "holds_none": _holds_none,
    "known_item": _known_item,
    "last_item": _last_item,
    "more_items": _more_items,
    "proven": _proven,
    "refused": _refused,
}
