"""What becomes of the data once an agreement has ended: the choice, and what follows from it. Pure."""

from typing import Any, Final

from msgspec.structs import replace

from workflows.agreement.erasure_request import spent_links
from workflows.agreement.guards import AgreementStep
from workflows.agreement.plan import approval, begin, deadline_of_all, open_return, order, redated, withdrawn
from workflows.agreement.shared import letters
from workflows.agreement.timers import SETTLE
from workflows.deletion.clocks import ERASURE, erasure_due, last_instant
from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenTask
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, Choice, Choose
from workflows.model.deletion import PlanItem
from workflows.model.task_words import clause_words, task_words
from workflows.terms.due import root_of
from workflows.time import calendar_for, count, parse_period

UNCHOSEN: Final = ("ask_choice",)
"""Tasks that wait for the customer's choice."""


def _chosen(ctx: AgreementStep[Choose]) -> Choice:
    return Choice(
        data=ctx.data.data, received_at=ctx.data.received_at or ctx.at, channel=ctx.data.channel, format=ctx.data.format
    )


def _choice_fields(ctx: AgreementStep[Choose]) -> tuple[dict[str, Any], dict[str, Any]]:
    personal = {k: v for k, v in (("by", ctx.data.by), ("evidence", ctx.data.evidence)) if v}
    return {
        "data": ctx.data.data,
        "channel": ctx.data.channel,
        "received_at": ctx.data.received_at or ctx.at,
    }, personal


def choose_early(ctx: AgreementStep[Choose]) -> Outcome[Agreement]:
    """KM-37: made known before the end; it takes effect when the agreement ends."""
    public, personal = _choice_fields(ctx)
    effects = (CloseDeadline("end.choice", "met"), *spent_links(ctx), *letters(ctx, "choice"))
    return Outcome(replace(ctx.entity, choice=_chosen(ctx)), public, personal, effects)


def choose_return(ctx: AgreementStep[Choose]) -> Outcome[Agreement]:
    """A return asked in time is honoured before anything is erased (KM-A5)."""
    public, personal = _choice_fields(ctx)
    entity, effects = open_return(ctx, replace(ctx.entity, choice=_chosen(ctx)))
    done = (CloseDeadline("end.choice", "met"), CloseTasks(UNCHOSEN))
    shown = _erased_by(ctx, entity)
    return Outcome(entity, public, personal, (*effects, *shown, *done, *spent_links(ctx), *letters(ctx, "choice")))


def choose_return_late(ctx: AgreementStep[Choose]) -> Outcome[Agreement]:
    """Received in time and entered after the period (P5): the return comes before anything goes, and the plan
    is approved anew."""
    public, personal = _choice_fields(ctx)
    plan = tuple(
        one if one.done_at or one.service else replace(one, approved_at=None, ordered_at=None)
        for one in ctx.entity.plan
    )
    out = [one for one in ctx.entity.plan if one.ordered_at is not None and one.done_at is None and not one.service]
    chosen = replace(ctx.entity, choice=_chosen(ctx), plan=plan, plan_approved_at=None)
    entity, effects = open_return(ctx, chosen)
    again = (
        CloseTasks(("mailbox_read",)),
        *(CloseTasks((one.kind,), key=str(one.id)) for one in out),
        *approval(ctx, entity),
    )
    return Outcome(entity, public, personal, (*effects, *again, *spent_links(ctx), *letters(ctx, "choice")))


def choose_erase(ctx: AgreementStep[Choose]) -> Outcome[Agreement]:
    """KM-A8: an explicit choice frees the processor from waiting; a return asked before is no longer wanted."""
    public, personal = _choice_fields(ctx)
    unwanted = _unwanted(ctx)
    plan = tuple(one for one in ctx.entity.plan if one not in unwanted)
    entity, effects = begin(ctx, replace(ctx.entity, choice=_chosen(ctx), plan=plan))
    done = (CloseDeadline("end.choice", "met"), CloseTasks(UNCHOSEN), SETTLE.clear(), *withdrawn(unwanted))
    shown = _erased_by(ctx, entity)
    return Outcome(entity, public, personal, (*effects, *shown, *done, *spent_links(ctx), *letters(ctx, "choice")))


