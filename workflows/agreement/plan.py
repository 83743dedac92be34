"""The deletion plan at work: made, approved by a person, ordered, confirmed item by item. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from workflows.agreement.certificate import not_confirmed, with_the_last_word
from workflows.agreement.guards import AgreementStanding, AgreementStep
from workflows.agreement.shared import letters
from workflows.agreement.timers import HOLD_OVER, KEPT_OVER, SETTLE
from workflows.deletion.clocks import CHOICE, ERASURE, RETURN, due_of, erasure_due
from workflows.deletion.hold_rules import holding, wants_approval
from workflows.deletion.items import dated, declaration, in_fields, item_in_words, kept_item, plan_items
from workflows.ids import item_id
from workflows.machine.effects import CloseDeadline, CloseTasks, Disengage, Effect, OpenDeadline, OpenTask
from workflows.machine.messages import AGREEMENT_GONE, AGREEMENT_OVER
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, ConfirmItem
from workflows.model.deletion import PlanItem
from workflows.model.task_words import InEach, in_each, task_words
from workflows.terms.model import Due
from workflows.terms.names import RETENTION
from workflows.time import calendar_for, count, parse_period

OF_ITS_LIFE = ("bind_subprocessors", "unsigned_processing")
"""Tasks about how it began, which nobody needs once its data are gone."""
PLAN_TASKS = ("approve_plan", "mailbox_read", "ask_choice")


def with_items(agreement: Agreement, items: Iterable[PlanItem]) -> Agreement:
    """The agreement with these items in the places of those with the same ids; new ones come last."""
    changed = {one.id: one for one in items}
    kept = tuple(changed.pop(one.id, one) for one in agreement.plan)
    return replace(agreement, plan=(*kept, *changed.values()))


def deadline(agreement: UUID, item: PlanItem, found: Due | None) -> tuple[Effect, ...]:
    """Its due instant, to be seen among all deadlines; none where the terms give no number."""
    return (OpenDeadline(found, item.text, agreement, key=str(item.id)),) if found is not None else ()


def deadline_of_all(ctx: AgreementStanding, found: Due | None) -> tuple[Effect, ...]:
    """By when, or from when on, all data go; none where the terms give no number."""
    if found is None or found.due_at is None:
        return ()
    return (OpenDeadline(found, "Erase the data", ctx.entity.id),)


def deadline_of_choice(ctx: AgreementStanding, found: Due | None) -> tuple[Effect, ...]:
    """Until when the customer may choose; none where the terms give no last moment."""
    if found is None or found.due_at is None:
        return ()
    return (OpenDeadline(found, "Ask for return of the data", ctx.entity.id),)


def task(ctx: AgreementStep, agreement: Agreement, item: PlanItem) -> OpenTask:
    """What a person does about an item.

    A return comes before erasing, so by then at the latest; a declaration follows the last confirmation.
    """
    due_at = _by_when(ctx, item)
    if item.kind != "erase" and due_at is None and agreement.ended_on is not None:
        due_at = _by_when(ctx, dated(item, erasure_due(ctx.context.terms, agreement)))
    if item.kind == "declare" and due_at is not None:
        due_at = max(due_at, ctx.at)
    data = {"task_id": str(item.id), "holder": item.holder}
    return OpenTask(item.kind, _said(item), ctx.id, due_at, key=str(item.id), data=data)


def _said(item: PlanItem) -> InEach:
    """An item as a task says it."""
    return in_each(lambda lang: item_in_words(replace(item, how=None), lang))


def _by_when(ctx: AgreementStanding, item: PlanItem) -> datetime | None:
    """When somebody here has to have done it: the last instant; where the text has it begin and sets none, the
    processor's own time from there (P7)."""
    if item.due_at is not None or item.begins_at is None:
        return item.due_at
    own, terms = parse_period(ctx.context.processor.notice_time), ctx.context.terms
    calendar = calendar_for(terms.calendar)
    return count(own, item.begins_at, zone=terms.zone, calendar=calendar, party="processor").due_at


def withdrawn(items: Iterable[PlanItem]) -> tuple[Effect, ...]:
    """Tasks and deadlines of these items are no longer wanted."""
    found: list[Effect] = []
    for one in items:
        found.append(CloseTasks((one.kind, "erasure_refused"), key=str(one.id)))
        if one.rule:
            found.append(CloseDeadline(one.rule, "dropped", key=str(one.id)))
    return tuple(found)


def approval(ctx: AgreementStanding, entity: Agreement) -> tuple[Effect, ...]:
    """The task to approve what waits for it, due with the first of it; none where nothing waits."""
    waiting = [one for one in entity.plan if one.kind != "return" and wants_approval(entity, one)]
    if not waiting:
        return (CloseTasks(("approve_plan",)),)
    text = task_words("approve_plan")
    return (OpenTask("approve_plan", text, entity.id, _first_due(ctx, waiting)),)


