"""A notice by post: told by a letter; received when a person has evidence that it arrived (P2). Pure."""

from msgspec.structs import replace

from workflows.machine.effects import CloseTasks, OpenTask
from workflows.machine.posting import not_posted_by, posted_at, posted_said, posted_twice, written_said
from workflows.machine.vocabulary import Outcome
from workflows.model.notice import Notice
from workflows.model.posting import LetterPosted, LetterWritten
from workflows.model.task_words import task_words
from workflows.notice.guards import NoticeStep

_ANEW = "letter"
"""Which of a notice's tasks asks for another letter."""


def written(ctx: NoticeStep[LetterWritten]) -> Outcome[Notice]:
    """A letter lies ready; nobody is told by that."""
    return Outcome(ctx.entity, written_said(ctx.data))


def posted_first(ctx: NoticeStep[LetterPosted]) -> Outcome[Notice]:
    """Where no mail arrived, the letter is what was sent: what is counted from sending is counted from its day, and
    `deemed-received` says when it arrived."""
    at = posted_at(ctx.data, ctx.context.terms.zone, ctx.now)
    said, personal = posted_said(ctx.data)
    said |= {"revision": ctx.entity.revision, "sent_at": at}
    return Outcome(replace(ctx.entity, sent_at=at), said, personal, (CloseTasks(("undeliverable",), key=_ANEW),))


def posted_outdated(ctx: NoticeStep[LetterPosted]) -> Outcome[Notice]:
    """It says what is not told any more (P17): evidence, and somebody writes it anew."""
    task = OpenTask("undeliverable", task_words("letter_outdated"), ctx.id, key=_ANEW)
    return Outcome(ctx.entity, *posted_said(ctx.data), (task,))


def posted(ctx: NoticeStep[LetterPosted]) -> Outcome[Notice]:
    """A letter beside the mail that counts, or after an answer: evidence."""
    return Outcome(ctx.entity, *posted_said(ctx.data))


def of_present_text(ctx: NoticeStep[LetterPosted]) -> str | None:
    """A letter that does not say of which text it was made is of the one that was told first."""
    made_of = ctx.data.revision if ctx.data.revision is not None else ctx.entity.first_revision
    return None if made_of == ctx.entity.revision else "the text was amended after the letter was made"


def nothing_went(ctx: NoticeStep[LetterPosted]) -> str | None:
    """Whether it is the first to go, or puts right when the first went."""
    if ctx.entity.sent_at is None or ctx.data.counting == ctx.data.letter_id:
        return None
    return "something was sent before"


def no_letter_went(ctx: NoticeStep[LetterPosted]) -> str | None:
    """Whether it is the first letter since the mail failed, or puts right when that went."""
    return None if ctx.data.counting in (None, ctx.data.letter_id) else "a letter was posted before"


def posted_by_now(ctx: NoticeStep[LetterPosted]) -> str | None:
    return not_posted_by(ctx, ctx.context.terms.zone)


def posted_once(ctx: NoticeStep[LetterPosted]) -> str | None:
    return posted_twice(ctx)
