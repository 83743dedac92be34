"""From when what a notice tells of may begin. Pure."""

from datetime import datetime
from typing import Final

from workflows.change.announced import published_at
from workflows.model.change import ChangeKind
from workflows.model.notice import Notice, NoticeContext, Right
from workflows.notice.guards import NoticeStanding, own_period_end, standing
from workflows.terms.due import clock_of, due_again
from workflows.terms.model import Due
from workflows.terms.names import AMENDMENT, ENDS, LEAD, LEAVING, TEXT_LEAD
from workflows.time import start_of_day

_LEADS: Final[dict[ChangeKind, str]] = {"add": LEAD, "replace": LEAD, "relocate": LEAD, "terms": TEXT_LEAD}
"""The rule by which a change of each kind is told some time before it takes effect."""


def wished_from(ctx: NoticeStanding) -> datetime | None:
    """The first instant of the wished day, in the agreement's zone (P13), or None."""
    day = ctx.context.change.effective_on
    return start_of_day(day, ctx.context.terms.zone) if day is not None else None


def engage_at(
    ctx: NoticeStanding, own_yes: datetime, notice: Notice | None = None, lead: datetime | None = None
) -> datetime | None:
    """P13: the later of the own yes, the wished day and the time before which the text lets nothing begin, UTC; never
    before a right to end over the change is over. None: a clock that decides has not begun, or the services that it is
    for were ended.

    `notice` where it is not the one that the command found; `lead`, `lead_until` of it, where that was found already.
    """
    of = notice or ctx.entity
    if of.emergency and of.engaged_at is not None:
        return of.engaged_at
    if unbegun(ctx, of) or services_left(ctx, of):
        return None
    ends = (own_yes, of.received_at, wished_from(ctx), lead or lead_until(ctx, of), ending_until(ctx, of.rights))
    return max(one for one in ends if one is not None)


def services_left(ctx: NoticeStanding, notice: Notice) -> bool:
    """Whether the customer ended the services that it is for because of it: nothing begins for them."""
    endings = {one.ground: one.ends for one in ctx.context.terms.ending.rights}
    mine = {endings.get(ENDS[one.rule]) for one in notice.rights if one.rule in ENDS}
    return "service" in mine and bool(standing(notice.answers, "terminate"))


def ending_until(ctx: NoticeStanding, rights: tuple[Right, ...]) -> datetime | None:
    """The last instant (UTC) of a right to end over the change that is waited for, None where there is none or it has
    no last moment."""
    waits = (AMENDMENT, LEAVING) if ctx.context.terms.subprocessors.waits_for_right else (AMENDMENT,)
    return next((one.closes_at for one in rights if one.rule in waits), None)


def told_at(ctx: NoticeStanding, notice: Notice, rule: str) -> datetime | None:
    """When the customer counts as told by the clock of this rule, UTC; None: it does not yet.

    An agreement that entered into force after a publication is told by its entry (P15).
    """
    match clock_of(ctx.context.terms, rule).starts:
        case "sending":
            return notice.sent_at
        case "publication":
            found, since = published_at(ctx.context.change, notice.revision), ctx.context.agreement.in_force_since
            return max(found, since) if found is not None and since is not None else found
        case _:
            return notice.received_at


def clock(ctx: NoticeStanding, notice: Notice, rule: str) -> Due | None:
    """What the clock of a rule gives this notice; None where the text has no such rule, or it has not begun."""
    if rule not in ctx.context.terms.rules:
        return None
    at = told_at(ctx, notice, rule)
    return due_again(ctx.context.terms, rule, at, ctx.context.agreement.facts) if at is not None else None


def lead_until(ctx: NoticeStanding, notice: Notice) -> datetime | None:
    """The first instant (UTC) at which the time is over that the text puts between telling and beginning, or None."""
    found = clock(ctx, notice, _LEADS.get(ctx.context.change.kind, ""))
    return found.due_at if found is not None else None


def deciding(ctx: NoticeStanding, notice: Notice) -> tuple[str, ...]:
    """The rules of the text whose clocks this notice hangs on."""
    return _deciding(ctx.context, notice)


def _deciding(x: NoticeContext, notice: Notice) -> tuple[str, ...]:
    known = (*(one.rule for one in notice.rights), _LEADS.get(x.change.kind, ""))
    return tuple(one for one in known if one in x.terms.rules)


def by_publication(ctx: NoticeStanding, notice: Notice) -> bool:
    """Whether the customer counts as told once the page is updated, whatever becomes of the mail."""
    rules = deciding(ctx, notice)
    return bool(rules) and clock_of(ctx.context.terms, rules[0]).starts == "publication"


def unbegun(ctx: NoticeStanding, notice: Notice) -> bool:
    """Whether a clock waits for the publication, so that nobody can say yet when it may begin."""
    return awaits_publication(ctx.context, notice)


def awaits_publication(x: NoticeContext, notice: Notice) -> bool:
    """The same of the rows around it alone."""
    clocks = [clock_of(x.terms, one).starts for one in _deciding(x, notice)]
    return "publication" in clocks and published_at(x.change, notice.revision) is None


def clock_starts(ctx: NoticeStanding, notice: Notice) -> frozenset[str]:
    """From what the clocks that this notice hangs on are counted."""
    return frozenset(clock_of(ctx.context.terms, one).starts for one in deciding(ctx, notice))


def promised_from(ctx: NoticeStanding) -> datetime | None:
    """The first instant (UTC) at which the notice let it begin; an objection makes that no earlier. None: never told.

    Where the customer objected before any window ran, it is counted from when it is known to have had the notice.
    """
    notice = ctx.entity
    ends = [one for one in (notice.closes_at, notice.proceeds_at, ending_until(ctx, notice.rights)) if one is not None]
    if not ends and notice.received_at is not None:
        counted = (clock(ctx, notice, one) for one in deciding(ctx, notice))
        ends = [one.due_at for one in counted if one is not None and one.due_at is not None]
        if notice.own_period:
            ends.append(own_period_end(ctx, notice.received_at))
    return max(ends, default=None)
