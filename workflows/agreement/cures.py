"""A failure that the processor is told to put right, before the customer may end over it (`ending.cure`). Pure.

The customer may have processing suspended with it: until it is put right, nobody works for the agreement.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from workflows.agreement.guards import AgreementAlone, AgreementStanding, AgreementStep, AgreementUnderTerms
from workflows.agreement.shared import letters
from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement, Cure
from workflows.model.evidence import Evidence
from workflows.model.parties import Channel
from workflows.model.task_words import clause_words, task_words
from workflows.terms.due import due
from workflows.terms.names import CURE
from workflows.time import local_day

JUST_BEFORE: Final = timedelta(microseconds=1)


class DemandCure(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer wants put right, how that reached us and who said so (P10). `suspends`: until it is, the
    processor may not process."""

    reason: str
    channel: Channel
    by: str
    suspends: bool = False
    received_at: datetime | None = None
    evidence: Evidence | None = None


class ConfirmCure(msgspec.Struct, frozen=True, kw_only=True):
    """It was put right: since when (absent: now), and what shows it."""

    evidence: Evidence
    at: datetime | None = None


def demand(ctx: AgreementStep[DemandCure]) -> Outcome[Agreement]:
    """The time to put it right runs; processing rests where the customer said so."""
    at, terms = ctx.data.received_at or ctx.at, ctx.context.terms
    found = due(terms, CURE, at, ctx.entity.facts)
    cure = Cure(told_at=at, due_at=found.due_at, suspends=ctx.data.suspends)
    said = {"received_at": at, "due_at": found.due_at, "suspends": cure.suspends, "channel": ctx.data.channel}
    personal = {
        key: value
        for key, value in (("reason", ctx.data.reason), ("by", ctx.data.by), ("evidence", ctx.data.evidence))
        if value
    }
    text = task_words("cure", clause=clause_words(terms, terms.rules[CURE].clause))
    effects: list[Effect] = [OpenTask("cure", text, ctx.id, found.due_at, role="director")]
    if found.due_at is not None:
        effects.append(OpenDeadline(found, "Put right what the customer named", ctx.id))
    effects += letters(ctx, "cure", {"step": "demanded", "failure": ctx.data.reason, **_told(cure)})
    return Outcome(replace(ctx.entity, cure=cure), said, personal, tuple(effects))


def _told(cure: Cure) -> dict[str, Any]:
    """What the customer reads of the time for it."""
    due_at = cure.due_at.isoformat() if cure.due_at is not None else None
    return {"due_at": due_at, "suspends": cure.suspends}


def confirm(ctx: AgreementStep[ConfirmCure]) -> Outcome[Agreement]:
    """It is put right. Once the time for it was over, the right to end has arisen and stays."""
    cure = ctx.entity.cure
    assert cure is not None
    at = ctx.data.at or ctx.at
    said = {"at": at, "late": cure.due_at is not None and at >= cure.due_at}
    done = (CloseDeadline(CURE, "met"), CloseTasks(("cure",)))
    entity = replace(ctx.entity, cure=replace(cure, cured_at=at))
    put_right = {"step": "cured", "at": at.isoformat(), "evidence": ctx.data.evidence, "late": said["late"]}
    mails = letters(ctx, "cure", {**put_right, **_told(cure)})
    return Outcome(entity, said, {"evidence": ctx.data.evidence}, (*done, *mails))


def cure_foreseen(ctx: AgreementUnderTerms) -> str | None:
    if CURE in ctx.context.terms.rules:
        return None
    return f"These terms give no time to put a failure right before a right to end ({ctx.context.terms.ending.clause})."


def suspends_where_that_counts(ctx: AgreementStep[DemandCure]) -> str | None:
    rule = ctx.context.terms.rules.get(CURE)
    if rule is None or rule.starts != "suspension" or ctx.data.suspends:
        return None
    return (
        f"The time runs from a suspension of processing ({rule.clause}): say `suspends` once the customer asks for it."
    )


def said_by_now(ctx: AgreementStep[ConfirmCure]) -> str | None:
    told = ctx.entity.cure.told_at if ctx.entity.cure is not None else None
    at = ctx.data.at or ctx.at
    if at > ctx.now:
        return "It cannot have been put right later than now."
    return "It cannot have been put right before it was asked." if told is not None and at < told else None


def cure_open(ctx: AgreementAlone) -> str | None:
    if ctx.entity.cure is not None and ctx.entity.cure.cured_at is None:
        return None
    return "Nothing is to be put right."


def no_cure_open(ctx: AgreementAlone) -> str | None:
    if cure_open(ctx) is not None:
        return None
    return "Something is to be put right already: confirm-cure first."


def not_cured(ctx: AgreementStanding, arrived: datetime) -> str | None:
    """Why the right to end for want of a cure has not arisen at that instant, or None where it has."""
    cure, zone = ctx.entity.cure, ctx.context.terms.zone
    if cure is None:
        return "Nothing was to be put right, so this right has not arisen: demand-cure records what the customer named."
    if cure.due_at is not None and arrived < cure.due_at:
        until = local_day(cure.due_at - JUST_BEFORE, zone).isoformat()
        return f"There is time to put it right through {until}: the right to end arises only then."
    if cure.cured_at is not None and (cure.due_at is None or cure.cured_at < cure.due_at):
        return "It was put right in time, so this right has not arisen."
    return None
