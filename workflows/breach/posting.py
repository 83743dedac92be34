"""The report of a breach by post: evidence, and by itself no telling that an agreement counts. Pure."""

from workflows.breach.clock import CaseStep
from workflows.machine.posting import not_posted_by, posted_said, posted_twice, written_said
from workflows.machine.vocabulary import Outcome
from workflows.model.breach import BreachCase
from workflows.model.posting import LetterPosted, LetterWritten


def written(ctx: CaseStep[LetterWritten]) -> Outcome[BreachCase]:
    """A letter lies ready; nobody is told by that."""
    return Outcome(ctx.entity, written_said(ctx.data))


def posted(ctx: CaseStep[LetterPosted]) -> Outcome[BreachCase]:
    """It is on its way. The clock runs on: the customer is informed when it acknowledges, or by another channel."""
    return Outcome(ctx.entity, *posted_said(ctx.data))


def posted_by_now(ctx: CaseStep[LetterPosted]) -> str | None:
    return not_posted_by(ctx, ctx.context.terms.zone)


def posted_once(ctx: CaseStep[LetterPosted]) -> str | None:
    return posted_twice(ctx)
