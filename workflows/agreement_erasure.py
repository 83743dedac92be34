"""What happens to the data once an agreement has ended: choice, plan, holds, confirmation. Pure."""

from typing import Any

from msgspec.structs import replace

from workflows.agreement_guards import At
from workflows.agreement_parts import letters
from workflows.deletion import plan_items
from workflows.entities import Agreement, Choice, Hold, PlanItem
from workflows.ids import item_id
from workflows.step import (
    ClearTimer,
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    OpenTask,
    Outcome,
    Tell,
)


def _chosen(c: At) -> Choice:
    return Choice(
        data=c.data.data, received_at=c.data.received_at or c.at, channel=c.data.channel, format=c.data.format
    )


def _choice_said(c: At) -> tuple[dict[str, Any], dict[str, Any]]:
    personal = {k: v for k, v in (("by", c.data.by), ("evidence", c.data.evidence)) if v}
    return {
        "data": c.data.data,
        "channel": c.data.channel,
        "received_at": c.data.received_at or c.at,
    }, personal


def choose_early(c: At) -> Outcome[Agreement]:
    """KM-37: made known before the end; it takes effect when the agreement ends."""
    public, personal = _choice_said(c)
    return Outcome(replace(c.entity, choice=_chosen(c)), public, personal, letters(c, "choice"), event="chosen")


def open_return(c: At) -> tuple[Agreement, tuple[Effect, ...]]:
    """The return becomes the first task of the plan; asked again, it is the same one."""
    if any(one.kind == "return" and one.done_at is None for one in c.entity.plan):
        return c.entity, ()
    text = "Return the data to the customer in the form it asked for, and record its proof of receipt."
    item = PlanItem(
        id=item_id(c.id, "return", str(len(c.entity.plan))),
        kind="return",
        text=text,
        holder="processor",
        clause=c.context.terms.end.clause,
    )
    task = OpenTask("return", text, c.id, key=str(item.id), data={"task_id": str(item.id)})
    return replace(c.entity, plan=(item, *c.entity.plan)), (task,)


def choose_return(c: At) -> Outcome[Agreement]:
    """A return asked in time is honoured before anything is erased (KM-A5)."""
    public, personal = _choice_said(c)
    c.entity = replace(c.entity, choice=_chosen(c))
    entity, effects = open_return(c)
    done = CloseDeadline("end.choice", "met")
    return Outcome(entity, public, personal, (*effects, done, *letters(c, "choice")), event="chosen")


def choose_return_late(c: At) -> Outcome[Agreement]:
    """Received in time and entered after the period (P5): the return comes before anything goes, and the plan
    is approved anew."""
    public, personal = _choice_said(c)
    c.entity = replace(c.entity, choice=_chosen(c), plan_approved_at=None)
    entity, effects = open_return(c)
    again = (CloseTasks(("mailbox_read", "erase", "declare")), _approval(entity, c))
    return Outcome(entity, public, personal, (*effects, *again, *letters(c, "choice")), event="chosen")


def choose_erase(c: At) -> Outcome[Agreement]:
    """KM-A8: an explicit choice frees the processor from waiting."""
    public, personal = _choice_said(c)
    c.entity = replace(c.entity, choice=_chosen(c))
    entity, effects = _begin(c)
    done = (CloseDeadline("end.choice", "met"), ClearTimer("settle"))
    return Outcome(entity, public, personal, (*effects, *done, *letters(c, "choice")), event="chosen")


def wait_for_return(c: At) -> Outcome[Agreement]:
    """The period for a choice is over, but a return asked in time is honoured first (KM-A5)."""
    return Outcome(c.entity, event="return_awaited")


def _begin(c: At) -> tuple[Agreement, tuple[Effect, ...]]:
    """The plan of what must go is made; no order goes out before a person approved it (P23)."""
    assert c.entity.ended_on is not None
    known = {one.id for one in c.entity.plan}
    planned = plan_items(c.context.terms, c.id, c.entity, c.context.subprocessors)
    items = tuple(one for one in planned if one.id not in known)
    entity = replace(c.entity, plan=(*c.entity.plan, *items))
    effects: list[Effect] = [_approval(entity, c)]
    if c.context.terms.end.data == "choice" and c.entity.choice is None:
        text = "No choice was made in time: read the mailbox once more for a request for return, and confirm it."
        effects.append(OpenTask("mailbox_read", text, c.id))
        effects.append(CloseDeadline("end.choice", "met"))
    return entity, tuple(effects)


def _approval(entity: Agreement, c: At) -> OpenTask:
    dues = [one.due_at for one in entity.plan if one.due_at is not None and one.done_at is None]
    text = "Approve the deletion plan: nothing goes before that, and its due instants do not move."
    return OpenTask("approve_plan", text, c.id, min(dues) if dues else None)


