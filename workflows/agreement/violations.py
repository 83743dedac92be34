"""What broke the agreement and carries a penalty: put on record, reckoned when asked, never collected. Pure."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

import msgspec

from workflows.agreement.guards import AgreementStanding, AgreementStep
from workflows.machine.effects import OpenTask
from workflows.machine.vocabulary import Outcome
from workflows.model.agreement import Agreement
from workflows.model.task_words import rests_on, task_words

ViolationRule = Literal["secrecy.penalty", "engagement.penalty"]
EVENT = "violation_recorded"


class Violation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A breach of secrecy, or a subprocessor that worked without a yes; `at` when it happened (UTC)."""

    rule: ViolationRule
    at: datetime
    note: str = ""
    subprocessor_id: UUID | None = None


def record_violation(ctx: AgreementStep[Violation]) -> Outcome[Agreement]:
    """On record from here on; a director looks at what it means."""
    data = ctx.data
    said = {"rule": data.rule, "at": data.at, "subprocessor_id": data.subprocessor_id}
    personal = {"note": data.note} if data.note else {}
    clause = ctx.context.terms.penalties[data.rule].clause if data.rule in ctx.context.terms.penalties else ""
    where = rests_on(ctx.context.terms, clause)
    text = task_words("violation", where=where, id=ctx.id)
    return Outcome(ctx.entity, said, personal, (OpenTask("violation", text, ctx.id, role="director"),))


def carries_penalty(ctx: AgreementStanding) -> str | None:
    """What outlives the data is a penalty that the agreement sets; without one nothing is left to reckon."""
    if any(rule in ctx.context.terms.penalties for rule in get_args(ViolationRule)):
        return None
    return "The data are gone, and the agreement sets no penalty that would outlive them."


def happened_by_now(ctx: AgreementStep[Violation]) -> str | None:
    return (
        None if ctx.data.at <= ctx.now else "The violation lies in the future: give the instant at which it happened."
    )


def names_subprocessor(ctx: AgreementStep[Violation]) -> str | None:
    if ctx.data.rule == "engagement.penalty" and ctx.data.subprocessor_id is None:
        return "Name in subprocessor_id which subprocessor worked without a yes."
    return None
