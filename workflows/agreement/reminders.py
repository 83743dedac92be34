"""What an agreement that has ended says again while its customer has not chosen what becomes of the data. Pure."""

from datetime import datetime

from workflows.agreement.guards import AgreementStanding, AgreementStep
from workflows.agreement.shared import letters
from workflows.deletion.clocks import by_rule
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.model.reminders import Remind


def remind_choice(ctx: AgreementStep[Remind]) -> Outcome[Agreement]:
    """The period for a choice comes to its end, and none was made."""
    said = {"rule": ctx.data.rule, "closes_at": ctx.data.closes_at}
    mails = letters(ctx, "reminder_choice", {"closes_at": ctx.data.closes_at.isoformat()}, reminds=True)
    return Outcome(ctx.entity, said, effects=mails)


def ends_by(ctx: AgreementStanding, rule: str) -> datetime | None:
    """Until when a right about the data runs (UTC); None where it has not ended or has no number."""
    found = by_rule(ctx.context.terms, ctx.entity, rule) if ctx.entity.ended_on is not None else None
    return found.due_at if found is not None else None


def choice_open(ctx: AgreementStep[Remind]) -> str | None:
    """Nobody has chosen yet, and the period still ends when it was said to end."""
    if ctx.entity.choice is not None:
        return "the customer has chosen"
    if ctx.data.closes_at <= ctx.now or ctx.data.closes_at != ends_by(ctx, ctx.data.rule):
        return "this period is over, or ends at another instant by now"
    return None
