"""What time, the processor and the change itself make of a notice. Pure."""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from workflows.change.announced import place
from workflows.machine.effects import (
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    Engage,
    OpenDeadline,
    OpenTask,
)
from workflows.machine.messages import ADOPT
from workflows.machine.signals import NoData, Timer
from workflows.machine.vocabulary import Outcome
from workflows.model.end_reason import EndReason, reason_fields
from workflows.model.notice import Agreed, Amended, Decide, Notice, Right
from workflows.model.outages import held_from, held_step, last_day_before
from workflows.model.replies import Classified, Reply, ReplyIn
from workflows.model.task_words import task_words
from workflows.model.terms_version import Adopt
from workflows.notice.alternative import right_of_objection, settled
from workflows.notice.beginning import clock, engage_at, promised_from, services_left, unbegun
from workflows.notice.delivery import ASK, announce, clear, disengage, drop_deadlines, letters
from workflows.notice.guards import NoticeStanding, NoticeStep, outage_before, rescope, termination
from workflows.notice.scope import agreed_alone
from workflows.notice.timers import CLOSE, ENGAGE, RIGHT_CLOSED
from workflows.notice.window import begins, longer
from workflows.terms.names import ALTERNATIVE, ENDS, OBJECTED, OVERRULED
from workflows.time import local_day, start_of_day


def hold_open_outage(ctx: NoticeStep) -> Outcome[Notice]:
    """P3: open through the next open day after customers could answer again."""
    return _extend(ctx, ctx.entity.closes_at, CLOSE)


def right_closed(ctx: NoticeStep) -> Outcome[Notice]:
    """P3: the right to end is held open after an outage, as a window is."""
    offer = termination(ctx)
    return _extend(ctx, offer.closes_at if offer else None, RIGHT_CLOSED)


def _extend(ctx: NoticeStep, closes_at: datetime | None, timer: Timer[NoData]) -> Outcome[Notice]:
    held = held_from(outage_before(ctx, closes_at) or ctx.now, ctx.context.terms)
    until, last = held.until, held.last_day
    entity = replace(ctx.entity, rights=longer(ctx.entity.rights, closes_at, until, last), running=True)
    effects: list[Effect] = [timer.at(until)]
    if timer is CLOSE:
        entity = replace(entity, closes_at=until, last_day=last, engages_at=engage_at(ctx, until, entity))
    elif entity.engaged_at is None and entity.engages_at is not None and entity.engages_at == closes_at:
        entity = replace(entity, engages_at=until)
        effects.append(ENGAGE.at(until))
    for right in ctx.entity.rights:
        found = clock(ctx, ctx.entity, right.rule) if right.closes_at == closes_at else None
        if found is not None:
            later = replace(found, due_at=until, last_day=last, steps=(*found.steps, held_step(last)))
            effects.append(OpenDeadline(later, right.rule, ctx.entity.agreement_id))
    before = last_day_before(closes_at, ctx.context.terms.zone).isoformat() if closes_at is not None else None
    days = {"closes_at": until.isoformat(), "last_day": last.isoformat(), "last_day_before": before}
    mails = letters(ctx, "held_open", days) if until > ctx.now else ()  # nobody can answer any more
    return Outcome(entity, {**days, "back_at": held.back_at}, effects=(*effects, *mails))


def wait_for_reading(ctx: NoticeStep) -> Outcome[Notice]:
    """P4: no lapse until a person has said what the reply is."""
    text = task_words("reply_unread")
    return Outcome(ctx.entity, effects=(OpenTask("classify_reply", text, ctx.id, key="close"),))


def lapse(ctx: NoticeStep) -> Outcome[Notice]:
    """The window closed in silence: engagement begins on the later of this and the wished day."""
    go = engage_at(ctx, ctx.at)
    over = tuple(one for one in ctx.entity.rights if one.closes_at is not None and one.closes_at <= ctx.at)
    waits = _lead_runs(ctx) and not services_left(ctx, ctx.entity)
    entity = replace(ctx.entity, outcome="lapsed", running=_right_runs(ctx) or waits, engages_at=go)
    done = tuple(CloseDeadline(one.rule, "met") for one in over)
    return Outcome(entity, {"closes_at": ctx.entity.closes_at}, effects=(*begins(go), *done))


def _right_runs(ctx: NoticeStep) -> bool:
    """Whether a right with a later last moment goes on beside what has just closed (P11)."""
    return any(one.closes_at is not None and one.closes_at > ctx.at for one in ctx.entity.rights)


def _lead_runs(ctx: NoticeStep) -> bool:
    """Whether the time before which the text lets nothing begin goes on, or waits for a publication."""
    ends = ctx.entity.proceeds_at
    return (ends is not None and ends > ctx.at) or unbegun(ctx, ctx.entity)


