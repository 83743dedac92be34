"""What a notice says again while nobody has answered it: before a window closes, or while consent is awaited. Pure."""

from workflows.machine.effects import Effect, OpenTask
from workflows.machine.vocabulary import Outcome
from workflows.model.notice import Notice
from workflows.model.reminders import Remind, latest, of_consent
from workflows.model.task_words import clause_words, task_words
from workflows.notice.delivery import letters
from workflows.notice.guards import NoticeAlone, NoticeStep
from workflows.notice.window import await_consent
from workflows.terms.counting import calendar_of


def remind(ctx: NoticeStep[Remind]) -> Outcome[Notice]:
    """A right comes to its end, and nobody has said anything yet."""
    said = {"rule": ctx.data.rule, "closes_at": ctx.data.closes_at}
    mails = letters(ctx, "reminder", {**said, "closes_at": ctx.data.closes_at.isoformat()}, reminds=True)
    return Outcome(ctx.entity, said, effects=mails)


def awaited(ctx: NoticeStep) -> Outcome[Notice]:
    """Asked again; at the last step a person takes it up, since nothing is engaged by silence."""
    assert ctx.entity.received_at is not None
    terms = ctx.context.terms
    steps = of_consent(ctx.context.processor.reminders, ctx.entity.received_at, terms.zone, calendar_of(terms).version)
    step = latest(steps, ctx.now)
    rule = ctx.entity.rights[0].rule
    effects: list[Effect] = [
        *letters(ctx, "reminder", {"rule": rule, "closes_at": None}, reminds=True),
        *await_consent(ctx, ctx.entity, ctx.now),
    ]
    if step is not None and step.level:
        text = task_words("consent_awaited", clause=clause_words(ctx.context.terms, ctx.entity.clause))
        effects.append(OpenTask("consent_awaited", text, ctx.id))
    return Outcome(ctx.entity, {"rule": rule}, effects=tuple(effects))


def right_ahead(ctx: NoticeStep[Remind]) -> str | None:
    """The right that is spoken of still ends when it was said to end."""
    if ctx.data.closes_at <= ctx.now:
        return "it is too late to remind of it"
    for right in ctx.entity.rights:
        if right.rule == ctx.data.rule and right.closes_at == ctx.data.closes_at:
            return None
    return "this right ends at another instant by now"


def consent_awaited(ctx: NoticeAlone) -> str | None:
    """A consent without a period, of which nobody has said anything."""
    if ctx.entity.rule != "consent" or ctx.entity.rights[0].closes_at is not None or ctx.entity.received_at is None:
        return "no consent without a period is awaited"
    said = [one for one in ctx.entity.answers if one.revision == ctx.entity.revision and one.answer != "acknowledge"]
    return "somebody has answered" if said else None
