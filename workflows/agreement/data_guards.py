"""Conditions of what becomes of the data: choice, holds, plan, confirmation. Each says why not, or None. Pure."""

from datetime import datetime

from workflows.agreement.guards import SPOKEN, AgreementAlone, AgreementStanding, AgreementStep, AgreementUnderTerms
from workflows.agreement.plan import kept_until, out_of_order
from workflows.deletion.clocks import CHOICE, by_rule
from workflows.deletion.hold_rules import holding, known_categories, standing, to_keep, wants_approval
from workflows.errors import BadInput, NotAllowed, Problem
from workflows.model.agreement import Choose, ConfirmItem, HoldOn, Override, Release
from workflows.model.deletion import Ordered, PlanItem
from workflows.model.outages import open_until, outage_on
from workflows.terms.model import Terms
from workflows.time import end_of_day, local_day

UNAPPROVED = "A person must approve the plan before anything is deleted: approve-plan first."


def choice_given(ctx: AgreementStep[Choose]) -> str | None:
    end = ctx.context.terms.end
    if ctx.data.data == "erase" and end.data == "erase":
        return f"The data go by themselves under these terms ({end.clause}): there is nothing to choose."
    return None


def latest_choice(ctx: AgreementStep[Choose]) -> str | None:
    """Whenever it is entered, a choice takes nothing away that was chosen after it (P5)."""
    chosen = ctx.entity.choice
    if chosen is not None and chosen.received_at > (ctx.data.received_at or ctx.at):
        return "A later choice is on record, and that counts: correct `received_at` if it is wrong."
    return None


def return_asked(ctx: AgreementStep[Choose]) -> str | None:
    return None if ctx.data.data == "return" else "erasure is asked"


def choice_due(ctx: AgreementStanding) -> datetime | None:
    """Until when the customer may ask for return, or None where the terms give no period."""
    if ctx.context.terms.end.data != "choice" or ctx.entity.ended_on is None:
        return None
    found = by_rule(ctx.context.terms, ctx.entity, CHOICE)
    return found.due_at if found is not None else None


def choice_end(ctx: AgreementStanding) -> datetime | None:
    """The same by every outage that is known, whether or not its time was held open yet (P3)."""
    due_at = choice_due(ctx)
    return open_until(due_at, ctx.context.outages, ctx.context.terms) if due_at is not None else None


def outage_as_choice_ended(ctx: AgreementStanding) -> str | None:
    """Nothing was chosen, and on the last day for it customers could not answer (P3)."""
    if ctx.entity.choice is not None:
        return "the customer has chosen"
    back = outage_on(choice_due(ctx), ctx.context.outages, ctx.context.terms.zone)
    return None if back is not None else "customers could answer"


def choice_timely(ctx: AgreementStep[Choose]) -> str | None:
    end = choice_end(ctx)
    arrived = ctx.data.received_at or ctx.at
    if end is not None and arrived >= end:
        return f"The period for asking return ended at {end.isoformat()}."
    return choice_in_form(ctx)


def choice_in_form(ctx: AgreementStep[Choose]) -> str | None:
    return unwritten_choice(ctx.context.terms) if ctx.data.channel in SPOKEN else None


def unwritten_choice(terms: Terms) -> str | None:
    """Why a choice by word of mouth is none; None where the agreement takes it in any form."""
    if terms.end.return_form == "text":
        return f"The choice must be in text form, such as a mail ({terms.end.clause})."
    return f"The choice must be in writing ({terms.end.clause})." if terms.end.return_form == "written" else None


def returned_unchosen(ctx: AgreementStanding) -> str | None:
    """Nothing was chosen, and the terms have the data returned then."""
    end = ctx.context.terms.end
    if end.data != "choice" or ctx.entity.choice is not None or end.without_choice != "return":
        return "the data are not returned for want of a choice"
    return "they were returned" if any(one.kind == "return" for one in ctx.entity.plan) else None


def kept_unchosen(ctx: AgreementStanding) -> str | None:
    """Nothing was chosen, and the data stay until the customer asks, or the terms say nothing of that."""
    end = ctx.context.terms.end
    if end.data != "choice" or ctx.entity.choice is not None:
        return "nothing is waited for"
    if end.without_choice == "keep" or (end.without_choice == "unsaid" and choice_due(ctx) is None):
        return None
    return "what happens without a choice is written"


def return_open(ctx: AgreementAlone) -> str | None:
    if any(one.kind == "return" and one.done_at is None for one in ctx.entity.plan):
        return None
    return "no return is open"


def hold_ahead(ctx: AgreementStep[HoldOn]) -> str | None:
    """Raises BadInput for a category that these terms do not know."""
    if not ctx.data.ground.strip():
        return "Name the law or the customer's written instruction in `ground`."
    known = known_categories(ctx.context.terms)
    for number, name in enumerate(ctx.data.categories):
        path = f"categories[{number}]"
        if not name.strip():
            raise BadInput(f"{path}: is empty: name a kind of data.", (Problem(path, "is empty: name a kind of data"),))
        if known and name not in known:
            message = f"is no kind of data of these terms; known: {', '.join(known)}"
            raise BadInput(f"{path}: {message}.", (Problem(path, message),))
    if ctx.data.until is not None and end_of_day(ctx.data.until, ctx.context.terms.zone) <= ctx.now:
        return "A hold ends on a day that is still to come: give a later `until`."
    return None


