"""What a notice says again while nobody has answered it: before a window closes, or while consent is awaited. Pure."""

from collections.abc import Callable

from workflows.machine.effects import (
    Effect,
    OpenTask,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.notice import Notice
from workflows.model.reminders import latest, of_consent
from workflows.notice.delivery import await_consent, letters
from workflows.notice.guards import At, answered


def remind(c: At) -> Outcome[Notice]:
    """A right comes to its end, and nobody has said anything yet."""
    said = {"rule": c.data.rule, "closes_at": c.data.closes_at}
    mails = letters(c, "reminder", {"rule": c.data.rule, "closes_at": c.data.closes_at.isoformat()})
    return Outcome(c.entity, said, effects=mails, event="reminded")


def awaited(c: At) -> Outcome[Notice]:
    """Asked again; at the last step a person takes it up, since nothing is engaged by silence."""
    assert c.entity.received_at is not None
    steps = of_consent(c.context.processor.reminders, c.entity.received_at, c.context.terms.zone)
    step = latest(steps, c.now)
    rule = c.entity.rights[0].rule
    effects: list[Effect] = [*letters(c, "reminder", {"rule": rule, "closes_at": None}), *await_consent(c, c.entity)]
    if step is not None and step.level:
        text = f"A customer has not answered a request for consent ({c.entity.clause}): ask it. Silence is no consent."
        effects.append(OpenTask("consent_awaited", text, c.id))
    return Outcome(c.entity, {"rule": rule}, effects=tuple(effects), event="reminded")


def _nobody_answered(c: At) -> str | None:
    return "somebody has answered" if answered(c) else None


def _right_ahead(c: At) -> str | None:
    if c.data.closes_at <= c.now:
        return "it is too late to remind of it"
    for right in c.entity.rights:
        if right.rule == c.data.rule and right.closes_at == c.data.closes_at:
            return None
    return "this right ends at another instant by now"


def _consent_awaited(c: At) -> str | None:
    if c.entity.rule != "consent" or c.entity.rights[0].closes_at is not None or c.entity.received_at is None:
        return "no consent without a period is awaited"
    said = [one for one in c.entity.answers if one.revision == c.entity.revision and one.answer != "acknowledge"]
    return "somebody has answered" if said else None


REMIND_GUARDS: dict[str, Callable[[At], str | None]] = {
    "consent_awaited": _consent_awaited,
    "nobody_answered": _nobody_answered,
    "right_ahead": _right_ahead,
}
