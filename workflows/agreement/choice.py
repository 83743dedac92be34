"""What becomes of the data once an agreement has ended: the choice, and what follows from it. Pure."""

from typing import Any

from msgspec.structs import replace

from workflows.agreement.erasure_request import spent_links
from workflows.agreement.guards import At
from workflows.agreement.plan import approval, begin, open_return, order, withdrawn
from workflows.agreement.shared import letters
from workflows.machine.effects import (
    ClearTimer,
    CloseDeadline,
    CloseTasks,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import (
    Agreement,
    Choice,
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
    effects = (*spent_links(c), *letters(c, "choice"))
    return Outcome(replace(c.entity, choice=_chosen(c)), public, personal, effects, event="chosen")


def choose_return(c: At) -> Outcome[Agreement]:
    """A return asked in time is honoured before anything is erased (KM-A5)."""
    public, personal = _choice_said(c)
    c.entity = replace(c.entity, choice=_chosen(c))
    entity, effects = open_return(c)
    done = CloseDeadline("end.choice", "met")
    return Outcome(entity, public, personal, (*effects, done, *spent_links(c), *letters(c, "choice")), event="chosen")


def choose_return_late(c: At) -> Outcome[Agreement]:
    """Received in time and entered after the period (P5): the return comes before anything goes, and the plan
    is approved anew."""
    public, personal = _choice_said(c)
    plan = tuple(
        one if one.done_at or one.service else replace(one, approved_at=None, ordered_at=None) for one in c.entity.plan
    )
    out = [one for one in c.entity.plan if one.ordered_at is not None and one.done_at is None and not one.service]
    c.entity = replace(c.entity, choice=_chosen(c), plan=plan, plan_approved_at=None)
    entity, effects = open_return(c)
    again = (
        CloseTasks(("mailbox_read",)),
        *(CloseTasks((one.kind,), key=str(one.id)) for one in out),
        *approval(c, entity),
    )
    return Outcome(entity, public, personal, (*effects, *again, *spent_links(c), *letters(c, "choice")), event="chosen")


def choose_erase(c: At) -> Outcome[Agreement]:
    """KM-A8: an explicit choice frees the processor from waiting; a return asked before is no longer wanted."""
    public, personal = _choice_said(c)
    unwanted = [one for one in c.entity.plan if one.kind == "return" and one.done_at is None]
    plan = tuple(one for one in c.entity.plan if one not in unwanted)
    c.entity = replace(c.entity, choice=_chosen(c), plan=plan)
    entity, effects = begin(c)
    done = (CloseDeadline("end.choice", "met"), ClearTimer("settle"), *withdrawn(unwanted))
    return Outcome(entity, public, personal, (*effects, *done, *spent_links(c), *letters(c, "choice")), event="chosen")


def choose_erase_late(c: At) -> Outcome[Agreement]:
    """The plan is made already: the choice is on record, and a return asked before is no longer wanted."""
    public, personal = _choice_said(c)
    unwanted = [one for one in c.entity.plan if one.kind == "return" and one.done_at is None]
    plan = tuple(one for one in c.entity.plan if one not in unwanted)
    entity, effects = order(c, replace(c.entity, choice=_chosen(c), plan=plan))
    done = (CloseTasks(("mailbox_read",)), *withdrawn(unwanted))
    return Outcome(entity, public, personal, (*effects, *done, *spent_links(c), *letters(c, "choice")), event="chosen")


def wait_for_return(c: At) -> Outcome[Agreement]:
    """The period for a choice is over, but a return asked in time is honoured first (KM-A5)."""
    return Outcome(c.entity, event="return_awaited")


def begin_deletion(c: At) -> Outcome[Agreement]:
    """Nothing is left to wait for: the plan is made, and waits for a person."""
    entity, effects = begin(c)
    return Outcome(entity, {"plan": len(entity.plan)}, effects=effects, event="deletion_began")


def mailbox_read(c: At) -> Outcome[Agreement]:
    """P23: a person read the mailbox once more before erasing for want of a choice."""
    return Outcome(replace(c.entity, mailbox_read_at=c.at), event="mailbox_read")
