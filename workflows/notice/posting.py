"""A notice by post: told by a letter; received when a person has evidence that it arrived (P2). Pure."""

from msgspec.structs import replace

from workflows.machine.posting import not_posted_by, posted_at, posted_said, written_said
from workflows.machine.vocabulary import Outcome
from workflows.model.notice import Notice
from workflows.model.posting import LetterPosted, LetterWritten
from workflows.notice.guards import NoticeStep


def written(ctx: NoticeStep[LetterWritten]) -> Outcome[Notice]:
    """A letter lies ready; nobody is told by that."""
    return Outcome(ctx.entity, written_said(ctx.data))


def posted_first(ctx: NoticeStep[LetterPosted]) -> Outcome[Notice]:
    """Where no mail arrived, the letter is what was sent: what is counted from sending is counted from its day, and
    `deemed-received` says when it arrived."""
    at = posted_at(ctx.data, ctx.context.terms.zone, ctx.now)
    said, personal = posted_said(ctx.data)
    return Outcome(replace(ctx.entity, sent_at=at), {**said, "sent_at": at}, personal)


def posted(ctx: NoticeStep[LetterPosted]) -> Outcome[Notice]:
    """A letter beside the mail that counts, or after an answer: evidence."""
    return Outcome(ctx.entity, *posted_said(ctx.data))


def posted_by_now(ctx: NoticeStep[LetterPosted]) -> str | None:
    return not_posted_by(ctx, ctx.context.terms.zone)
