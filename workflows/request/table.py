"""A data subject's request: passed to the controller at once, or helped with in the time that the agreement gives.

    received → (paused →) fulfilled | refused           asked by the customer
    received → forwarded → received …                    reached the processor itself

The processor never answers a data subject: that is the controller's, whose month is shown beside.
"""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from workflows.machine.effects import (
    CloseDeadline,
    CloseTasks,
    Effect,
    OpenDeadline,
    OpenTask,
    Send,
)
from workflows.machine.machine import Workflow
from workflows.machine.recipients import addressed
from workflows.machine.vocabulary import (
    Carrier,
    Outcome,
    Row,
    State,
    Table,
)
from workflows.model.parties import Contact
from workflows.model.request import (
    Because,
    Extend,
    Extension,
    Fulfil,
    Pause,
    Request,
    RequestContext,
    Written,
)
from workflows.terms.due import due
from workflows.terms.model import Due
from workflows.terms.model import Requests as RequestTerms
from workflows.time import calendar_for, count, end_of_day, local_day, parse_period

At = Carrier[Request, RequestContext]

ASSIST = "request.assist"
FORWARD = "request.forward"
ANSWER = "request.answer"
GDPR_12 = "GDPR 12(3)"
WRITTEN = ("link", "mail", "letter")
_JUST_BEFORE = timedelta(microseconds=1)
TASKS = ("request_forward", "request_help", "request_written")

STATES = (
    State("received", "On record: helped with, or passed on where it came from the person itself.",
          frozenset({"live", "running"})),
    State("paused", "Something is missing that only the customer can give; what is due waits so long.",
          frozenset({"live"})),
    State("forwarded", "Passed to the customer, or the person was referred to it: the answer is the customer's.",
          frozenset({"live"})),
    State("fulfilled", "What the customer asked for was supplied.", final=True),
    State("refused", "The help was refused, with its reason.", final=True),
)  # fmt: skip


def rules(c: At) -> RequestTerms:
    """What the agreement says on requests; where it says nothing, the law's silence on numbers and forms."""
    return c.context.terms.requests or RequestTerms(clause="", direct="silent")


def begin(c: At) -> tuple[Request, tuple[Effect, ...]]:
    """A request as it comes in: its clocks, and what somebody must do."""
    match c.entity.received_from:
        case "data_subject":
            return _to_pass_on(c)
        case "customer":
            return _to_help(c)


def _to_pass_on(c: At) -> tuple[Request, tuple[Effect, ...]]:
    effects: list[Effect] = []
    if FORWARD in c.context.terms.rules:
        found = due(c.context.terms, FORWARD, c.entity.received_at, c.context.agreement.facts)
        if found.due_at is not None:
            effects.append(OpenDeadline(found, "Pass the request on", c.entity.agreement_id))
    clause = rules(c).direct_clause
    how = "refer the person to the customer" if _refers(c) else "pass the request to the customer"
    text = (
        f"A data subject asked the processor itself: {how} at once, and answer nothing ({clause or 'GDPR 28(3)(e)'})."
    )
    effects.append(OpenTask("request_forward", text, c.id, c.entity.received_at))
    entity, more = _month(c, c.entity, c.entity.controller_received_at)
    return entity, (*effects, *more)


def _refers(c: At) -> bool:
    return rules(c).direct == "refer"


def _to_help(c: At) -> tuple[Request, tuple[Effect, ...]]:
    """The processor's help: its clock runs from a written request where the agreement wants one."""
    entity = c.entity
    if _must_be_written(c) and entity.channel not in WRITTEN:
        text = "The agreement counts from a written request: ask the customer for one, and record when it arrives."
        entity, more = _month(c, entity, entity.controller_received_at or entity.received_at)
        return entity, (OpenTask("request_written", text, c.id), *more)
    return _clock(c, replace(entity, written_at=entity.received_at), entity.received_at)


def _must_be_written(c: At) -> bool:
    return rules(c).form == "written"


