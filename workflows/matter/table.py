"""A matter between the parties: asked or told, answered, and kept as evidence. Silence is never an answer.

open → answered → (open, where a consent is taken back)
open | answered → closed
"""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask, Send
from workflows.machine.machine import Workflow
from workflows.machine.recipients import addressed
from workflows.machine.vocabulary import Outcome, Row, State, StepInput, Table
from workflows.model.matter import Given, Matter, MatterContext, MatterReply, Why
from workflows.terms.model import Due, MatterRule
from workflows.time import calendar_for, due_at_once

MatterStep = StepInput[Matter, MatterContext]

ANSWER = "matter.answer"
WRITTEN = ("link", "mail", "letter")
CONSENTS = ("storage_consent", "disclosure_consent")
"""Kinds whose answer is a yes or a no, asked beforehand; without a yes it is no."""

STATES = (
    State("open", "It waits for the other party; without an answer nothing is allowed and nothing is done.",
          frozenset({"live"})),
    State("answered", "The answer that counts is on record.", frozenset({"live", "settled"})),
    State("closed", "Over: a consent that was given ended with it.", final=True),
)  # fmt: skip


def rule_of(ctx: MatterStep) -> MatterRule | None:
    """What the agreement says on matters of this kind, None where only the law does."""
    return next((one for one in ctx.context.terms.matters if one.kind == ctx.entity.kind), None)


def begin(ctx: MatterStep) -> tuple[Matter, tuple[Effect, ...]]:
    """A matter as it is raised: told to the customer, or put before a person here."""
    if ctx.entity.raised_by == "processor":
        return ctx.entity, letters(ctx, "raised", ctx.entity)
    rule = rule_of(ctx)
    about = ctx.entity.kind.replace("_", " ")
    text = f"The customer asks: {about} ({ctx.entity.clause}). Answer it, and record what was done."
    entity = ctx.entity
    effects: list[Effect] = []
    if rule is not None and rule.at_once:
        found = at_once(ctx, ctx.entity.raised_at)
        entity = replace(ctx.entity, due_at=found.due_at)
        effects.append(OpenDeadline(found, "Answer the customer", entity.agreement_id))
    task = OpenTask("matter", text, ctx.id, entity.due_at)
    return entity, (task, *effects, *letters(ctx, "received", entity))


def at_once(ctx: MatterStep, at: datetime) -> Due:
    """Due when it is asked, as the text has it (I-16)."""
    terms = ctx.context.terms
    counted = due_at_once(at, zone=terms.zone)
    return Due(
        rule=ANSWER, due_at=counted.due_at, last_day=counted.last_day, boundary=counted.boundary,
        clause=ctx.entity.clause, steps=counted.steps, party="processor", reading="at once, as the text says (I-16)",
        zone=terms.zone, calendar=calendar_for(terms.calendar).version,
    )  # fmt: skip


