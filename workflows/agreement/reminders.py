"""What an agreement that has ended says again while its customer has not chosen what becomes of the data. Pure."""

from collections.abc import Callable
from datetime import datetime

from workflows.agreement.guards import At
from workflows.agreement.shared import letters
from workflows.deletion.items import end_event
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.terms.due import due


def remind_choice(c: At) -> Outcome[Agreement]:
    """The period for a choice comes to its end, and none was made."""
    said = {"rule": c.data.rule, "closes_at": c.data.closes_at}
    mails = letters(c, "reminder_choice", {"closes_at": c.data.closes_at.isoformat()})
    return Outcome(c.entity, said, effects=mails, event="reminded")


def ends_by(c: At, rule: str) -> datetime | None:
    """When a rule about the data is due for this agreement (UTC); None where it has not ended or has no number."""
    if c.entity.ended_on is None or rule not in c.context.terms.rules:
        return None
    return due(c.context.terms, rule, end_event(c.entity, c.context.terms.zone), c.entity.facts).due_at


def _choice_open(c: At) -> str | None:
    if c.entity.choice is not None:
        return "the customer has chosen"
    if c.data.closes_at <= c.now or c.data.closes_at != ends_by(c, c.data.rule):
        return "this period is over, or ends at another instant by now"
    return None


REMIND_GUARDS: dict[str, Callable[[At], str | None]] = {"choice_open": _choice_open}
