"""A matter between the parties: asked or told, answered, and kept as evidence. Silence is never an answer.

open → answered → (open, where a consent is taken back)
open | answered → closed
"""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask, Send
from workflows.machine.machine import Workflow
from workflows.machine.messages import HOLD
from workflows.machine.recipients import recipients, to_each
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.matter.retention import ERASURE, days_problem, named, still_to_erase
from workflows.matter.retention import TASK as ERASE
from workflows.model.evidence import ids_of
from workflows.model.matter import Given, Matter, MatterContext, MatterReply, TakeBack, Why
from workflows.model.task_words import InEach, after, clause_words, task_words
from workflows.terms.due import due
from workflows.terms.model import Due, MatterRule
from workflows.terms.names import MATTER_RULE
from workflows.time import calendar_for, due_at_once, end_of_day, local_day

MatterStep = StepInput[Matter, MatterContext, D_co]
MatterStanding = Standing[Matter, MatterContext]

ANSWER = "matter.answer"
WRITTEN = ("link", "mail", "letter")
CONSENTS = ("storage_consent", "disclosure_consent")
"""Kinds whose answer is a yes or a no, asked beforehand; without a yes it is no."""
DATA_GO = "erasure_or_return"
"""The kind that is no question: data have to be gone or given back in time."""

STATES = (
    State("open", "It waits for the other party; without an answer nothing is allowed and nothing is done.",
          frozenset({"live"})),
    State("answered", "The answer that counts is on record.", frozenset({"live", "settled"})),
    State("closed", "Over: a consent that was given ended with it.", final=True),
)  # fmt: skip


def rule_of(ctx: MatterStanding) -> MatterRule | None:
    """What the agreement says on matters of this kind, None where only the law does."""
    entity, rules = ctx.entity, ctx.context.terms.matters
    return next((one for one in rules if (one.kind, one.raised_by) == (entity.kind, entity.raised_by)), None)


def raised(ctx: MatterStep) -> Outcome[Matter]:
    """A matter as it is raised: told to the customer, or put before a person here."""
    entity, effects = (ctx.entity, letters(ctx, "raised", ctx.entity)) if _by_processor(ctx) else _to_answer(ctx)
    said = {
        "agreement_id": entity.agreement_id,
        "kind": entity.kind,
        "raised_by": entity.raised_by,
        "clause": entity.clause,
        "country": entity.country,
        "due_at": entity.due_at,
        "erase_by": entity.erase_by,
        "keep_until": entity.keep_until,
    }
    personal = {"subject": entity.subject, "text": entity.text}
    return Outcome(entity, said, {key: value for key, value in personal.items() if value}, effects)


def _by_processor(ctx: MatterStanding) -> bool:
    return ctx.entity.raised_by == "processor"


def _to_answer(ctx: MatterStanding) -> tuple[Matter, tuple[Effect, ...]]:
    """What the customer asks is put before a person, at once where the agreement says so."""
    rule = rule_of(ctx)
    data_go = ctx.entity.kind == DATA_GO
    about = task_words(f"matter_{ctx.entity.kind}")
    text = task_words("matter_data", clause=_found(ctx)) if data_go else (
        task_words("matter", about=about, clause=_found(ctx))
    )  # fmt: skip
    entity = ctx.entity
    effects: list[Effect] = []
    found = at_once(ctx, entity.raised_at) if rule is not None and rule.at_once else within(ctx, entity.raised_at)
    if found is not None and found.due_at is not None:
        entity = replace(ctx.entity, due_at=found.due_at)
        done = "Erase or return what the customer named" if data_go else "Answer the customer"
        effects.append(OpenDeadline(found, done, entity.agreement_id))
    if entity.kind == "retention_terms":
        entity, text = _of_days(ctx, entity, text)
        effects += named(ctx, entity)
    task = OpenTask("matter", text, entity.id, entity.due_at)
    return entity, (task, *effects, *letters(ctx, "received", entity))


def _found(ctx: MatterStanding) -> InEach:
    return clause_words(ctx.context.terms, ctx.entity.clause)


def _of_days(ctx: MatterStanding, entity: Matter, text: InEach) -> tuple[Matter, InEach]:
    """What it says of days is due by them; a day that stands in its words alone is asked for."""
    if entity.erase_by is not None:
        return replace(entity, due_at=end_of_day(entity.erase_by, ctx.context.terms.zone)), text
    if entity.keep_until is not None:
        return entity, text
    return entity, after(text, task_words("matter_day"))


