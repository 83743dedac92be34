"""A subprocessor that had to begin before anybody was told, where the agreement lets it. Pure."""

from msgspec.structs import replace

from workflows.machine.effects import Effect, OpenDeadline
from workflows.model.notice import Notice
from workflows.notice.guards import NoticeStanding
from workflows.notice.timers import ENGAGE
from workflows.terms.due import due
from workflows.terms.names import EMERGENCY


def engaged_first(ctx: NoticeStanding, notice: Notice) -> tuple[Notice, tuple[Effect, ...]]:
    """The subprocessor works already, and the customer has to be told within the time for that."""
    since = ctx.context.change.emergency_since
    assert since is not None
    found = due(ctx.context.terms, EMERGENCY, since, ctx.context.agreement.facts)
    told = (OpenDeadline(found, "Tell the customer", notice.agreement_id),) if found.due_at is not None else ()
    return replace(notice, engages_at=since), (ENGAGE.at(since), *told)
