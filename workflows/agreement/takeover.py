"""An agreement taken over from elsewhere, in force or sent already: nobody is written to a second time. Pure."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from workflows.agreement.end import end_timer
from workflows.agreement.guards import AgreementStep, ends_at
from workflows.agreement.shared import engaged, start_at, start_timer
from workflows.machine.effects import FanOut
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.time import local_day


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How far it had come where it was kept. `in_force_since` absent: as its terms say (P0)."""

    stands: Literal["sent", "in_force"]
    in_force_since: datetime | None = None


def imported(ctx: AgreementStep[Imported]) -> Outcome[Agreement]:
    """In force since before it came here: its subprocessors are engaged (P15), its end is watched for.

    Changes under way reach it as they reach any agreement that enters into force.
    """
    since = ctx.data.in_force_since or start_at(ctx, ctx.entity)
    assert since is not None
    entity = replace(ctx.entity, in_force_since=since)
    effects = (*engaged(ctx, since), *end_timer(ctx, entity.main_contracts), FanOut("join", agreement=ctx.id))
    return Outcome(entity, {"in_force_since": since}, effects=effects)


def imported_sent(ctx: AgreementStep[Imported]) -> Outcome[Agreement]:
    """Sent before it came here; it enters into force as its terms say."""
    starts = start_at(ctx, ctx.entity)
    return Outcome(ctx.entity, {"starts_at": starts}, effects=start_timer(ctx, ctx.entity, ctx.now))


def was_in_force(ctx: AgreementStep[Imported]) -> str | None:
    """The file says that it is; otherwise it was sent."""
    return None if ctx.data.stands == "in_force" else "it is not in force yet"


def entered_by_now(ctx: AgreementStep[Imported]) -> str | None:
    """It is in force by its own terms, and did not end before."""
    entry, zone = ctx.context.terms.entry, ctx.context.terms.zone
    by_terms = start_at(ctx, ctx.entity)
    since = ctx.data.in_force_since or by_terms
    if entry.event == "last_signature":
        if by_terms is None:
            begins = f"The agreement is in force from the last signature ({entry.clause})"
            return f"{begins}: give the day on which each party signed."
        if since is not None and local_day(since, zone) != local_day(by_terms, zone):
            signed = local_day(by_terms, zone).isoformat()
            return (
                f"The agreement is in force since the last signature, {signed} ({entry.clause}): "
                "give that day, or none."
            )
    if since is None or since > ctx.now:
        when = "" if since is None else f" before {local_day(since, zone).isoformat()}"
        return f"The agreement is not in force{when}: until then enter it as one that was sent (notified)."
    contracts = ctx.entity.main_contracts
    end = None if any(one.renews and not one.ending for one in contracts) else ends_at(ctx, contracts)
    if end is not None and end <= since:
        return "The agreement ended before it was in force: one of the two days is wrong."
    return None