def _clock(c: At, entity: Request, at: datetime) -> tuple[Request, tuple[Effect, ...]]:
    facts: dict[str, Any] = dict(c.context.agreement.facts)
    if entity.controller_received_at is not None:
        facts["controller_received_at"] = entity.controller_received_at.isoformat()
    effects: list[Effect] = []
    found = due(c.context.terms, ASSIST, at, facts) if ASSIST in c.context.terms.rules else None
    if found is not None and found.due_at is not None:
        entity = replace(entity, due_at=found.due_at, original_due_at=found.due_at)
        effects.append(OpenDeadline(found, "Help the customer with the request", entity.agreement_id))
    text = f"Help the customer with a request for {entity.kind}, and record what was supplied."
    effects.append(OpenTask("request_help", text, c.id, entity.due_at))
    entity, more = _month(c, entity, entity.controller_received_at or at)
    return entity, (*effects, *more)


def _month(c: At, entity: Request, at: datetime | None) -> tuple[Request, tuple[Effect, ...]]:
    """The controller's own month (GDPR 12(3), counted by Regulation 1182/71), once it is known to have begun."""
    if at is None or entity.answer_due_at is not None:
        return entity, ()
    found = _controllers(c, at, "P1M", "one month from the controller's receipt")
    text = "Answer the data subject"
    return replace(entity, answer_due_at=found.due_at), (OpenDeadline(found, text, entity.agreement_id),)


def _controllers(c: At, at: datetime, period: str, reading: str) -> Due:
    terms = c.context.terms
    calendar = calendar_for(terms.calendar)
    counted = count(parse_period(period), at, zone=terms.zone, calendar=calendar, party="controller")
    return Due(
        rule=ANSWER, due_at=counted.due_at, last_day=counted.last_day, boundary=counted.boundary, clause=GDPR_12,
        steps=(f"{GDPR_12}: {reading}.", *counted.steps), party="controller",
        reading=f"{reading}; shown as the controller's, never acted on (I-19)", zone=terms.zone,
        calendar=calendar.version,
    )  # fmt: skip


def _moved(c: At, due_at: datetime, why: str) -> Due:
    """The processor's help at another instant, with the reason."""
    terms = c.context.terms
    rule = terms.rules[ASSIST]
    return Due(
        rule=ASSIST, due_at=due_at, last_day=local_day(due_at - _JUST_BEFORE, terms.zone), boundary="exclusive",
        clause=rule.clause, steps=(why,), party="processor", reading=rule.reading, zone=terms.zone,
        calendar=calendar_for(terms.calendar).version,
    )  # fmt: skip


def letters(c: At, step: str, entity: Request, more: dict[str, Any] | None = None) -> tuple[Send, ...]:
    """One message to each contact for privacy, else to those for notices."""
    data = {
        "step": step,
        "kind": entity.kind,
        "reference": entity.reference,
        "received_at": entity.received_at.isoformat(),
        "due_at": entity.due_at.isoformat() if entity.due_at is not None else None,
        "answer_due_at": entity.answer_due_at.isoformat() if entity.answer_due_at is not None else None,
        "clause": c.context.terms.rules[ASSIST].clause if ASSIST in c.context.terms.rules else "",
        "referred": _refers(c),
        "cost": bool(rules(c).cost),
        **(more or {}),
    }
    to: tuple[Contact, ...] = addressed(c.context.customer, ("privacy",), c.context.terms.notice_contacts)
    lang = c.context.customer.language
    return tuple(
        Send("request", c.context.customer.id, one.id, one.email or "", lang, data, counts=place == 0)
        for place, one in enumerate(to)
    )


def forward(c: At) -> Outcome[Request]:
    """The customer is told at once, or the person referred to it; nobody here answers (ST-A3)."""
    entity = replace(c.entity, forwarded_at=c.at)
    entity, month = _month(c, entity, c.at)
    done = (CloseDeadline(FORWARD, "met"), CloseTasks(("request_forward",)))
    return Outcome(
        entity, {"referred": _refers(c)}, effects=(*done, *month, *letters(c, "forwarded", entity)), event="forwarded"
    )


def assist(c: At) -> Outcome[Request]:
    """The customer asks for help with what was passed to it: the clock of the help runs from there."""
    entity, effects = _clock(c, replace(c.entity, received_from="customer", written_at=c.at), c.at)
    return Outcome(entity, {"due_at": entity.due_at}, effects=effects, event="help_asked")


