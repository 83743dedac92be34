"""How a change ends: its last day, and then the subprocessor's word that the data are gone. Pure."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from workflows.ids import item_id
from workflows.machine.effects import (
    RANK_END,
    CloseDeadline,
    CloseTasks,
    FanOut,
    OpenDeadline,
    OpenTask,
    SetTimer,
)
from workflows.machine.vocabulary import (
    Carrier,
    Outcome,
)
from workflows.model.change import (
    Change,
    ChangeKind,
)
from workflows.model.deletion import PlanItem
from workflows.terms.model import Due
from workflows.time import calendar_for, count, end_of_day, local_day, parse_period

PLACED: Final[tuple[ChangeKind, ...]] = ("add", "replace", "relocate")
RULE: Final = "subprocessor.erasure"
"""Under which the day shows among the deadlines: no rule of the terms, but the processor's own day."""
CLAUSE: Final = "GDPR art. 28(3)(g), 28(4)"


At = Carrier[Change, Any]


def zone(c: At) -> str:
    """The processor's own zone, IANA."""
    name: str = c.context.processor.timezone
    return name


def plan_end(c: At) -> Outcome[Change]:
    """It holds through its last day."""
    at = end_of_day(c.data.on, zone(c))
    entity = _planned(c)
    return Outcome(entity, {"on": entity.ends_on, "delete_by": entity.delete_by},
                   effects=(SetTimer("end", at, "ended", RANK_END),), event="end_planned")  # fmt: skip


def end_now(c: At) -> Outcome[Change]:
    """Its last day is over already."""
    c.entity = _planned(c)
    return ended(c)


def _planned(c: At) -> Change:
    own = parse_period(c.context.processor.notice_time)
    counted = count(own, c.data.on, zone=zone(c), calendar=calendar_for("NL"), party="processor", move=False)
    return replace(c.entity, ends_on=c.data.on, delete_by=c.data.delete_by or counted.last_day)


def ended(c: At) -> Outcome[Change]:
    """Engagements that rested on it end, agreement by agreement."""
    due = SetTimer("delete", c.at, "begin_deletion", RANK_END + 1, "irreversible")
    return Outcome(c.entity, {"on": c.entity.ends_on}, effects=(FanOut("end", c.id), due), event="ended")


def begin_deletion(c: At) -> Outcome[Change]:
    """The subprocessor has to confirm that the data are gone, by the day the processor set."""
    name = c.context.subprocessor.name if c.context.subprocessor is not None else "the subprocessor"
    text = f"Ask {name} to confirm in writing that the data are gone."
    nl = f"Vraag {name} schriftelijk te bevestigen dat de gegevens weg zijn."
    day = c.entity.delete_by or local_day(c.at, zone(c))
    due_at = end_of_day(day, zone(c))
    item = PlanItem(
        id=item_id(c.id, "confirm"),
        kind="confirm_subprocessor",
        text=text,
        text_nl=nl,
        holder=name,
        clause=CLAUSE,
        due_at=due_at,
        rule=RULE,
        confirms="subprocessor",
        subprocessor_id=c.entity.subprocessor_id,
        approved_at=c.at,
        ordered_at=c.at,
    )
    data = {"task_id": str(item.id), "text_nl": nl, "holder": name}
    return Outcome(
        replace(c.entity, plan=(item,)),
        {"delete_by": c.entity.delete_by},
        effects=(
            OpenTask("confirm_deletion", text, c.id, due_at, key=str(item.id), data=data),
            OpenDeadline(_deadline(c, day, due_at), text, key=str(item.id)),
        ),
    )


def _deadline(c: At, day: date, due_at: datetime) -> Due:
    return Due(
        rule=RULE,
        due_at=due_at,
        last_day=day,
        boundary="exclusive",
        clause=CLAUSE,
        steps=(f"The processor set {day.isoformat()} as the last day for the subprocessor's confirmation.",),
        party="processor",
        reading="a day of the processor's own: no agreement gives one",
        zone=zone(c),
        calendar="",
    )


def nothing_held(c: At) -> Outcome[Change]:
    """No data went anywhere because of it: nothing is left to delete."""
    return Outcome(c.entity, event="nothing_held")


def refused(c: At) -> Outcome[Change]:
    """The subprocessor refuses: it stays open, and a person has to go after it."""
    plan = tuple(replace(one, refused_at=c.at) if one.id == c.data.task_id else one for one in c.entity.plan)
    text = f"{plan[0].holder} refused to confirm that the data are gone. It stays open until it is confirmed."
    return Outcome(
        replace(c.entity, plan=plan),
        {"task_id": c.data.task_id},
        {"evidence": c.data.evidence},
        (OpenTask("erasure_refused", text, c.id, c.at, key=str(c.data.task_id)),),
        event="task_refused",
    )


def confirmed(c: At) -> Outcome[Change]:
    """Confirmed, with the proof."""
    plan = tuple(
        replace(
            item,
            done_at=c.at,
            how=c.data.outcome,
            evidence=c.data.evidence,
            by=c.command.actor,
            refused_at=None,
        )
        if item.id == c.data.task_id
        else item
        for item in c.entity.plan
    )
    return Outcome(
        replace(c.entity, plan=plan),
        {"task_id": c.data.task_id, "outcome": c.data.outcome},
        {"evidence": c.data.evidence},
        (CloseTasks(("confirm_deletion", "erasure_refused")), CloseDeadline(RULE, "met")),
    )


def _end_ahead(c: At) -> str | None:
    return None if end_of_day(c.data.on, zone(c)) > c.now else "its last day is over"


def _end_past(c: At) -> str | None:
    return None if _end_ahead(c) is not None else "its last day is still to come"


def _delete_after(c: At) -> str | None:
    if c.data.delete_by is not None and c.data.delete_by < c.data.on:
        return f"The data cannot be due before its last day ({c.data.on.isoformat()}): give a later `delete_by`."
    return None


def _proven(c: At) -> str | None:
    if c.data.outcome == "not_confirmed":
        return "Nothing is deleted before the subprocessor has confirmed it: go on asking."
    if not c.data.evidence.strip():
        return "Say in `evidence` what proves it."
    return None


def _refused(c: At) -> str | None:
    return None if c.data.outcome == "refused" else "it was not refused"


def _answered(c: At) -> str | None:
    return "it was refused" if _refused(c) is None else None


def _holds_data(c: At) -> str | None:
    return None if c.entity.kind in (*PLACED, "remove") else "no subprocessor holds data because of it"


def _holds_none(c: At) -> str | None:
    return "a subprocessor holds data because of it" if _holds_data(c) is None else None


def _known_item(c: At) -> str | None:
    if any(item.id == c.data.task_id and item.done_at is None for item in c.entity.plan):
        return None
    return "No open task with this id belongs to this change."


def _last_item(c: At) -> str | None:
    left = [item for item in c.entity.plan if item.done_at is None and item.id != c.data.task_id]
    return f"{len(left)} tasks are still open" if left else None


def _more_items(c: At) -> str | None:
    return "it is the last one" if _last_item(c) is None else None


CHANGE_END_GUARDS: dict[str, Callable[[At], str | None]] = {
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