def _first_due(ctx: AgreementStanding, items: Iterable[PlanItem]) -> datetime | None:
    """Its lack escalates: it is due with the first thing that has to go (P23)."""
    ends = [_by_when(ctx, one) for one in items if one.done_at is None]
    return min((one for one in ends if one is not None), default=None)


def redated(ctx: AgreementStep, before: Agreement, entity: Agreement) -> tuple[Agreement, tuple[Effect, ...]]:
    """Open items whose due instant is another one by what this step changed, with their deadlines and tasks."""
    terms = ctx.context.terms
    effects: list[Effect] = []
    for item in entity.plan:
        if not item.rule or item.done_at is not None or holding(entity, item) is not None:
            continue
        found, was = due_of(terms, entity, item), due_of(terms, before, item)
        moved = dated(item, found)
        if moved == dated(item, was):
            continue
        entity = with_items(entity, (moved,))
        effects += deadline(ctx.id, moved, found) or (CloseDeadline(item.rule, "dropped", key=str(item.id)),)
        if item.ordered_at is not None or item.kind == "return":
            effects.append(task(ctx, entity, moved))
    return entity, tuple(effects)


def waits_for_return(ctx: AgreementStanding, agreement: Agreement) -> tuple[Effect, ...]:
    """While a return is open nothing may begin that the text has begin afterwards."""
    if agreement.ended_on is None:
        return ()
    found = erasure_due(ctx.context.terms, agreement)
    return (CloseDeadline("end.erasure", "dropped"),) if found is not None and found.boundary == "from" else ()


def open_return(ctx: AgreementStep, agreement: Agreement) -> tuple[Agreement, tuple[Effect, ...]]:
    """The return becomes the first task of the plan; asked again, it is the same one."""
    if any(one.kind == "return" and one.done_at is None for one in agreement.plan):
        return agreement, ()
    item = PlanItem(
        id=item_id(ctx.id, "return", str(len(agreement.plan))),
        kind="return",
        **in_fields(task_words("return_data").said),
        holder="processor",
        clause=ctx.context.terms.end.clause,
        rule=RETURN if RETURN in ctx.context.terms.rules else "",
        confirms="customer",
    )
    found = due_of(ctx.context.terms, agreement, item)
    item = dated(item, found)
    entity = replace(agreement, plan=(item, *agreement.plan))
    return entity, (*deadline(ctx.id, item, found), task(ctx, entity, item), *waits_for_return(ctx, entity))


def begin(ctx: AgreementStep, agreement: Agreement) -> tuple[Agreement, tuple[Effect, ...]]:
    """The plan of what must go is made; no order goes out before a person approved it (P23)."""
    known = {one.id for one in agreement.plan}
    context = ctx.context
    planned = plan_items(context.terms, ctx.id, agreement, context.subprocessors, context.cleared)
    items = tuple(one for one in planned if one.id not in known)
    entity = replace(agreement, plan=(*agreement.plan, *items), plan_approved_at=None)
    effects: list[Effect] = list(approval(ctx, entity))
    for one in items:
        if holding(entity, one) is None:
            effects += deadline(ctx.id, one, due_of(context.terms, entity, one))
        if one.kind == "return":
            effects.append(task(ctx, entity, one))
    if context.terms.end.data == "choice" and entity.choice is None:
        closes = context.terms.rules.get(CHOICE)
        text = task_words("mailbox_read" if closes is not None and closes.ends else "mailbox_unchosen")
        effects.append(OpenTask("mailbox_read", text, ctx.id, _first_due(ctx, entity.plan)))
        effects.append(CloseDeadline("end.choice", "met"))
    return entity, tuple(effects)


def begin_anew(ctx: AgreementStep, agreement: Agreement) -> tuple[Agreement, tuple[Effect, ...]]:
    """The plan from the corrected end (P25): what is done stays done, the rest waits for a new approval."""
    stays = tuple(one for one in agreement.plan if one.done_at is not None or one.kind == "return" or one.service)
    gone = [one for one in agreement.plan if one not in stays]
    entity, effects = begin(ctx, replace(agreement, plan=stays, plan_approved_at=None))
    return entity, (*withdrawn(gone), CloseTasks(PLAN_TASKS), *effects)


