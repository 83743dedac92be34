"""Who bears the cost of an audit: by what was found, and by what the terms let it turn on."""

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from workflows.audit.letters import letters, rules
from workflows.machine.effects import CloseTasks, OpenTask
from workflows.machine.vocabulary import Outcome, Standing, StepInput
from workflows.model.audit import Audit, AuditContext, DivideCost, Finding
from workflows.model.task_words import clause_words, task_words
from workflows.terms.model import AuditRules

Bearer = Literal["controller", "processor", "shared"]


def borne_by(terms: AuditRules, findings: Sequence[Finding]) -> Bearer | None:
    """Who bears the cost; None where the agreement does not say."""
    if _turned(terms, findings):
        return "shared" if terms.cost_shared else "processor"
    return None if terms.borne == "unsaid" else terms.borne


def _turned(terms: AuditRules, findings: Sequence[Finding]) -> bool:
    return bool(terms.cost_turns_on) and terms.cost_turns_on in {one.kind for one in findings}


def share_task(ctx: Standing[Audit, AuditContext], audit: Audit) -> tuple[OpenTask, ...]:
    """Somebody has to say how far what was found moves the cost."""
    if audit.cost != "shared":
        return ()
    text = task_words("audit_cost", clause=clause_words(ctx.context.terms, rules(ctx).borne_clause))
    return (OpenTask("audit_cost", text, audit.id),)


def divide(ctx: StepInput[Audit, AuditContext, DivideCost]) -> Outcome[Audit]:
    """How far what was found moves the cost, and why; the customer is told."""
    part = ctx.data.processor
    cost: Bearer = "controller" if part == 0 else "processor" if part == 100 else "shared"
    entity = replace(ctx.entity, cost=cost, cost_share=part if cost == "shared" else None)
    mails = letters(ctx, "shared", entity, {"share": entity.cost_share, "reason": ctx.data.reason})
    said = {"cost": cost, "processor": part}
    return Outcome(entity, said, {"reason": ctx.data.reason}, (CloseTasks(("audit_cost",)), *mails))


def cost_divides(ctx: Standing[Audit, AuditContext]) -> str | None:
    """Only where the text says "as far as", and something of that kind was found."""
    terms = rules(ctx)
    if terms.cost_shared and _turned(terms, ctx.entity.findings):
        return None
    clause = f" ({terms.borne_clause})" if terms.borne_clause else ""
    return f"The agreement divides no cost here{clause}; it goes by `cost`."