def written(c: At) -> Outcome[Request]:
    """The request came in writing: from here on the agreement counts."""
    at = c.data.received_at or c.at
    entity, effects = _clock(c, replace(c.entity, written_at=at), at)
    done = CloseTasks(("request_written",))
    return Outcome(entity, {"received_at": at, "due_at": entity.due_at}, effects=(done, *effects), event="written")


def pause(c: At) -> Outcome[Request]:
    """What is missing comes from the customer; so long nothing is overdue."""
    entity = replace(c.entity, pauses=(*c.entity.pauses, Pause(since=c.at, reason=c.data.reason)))
    over = tuple(CloseDeadline(rule, "dropped") for rule in (ASSIST, ANSWER))
    return Outcome(
        entity, {}, {"reason": c.data.reason}, (*over, *letters(c, "paused", entity, {"reason": c.data.reason})),
        event="paused",
    )  # fmt: skip


def resume(c: At) -> Outcome[Request]:
    """It goes on: what was due is due later by as long as the pause took; what it was before stays shown."""
    last = c.entity.pauses[-1]
    took = c.at - last.since
    entity = replace(c.entity, pauses=(*c.entity.pauses[:-1], replace(last, until=c.at)))
    effects: list[Effect] = []
    last_due = entity.due_at
    if last_due is not None:
        entity = replace(entity, due_at=last_due + took)
        why = (
            f"Moved by the pause of {took}: {last.reason}. The agreement itself knows no pause; without it "
            f"{c.entity.original_due_at} (UTC) would count."
        )
        moved = _moved(c, last_due + took, why)
        effects.append(OpenDeadline(moved, "Help the customer with the request", entity.agreement_id))
    if entity.answer_due_at is not None:
        moved_to = entity.answer_due_at + took
        began = entity.controller_received_at or entity.forwarded_at or entity.received_at
        month = _controllers(c, began, "P1M", f"one month, and the pause of {took} besides")
        month = replace(month, due_at=moved_to, last_day=local_day(moved_to - _JUST_BEFORE, c.context.terms.zone))
        entity = replace(entity, answer_due_at=moved_to)
        effects.append(OpenDeadline(month, "Answer the data subject", entity.agreement_id))
    return Outcome(entity, {"due_at": entity.due_at}, effects=tuple(effects), event="resumed")


def extend(c: At) -> Outcome[Request]:
    """The controller takes its two further months, or agreed to a later day for the help."""
    data: Extend = c.data
    entity = replace(
        c.entity,
        extensions=(
            *c.entity.extensions,
            Extension(at=c.at, reason=data.reason, until=data.until, agreed_by=data.agreed_by),
        ),
    )
    effects: list[Effect] = []
    if data.until is not None:
        moved = end_of_day(data.until, c.context.terms.zone)
        entity = replace(entity, due_at=moved)
        if ASSIST in c.context.terms.rules:
            why = f"Agreed with the customer ({data.agreed_by}): {data.reason}."
            text = "Help the customer with the request"
            effects.append(OpenDeadline(_moved(c, moved, why), text, entity.agreement_id))
    elif entity.answer_due_at is not None:
        began = entity.controller_received_at or entity.forwarded_at or entity.received_at
        found = _controllers(c, began, "P3M", "one month, extended by two further months with its reason")
        entity = replace(entity, answer_due_at=found.due_at)
        effects.append(OpenDeadline(found, "Answer the data subject", entity.agreement_id))
    said = {"until": data.until, "due_at": entity.due_at, "answer_due_at": entity.answer_due_at}
    mails = letters(c, "extended", entity, {"reason": data.reason})
    personal = {key: value for key, value in (("reason", data.reason), ("agreed_by", data.agreed_by)) if value}
    return Outcome(entity, said, personal, (*effects, *mails), event="extended")


def _over(entity: Request) -> tuple[Effect, ...]:
    return (
        CloseDeadline(ASSIST, "met"),
        CloseDeadline(FORWARD, "met"),
        CloseDeadline(ANSWER, "dropped"),
        CloseTasks(TASKS),
    )


