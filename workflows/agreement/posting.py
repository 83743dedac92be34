"""The word that the data are gone, by post, with the declaration. Pure."""

from workflows.agreement.guards import AgreementStep
from workflows.machine.posting import not_posted_by, posted_said, posted_twice, written_said
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.model.posting import LetterPosted, LetterWritten


def written(ctx: AgreementStep[LetterWritten]) -> Outcome[Agreement]:
    """A letter lies ready; nobody is told by that."""
    return Outcome(ctx.entity, written_said(ctx.data))


def posted(ctx: AgreementStep[LetterPosted]) -> Outcome[Agreement]:
    """It is on its way."""
    return Outcome(ctx.entity, *posted_said(ctx.data))


def posted_by_now(ctx: AgreementStep[LetterPosted]) -> str | None:
    return not_posted_by(ctx, ctx.context.terms.zone)


def posted_once(ctx: AgreementStep[LetterPosted]) -> str | None:
    return posted_twice(ctx)
