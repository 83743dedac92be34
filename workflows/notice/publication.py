"""Customers who count as told once a page is updated, as their agreement has it. Pure."""

from msgspec.structs import replace

from workflows.machine.effects import Effect
from workflows.machine.vocabulary import Outcome
from workflows.model.notice import Notice
from workflows.notice.beginning import by_publication, clock_starts, deciding, engage_at, lead_until, told_at, unbegun
from workflows.notice.guards import NoticeStanding, NoticeStep
from workflows.notice.timers import PUBLISHED
from workflows.notice.window import begins, open_window, windows


def counts_by_page(ctx: NoticeStanding) -> str | None:
    if by_publication(ctx, ctx.entity) and not unbegun(ctx, ctx.entity):
        return None
    return "its agreement does not count from a publication, or there is none of this text"


def awaited_page(ctx: NoticeStanding) -> str | None:
    """Whether nobody could say when it may begin, for want of the publication that is there now."""
    entity = ctx.entity
    if entity.received_at is None:
        return "this text was not received"
    if entity.engages_at is None and entity.engaged_at is None and "publication" in clock_starts(ctx, entity):
        return None if not unbegun(ctx, entity) else "there is no publication of this text"
    return "it waited for no publication"


def told_by_page(ctx: NoticeStanding, notice: Notice) -> tuple[Effect, ...]:
    """The page with this text was updated before the notice began."""
    publications = ctx.context.change.publications
    known = publications and by_publication(ctx, notice) and not unbegun(ctx, notice)
    return (PUBLISHED.at(publications[-1].at),) if known else ()


def published(ctx: NoticeStep) -> Outcome[Notice]:
    """Its agreement counts from the publication: the customer is told, whatever becomes of the mail."""
    at = told_at(ctx, ctx.entity, deciding(ctx, ctx.entity)[0]) or ctx.at
    entity, effects = open_window(ctx, ctx.entity, at, "published", now=ctx.now)
    return Outcome(entity, {"how": "published", **windows(entity)}, effects=effects)


def published_after(ctx: NoticeStep) -> Outcome[Notice]:
    """It was received before: what counts from the publication begins now."""
    at, how = ctx.entity.received_at or ctx.at, ctx.entity.received_how or "answer"
    entity, effects = open_window(ctx, ctx.entity, at, how, now=ctx.now)
    return Outcome(entity, {"how": how, **windows(entity)}, effects=effects)


def published_at_last(ctx: NoticeStep) -> Outcome[Notice]:
    """It was answered, or lapsed, before: only when it may begin was not known yet."""
    entity = replace(ctx.entity, proceeds_at=lead_until(ctx, ctx.entity))
    go = engage_at(ctx, ctx.now, entity)
    return Outcome(replace(entity, engages_at=go), {"proceeds_at": entity.proceeds_at}, effects=begins(go))
