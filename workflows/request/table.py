"""A data subject's request: passed to the controller at once, or helped with in the time that the agreement gives.

    received → (paused →) fulfilled | refused           asked by the customer
    received → forwarded → received …                    reached the processor itself

The processor never answers a data subject: that is the controller's, whose time by law is shown beside. What the
processor waits for moves its own period only where the customer agrees, and the law's never.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask, Send
from workflows.machine.machine import Workflow
from workflows.machine.recipients import recipients, to_each
from workflows.machine.vocabulary import BIRTH, D_co, Outcome, Row, Standing, State, StepInput, Table
from workflows.model.parties import Channel
from workflows.model.request import (
    Assist,
    Because,
    Extend,
    Extension,
    Fulfil,
    Pause,
    PauseIn,
    Request,
    RequestContext,
    Written,
)
from workflows.model.task_words import after, clause_words, rests_on, task_words
from workflows.terms.counting import calendar_of_rule
from workflows.terms.due import due
from workflows.terms.law import ANSWER, ground, longer, rule_of
from workflows.terms.model import Due
from workflows.terms.model import Requests as RequestTerms
from workflows.time import calendar_for, count, end_of_day, local_day, parse_period

RequestStep = StepInput[Request, RequestContext, D_co]
RequestStanding = Standing[Request, RequestContext]
RequestAlone = Standing[Request, object]

ASSIST = "request.assist"
FORWARD = "request.forward"
WRITTEN = ("link", "mail", "letter")
_FROM_HERE = (
    "Nobody has said when the controller itself received the request: counted from its receipt by the processor, so "
    "this is the latest that it can be, and earlier where the controller had it before."
)
_JUST_BEFORE = timedelta(microseconds=1)
TASKS = ("request_forward", "request_help", "request_written")

STATES = (
    State("received", "On record: helped with, or passed on where it came from the person itself.",
          frozenset({"live", "running"})),
    State("paused", "Something is missing that only the customer can give; what is due stays, unless it agreed.",
          frozenset({"live"})),
    State("forwarded", "Passed to the customer, or the person was referred to it: the answer is the customer's.",
          frozenset({"live"})),
    State("fulfilled", "What the customer asked for was supplied.", final=True),
    State("refused", "The help was refused, with its reason.", final=True),
)  # fmt: skip


def rules(ctx: RequestStanding) -> RequestTerms:
    """What the agreement says on requests; where it says nothing, the law's silence on numbers and forms."""
    return ctx.context.terms.requests or RequestTerms(clause="", direct="silent")


def received(ctx: RequestStep) -> Outcome[Request]:
    """A request as it comes in: its clocks, and what somebody must do."""
    match ctx.entity.received_from:
        case "data_subject":
            entity, effects = _to_pass_on(ctx)
        case "customer":
            entity, effects = _to_help(ctx, ctx.entity.channel, ctx.entity.received_at)
    said = {
        "agreement_id": entity.agreement_id,
        "kind": entity.kind,
        "received_from": entity.received_from,
        "received_at": entity.received_at,
        "channel": entity.channel,
        "due_at": entity.due_at,
        "answer_due_at": entity.answer_due_at,
    }
    personal = {"reference": entity.reference, "note": entity.note}
    return Outcome(entity, said, {key: value for key, value in personal.items() if value}, effects)


def _to_pass_on(ctx: RequestStanding) -> tuple[Request, tuple[Effect, ...]]:
    effects: list[Effect] = []
    by = ctx.entity.received_at  # at once, where the text gives no time for it
    if FORWARD in ctx.context.terms.rules:
        found = due(ctx.context.terms, FORWARD, ctx.entity.received_at, ctx.context.agreement.facts)
        if found.due_at is not None:
            by = found.due_at
            effects.append(OpenDeadline(found, "Pass the request on", ctx.entity.agreement_id))
    how = task_words("refer" if _refers(ctx) else "pass_on")
    text = task_words("request_forward", how=how, rests_on=rests_on(ctx.context.terms, _direct_clause(ctx)))
    effects.append(OpenTask("request_forward", text, ctx.id, by))
    entity, more = _month(ctx, ctx.entity, ctx.entity.controller_received_at)
    return entity, (*effects, *more)


