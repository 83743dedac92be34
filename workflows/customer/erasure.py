"""Termijn's own data (P26): what it keeps of a customer goes when nothing needs it any more. Pure.

The clock is the processor's own retention, from the end of the last agreement that needed the customer's contacts.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import asdict, replace

from workflows.customer.context import CustomerAlone, CustomerStanding, CustomerStep
from workflows.machine.effects import RANK_ERASE, Effect, ErasePersonal, RevokeLinks
from workflows.machine.messages import CUSTOMER_ERASE
from workflows.machine.signals import NoData, Timer
from workflows.machine.vocabulary import Outcome
from workflows.model.parties import Coming, Customer
from workflows.time import calendar_for, count, local_day, parse_period

ERASE: Final = Timer("erase", NoData, RANK_ERASE, "irreversible")
AGAIN = "P1M"
"""How long to wait where something still needs the data on the day they should go."""


def _due(ctx: CustomerStanding, since: datetime, period: str) -> datetime:
    needs = ctx.context.needs
    day = local_day(since, needs.timezone)
    counted = count(
        parse_period(period), day, zone=needs.timezone, calendar=calendar_for("NL"), party="processor", move=False
    )
    return counted.due_at


def over(ctx: CustomerStep) -> Outcome[Customer]:
    """Its last agreement is over: its data go once the processor's own retention has passed."""
    at = _due(ctx, ctx.at, ctx.context.needs.retention)
    entity = replace(ctx.entity, over_at=ctx.at)
    return Outcome(entity, {"erases_at": at}, effects=(ERASE.at(at),))


def needed(ctx: CustomerStep) -> Outcome[Customer]:
    """A new agreement needs its contacts."""
    return Outcome(replace(ctx.entity, over_at=None), effects=(ERASE.clear(),))


def coming(ctx: CustomerStep[Coming]) -> Outcome[Customer]:
    """An agreement is on its way to it: its data stay until then, and as long again as they do after the last one."""
    at = _due(ctx, max(ctx.data.at, ctx.at), ctx.context.needs.retention)
    return Outcome(ctx.entity, {"erases_at": at}, effects=(ERASE.at(at),))


def wait(ctx: CustomerStep) -> Outcome[Customer]:
    """Something still needs the data, or the retention was made longer since: it is asked again."""
    since = ctx.entity.over_at or ctx.at
    at = max(_due(ctx, since, ctx.context.needs.retention), _due(ctx, ctx.at, AGAIN))
    return Outcome(ctx.entity, {"erases_at": at}, effects=(ERASE.at(at),))


def erase(ctx: CustomerStep) -> Outcome[Customer]:
    """Contacts, the words of mails and answers, and what stands beside the ledger; commitments stay, links die."""
    needs = ctx.context.needs
    effects: tuple[Effect, ...] = (
        ErasePersonal(ctx.id),
        *(RevokeLinks(one.id, whole=True) for one in ctx.entity.contacts),
        *(CUSTOMER_ERASE.to(one) for one in needs.merged),
        ERASE.clear(),
    )
    said = {"contacts": len(ctx.entity.contacts), **asdict(needs.kept)}
    entity = replace(ctx.entity, contacts=(), address=None, erased_at=ctx.at)
    return Outcome(entity, said, effects=effects)


def none_left(ctx: CustomerStanding) -> str | None:
    """Its last agreement is over."""
    return "an agreement is not over yet" if ctx.context.needs.agreements else None


def was_over(ctx: CustomerAlone) -> str | None:
    """Nothing needed its contacts."""
    return None if ctx.entity.over_at is not None else "it was needed all the time"


def may_go(ctx: CustomerStep) -> str | None:
    """Nothing needs the data, and the retention has passed."""
    needs = ctx.context.needs
    if needs.agreements or needs.pending:
        return "something still needs the data"
    if ctx.entity.over_at is not None and _due(ctx, ctx.entity.over_at, needs.retention) > ctx.now:
        return "the retention has not passed"
    return None
