"""The windows and periods that begin when a customer counts as told. Pure."""

from datetime import date, datetime
from typing import Any, Final

from msgspec.structs import replace

from workflows.machine.effects import CloseDeadline, CloseTasks, Effect, OpenDeadline, OpenTask
from workflows.model.notice import Notice, ReceivedHow, Right
from workflows.model.outages import last_day_before, open_until
from workflows.model.reminders import following, of_consent
from workflows.model.task_words import rests_on, task_words
from workflows.notice.beginning import clock, engage_at, lead_until, unbegun, wished_from
from workflows.notice.guards import NoticeStanding, own_period_end
from workflows.notice.scope import agreed_alone, measures_clause
from workflows.notice.timers import ASSUMED, AWAITED, CLOSE, ENGAGE, PROCEED, RIGHT_CLOSED
from workflows.terms.counting import calendar_of
from workflows.terms.names import EMERGENCY, LEAVING, OBJECTION

_MAY: Final = {
    OBJECTION: "Object to the change",
    "subprocessor.consent": "Consent to the change",
    "subprocessor.termination": "End because of the subprocessor",
    "amendment.termination": "End the agreement because of the change",
}


def open_window(
    ctx: NoticeStanding, notice: Notice, at: datetime, how: ReceivedHow, *, now: datetime
) -> tuple[Notice, tuple[Effect, ...]]:
    """The notice was received at `at`: windows and the processor's own period begin (I-08, P7). Instants are UTC."""
    entity = replace(notice, received_at=at, received_how=how, sent_at=notice.sent_at or at, delayed_at=None)
    effects: list[Effect] = [ASSUMED.clear(), CloseTasks(("undeliverable",))]
    rights: list[Right] = []
    ends: list[datetime] = []
    for right in entity.rights:
        if right.rule not in ctx.context.terms.rules:
            rights.append(right)
            continue
        found = clock(ctx, entity, right.rule)
        if found is None or found.due_at is None:
            rights.append(replace(right, closes_at=None, last_day=None))
            continue
        rights.append(replace(right, closes_at=found.due_at, last_day=found.last_day))
        ends.append(found.due_at)
        effects.append(OpenDeadline(found, _MAY.get(right.rule, "Answer the notice"), entity.agreement_id))
        if right.rule == OBJECTION or entity.rule == "termination_right":
            entity = replace(entity, closes_at=found.due_at, last_day=found.last_day)
            effects.append(CLOSE.at(found.due_at))
        else:
            effects.append(RIGHT_CLOSED.at(found.due_at))
    entity, more = _waited_for(ctx, replace(entity, rights=tuple(rights)), at, now)
    if entity.emergency:
        effects.append(CloseDeadline(EMERGENCY, "met"))
    # A consent that is still awaited holds nothing back (P12), nor does what both have to agree on.
    waits = (entity.engages_at is not None and entity.proceeds_at is not None) or unbegun(ctx, entity)
    entity = replace(entity, running=bool(ends) or (waits and entity.rule != "consent"))
    return entity, (*effects, *more, *await_consent(ctx, entity, now))


def _waited_for(ctx: NoticeStanding, entity: Notice, at: datetime, now: datetime) -> tuple[Notice, tuple[Effect, ...]]:
    """What else has to pass before it begins: the time that the text puts before it, the processor's own period."""
    lead, own = lead_until(ctx, entity), own_period_end(ctx, at) if entity.own_period else None
    entity = replace(entity, proceeds_at=max((one for one in (lead, own) if one is not None), default=None))
    if own is not None:
        until = max(own, lead) if lead is not None else own
        return replace(entity, engages_at=engage_at(ctx, until, entity, lead)), (PROCEED.at(until),)
    if entity.rule == "information" and agreed_alone(ctx.context.terms, ctx.context.change):
        entity = replace(entity, engages_at=None)
        return entity, (_to_agree(ctx, entity, now),)
    if entity.rule == "information" or _begins_beside(ctx, entity):
        go = engage_at(ctx, at, entity, lead)
        return replace(entity, engages_at=go), begins(go)
    if entity.closes_at is not None:
        return replace(entity, engages_at=engage_at(ctx, entity.closes_at, entity, lead)), ()
    return entity, ()


def _begins_beside(ctx: NoticeStanding, entity: Notice) -> bool:
    """Whether the text lets the subprocessor begin while the right to end because of it still runs."""
    given = entity.rule == "termination_right" and entity.rights[0].rule == LEAVING
    return given and not ctx.context.terms.subprocessors.waits_for_right


def begins(go: datetime | None) -> tuple[Effect, ...]:
    """It begins then; not yet, where nobody can say."""
    return (ENGAGE.at(go),) if go is not None else (ENGAGE.clear(),)


def _to_agree(ctx: NoticeStanding, notice: Notice, now: datetime) -> OpenTask:
    """What no notice makes binding: somebody consults the customer, and records what was agreed."""
    terms, change = ctx.context.terms, ctx.context.change
    clause = measures_clause(terms) if change.kind == "measure" else terms.amendment.clause
    why = rests_on(terms, clause)
    if change.kind == "measure":
        text = task_words("agree_measures", why=why)
        return OpenTask("amendment_agree", text, notice.id, data={"agreement_id": str(notice.agreement_id)})
    text = task_words("agree_text", version=change.to_version, why=why, agreement=notice.agreement_id)
    wished = wished_from(ctx)
    data = {"agreement_id": str(notice.agreement_id), "to_version": change.to_version}
    due_at = wished if wished is not None and wished > now else None
    return OpenTask("amendment_agree", text, notice.id, due_at, data=data)


def await_consent(ctx: NoticeStanding, notice: Notice, now: datetime) -> tuple[Effect, ...]:
    """The timer that asks again for a consent without a period (CO-A3: silence is none)."""
    if notice.rule != "consent" or notice.rights[0].closes_at is not None or notice.received_at is None:
        return ()
    terms = ctx.context.terms
    at = following(
        of_consent(ctx.context.processor.reminders, notice.received_at, terms.zone, calendar_of(terms).version), now
    )
    return (AWAITED.at(at),) if at is not None else ()


def longer(rights: tuple[Right, ...], closes_at: datetime | None, until: datetime, last_day: date) -> tuple[Right, ...]:
    """Those that closed then (UTC) are open until a later instant, and through its day."""
    return tuple(
        replace(one, closes_at=until, last_day=last_day) if one.closes_at == closes_at else one for one in rights
    )


def long_enough(ctx: NoticeStanding, entity: Notice, arrived: datetime) -> Notice:
    """With its window as long as our outages made it, where an answer came in that part (P3)."""
    end, terms = entity.closes_at, ctx.context.terms
    if end is None or arrived < end:
        return entity
    until = open_until(end, ctx.context.outages, terms)
    if until == end:
        return entity
    last = last_day_before(until, terms.zone)
    return replace(entity, rights=longer(entity.rights, end, until, last), closes_at=until, last_day=last)


def windows(entity: Notice) -> dict[str, Any]:
    """What the event tells of the windows that began."""
    return {
        "received_at": entity.received_at,
        "closes_at": entity.closes_at,
        "proceeds_at": entity.proceeds_at,
        "rights": [{"rule": r.rule, "clause": r.clause, "closes_at": r.closes_at} for r in entity.rights],
    }