def order(ctx: AgreementStep, entity: Agreement) -> tuple[Agreement, tuple[Effect, ...]]:
    """Orders go out for what is approved, not held, and next: a return before erasures, a declaration last.

    What has to be kept for some time waits for that, and is ordered when it is over.
    """
    kept = {one.id: one.begins_at for one in entity.plan if kept_until(ctx, one) is not None}
    going = tuple(replace(one, ordered_at=ctx.at) for one in entity.plan if one.id not in kept and _may_go(entity, one))
    entity = with_items(entity, going)
    waiting = [at for one in entity.plan if (at := kept.get(one.id)) is not None and _may_go(entity, one)]
    wake = (KEPT_OVER.at(min(waiting)),) if waiting else ()
    return entity, (*(task(ctx, entity, one) for one in going), *wake)


def kept_until(ctx: AgreementStep[Any], item: PlanItem) -> datetime | None:
    """Until when the terms have these data kept (UTC); None where they may go."""
    rule = ctx.context.terms.rules.get(item.rule)
    if rule is None or not rule.minimum or item.begins_at is None or item.done_at is not None:
        return None
    return item.begins_at if item.begins_at > ctx.at else None


def kept_over(ctx: AgreementStep) -> Outcome[Agreement]:
    """The time is over for which some data had to be kept: what a person approved before goes now."""
    entity, effects = order(ctx, ctx.entity)
    return Outcome(entity, {"ordered": ordered_now(ctx.entity, entity)}, effects=effects)


def _may_go(entity: Agreement, item: PlanItem) -> bool:
    if item.done_at is not None or item.ordered_at is not None or item.approved_at is None:
        return False
    if holding(entity, item) is not None or wants_approval(entity, item):
        return False
    return out_of_order(entity, item) is None


def out_of_order(entity: Agreement, item: PlanItem) -> str | None:
    """Why an item comes later than others that are still open, or None."""
    others = [one for one in entity.plan if one.done_at is None and one.id != item.id]
    if item.kind == "erase" and any(one.kind == "return" for one in others):
        return "The data go back first: confirm the return before anything is erased."
    if item.kind == "declare":
        # What stays may be named as an exception, once (CO-A15); a further declaration is about that.
        further = any(one.kind == "declare" and one.done_at is not None for one in entity.plan)
        if any(further or not _stays(entity, one) for one in others):
            return "The declaration comes last: confirm the other tasks first."
    return None


def _stays(entity: Agreement, item: PlanItem) -> bool:
    """Whether a hold keeps these data back, or they have to be kept for some time and that is not over."""
    kept = item.begins_at is not None and item.rule.startswith(RETENTION) and item.ordered_at is None
    return kept or holding(entity, item) is not None


def approve(ctx: AgreementStep) -> Outcome[Agreement]:
    """P23: a person approved the plan; only now do its orders go out. Due instants do not move."""
    plan = tuple(
        replace(one, approved_at=ctx.at, freed_at=None) if one.done_at is None else one for one in ctx.entity.plan
    )
    entity = replace(ctx.entity, plan=plan, plan_approved_at=ctx.at)
    entity, effects = order(ctx, entity)
    told = {"items": [one.id for one in plan if one.done_at is None], "ordered": ordered_now(ctx.entity, entity)}
    return Outcome(entity, told, effects=(CloseTasks(("approve_plan",)), *effects))


def ordered_now(before: Agreement, after: Agreement) -> list[str]:
    """The items whose order goes out with this step."""
    out = {one.id for one in before.plan if one.ordered_at is not None}
    return [str(one.id) for one in after.plan if one.ordered_at is not None and one.id not in out]


def find(ctx: AgreementStep[ConfirmItem]) -> PlanItem:
    return next(one for one in ctx.entity.plan if one.id == ctx.data.task_id)


def _done(ctx: AgreementStep[ConfirmItem]) -> tuple[Agreement, tuple[Effect, ...]]:
    """The item done, with what a hold kept out of it as items of their own."""
    item, how = find(ctx), ctx.data.outcome
    assert how != "refused"
    done = replace(
        item,
        done_at=ctx.at,
        how=how,
        evidence=ctx.data.evidence,
        by=ctx.command.actor,
        refused_at=None,
        kept=ctx.data.kept,
    )
    left = [kept_item(ctx.id, item, name) for name in ctx.data.kept]
    close: list[Effect] = [CloseTasks((item.kind, "erasure_refused"), key=str(item.id))]
    if item.rule:
        close.append(CloseDeadline(item.rule, "met" if how == "confirmed" else "dropped", key=str(item.id)))
    entity, moved = redated(ctx, ctx.entity, with_items(ctx.entity, (done, *left)))
    of_the_rule = [one for one in entity.plan if one.rule == ERASURE]
    if item.rule == ERASURE and all(one.done_at is not None for one in of_the_rule):
        # What has a time of its own has a deadline of its own.
        met = all(one.how == "confirmed" for one in of_the_rule)
        close.append(CloseDeadline(ERASURE, "met" if met else "dropped", key=""))
    return entity, (*close, *moved)


