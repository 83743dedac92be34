"""From when what a notice tells of may begin. Pure."""

from datetime import datetime

from workflows.model.notice import Right
from workflows.notice.guards import NoticeStanding, own_period_end
from workflows.terms.due import due
from workflows.terms.names import AMENDMENT
from workflows.time import start_of_day


def wished_from(ctx: NoticeStanding) -> datetime | None:
    """The first instant of the wished day, in the agreement's zone (P13), or None."""
    day = ctx.context.change.effective_on
    return start_of_day(day, ctx.context.terms.zone) if day is not None else None


def engage_at(ctx: NoticeStanding, own_yes: datetime, rights: tuple[Right, ...] | None = None) -> datetime:
    """P13: the later of the own yes and the wished day, UTC; never before a right to end over the change is over.

    `rights` where the notice's own are not those that count.
    """
    over = ending_until(ctx.entity.rights if rights is None else rights)
    return max(one for one in (own_yes, wished_from(ctx), over) if one is not None)


def ending_until(rights: tuple[Right, ...]) -> datetime | None:
    """The last instant (UTC) of a right to end over the change, None where there is none or it has no last moment."""
    return next((one.closes_at for one in rights if one.rule == AMENDMENT), None)


def promised_from(ctx: NoticeStanding) -> datetime | None:
    """The first instant (UTC) at which the notice let it begin; an objection makes that no earlier. None: never told.

    Where the customer objected before any window ran, it is counted from when it is known to have had the notice.
    """
    notice = ctx.entity
    ends = [one for one in (notice.closes_at, notice.proceeds_at, ending_until(notice.rights)) if one is not None]
    if not ends and notice.received_at is not None:
        known = [one.rule for one in notice.rights if one.rule in ctx.context.terms.rules]
        counted = (due(ctx.context.terms, one, notice.received_at, ctx.context.agreement.facts) for one in known)
        ends = [one.due_at for one in counted if one.due_at is not None]
        if notice.own_period:
            ends.append(own_period_end(ctx, notice.received_at))
    return max(ends, default=None)