def _direct_clause(ctx: RequestStanding) -> str:
    """On what it rests that a person's own request is passed on: the agreement's words first, and a law's article only
    where it has none."""
    terms, said = ctx.context.terms, rules(ctx)
    if said.direct_clause:
        return said.direct_clause
    if FORWARD in terms.rules and not _refers(ctx):
        return terms.rules[FORWARD].clause
    written = terms.requests is not None and said.direct != "silent"
    return said.clause if written else ground(terms, "direct_request")


def _refers(ctx: RequestStanding) -> bool:
    return rules(ctx).direct == "refer"


def _to_help(ctx: RequestStanding, channel: Channel | None, at: datetime) -> tuple[Request, tuple[Effect, ...]]:
    """The processor's help: its clock runs from a written request where the agreement wants one.

    Where nobody has said how it came, the clock runs at once, the strictest way, and that is asked for.
    """
    entity = replace(ctx.entity, written_at=at if channel in WRITTEN else None)
    if not _must_be_written(ctx) or channel in WRITTEN:
        return _clock(ctx, entity, at)
    if channel is not None:
        text = task_words("request_text" if rules(ctx).form == "text" else "request_written")
        entity, more = _month(ctx, entity, entity.controller_received_at or at)
        return entity, (OpenTask("request_written", text, ctx.id), *more)
    text = task_words("request_channel_unsaid")
    entity, more = _clock(ctx, entity, at)
    return entity, (OpenTask("request_written", text, ctx.id), *more)


def _must_be_written(ctx: RequestStanding) -> bool:
    return rules(ctx).form != "any"


def _clock(ctx: RequestStanding, entity: Request, at: datetime) -> tuple[Request, tuple[Effect, ...]]:
    facts: dict[str, Any] = dict(ctx.context.agreement.facts)
    if entity.controller_received_at is not None:
        facts["controller_received_at"] = entity.controller_received_at.isoformat()
    effects: list[Effect] = []
    found = due(ctx.context.terms, ASSIST, at, facts) if ASSIST in ctx.context.terms.rules else None
    if found is not None and found.due_at is not None:
        entity = replace(entity, due_at=found.due_at, original_due_at=found.due_at)
        effects.append(OpenDeadline(found, "Help the customer with the request", entity.agreement_id))
    text = task_words("request_help", what=task_words(f"kind_{entity.kind}"))
    free = rules(ctx).free
    if free is not None:
        kept = task_words("request_free", clause=clause_words(ctx.context.terms, free.clause))
        text = after(text, kept)
    effects.append(OpenTask("request_help", text, ctx.id, entity.due_at))
    entity, more = _month(ctx, entity, entity.controller_received_at or at)
    return entity, (*effects, *more)


def _month(ctx: RequestStanding, entity: Request, at: datetime | None) -> tuple[Request, tuple[Effect, ...]]:
    """The controller's own time to answer, where the law gives one, once it is known to have begun."""
    if at is None or entity.answer_due_at is not None or rule_of(ctx.context.terms, ANSWER) is None:
        return entity, ()
    found = due(ctx.context.terms, ANSWER, at, ctx.context.agreement.facts)
    if found.due_at is None:
        return entity, ()
    if counted_from_here(entity):
        found = replace(found, steps=(_FROM_HERE, *found.steps))
    text = "Answer the data subject"
    return replace(entity, answer_due_at=found.due_at), (OpenDeadline(found, text, entity.agreement_id),)


def counted_from_here(request: Request) -> bool:
    """Whether the controller's time is counted from receipt here, since nobody has said when it got the request itself:
    it may have begun earlier, and then ends earlier."""
    unsaid = request.controller_received_at is None and request.forwarded_at is None
    return unsaid and request.received_from == "customer"