def letters(ctx: MatterStep, step: str, entity: Matter, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact for notices."""
    rule = rule_of(ctx)
    data = {
        "step": step,
        "kind": entity.kind,
        "clause": entity.clause,
        "about": entity.subject,
        "text": entity.text,
        "country": entity.country or "",
        "written": entity.form == "written",
        "cost": rule is not None and bool(rule.cost),
        **(more or {}),
    }
    lang = ctx.context.customer.language
    return tuple(
        Send("matter", ctx.context.customer.id, one.id, one.email or "", lang, data, counts=place == 0)
        for place, one in enumerate(addressed(ctx.context.customer, ctx.context.terms.notice_contacts))
    )


def _given(ctx: MatterStep, *, counts: bool) -> Matter:
    data: MatterReply = ctx.data
    answer = Given(
        answer=data.answer, by=data.by, channel=data.channel, received_at=data.received_at or ctx.at,
        recorded_at=ctx.now,
        recorded_by=ctx.command.actor, text=data.text, evidence=data.evidence, counts=counts,
    )  # fmt: skip
    return replace(ctx.entity, answers=(*ctx.entity.answers, answer))


def _said(ctx: MatterStep) -> tuple[dict[str, Any], dict[str, Any]]:
    data: MatterReply = ctx.data
    public = {"answer": data.answer, "channel": data.channel, "received_at": data.received_at or ctx.at}
    personal = {
        key: value for key, value in (("by", data.by), ("text", data.text), ("evidence", data.evidence)) if value
    }
    return public, personal


def answer(ctx: MatterStep) -> Outcome[Matter]:
    """The answer counts, and all contacts are told of it."""
    entity = replace(_given(ctx, counts=True), outcome=ctx.data.answer, answered_at=ctx.data.received_at or ctx.at)
    public, personal = _said(ctx)
    done = (CloseDeadline(ANSWER, "met"), CloseTasks(("matter", "matter_in_writing")))
    mails = letters(ctx, "answered", entity, {"answer": ctx.data.answer, "answer_text": ctx.data.text})
    return Outcome(entity, public, personal, (*done, *mails), event="answered")


def spoken(ctx: MatterStep) -> Outcome[Matter]:
    """P10: a spoken answer is on record and is none where the agreement wants it in writing."""
    public, personal = _said(ctx)
    text = f"The agreement wants this in writing ({ctx.entity.clause}): ask the customer for it."
    return Outcome(
        _given(ctx, counts=False),
        public,
        personal,
        (OpenTask("matter_in_writing", text, ctx.id),),
        event="spoken_answer",
    )


def take_back(ctx: MatterStep) -> Outcome[Matter]:
    """A consent is taken back: from here on it is no again."""
    entity = replace(ctx.entity, outcome=None, answered_at=None)
    text = "A consent was taken back: what rested on it stops, and somebody sees to that."
    task = OpenTask("consent_taken_back", text, ctx.id, role="director")
    mails = letters(ctx, "taken_back", entity, {"reason": ctx.data.reason})
    return Outcome(entity, {}, {"reason": ctx.data.reason}, (task, *mails), event="taken_back")


def close(ctx: MatterStep) -> Outcome[Matter]:
    """It is over; a consent that was given ends with it."""
    entity = replace(ctx.entity, closed_at=ctx.at, closed_why=ctx.data.reason)
    over = (CloseDeadline(ANSWER, "dropped"), CloseTasks(("matter", "matter_in_writing")))
    personal = {"reason": ctx.data.reason} if ctx.data.reason else {}
    return Outcome(entity, {}, personal, over, event="closed")


def _form_met(ctx: MatterStep) -> str | None:
    if ctx.entity.form == "written" and ctx.data.channel not in WRITTEN:
        return f"the agreement wants this in writing ({ctx.entity.clause})"
    return None


def _form_missing(ctx: MatterStep) -> str | None:
    return "it is in writing" if _form_met(ctx) is None else None


def _fits(ctx: MatterStep) -> str | None:
    if ctx.entity.kind in CONSENTS and ctx.data.answer not in ("consent", "refuse"):
        return "This asks for consent: answer consent or refuse; silence is neither."
    if ctx.entity.kind not in CONSENTS and ctx.data.answer in ("consent", "refuse"):
        return "This asks for no consent: answer agree, done or noted."
    return None


def _by_now(ctx: MatterStep) -> str | None:
    at = ctx.data.received_at
    if at is not None and at > ctx.now:
        return "The answer lies in the future: give the instant at which it arrived, up to now."
    return None


def _is_consent(ctx: MatterStep) -> str | None:
    return None if ctx.entity.outcome == "consent" else "There is no consent that could be taken back."


MATTER = Workflow(
    Table(
        name="matter",
        entity=Matter,
        context=MatterContext,
        initial="open",
        states=STATES,
        rows=(
            Row("answer", ("open", "answered"), "answered", answer, when=("form_met",), require=("fits", "by_now"),
                data=MatterReply, action=True),
            Row("answer", ("open", "answered"), None, spoken, when=("form_missing",), require=("fits", "by_now"),
                data=MatterReply, action=True),
            Row("take-back", ("answered",), "open", take_back, require=("is_consent",), data=Why, action=True),
            Row("close", ("open", "answered"), "closed", close, data=Why, action=True),
        ),
        guards={
            "form_met": _form_met,
            "form_missing": _form_missing,
            "fits": _fits,
            "by_now": _by_now,
            "is_consent": _is_consent,
        },
    )
)  # fmt: skip
