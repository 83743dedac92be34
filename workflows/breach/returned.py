"""Mail about a breach that came back: what rested on it does so no longer (P2). Pure."""

from typing import Any

from msgspec.structs import replace

from workflows.breach.clock import (
    TO_REPORT,
    CaseStanding,
    CaseStep,
    informed,
    report_clock,
    start_clock,
    told,
    too_late,
    ways,
)
from workflows.breach.mails import REPORT, UPDATE
from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenTask
from workflows.machine.vocabulary import Outcome
from workflows.model.breach import BreachCase
from workflows.model.replies import Bounced
from workflows.model.task_words import task_words
from workflows.terms.law import AUTHORITY
from workflows.terms.names import REPORT as BREACH_REPORT


def _without_receipt(ctx: CaseStep[Bounced]) -> BreachCase:
    """A report that came back was not received (P2). Other mail about the breach takes nothing back of it."""
    if ctx.data.kind not in ("", REPORT):
        return ctx.entity
    kept = tuple(one for one in ctx.entity.receipts if one.contact_id != ctx.data.contact_id)
    return replace(ctx.entity, receipts=kept)


def _without_update(ctx: CaseStep[Bounced], entity: BreachCase) -> tuple[BreachCase, tuple[Effect, ...]]:
    """An update that came back from all who were sent it was no report: it is owed again, unless a later one stands."""
    sent = ctx.context.updates
    if ctx.data.kind != UPDATE or entity.reported_at is None or not sent:
        return entity, ()
    left = min((one.at for one in sent if one.stands), default=None)
    entity = replace(entity, reported_at=left)
    rule = ctx.context.terms.rules.get(BREACH_REPORT)
    if rule is None or left is not None or "live" not in ctx.tags:
        return entity, ()
    return report_clock(ctx, entity, from_discovery=rule.starts != "informed")


def bounced(ctx: CaseStep[Bounced]) -> Outcome[BreachCase]:
    """Mail about the breach came back: somebody must reach the customer otherwise."""
    entity, again = _without_update(ctx, _without_receipt(ctx))
    kind = ctx.data.kind or REPORT
    due_at = {REPORT: entity.due_at, UPDATE: None if entity.reported_at else entity.report_due_at}.get(kind)
    key = f"{ctx.data.contact_id}{'' if kind == REPORT else f' {kind}'}"
    task = OpenTask("breach_bounced", task_words("breach_bounced"), ctx.id, due_at, key=key)
    said: dict[str, Any] = {"contact_id": ctx.data.contact_id}
    if entity.reported_at != ctx.entity.reported_at:
        said["reported_at"] = entity.reported_at
    return Outcome(entity, said, {"words": ctx.data.words}, (task, *again))


def bounced_after(ctx: CaseStep[Bounced]) -> Outcome[BreachCase]:
    """A bounce of a message that had counted as received: it no longer does (P2)."""
    outcome = bounced(ctx)
    entity = outcome.entity
    back = told(entity, ways(ctx))
    if back is not None:
        entity, shown = informed(ctx, entity, back)
        return replace(outcome, entity=entity, effects=(*outcome.effects, *shown))
    entity = replace(entity, informed_at=None, informed_how=None, late=False, authority_due_at=None)
    entity, gone = _unreported(ctx, entity)
    entity, again = start_clock(ctx, entity, ctx.now)
    if "live" not in ctx.tags:  # its clock stands; whether it is late is known all the same
        return replace(outcome, entity=replace(entity, late=too_late(entity, ctx.now)))
    return replace(
        outcome, entity=entity, effects=(*outcome.effects, CloseDeadline(AUTHORITY, "dropped"), *gone, *again)
    )


def _unreported(ctx: CaseStanding, entity: BreachCase) -> tuple[BreachCase, tuple[Effect, ...]]:
    """Nobody is known to be informed any more: a report whose time ran from there is not due yet."""
    rule = ctx.context.terms.rules.get(BREACH_REPORT)
    if rule is None or rule.starts != "informed" or entity.reported_at is not None:
        return entity, ()
    gone = (CloseDeadline(BREACH_REPORT, "dropped"), CloseTasks((TO_REPORT,)))
    return replace(entity, report_due_at=None), gone


def rested_on_it(ctx: CaseStep[Bounced]) -> str | None:
    entity = _without_receipt(ctx)
    mine = entity.receipts != ctx.entity.receipts
    left = told(entity, ways(ctx))
    return None if mine and left is None else "the customer is informed without that message"