def right_over(ctx: NoticeStep) -> Outcome[Notice]:
    """The period of the right to end is over; the notice itself goes on."""
    running = ctx.entity.proceeds_at is not None and ctx.entity.proceeds_at > ctx.at and "waiting" in ctx.tags
    over = (one for one in ctx.entity.rights if one.closes_at is not None and one.closes_at <= ctx.at)
    met = tuple(CloseDeadline(one.rule, "met") for one in over if one.rule in ENDS)
    return Outcome(replace(ctx.entity, running=running), effects=met)


def proceed(ctx: NoticeStep) -> Outcome[Notice]:
    """P7: the processor's own period is over; the notice stays open."""
    go = engage_at(ctx, ctx.at)
    return Outcome(replace(ctx.entity, running=_right_runs(ctx), engages_at=go), effects=begins(go))


def engage(ctx: NoticeStep) -> Outcome[Notice]:
    """What the change does for this agreement, from its own yes on (P13, P16)."""
    change = ctx.context.change
    entity = replace(ctx.entity, engaged_at=ctx.at)
    if not entity.emergency and not _right_runs(ctx):
        # All that it waited for is over; before a notice of an emergency everything is still to run.
        entity = replace(entity, running=False)
    effects: list[Effect] = []
    subprocessor = ctx.context.subprocessor
    match change.kind:
        case "add" | "replace" | "relocate":
            assert subprocessor is not None
            effects.append(
                Engage(
                    agreement=ctx.entity.agreement_id,
                    subprocessor=subprocessor.id,
                    country=place(change, subprocessor),
                    since=ctx.at,
                    basis="notice",
                    notice=ctx.id,
                    change=change.id,
                    replaces=subprocessor.id if change.kind == "relocate" else change.replaces_id,
                    leaves_country=change.from_country,
                )
            )
        case "remove":
            effects.append(
                Disengage(
                    ctx.entity.agreement_id, ctx.at, "subprocessor_removed",
                    subprocessor=change.subprocessor_id,
                )
            )  # fmt: skip
        case "terms":
            effects += _adopted(ctx)
        case "measure":
            pass
    return Outcome(entity, {"since": ctx.at}, effects=tuple(effects))


def _adopted(ctx: NoticeStep) -> tuple[Effect, ...]:
    """P13: its agreement runs under the new text from now on."""
    change = ctx.context.change
    if change.to_version_id is None or change.to_version is None or agreed_alone(ctx.context.terms, change):
        return ()
    adopt = Adopt(
        change_id=change.id,
        notice_id=ctx.id,
        version=change.to_version,
        version_id=change.to_version_id,
        how="consent" if ctx.entity.rule == "consent" else "notice",
        told_at=ctx.entity.received_at,
    )
    return (ADOPT.to(ctx.entity.agreement_id, adopt),)


def agreed(ctx: NoticeStep[Agreed]) -> Outcome[Notice]:
    """Both agreed on the new text: nothing of this notice is waited for any more."""
    entity = replace(
        ctx.entity, outcome="consented" if ctx.entity.rule == "consent" else "agreed", running=False,
        engages_at=None, engaged_at=ctx.data.since,
    )  # fmt: skip
    done = CloseTasks(("amendment_agree", "refused", "undeliverable", "consent_in_writing", "consent_awaited"))
    met = tuple(CloseDeadline(one.rule, "met") for one in ctx.entity.rights)
    return Outcome(entity, {"since": ctx.data.since}, effects=(*clear(), *met, done))


def uphold(ctx: NoticeStep[Decide]) -> Outcome[Notice]:
    """P8: never engaged for this agreement."""
    entity = replace(ctx.entity, outcome="upheld", running=False, engages_at=None, engaged_at=None)
    entity, fallen = settled(entity)
    effects: list[Effect] = [*clear(), *drop_deadlines(ctx), *fallen, CloseTasks(("decide_objection",))]
    if ctx.entity.engaged_at is not None:
        effects.append(disengage(ctx, "objection_upheld"))
    mails = letters(ctx, "decision", {"decision": "uphold", "reason": ctx.data.reason})
    return Outcome(entity, {"reason": ctx.data.reason}, effects=(*effects, *mails))