def choose_erase_late(ctx: AgreementStep[Choose]) -> Outcome[Agreement]:
    """The plan is made already: the choice is on record, and a return asked before is no longer wanted."""
    public, personal = _choice_fields(ctx)
    unwanted = _unwanted(ctx)
    plan = tuple(one for one in ctx.entity.plan if one not in unwanted)
    chosen = replace(ctx.entity, choice=_chosen(ctx), plan=plan)
    entity, moved = redated(ctx, ctx.entity, chosen)
    entity, effects = order(ctx, entity)
    found = erasure_due(ctx.context.terms, entity)
    shown = deadline_of_all(ctx, found) if moved else ()
    approve = approval(ctx, entity) if moved else ()
    done = (CloseTasks(("mailbox_read",)), *withdrawn(unwanted))
    mails = (*spent_links(ctx), *letters(ctx, "choice"))
    return Outcome(entity, public, personal, (*moved, *shown, *approve, *effects, *done, *mails))


def _unwanted(ctx: AgreementStep[Choose]) -> list[PlanItem]:
    """A return that was asked and is not wanted any more; one that the text itself puts first stays (CO-A9)."""
    if ctx.context.terms.end.data == "return_first":
        return []
    return [one for one in ctx.entity.plan if one.kind == "return" and one.done_at is None]


def _erased_by(ctx: AgreementStep, entity: Agreement) -> tuple[Effect, ...]:
    """By when all data go, where the terms count that from what the customer asks."""
    terms = ctx.context.terms
    if not terms.end.erasure_asked and root_of(terms, ERASURE).starts != "request":
        return ()
    return deadline_of_all(ctx, erasure_due(terms, entity))


def return_unchosen(ctx: AgreementStep) -> Outcome[Agreement]:
    """Nothing was chosen, and the terms have the data returned then; erasure may be chosen until they are."""
    entity, effects = open_return(ctx, ctx.entity)
    return Outcome(entity, {"clause": ctx.context.terms.end.without_choice_clause}, effects=effects)


def keep_unchosen(ctx: AgreementStep) -> Outcome[Agreement]:
    """The data stay until the customer asks; where the terms say nothing of that, a person asks the customer."""
    end, terms = ctx.context.terms.end, ctx.context.terms
    if end.without_choice == "keep":
        return Outcome(ctx.entity, {"clause": end.without_choice_clause})
    by = last_instant(erasure_due(terms, ctx.entity))
    own = count(
        parse_period(ctx.context.processor.notice_time), ctx.at,
        zone=terms.zone, calendar=calendar_for(terms.calendar), party="processor", move=False,
    ).due_at  # fmt: skip
    text = task_words("ask_choice", clause=clause_words(terms, end.clause))
    ask = OpenTask("ask_choice", text, ctx.id, min(by, own) if by is not None else own)
    return Outcome(ctx.entity, {"clause": end.clause}, effects=(ask,))


def wait_for_return(ctx: AgreementStep) -> Outcome[Agreement]:
    """The period for a choice is over, but a return asked in time is honoured first (KM-A5)."""
    return Outcome(ctx.entity)


def begin_deletion(ctx: AgreementStep) -> Outcome[Agreement]:
    """Nothing is left to wait for: the plan is made, and waits for a person."""
    entity, effects = begin(ctx, ctx.entity)
    return Outcome(entity, {"plan": len(entity.plan)}, effects=effects)


def begin_unchosen(ctx: AgreementStep) -> Outcome[Agreement]:
    """A person asked the customer and has no answer: the plan is made, and waits for a person as any other."""
    entity, effects = begin(ctx, ctx.entity)
    return Outcome(entity, {"plan": len(entity.plan)}, effects=(*effects, CloseTasks(UNCHOSEN)))


def mailbox_read(ctx: AgreementStep) -> Outcome[Agreement]:
    """P23: a person read the mailbox once more before erasing for want of a choice."""
    return Outcome(replace(ctx.entity, mailbox_read_at=ctx.at))