def plan_anew(c: At) -> tuple[Agreement, tuple[Effect, ...]]:
    """The plan from the corrected end (P25): what is done stays done, the rest waits for a new approval."""
    done = tuple(one for one in c.entity.plan if one.done_at is not None or one.kind == "return")
    c.entity = replace(c.entity, plan=done, plan_approved_at=None)
    entity, effects = _begin(c)
    return entity, (CloseTasks(("approve_plan", "mailbox_read", "erase", "declare")), *effects)


def begin_deletion(c: At) -> Outcome[Agreement]:
    """Nothing is left to wait for: the plan is made, and waits for a person."""
    entity, effects = _begin(c)
    return Outcome(entity, {"plan": len(entity.plan)}, effects=effects, event="deletion_began")


def returned(c: At) -> Outcome[Agreement]:
    """The data are back with the customer; what is left has to go."""
    c.entity = _done(c)
    entity, effects = _begin(c)
    return Outcome(
        entity,
        {"task_id": c.data.task_id},
        {"evidence": c.data.evidence},
        (CloseTasks(("return",)), ClearTimer("settle"), *effects),
        event="returned",
    )


def mailbox_read(c: At) -> Outcome[Agreement]:
    """P23: a person read the mailbox once more before erasing for want of a choice."""
    return Outcome(replace(c.entity, mailbox_read_at=c.at), event="mailbox_read")


def approve(c: At) -> Outcome[Agreement]:
    """P23: a person approved the plan; only now do its tasks go out. Due instants do not move."""
    entity = replace(c.entity, plan_approved_at=c.at)
    tasks: list[Effect] = [
        OpenTask(one.kind, one.text, c.id, one.due_at, key=str(one.id), data={"task_id": str(one.id)})
        for one in entity.plan
        if one.done_at is None
    ]
    return Outcome(entity, effects=(CloseTasks(("approve_plan",)), *tasks), event="plan_approved")


def _done(c: At) -> Agreement:
    plan = tuple(
        replace(one, done_at=c.at, how=c.data.outcome, evidence=c.data.evidence, by=c.command.actor)
        if one.id == c.data.task_id
        else one
        for one in c.entity.plan
    )
    return replace(c.entity, plan=plan)


def confirmed(c: At) -> Outcome[Agreement]:
    """One task of the plan is done, with its proof."""
    item = next(one for one in c.entity.plan if one.id == c.data.task_id)
    return Outcome(
        _done(c),
        {"task_id": c.data.task_id, "outcome": c.data.outcome, "kind": item.kind},
        {"evidence": c.data.evidence},
        (CloseTasks((item.kind,), str(item.id)),),
        event="task_confirmed",
    )


def last_confirmed(c: At) -> Outcome[Agreement]:
    """Deleted: nothing is called so before every task is confirmed or listed as not confirmed."""
    entity = replace(_done(c), deleted_at=c.at)
    left = [one.text for one in entity.plan if one.how == "not_confirmed"]
    return Outcome(
        entity,
        {"task_id": c.data.task_id, "not_confirmed": left},
        {"evidence": c.data.evidence},
        (
            CloseTasks(("erase", "return", "declare")),
            CloseDeadline("end.choice", "met"),
            CloseDeadline("end.erasure", "met"),
            Disengage(c.id, c.at, "the data are gone"),
            *(Tell(notice, "agreement_gone") for notice in c.context.open_notices),
            *letters(c, "deleted", {"not_confirmed": left}),
        ),
        event="deleted",
    )


def hold(c: At) -> Outcome[Agreement]:
    """P27: data of these categories stay, on this ground, until a day; what is not named is asked for."""
    one = Hold(categories=c.data.categories, ground=c.data.ground, until=c.data.until)
    unnamed = [name for name, given in (("categories", one.categories), ("an end", one.until)) if not given]
    ask: tuple[Effect, ...] = ()
    if unnamed:
        text = f"A hold names its categories and its end: {' and '.join(unnamed)} not given yet ({one.ground})."
        ask = (OpenTask("hold_incomplete", text, c.id, key=one.ground[:100]),)
    return Outcome(
        replace(c.entity, holds=(*c.entity.holds, one)),
        {"categories": c.data.categories, "ground": c.data.ground, "until": c.data.until},
        effects=ask,
        event="held",
    )


def release(c: At) -> Outcome[Agreement]:
    """P27: nothing is held any more; what was due stays due."""
    said = {"reason": c.data.reason} if c.data.reason else {}
    return Outcome(replace(c.entity, holds=()), said, effects=(CloseTasks(("hold_incomplete",)),), event="released")