def refused(ctx: AgreementStep[ConfirmItem]) -> Outcome[Agreement]:
    """Whoever holds the data refuses: nothing is called deleted, and a person has to go after it."""
    item = find(ctx)
    text = task_words("erasure_refused", holder=item.holder, what=_said(item))
    data = {"task_id": str(item.id)}
    return Outcome(
        with_items(ctx.entity, (replace(item, refused_at=ctx.at),)),
        {"task_id": item.id, "kind": item.kind, "holder": item.holder},
        {"evidence": ctx.data.evidence},
        (OpenTask("erasure_refused", text, ctx.id, ctx.at, key=str(item.id), data=data),),
    )


def confirmed(ctx: AgreementStep[ConfirmItem]) -> Outcome[Agreement]:
    """One task of the plan is done, with its proof; what waited for it goes out."""
    item = find(ctx)
    entity, close = _done(ctx)
    if item.kind == "declare":
        # Something is held still: that it is gone too is declared once it is (CO-A15).
        number = sum(1 for one in entity.plan if one.kind == "declare")
        further = replace(declaration(ctx.context.terms, ctx.id, number), approved_at=item.approved_at)
        entity = with_items(entity, (further,))
    entity, effects = order(ctx, entity)
    if item.kind == "return":
        effects = (*effects, *_begins_now(ctx, entity))
    out = ordered_now(ctx.entity, entity)
    told: dict[str, Any] = {"task_id": item.id, "outcome": ctx.data.outcome, "kind": item.kind, "ordered": out}
    if ctx.data.kept:
        told["kept"] = ctx.data.kept
    return Outcome(entity, told, {"evidence": ctx.data.evidence}, (*close, *effects))


def _begins_now(ctx: AgreementStep, entity: Agreement) -> tuple[Effect, ...]:
    """The data are back: what waited for that may begin."""
    if not waits_for_return(ctx, entity):
        return ()
    left = [one for one in entity.plan if one.rule and one.done_at is None and holding(entity, one) is None]
    shown = (deadline(ctx.id, one, due_of(ctx.context.terms, entity, one)) for one in left)
    return tuple(effect for some in shown for effect in some)


def returned(ctx: AgreementStep[ConfirmItem]) -> Outcome[Agreement]:
    """The data are back with the customer; what is left has to go."""
    agreement, close = _done(ctx)
    entity, effects = begin(ctx, agreement)
    return Outcome(
        entity,
        {"task_id": ctx.data.task_id},
        {"evidence": ctx.data.evidence},
        (*close, SETTLE.clear(), *effects),
    )


def last_confirmed(ctx: AgreementStep[ConfirmItem]) -> Outcome[Agreement]:
    """Deleted: nothing is called so before every task is confirmed or listed as not confirmed."""
    entity, close = _done(ctx)
    entity = replace(entity, deleted_at=ctx.at)
    left = [one for one in entity.plan if one.how == "not_confirmed"]
    rules = {one.rule for one in entity.plan if one.rule} | {"end.erasure"}
    more, settled = with_the_last_word(ctx)
    return Outcome(
        entity,
        {"task_id": ctx.data.task_id, "not_confirmed": [one.text for one in left]},
        {"evidence": ctx.data.evidence},
        (
            *close,
            CloseTasks(
                ("erase", "return", "declare", "hold_incomplete", "restrict_held", "approve_plan", *OF_ITS_LIFE)
            ),
            CloseDeadline("end.choice", "met"),
            *(CloseDeadline(rule, "met") for rule in sorted(rules)),
            HOLD_OVER.clear(),
            KEPT_OVER.clear(),
            Disengage(ctx.id, ctx.at, "data_gone"),
            *(AGREEMENT_GONE.to(notice) for notice in ctx.context.open_notices),
            *letters(ctx, "deleted", {"not_confirmed": not_confirmed(ctx, entity), **more}),
            *settled,
            AGREEMENT_OVER.to(ctx.entity.customer_id),
        ),
    )


def later(found: Due, at: datetime, last_day_zone: str) -> Due:
    """The same due, not before `at`: it was held until then."""
    if found.due_at is None or found.due_at >= at:
        return found
    begins = found.boundary == "from"
    how = "it may begin then" if begins else "due from then on, at once (I-16)"
    return replace(
        found,
        due_at=at,
        boundary="from" if begins else "inclusive",
        steps=(*found.steps, f"Held until {at.isoformat()} ({last_day_zone}): {how}."),
    )
