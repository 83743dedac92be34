"""What follows from an objection by itself: a time to find a solution, and a right to end when none is found. Pure."""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from workflows.machine.effects import CloseDeadline, Effect, OpenDeadline
from workflows.model.notice import Notice, Right
from workflows.notice.guards import NoticeStanding
from workflows.notice.timers import ALTERNATIVE as OVER
from workflows.notice.timers import RIGHT_CLOSED
from workflows.terms.arising import given_by_objection
from workflows.terms.counting import calendar_of
from workflows.terms.due import due
from workflows.terms.model import Due, TerminationRight
from workflows.terms.names import ALTERNATIVE, OBJECTED
from workflows.time import count, parse_period, when_over

UNREASONED: Final = (
    "It is counted from an objection that gives no reasons, though the agreement asks for them: "
    "from one with reasons it would end later, and the earlier end is the safe one."
)


def sought(ctx: NoticeStanding, notice: Notice, at: datetime, *, reasoned: bool) -> tuple[Notice, tuple[Effect, ...]]:
    """From an objection that arrived `at` (UTC) a solution is sought, for as long as the text gives; where it gives no
    number, the right to end that follows from an objection is there at once. `reasoned`: it gives the reasons that the
    agreement asks for, if it does."""
    terms = ctx.context.terms
    if ALTERNATIVE in terms.rules:
        found = due(terms, ALTERNATIVE, at, ctx.context.agreement.facts)
        if found.due_at is not None:
            told = found if reasoned else replace(found, steps=(*found.steps, UNREASONED))
            opened = OpenDeadline(told, "Find a solution for the objection", notice.agreement_id)
            return replace(notice, alternative_until=found.due_at), (opened, OVER.at(found.due_at))
    return right_of_objection(ctx, notice, at, arrived=True)


def right_of_objection(
    ctx: NoticeStanding, notice: Notice, at: datetime, *, arrived: bool
) -> tuple[Notice, tuple[Effect, ...]]:
    """The right to end that the text gives whoever objected, from `at` (UTC) for its own period; `arrived`: that is
    when the objection did, else when the time to find a solution was over."""
    given = given_by_objection(ctx.context.terms)
    if given is None or any(one.rule == OBJECTED for one in notice.rights):
        return notice, ()
    found = _clock(ctx, given, at, arrived=arrived)
    right = Right(
        rule=OBJECTED,
        clause=given.clause,
        form=given.form,
        closes_at=found.due_at if found is not None else None,
        last_day=found.last_day if found is not None else None,
    )
    effects: tuple[Effect, ...] = ()
    if found is not None and found.due_at is not None:
        effects = (
            OpenDeadline(found, "End because of the objection", notice.agreement_id),
            RIGHT_CLOSED.at(found.due_at),
        )
    return replace(notice, rights=(*notice.rights, right)), effects


def _clock(ctx: NoticeStanding, given: TerminationRight, at: datetime, *, arrived: bool) -> Due | None:
    """How long the right stays open, None where it has no last moment."""
    if given.period is None:
        return None
    terms = ctx.context.terms
    calendar, length = calendar_of(terms), parse_period(given.period)
    event = at if arrived else when_over(at, terms.zone)
    counted = count(length, event, zone=terms.zone, calendar=calendar, party="controller", arrival=arrived)
    return Due(
        rule=OBJECTED,
        due_at=counted.due_at,
        last_day=counted.last_day,
        boundary=counted.boundary,
        clause=given.clause,
        steps=counted.steps,
        party="controller",
        reading=given.reading,
        zone=terms.zone,
        calendar=calendar.version,
    )


def settled(notice: Notice) -> tuple[Notice, tuple[Effect, ...]]:
    """The objection is gone: no solution is sought any more, and no right follows from it."""
    rights = tuple(one for one in notice.rights if one.rule != OBJECTED)
    effects = (OVER.clear(), CloseDeadline(ALTERNATIVE, "dropped"), CloseDeadline(OBJECTED, "dropped"))
    changed = notice.alternative_until is not None or rights != notice.rights
    return replace(notice, alternative_until=None, rights=rights), effects if changed else ()