def fulfil(c: At) -> Outcome[Request]:
    """The customer has what it asked for."""
    late = c.entity.due_at is not None and c.at >= c.entity.due_at
    entity = replace(c.entity, settled_at=c.at, result=c.data.note, evidence=c.data.evidence)
    words = {key: value for key, value in (("note", c.data.note), ("evidence", c.data.evidence)) if value}
    mails = letters(c, "fulfilled", entity, {"note": c.data.note})
    return Outcome(entity, {"late": late}, words, (*_over(entity), *mails), event="fulfilled")


def refuse(c: At) -> Outcome[Request]:
    """The processor cannot or may not help; whether and how the person is answered stays the controller's."""
    entity = replace(c.entity, settled_at=c.at, result=c.data.reason)
    mails = letters(c, "refused", entity, {"reason": c.data.reason})
    return Outcome(entity, {}, {"reason": c.data.reason}, (*_over(entity), *mails), event="refused")


def _from_person(c: At) -> str | None:
    if c.entity.received_from == "data_subject":
        return None
    return "The customer itself sent this request: it is helped with, not passed on."


def _from_customer(c: At) -> str | None:
    if c.entity.received_from == "customer":
        return None
    clause = f" ({rules(c).direct_clause})" if rules(c).direct_clause else ""
    return f"The person itself asked: the processor answers nothing and passes it on at once{clause}; use forward."


def _not_written(c: At) -> str | None:
    return None if c.entity.written_at is None else "It is in writing already: the period runs."


def _is_written(c: At) -> str | None:
    if c.entity.written_at is not None or not _must_be_written(c):
        return None
    return f"The agreement asks for a written request ({c.context.terms.rules[ASSIST].clause}): record it first."


def _reason_given(c: At) -> str | None:
    return None if c.data.reason.strip() else "Give the reason in words: the customer is told of it."


def _agreed(c: At) -> str | None:
    if c.data.until is None:
        return None
    if not c.data.agreed_by.strip():
        return "The processor's own period is never extended by itself: say in agreed_by who at the customer agreed."
    if end_of_day(c.data.until, c.context.terms.zone) <= c.now:
        return "The day lies in the past: name one that is still to come."
    return None


def _in_first_month(c: At) -> str | None:
    if c.data.until is not None or c.entity.answer_due_at is None or c.at < c.entity.answer_due_at:
        return None
    return f"{GDPR_12}: two further months may be taken within the first month alone, and that is over."


def _written_by_now(c: At) -> str | None:
    at = c.data.received_at
    return "It lies in the future: give the instant at which it arrived." if at is not None and at > c.now else None


LIVE = ("received", "paused")

REQUEST = Workflow(
    Table(
        name="request",
        entity=Request,
        context=RequestContext,
        initial="received",
        states=STATES,
        rows=(
            Row("forward", ("received",), "forwarded", forward, require=("from_person",), action=True),
            Row("assist", ("forwarded",), "received", assist, action=True),
            Row("written", ("received",), None, written,
                require=("from_customer", "not_written", "written_by_now"), data=Written, action=True),
            Row("pause", ("received",), "paused", pause, require=("from_customer", "reason_given"), data=Because,
                action=True),
            Row("resume", ("paused",), "received", resume, action=True),
            Row("extend", LIVE, None, extend,
                require=("from_customer", "reason_given", "agreed", "in_first_month"), data=Extend, action=True),
            Row("fulfil", LIVE, "fulfilled", fulfil, require=("from_customer", "is_written"), data=Fulfil,
                action=True),
            Row("fulfil", ("forwarded",), "fulfilled", fulfil, data=Fulfil, action=True),
            Row("refuse", LIVE, "refused", refuse, require=("from_customer", "reason_given"), data=Because,
                action=True),
        ),
        guards={
            "from_person": _from_person,
            "from_customer": _from_customer,
            "not_written": _not_written,
            "is_written": _is_written,
            "reason_given": _reason_given,
            "agreed": _agreed,
            "in_first_month": _in_first_month,
            "written_by_now": _written_by_now,
        },
    )
)  # fmt: skip