def overrule(ctx: NoticeStep[Decide]) -> Outcome[Notice]:
    """ST-21: the processor goes on; the customer may end, from this moment.

    It begins no earlier than the notice promised: who objects is not worse off than who keeps silent.
    """
    wanted = ctx.data.engage_not_before
    assert wanted is not None
    zone = ctx.context.terms.zone
    overruling = ctx.context.terms.subprocessors.over_objection
    given = next((r for r in ctx.context.terms.ending.rights if r.ground == "overruled_objection"), None)
    go = engage_at(ctx, max((start_of_day(wanted, zone), *_promised(ctx))))
    not_before = local_day(go, zone) if go is not None else wanted
    rights = ctx.entity.rights
    if overruling.then == "termination":
        rights = (
            *rights,
            Right(
                rule=OVERRULED,
                clause=given.clause if given else overruling.clause,
                form=given.form if given else "any",
            ),
        )
    entity = replace(
        ctx.entity,
        outcome="overruled",
        running=False,
        rights=rights,
        engage_not_before=not_before,
        engages_at=ctx.entity.engaged_at or go,
        alternative_until=None,
    )
    mails = letters(
        ctx,
        "decision",
        {
            "decision": "overrule",
            "reason": ctx.data.reason,
            "engage_not_before": not_before.isoformat(),
        },
    )
    return Outcome(
        entity,
        {"reason": ctx.data.reason, "engage_not_before": not_before},
        effects=(*begins(go), CloseTasks(("decide_objection",)), *mails),
    )


def _promised(ctx: NoticeStanding) -> tuple[datetime, ...]:
    promised = promised_from(ctx)
    return () if promised is None else (promised,)


def no_solution(ctx: NoticeStep) -> Outcome[Notice]:
    """The time to find a solution is over, and the objection stands: the right to end that follows from it arises."""
    entity, effects = right_of_objection(ctx, ctx.entity, ctx.at, arrived=False)
    met = CloseDeadline(ALTERNATIVE, "met")
    arisen = entity.rights != ctx.entity.rights
    mails = letters(ctx, "decision", {"decision": "no_solution", "reason": ""}) if arisen else ()
    return Outcome(entity, _arisen(entity), effects=(met, *effects, *mails))


def _arisen(entity: Notice) -> dict[str, Any]:
    right = next((one for one in entity.rights if one.rule == OBJECTED), None)
    if right is None:
        return {}
    return {"right": {"rule": right.rule, "clause": right.clause, "closes_at": right.closes_at}}


def reply(ctx: NoticeStep[ReplyIn]) -> Outcome[Notice]:
    """P4: until a person has read it the notice does not lapse and the gate stays no."""
    came = Reply(id=ctx.data.inbound_id, received_at=ctx.data.received_at, sure=ctx.data.sure)
    entity = replace(ctx.entity, replies=(*ctx.entity.replies, came))
    if not ctx.data.sure:  # one task asks about all that wait for it, at the customer
        return Outcome(entity, ctx.data.event_fields())
    text = task_words("notice_reply")
    # The window waits for it from its close on; where there is none, the processor's own period.
    ends = ctx.entity.closes_at or ctx.entity.proceeds_at
    by = ends if ends is not None and ends > ctx.now else None
    return Outcome(
        entity,
        ctx.data.event_fields(),
        effects=(OpenTask("classify_reply", text, ctx.id, by, key=str(ctx.data.inbound_id)),),
    )


def classified(ctx: NoticeStep[Classified]) -> Outcome[Notice]:
    """P4: a person said what the reply is; a close that waited for it is done now."""
    replies = tuple(
        replace(one, classified_as=ctx.data.classified_as) if one.id == ctx.data.inbound_id else one
        for one in ctx.entity.replies
    )
    entity = replace(ctx.entity, replies=replies)
    effects: list[Effect] = []
    if any(one.classified_as is None for one in replies):
        effects.append(CloseTasks(("classify_reply",), key=str(ctx.data.inbound_id)))
    else:
        effects.append(CloseTasks(("classify_reply",)))
        if "waiting" in ctx.tags and entity.closes_at is not None and entity.closes_at <= ctx.now:
            effects.append(CLOSE.at(ctx.now))
    return Outcome(
        entity,
        {"inbound_id": ctx.data.inbound_id, "classified_as": ctx.data.classified_as},
        effects=tuple(effects),
    )


def unreceived(entity: Notice, revision: int) -> Notice:
    """Told anew: nothing of the old text's windows is left."""
    return replace(
        entity,
        sent_at=None,
        received_at=None,
        received_how=None,
        delayed_at=None,
        closes_at=None,
        last_day=None,
        proceeds_at=None,
        engages_at=None,
        outcome=None,
        revision=revision,
    )


def amended(ctx: NoticeStep[Amended]) -> Outcome[Notice]:
    """P17: answers and lapses on the old text stop counting and the window starts anew."""
    return _told_anew(ctx, ctx.data.revision)


def rejoin(ctx: NoticeStep) -> Outcome[Notice]:
    """The end of the agreement was taken back (P23): it is told anew and gets a full window (P15)."""
    return _told_anew(ctx, ctx.context.change.revision)