def held(ctx: AgreementStep[Release | Override]) -> str | None:
    grounds = [one.ground for one in standing(ctx.entity)]
    if not grounds:
        return "Nothing is held."
    if ctx.data.ground is not None and ctx.data.ground not in grounds:
        return f"No hold has the ground {ctx.data.ground!r}; holds now: {'; '.join(grounds)}."
    return None


def something_held(ctx: AgreementAlone) -> str | None:
    return None if standing(ctx.entity) else "Nothing is held."


def hold_due(ctx: AgreementStep) -> str | None:
    zone = ctx.context.terms.zone
    if any(one.until is not None and end_of_day(one.until, zone) <= ctx.at for one in ctx.entity.holds):
        return None
    return "no hold ends now"


def overrider(ctx: AgreementAlone) -> str | None:
    if ctx.role not in ("director", "admin"):
        raise NotAllowed("Overriding a legal hold is the director's.")
    return None


def not_approved(ctx: AgreementAlone) -> str | None:
    open_items = [one for one in ctx.entity.plan if one.done_at is None]
    if any(one.approved_at is None or wants_approval(ctx.entity, one) for one in open_items):
        return None
    return "The plan was approved already." if open_items else "There is nothing to approve."


def mailbox_was_read(ctx: AgreementUnderTerms) -> str | None:
    if ctx.context.terms.end.data != "choice" or ctx.entity.choice is not None or "ending" not in ctx.tags:
        return None
    if ctx.entity.mailbox_read_at is None:
        return (
            "Before erasing for want of a choice a person confirms that the mailbox was read: "
            "do the task to read it once more first."
        )
    return None


def _item(ctx: AgreementStep[ConfirmItem | Ordered]) -> PlanItem | None:
    return next((one for one in ctx.entity.plan if one.id == ctx.data.task_id), None)


def known_task(ctx: AgreementStep[ConfirmItem | Ordered]) -> str | None:
    item = _item(ctx)
    if item is not None and item.done_at is None:
        return None
    return "No open task of the deletion plan has this id."


def something_open(ctx: AgreementAlone) -> str | None:
    waiting = [one for one in ctx.entity.plan if one.done_at is None]
    if not waiting:
        return "Nothing of the deletion plan is open."
    return None if any(one.kind == "return" or one.approved_at is not None for one in waiting) else UNAPPROVED


def is_return(ctx: AgreementStep[ConfirmItem]) -> str | None:
    item = _item(ctx)
    if item is not None and item.kind == "return":
        return None
    return "Only a return can be confirmed before deletion begins."


def is_service(ctx: AgreementStep[ConfirmItem]) -> str | None:
    item = _item(ctx)
    if is_return(ctx) is not None and (item is None or item.service):
        return None
    return "Only a return can be confirmed before deletion begins."


def answered(ctx: AgreementStep[ConfirmItem]) -> str | None:
    return None if ctx.data.outcome != "refused" else "it was refused"


def _open_after(ctx: AgreementStep[ConfirmItem]) -> int:
    """How many are open once this one is done: what a hold kept out of it is one more each."""
    left = sum(1 for one in ctx.entity.plan if one.done_at is None and one.id != ctx.data.task_id)
    return left + len(ctx.data.kept)


def last_task(ctx: AgreementStep[ConfirmItem]) -> str | None:
    left = _open_after(ctx)
    return f"{left} tasks are still open" if left else None


def approved(ctx: AgreementStep[ConfirmItem]) -> str | None:
    item = _item(ctx)
    if item is not None and item.kind != "return" and item.approved_at is None:
        return UNAPPROVED
    return None


def kept_long_enough(ctx: AgreementStep[ConfirmItem | Ordered]) -> str | None:
    item = _item(ctx)
    until = kept_until(ctx, item) if item is not None else None
    if item is None or until is None:
        return None
    day = local_day(until, ctx.context.terms.zone).isoformat()
    return f"These data are to be kept for some time ({item.clause}): they may go from {day} on."


def order_out(ctx: AgreementStep[Ordered]) -> str | None:
    item = _item(ctx)
    if item is not None and item.ordered_at is None:
        return "This item is not ordered yet: it waits for approve-plan, or for an item before it."
    return None


def not_held(ctx: AgreementStep[ConfirmItem | Ordered]) -> str | None:
    item = _item(ctx)
    if item is None:
        return None
    kept = ctx.data.kept if isinstance(ctx.data, ConfirmItem) else ()
    hold = holding(ctx.entity, item)
    if hold is None:
        return f"No hold keeps {', '.join(kept)} back: leave out `kept`." if kept else None
    keep = to_keep(ctx.entity, item)
    if keep is None:
        return f"These data are held: {hold.ground}. Release the hold first."
    if set(keep) != set(kept):
        names = ", ".join(keep)
        return (
            f"Part of these data is held: {names} ({hold.ground}). Release the hold first, or confirm with "
            f"`kept: [{', '.join(repr(one) for one in keep)}]` that this part was left where it is."
        )
    return None


def in_order(ctx: AgreementStep[ConfirmItem | Ordered]) -> str | None:
    item = _item(ctx)
    return out_of_order(ctx.entity, item) if item is not None else None


def may_be_unconfirmed(ctx: AgreementStep[ConfirmItem]) -> str | None:
    item = _item(ctx)
    if ctx.data.outcome == "not_confirmed" and item is not None and not item.may_end_unconfirmed:
        return f"The terms do not allow this to end unconfirmed ({item.clause})."
    if not ctx.data.evidence.strip():
        return "Say in `evidence` what proves it."
    return None
