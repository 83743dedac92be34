"""Termijn's own data (P26): what it keeps of a customer goes when nothing needs it any more. Pure.

The clock is the processor's own retention, from the end of the last agreement that needed the customer's contacts.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import asdict, replace

from workflows.machine.effects import RANK_ERASE, ClearTimer, Effect, ErasePersonal, RevokeLinks, SetTimer, Tell
from workflows.machine.vocabulary import Outcome, StepInput
from workflows.model.parties import Customer
from workflows.time import calendar_for, count, local_day, parse_period

AGAIN = "P1M"
"""How long to wait where something still needs the data on the day they should go."""


class Kept(msgspec.Struct, frozen=True):
    """How much personal there is beside the contacts: mails with their text, what came back, answers, and
    records beside the ledger."""

    messages: int = 0
    inbound: int = 0
    answers: int = 0
    records: int = 0


class Needs(msgspec.Struct, frozen=True):
    """What decides when a customer's data go, read after the lock was taken."""

    retention: str = "P2Y"
    timezone: str = "UTC"
    agreements: int = 0
    """Agreements of the customer that are not over."""
    pending: int = 0
    """Notices, and cases under its agreements, that can still move."""
    merged: tuple[UUID, ...] = ()
    """Customers that were merged into it."""
    kept: Kept = Kept()


class Coming(msgspec.Struct, frozen=True):
    """An agreement passes to this customer at an instant (UTC)."""

    at: datetime


CustomerStep = StepInput[Customer, Any]


def _due(ctx: CustomerStep, since: datetime, period: str) -> datetime:
    needs: Needs = ctx.context.needs
    day = local_day(since, needs.timezone)
    counted = count(
        parse_period(period), day, zone=needs.timezone, calendar=calendar_for("NL"), party="processor", move=False
    )
    return counted.due_at


def _timer(at: datetime) -> SetTimer:
    return SetTimer("erase", at, "erase", RANK_ERASE, "irreversible")


def over(ctx: CustomerStep) -> Outcome[Customer]:
    """Its last agreement is over: its data go once the processor's own retention has passed."""
    at = _due(ctx, ctx.at, ctx.context.needs.retention)
    entity = replace(ctx.entity, over_at=ctx.at)
    return Outcome(entity, {"erases_at": at}, effects=(_timer(at),), event="over")


def needed(ctx: CustomerStep) -> Outcome[Customer]:
    """A new agreement needs its contacts."""
    return Outcome(replace(ctx.entity, over_at=None), effects=(ClearTimer("erase"),), event="needed")


def coming(ctx: CustomerStep) -> Outcome[Customer]:
    """An agreement is on its way to it: its data stay until then, and as long again as they do after the last one."""
    at = _due(ctx, max(ctx.data.at, ctx.at), ctx.context.needs.retention)
    return Outcome(ctx.entity, {"erases_at": at}, effects=(_timer(at),), event="awaits_agreement")


def wait(ctx: CustomerStep) -> Outcome[Customer]:
    """Something still needs the data, or the retention was made longer since: it is asked again."""
    since = ctx.entity.over_at or ctx.at
    at = max(_due(ctx, since, ctx.context.needs.retention), _due(ctx, ctx.at, AGAIN))
    return Outcome(ctx.entity, {"erases_at": at}, effects=(_timer(at),), event="erasure_waits")


def erase(ctx: CustomerStep) -> Outcome[Customer]:
    """Contacts, the words of mails and answers, and what stands beside the ledger; commitments stay, links die."""
    needs: Needs = ctx.context.needs
    effects: tuple[Effect, ...] = (
        ErasePersonal(ctx.id),
        *(RevokeLinks(one.id, whole=True) for one in ctx.entity.contacts),
        *(Tell(one, "erase") for one in needs.merged),
        ClearTimer("erase"),
    )
    said = {"contacts": len(ctx.entity.contacts), **asdict(needs.kept)}
    entity = replace(ctx.entity, contacts=(), erased_at=ctx.at)
    return Outcome(entity, said, effects=effects, event="erased")


def _none_left(ctx: CustomerStep) -> str | None:
    return "an agreement is not over yet" if ctx.context.needs.agreements else None


def _was_over(ctx: CustomerStep) -> str | None:
    return None if ctx.entity.over_at is not None else "it was needed all the time"


def _may_go(ctx: CustomerStep) -> str | None:
    needs: Needs = ctx.context.needs
    if needs.agreements or needs.pending:
        return "something still needs the data"
    if ctx.entity.over_at is not None and _due(ctx, ctx.entity.over_at, needs.retention) > ctx.now:
        return "the retention has not passed"
    return None


def _may_not_go(ctx: CustomerStep) -> str | None:
    return "nothing needs the data any more" if _may_go(ctx) is None else None


ERASURE_GUARDS: dict[str, Callable[[CustomerStep], str | None]] = {
    "may_go": _may_go,
    "may_not_go": _may_not_go,
    "none_left": _none_left,
    "was_over": _was_over,
}