def at_once(ctx: MatterStanding, at: datetime) -> Due:
    """Due when it is asked, as the text has it (I-16)."""
    terms = ctx.context.terms
    counted = due_at_once(at, zone=terms.zone)
    return Due(
        rule=ANSWER, due_at=counted.due_at, last_day=counted.last_day, boundary=counted.boundary,
        clause=ctx.entity.clause, steps=counted.steps, party="processor", reading="at once, as the text says (I-16)",
        zone=terms.zone, calendar=calendar_for(terms.calendar).version,
    )  # fmt: skip


def within(ctx: MatterStanding, at: datetime) -> Due | None:
    """How soon the agreement has this kind answered; None where it gives no time."""
    terms, name = ctx.context.terms, f"{MATTER_RULE}{ctx.entity.kind}"
    if name not in terms.rules:
        return None
    found = due(terms, name, at, ctx.context.agreement.facts)
    return replace(found, rule=ANSWER) if found.boundary != "from" else None


def letters(ctx: MatterStanding, step: str, entity: Matter, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact for notices."""
    rule = rule_of(ctx)
    data = {
        "step": step,
        "kind": entity.kind,
        "clause": entity.clause,
        "about": entity.subject,
        "text": entity.text,
        "country": entity.country or "",
        "written": entity.form != "any",
        **({"form": entity.form} if entity.form == "text" else {}),
        "cost": rule is not None and bool(rule.cost),
        **({"due_at": entity.due_at} if entity.kind == DATA_GO and entity.due_at is not None else {}),
        **(more or {}),
    }
    customer = ctx.context.customer
    return to_each("matter", customer, recipients(customer, ctx.context.terms.notice_contacts), data)


def _given(ctx: MatterStep[MatterReply], *, counts: bool) -> Matter:
    data = ctx.data
    answer = Given(
        answer=data.answer, by=data.by, channel=data.channel, received_at=data.received_at or ctx.at,
        recorded_at=ctx.now,
        recorded_by=ctx.command.actor, text=data.text, evidence=data.evidence,
        files=ids_of(ctx.command.files), counts=counts,
    )  # fmt: skip
    return replace(ctx.entity, answers=(*ctx.entity.answers, answer))


def _reply_fields(ctx: MatterStep[MatterReply]) -> tuple[dict[str, Any], dict[str, Any]]:
    data = ctx.data
    public: dict[str, Any] = {"answer": data.answer, "channel": data.channel, "received_at": data.received_at or ctx.at}
    public |= {key: day for key, day in (("erase_by", data.erase_by), ("keep_until", data.keep_until)) if day}
    personal = {
        key: value for key, value in (("by", data.by), ("text", data.text), ("evidence", data.evidence)) if value
    }
    return public, personal


def answer(ctx: MatterStep[MatterReply]) -> Outcome[Matter]:
    """The answer counts, and all contacts are told of it."""
    given = ctx.data
    entity = replace(
        _given(ctx, counts=True),
        outcome=given.answer,
        answered_at=given.received_at or ctx.at,
        erase_by=given.erase_by or ctx.entity.erase_by,
        keep_until=given.keep_until or ctx.entity.keep_until,
    )
    if given.erase_by is not None:
        entity = replace(entity, due_at=end_of_day(given.erase_by, ctx.context.terms.zone))
    public, personal = _reply_fields(ctx)
    done: list[Effect] = [CloseDeadline(ANSWER, "met"), CloseTasks(("matter", "matter_in_writing"))]
    if given.answer == "done":
        done += [CloseDeadline(ERASURE, "met"), CloseTasks((ERASE,))]
    else:
        done += (*named(ctx, entity), *still_to_erase(entity))
    mails = letters(ctx, "answered", entity, {"answer": given.answer, "answer_text": given.text})
    return Outcome(entity, public, personal, (*done, *mails))


def spoken(ctx: MatterStep[MatterReply]) -> Outcome[Matter]:
    """P10: a spoken answer is on record and is none where the agreement wants it in writing."""
    public, personal = _reply_fields(ctx)
    text = task_words("matter_in_text" if ctx.entity.form == "text" else "matter_in_writing", clause=_found(ctx))
    return Outcome(
        _given(ctx, counts=False),
        public,
        personal,
        (OpenTask("matter_in_writing", text, ctx.id),),
    )


def take_back(ctx: MatterStep[TakeBack]) -> Outcome[Matter]:
    """A consent is taken back: from here on it is no again."""
    entity = replace(ctx.entity, outcome=None, answered_at=None)
    text = task_words("consent_taken_back")
    task = OpenTask("consent_taken_back", text, ctx.id, role="director")
    mails = letters(ctx, "taken_back", entity, {"reason": ctx.data.reason})
    data = ctx.data
    personal = {
        key: value for key, value in (("by", data.by), ("reason", data.reason), ("evidence", data.evidence)) if value
    }
    return Outcome(entity, {"channel": data.channel}, personal, (task, *mails))


def close(ctx: MatterStep[Why]) -> Outcome[Matter]:
    """It is over; a consent that was given ends with it."""
    entity = replace(ctx.entity, closed_at=ctx.at, closed_why=ctx.data.reason)
    over = (
        CloseDeadline(ANSWER, "dropped"),
        CloseDeadline(ERASURE, "dropped"),
        CloseTasks(("matter", "matter_in_writing", ERASE)),
    )
    personal = {"reason": ctx.data.reason} if ctx.data.reason else {}
    return Outcome(entity, {}, personal, over)


def _form_met(ctx: MatterStep[MatterReply]) -> str | None:
    own = ctx.entity.raised_by == "controller" and ctx.data.channel is None
    if ctx.entity.form == "any" or ctx.data.channel in WRITTEN or own:
        return None
    if ctx.entity.form == "text":
        return f"the agreement wants this in text form, such as a mail ({ctx.entity.clause})"
    return f"the agreement wants this in writing ({ctx.entity.clause})"


def _fits(ctx: MatterStep[MatterReply]) -> str | None:
    if ctx.entity.kind in CONSENTS and ctx.data.answer not in ("consent", "refuse"):
        return "This asks for consent: answer consent or refuse; silence is neither."
    if ctx.entity.kind not in CONSENTS and ctx.data.answer in ("consent", "refuse"):
        return "This asks for no consent: answer agree, done or noted."
    return None


def _by_now(ctx: MatterStep[MatterReply]) -> str | None:
    at = ctx.data.received_at
    if at is not None and at > ctx.now:
        return "The answer lies in the future: give the instant at which it arrived, up to now."
    return None


def _latest_word(ctx: MatterStep[MatterReply]) -> str | None:
    """Whenever it is entered, an answer takes nothing away that was said after it (P5); a no is always taken."""
    answered = ctx.entity.answered_at if ctx.data.answer != "refuse" else None
    if answered is not None and answered > (ctx.data.received_at or ctx.at):
        return "A later answer is on record, and that counts: correct `received_at` if it is wrong."
    return None


def _days_fit(ctx: MatterStep[MatterReply]) -> str | None:
    today = local_day(ctx.now, ctx.context.terms.zone)
    problem = days_problem(ctx.entity.kind, ctx.data.erase_by, ctx.data.keep_until, today)
    return f"Mend `{problem.path}`: it {problem.message}." if problem is not None else None


def _is_consent(ctx: Standing[Matter, object]) -> str | None:
    return None if ctx.entity.outcome == "consent" else "There is no consent that could be taken back."


MATTER = Workflow(
    Table(
        name="matter",
        entity=Matter,
        context=MatterContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "open", raised, event="created"),
            Row("answer", ("open", "answered"), "answered", answer, when=(_form_met,),
                require=(_fits, _by_now, _latest_word, _days_fit), data=MatterReply, event="answered", action=True),
            Row("answer", ("open", "answered"), None, spoken, unless=(_form_met,), require=(_fits, _by_now),
                data=MatterReply, event="spoken_answer", action=True),
            Row("take-back", ("answered",), "open", take_back, require=(_is_consent,), data=TakeBack,
                event="taken_back", action=True),
            Row("close", ("open", "answered"), "closed", close, data=Why, event="closed", action=True),
        ),
        tells=(HOLD,),
        path="matters",
        parent="agreement_id",
    )
)  # fmt: skip