def _told_anew(ctx: NoticeStep, revision: int) -> Outcome[Notice]:
    entity = unreceived(_rescoped(ctx), revision)
    entity = replace(entity, answers=tuple(replace(one, counts=False) for one in entity.answers))
    old = ("refused", "undeliverable", "consent_awaited", "amendment_agree", ASK)
    drop = (*clear(), *drop_deadlines(ctx), CloseTasks(old))
    entity, effects = announce(ctx, entity)
    return Outcome(entity, {"revision": revision}, effects=(*drop, *effects))


def _rescoped(ctx: NoticeStep) -> Notice:
    decision = rescope(ctx)
    return replace(
        ctx.entity,
        rule=decision.rule,
        clause=decision.clause,
        form=decision.form,
        grounds=decision.grounds,
        emergency=decision.emergency,
        rights=decision.rights,
        own_period=decision.own_period,
        from_version_id=ctx.context.agreement.terms_version_id if ctx.context.change.kind == "terms" else None,
    )


def amended_held(ctx: NoticeStep[Amended]) -> Outcome[Notice]:
    """Objections carry over to the new text; should one be taken back, the window is that of the new text."""
    rescoped = unreceived(_rescoped(ctx), ctx.data.revision)
    arisen = tuple(one for one in ctx.entity.rights if one.rule == OBJECTED)
    entity, effects = announce(ctx, replace(rescoped, rights=(*rescoped.rights, *arisen)))
    said = {"revision": ctx.data.revision, "carried_over": True}
    return Outcome(replace(entity, running=False), said, effects=(*drop_deadlines(ctx), *effects))


def amended_after(ctx: NoticeStep[Amended]) -> Outcome[Notice]:
    """It led to an engagement before: the customer is told, and what it has stands."""
    entity = replace(ctx.entity, revision=ctx.data.revision)
    mails = letters(ctx, "announcement", {"revision": ctx.data.revision, "copy": True}, together=True)
    return Outcome(entity, {"revision": ctx.data.revision, "carried_over": True}, effects=mails)


def supersede(ctx: NoticeStep) -> Outcome[Notice]:
    """P17: the new text does not concern this agreement."""
    why = rescope(ctx).why
    entity = replace(ctx.entity, outcome="superseded", running=False, engages_at=None)
    effects: tuple[Effect, ...] = (
        *clear(), *drop_deadlines(ctx), CloseTasks(AWAITED),
        *(letters(ctx, "superseded", {"why": why}) if _told(ctx) else ()))  # fmt: skip
    return Outcome(entity, {"why": why}, effects=effects)


def _told(ctx: NoticeStanding) -> bool:
    return ctx.entity.sent_at is not None or ctx.entity.received_at is not None


AWAITED = (
    "decide_objection", "undeliverable", "refused", "consent_in_writing", "consent_awaited", "classify_reply",
    "amendment_agree", "address_changed", "contact_gone", ASK,
)  # fmt: skip
"""Tasks that fall with their notice."""


def withdrawn(ctx: NoticeStep) -> Outcome[Notice]:
    """P18: closes the window, ends what began, tells everyone who was told."""
    return _cancel(ctx, "change_withdrawn", tell=True, revive=True)


def change_ended(ctx: NoticeStep) -> Outcome[Notice]:
    """The change ran its course and ended."""
    return _cancel(ctx, "change_ended", tell=True)


def agreement_ended(ctx: NoticeStep) -> Outcome[Notice]:
    """The agreement ended first; nothing is left to answer."""
    return _cancel(ctx, "agreement_ended", tell=False)


def service_ended(ctx: NoticeStep) -> Outcome[Notice]:
    """The services that the change is for ended for this agreement, which goes on without them."""
    return _cancel(ctx, "service_ended", tell=False)


def _cancel(ctx: NoticeStep, reason: EndReason, *, tell: bool, revive: bool = False) -> Outcome[Notice]:
    entity = replace(ctx.entity, outcome="cancelled", running=False, engages_at=None, engaged_at=None)
    effects: list[Effect] = [
        *clear(),
        *drop_deadlines(ctx),
        CloseTasks(AWAITED),
    ]
    # A text that binds goes on to, unless it was taken back: another text takes its place, and no end of a change.
    if ctx.entity.engaged_at is not None and (revive or ctx.context.change.kind != "terms"):
        effects.append(disengage(ctx, reason, revive=revive))
    if tell and _told(ctx):
        change = ctx.context.change
        why = change.withdrawn_why_in or change.withdrawn_why or ""
        effects += letters(ctx, "withdrawal", {**reason_fields(reason), "reason": why})
    return Outcome(entity, reason_fields(reason), effects=tuple(effects))