def _longer(ctx: RequestStanding, entity: Request, period: str) -> Due:
    """The controller's time to answer, as long as the law lets it be with a reason."""
    terms = ctx.context.terms
    began = entity.controller_received_at or entity.forwarded_at or entity.received_at
    calendar = calendar_of_rule(terms, ANSWER)
    counted = count(parse_period(period), began, zone=terms.zone, calendar=calendar, party="controller")
    found = due(terms, ANSWER, began, ctx.context.agreement.facts)
    why = f"Extended by the controller with its reason: {parse_period(period).words('en')} in all ({found.clause})."
    return replace(found, due_at=counted.due_at, last_day=counted.last_day, steps=(why, *counted.steps))


def _moved(ctx: RequestStanding, due_at: datetime, why: str) -> Due:
    """The processor's help at another instant, with the reason."""
    terms = ctx.context.terms
    rule = terms.rules[ASSIST]
    return Due(
        rule=ASSIST, due_at=due_at, last_day=local_day(due_at - _JUST_BEFORE, terms.zone), boundary="exclusive",
        clause=rule.clause, steps=(why,), party="processor", reading=rule.reading, zone=terms.zone,
        calendar=calendar_for(terms.calendar).version,
    )  # fmt: skip


def letters(ctx: RequestStanding, step: str, entity: Request, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact for privacy, else to those for notices."""
    data = {
        "step": step,
        "kind": entity.kind,
        "reference": entity.reference,
        "received_at": entity.received_at.isoformat(),
        "due_at": entity.due_at.isoformat() if entity.due_at is not None else None,
        "answer_due_at": entity.answer_due_at.isoformat() if entity.answer_due_at is not None else None,
        "clause": ctx.context.terms.rules[ASSIST].clause if ASSIST in ctx.context.terms.rules else "",
        "referred": _refers(ctx),
        "answer_clause": _answer_clause(ctx),
        "counted_from_here": counted_from_here(entity),
        "cost": bool(rules(ctx).cost),
        **(more or {}),
    }
    customer = ctx.context.customer
    return to_each("request", customer, recipients(customer, ("privacy",), ctx.context.terms.notice_contacts), data)


def _answer_clause(ctx: RequestStanding) -> str:
    rule = rule_of(ctx.context.terms, ANSWER)
    return rule.clause if rule is not None else ""


def forward(ctx: RequestStep) -> Outcome[Request]:
    """The customer is told at once, or the person referred to it; nobody here answers (ST-A3)."""
    entity = replace(ctx.entity, forwarded_at=ctx.at)
    entity, month = _month(ctx, entity, ctx.at)
    done = (CloseDeadline(FORWARD, "met"), CloseTasks(("request_forward",)))
    return Outcome(
        entity,
        {"referred": _refers(ctx)},
        effects=(*done, *month, *letters(ctx, "forwarded", entity)),
    )


def assist(ctx: RequestStep[Assist]) -> Outcome[Request]:
    """The customer asks for help with what was passed to it: the clock of the help runs from there."""
    entity, effects = _to_help(ctx, ctx.data.channel, ctx.at)
    entity = replace(entity, received_from="customer", channel=ctx.data.channel)
    return Outcome(entity, {"channel": ctx.data.channel, "due_at": entity.due_at}, _who(ctx), effects)


def written(ctx: RequestStep[Written]) -> Outcome[Request]:
    """The request came in writing: from here on the agreement counts."""
    at = ctx.data.received_at or ctx.at
    entity, effects = _clock(ctx, replace(ctx.entity, written_at=at), at)
    done = CloseTasks(("request_written",))
    public = {"channel": ctx.data.channel, "received_at": at, "due_at": entity.due_at}
    return Outcome(entity, public, _who(ctx), (done, *effects))


def _who(ctx: RequestStep[Assist | Written]) -> dict[str, Any]:
    return {key: value for key, value in (("by", ctx.data.by), ("evidence", ctx.data.evidence)) if value}


def pause(ctx: RequestStep[PauseIn]) -> Outcome[Request]:
    """Something is missing that the customer must give. What is due stays, unless the customer agrees that it waits."""
    given = ctx.data
    stood = Pause(since=ctx.at, reason=given.reason, agreed_by=given.agreed_by.strip())
    entity = replace(ctx.entity, pauses=(*ctx.entity.pauses, stood))
    agreed = bool(stood.agreed_by)
    waits = (CloseDeadline(ASSIST, "dropped"),) if agreed else ()
    mails = letters(ctx, "paused", entity, {"reason": given.reason, "agreed": agreed})
    personal = {key: value for key, value in (("reason", given.reason), ("agreed_by", stood.agreed_by)) if value}
    return Outcome(entity, {"agreed": agreed}, personal, (*waits, *mails))


def resume(ctx: RequestStep) -> Outcome[Request]:
    """It goes on. The help is due later by as long as a pause took that the customer agreed to; nothing else moves,
    nor does a day that it named meanwhile."""
    last = ctx.entity.pauses[-1]
    took = ctx.at - last.since
    entity = replace(ctx.entity, pauses=(*ctx.entity.pauses[:-1], replace(last, until=ctx.at)))
    named = any(one.until is not None and one.at >= last.since for one in entity.extensions)
    if not last.agreed_by or named or entity.due_at is None or ASSIST not in ctx.context.terms.rules:
        return Outcome(entity, {"due_at": entity.due_at})
    why = (
        f"Moved by the pause of {took}, to which {last.agreed_by} agreed: {last.reason}. The agreement itself knows "
        f"no pause; without it {ctx.entity.original_due_at} (UTC) would count."
    )
    moved = _moved(ctx, entity.due_at + took, why)
    shown = OpenDeadline(moved, "Help the customer with the request", entity.agreement_id)
    return Outcome(replace(entity, due_at=moved.due_at), {"due_at": moved.due_at}, effects=(shown,))


def extend(ctx: RequestStep[Extend]) -> Outcome[Request]:
    """The controller takes its two further months, or agreed to a later day for the help."""
    data = ctx.data
    entity = replace(
        ctx.entity,
        extensions=(
            *ctx.entity.extensions,
            Extension(at=ctx.at, reason=data.reason, until=data.until, agreed_by=data.agreed_by),
        ),
    )
    effects: list[Effect] = []
    if data.until is not None:
        moved = end_of_day(data.until, ctx.context.terms.zone)
        entity = replace(entity, due_at=moved)
        if ASSIST in ctx.context.terms.rules:
            why = f"Agreed with the customer ({data.agreed_by}): {data.reason}."
            text = "Help the customer with the request"
            effects.append(OpenDeadline(_moved(ctx, moved, why), text, entity.agreement_id))
    elif entity.answer_due_at is not None and (period := longer(ctx.context.terms, ANSWER)) is not None:
        found = _longer(ctx, entity, period)
        entity = replace(entity, answer_due_at=found.due_at)
        effects.append(OpenDeadline(found, "Answer the data subject", entity.agreement_id))
    said = {"until": data.until, "due_at": entity.due_at, "answer_due_at": entity.answer_due_at}
    mails = letters(ctx, "extended", entity, {"reason": data.reason})
    personal = {key: value for key, value in (("reason", data.reason), ("agreed_by", data.agreed_by)) if value}
    return Outcome(entity, said, personal, (*effects, *mails))


def _over(entity: Request) -> tuple[Effect, ...]:
    return (
        CloseDeadline(ASSIST, "met"),
        CloseDeadline(FORWARD, "met"),
        CloseDeadline(ANSWER, "dropped"),
        CloseTasks(TASKS),
    )


def fulfil(ctx: RequestStep[Fulfil]) -> Outcome[Request]:
    """The customer has what it asked for."""
    late = ctx.entity.due_at is not None and ctx.at >= ctx.entity.due_at
    entity = replace(ctx.entity, settled_at=ctx.at, result=ctx.data.note, evidence=ctx.data.evidence)
    words = {key: value for key, value in (("note", ctx.data.note), ("evidence", ctx.data.evidence)) if value}
    mails = letters(ctx, "fulfilled", entity, {"note": ctx.data.note})
    return Outcome(entity, {"late": late}, words, (*_over(entity), *mails))


def refuse(ctx: RequestStep[Because]) -> Outcome[Request]:
    """The processor cannot or may not help; whether and how the person is answered stays the controller's."""
    entity = replace(ctx.entity, settled_at=ctx.at, result=ctx.data.reason)
    mails = letters(ctx, "refused", entity, {"reason": ctx.data.reason})
    return Outcome(entity, {}, {"reason": ctx.data.reason}, (*_over(entity), *mails))


def _from_person(ctx: RequestAlone) -> str | None:
    if ctx.entity.received_from == "data_subject":
        return None
    return "The customer itself sent this request: it is helped with, not passed on."


def _from_customer(ctx: RequestStanding) -> str | None:
    if ctx.entity.received_from == "customer":
        return None
    cited = _direct_clause(ctx)
    clause = f" ({cited})" if cited else ""
    return f"The person itself asked: the processor answers nothing and passes it on at once{clause}; use forward."


def _not_written(ctx: RequestStanding) -> str | None:
    if ctx.entity.written_at is not None:
        return "The request is in writing already: its period runs."
    return None if _must_be_written(ctx) else "The agreement asks for no writing: the period runs."


def _is_written(ctx: RequestStanding) -> str | None:
    if ctx.entity.written_at is not None or ctx.entity.channel is None or not _must_be_written(ctx):
        return None
    return f"The agreement asks for a written request ({ctx.context.terms.rules[ASSIST].clause}): record it first."


def _reason_given(ctx: RequestStep[Because | PauseIn | Extend]) -> str | None:
    return None if ctx.data.reason.strip() else "Give the reason in words: the customer is told of it."


def _agreed(ctx: RequestStep[Extend]) -> str | None:
    if ctx.data.until is None:
        return None
    if not ctx.data.agreed_by.strip():
        return "The processor's own period is never extended by itself: say in agreed_by who at the customer agreed."
    if end_of_day(ctx.data.until, ctx.context.terms.zone) <= ctx.now:
        return "The day lies in the past: name one that is still to come."
    return None


def _in_first_month(ctx: RequestStep[Extend]) -> str | None:
    if ctx.data.until is not None or ctx.entity.answer_due_at is None or ctx.at < ctx.entity.answer_due_at:
        return None
    return f"{_answer_clause(ctx)}: more time may be taken within the first period alone, and that is over."


def _may_be_longer(ctx: RequestStep[Extend]) -> str | None:
    if ctx.data.until is not None or longer(ctx.context.terms, ANSWER) is not None:
        return None
    return "No law of this agreement lets the answer take longer: name in until the day that the customer agreed to."


def _written_by_now(ctx: RequestStep[Written]) -> str | None:
    at = ctx.data.received_at
    return (
        "The writing lies in the future: give the instant at which it arrived."
        if at is not None and at > ctx.now
        else None
    )


LIVE = ("received", "paused")

REQUEST = Workflow(
    Table(
        name="request",
        entity=Request,
        context=RequestContext,
        states=STATES,
        rows=(
            Row("create", BIRTH, "received", received, event="created"),
            Row("forward", ("received",), "forwarded", forward, require=(_from_person,), event="forwarded",
                action=True),
            Row("assist", ("forwarded",), "received", assist, data=Assist, event="help_asked", action=True),
            Row("written", ("received",), None, written, require=(_from_customer, _not_written, _written_by_now),
                data=Written, action=True),
            Row("pause", ("received",), "paused", pause, require=(_from_customer, _reason_given), data=PauseIn,
                event="paused", action=True),
            Row("resume", ("paused",), "received", resume, event="resumed", action=True),
            Row("extend", LIVE, None, extend,
                require=(_from_customer, _reason_given, _agreed, _may_be_longer, _in_first_month), data=Extend,
                event="extended", action=True),
            Row("fulfil", LIVE, "fulfilled", fulfil, require=(_from_customer, _is_written), data=Fulfil,
                event="fulfilled", action=True),
            Row("fulfil", ("forwarded",), "fulfilled", fulfil, data=Fulfil, event="fulfilled", action=True),
            Row("refuse", LIVE, "refused", refuse, require=(_from_customer, _reason_given), data=Because,
                event="refused", action=True),
        ),
        path="requests",
        parent="agreement_id",
    )
)  # fmt: skip
