"""What time, the processor and the change itself make of a notice. Pure."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from workflows.machine.effects import (
    RANK_CLOSE,
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    Engage,
    OpenDeadline,
    OpenTask,
    SetTimer,
    Tell,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.notice import (
    Amended,
    Notice,
    Right,
)
from workflows.model.replies import Reply
from workflows.notice.delivery import (
    announce,
    clear,
    disengage,
    drop_deadlines,
    engage_at,
    engage_timer,
    letters,
)
from workflows.notice.guards import At, outage_on, rescope, termination
from workflows.notice.scope import AMENDMENT, agreed_alone
from workflows.terms.due import due
from workflows.time import (
    calendar_for,
    end_of_day,
    local_day,
    start_of_day,
)


def hold_open_outage(c: At) -> Outcome[Notice]:
    """P3: open through the next open day after customers could answer again."""
    return _extend(c, c.entity.closes_at, "close")


def right_closed(c: At) -> Outcome[Notice]:
    """P3: the right to end is held open after an outage, as a window is."""
    rule = termination(c)
    return _extend(c, rule[2] if rule else None, "right_closed")


def _extend(c: At, closes_at: datetime | None, timer: str) -> Outcome[Notice]:
    back = outage_on(c, closes_at) or c.now
    zone = c.context.terms.zone
    calendar = calendar_for(c.context.terms.calendar)
    last = calendar.next_open_day(local_day(back, zone) + timedelta(days=1))
    until = end_of_day(last, zone)
    entity = replace(
        c.entity,
        rights=tuple(
            replace(right, closes_at=until, last_day=last) if right.closes_at == closes_at else right
            for right in c.entity.rights
        ),
        running=True,
    )
    if timer == "close":
        entity = replace(entity, closes_at=until, last_day=last, engages_at=engage_at(c, until))
    effects: list[Effect] = [SetTimer(timer, until, timer, RANK_CLOSE)]
    for right in c.entity.rights:
        if right.closes_at == closes_at:
            found = due(c.context.terms, right.rule, c.entity.received_at or c.now, c.context.agreement.facts)
            held = f"Customers could not answer on the last day; held open through {last.isoformat()} (P3)."
            moved = replace(found, due_at=until, last_day=last, steps=(*found.steps, held))
            effects.append(OpenDeadline(moved, right.rule, c.entity.agreement_id))
    before = local_day(closes_at - timedelta(microseconds=1), zone).isoformat() if closes_at is not None else None
    days = {"closes_at": until.isoformat(), "last_day": last.isoformat(), "last_day_before": before}
    mails = letters(c, "held_open", days)
    return Outcome(entity, {**days, "back_at": back}, effects=(*effects, *mails), event="held_open")


def wait_for_reading(c: At) -> Outcome[Notice]:
    """P4: no lapse until a person has said what the reply is."""
    text = "A reply to this notice has not been read, and its window is over: classify it now."
    return Outcome(c.entity, effects=(OpenTask("classify_reply", text, c.id, key="close"),), event="close_waits")


def lapse(c: At) -> Outcome[Notice]:
    """The window closed in silence: engagement begins on the later of this and the wished day."""
    go = engage_at(c, c.at)
    over = tuple(one for one in c.entity.rights if one.closes_at is not None and one.closes_at <= c.at)
    entity = replace(c.entity, outcome="lapsed", running=_right_runs(c), engages_at=go)
    done = tuple(CloseDeadline(one.rule, "met") for one in over)
    return Outcome(entity, {"closes_at": c.entity.closes_at}, effects=(engage_timer(go), *done))


def _right_runs(c: At) -> bool:
    """Whether a right with a later last moment goes on beside what has just closed (P11)."""
    return any(one.closes_at is not None and one.closes_at > c.at for one in c.entity.rights)


def right_over(c: At) -> Outcome[Notice]:
    """The period of the right to end is over; the notice itself goes on."""
    running = c.entity.proceeds_at is not None and c.entity.proceeds_at > c.at and "waiting" in c.tags
    return Outcome(
        replace(c.entity, running=running),
        effects=(CloseDeadline(AMENDMENT, "met"),),
        event="right_closed",
    )


def proceed(c: At) -> Outcome[Notice]:
    """P7: the processor's own period is over; the notice stays open."""
    go = engage_at(c, c.at)
    return Outcome(replace(c.entity, running=_right_runs(c), engages_at=go), effects=(engage_timer(go),))


def engage(c: At) -> Outcome[Notice]:
    """What the change does for this agreement, from its own yes on (P13, P16)."""
    change = c.context.change
    entity = replace(c.entity, engaged_at=c.at)
    effects: list[Effect] = []
    subprocessor = c.context.subprocessor
    match change.kind:
        case "add" | "replace" | "relocate":
            assert subprocessor is not None
            effects.append(
                Engage(
                    agreement=c.entity.agreement_id,
                    subprocessor=subprocessor.id,
                    country=change.country or subprocessor.country,
                    since=c.at,
                    basis="notice",
                    notice=c.id,
                    change=change.id,
                    replaces=subprocessor.id if change.kind == "relocate" else change.replaces_id,
                    leaves_country=change.from_country,
                )
            )
        case "remove":
            effects.append(
                Disengage(
                    c.entity.agreement_id, c.at, "the subprocessor was removed",
                    subprocessor=change.subprocessor_id,
                )
            )  # fmt: skip
        case "terms":
            effects += _adopted(c)
        case "measure":
            pass
    return Outcome(entity, {"since": c.at}, effects=tuple(effects), event="engaged")


def _adopted(c: At) -> tuple[Effect, ...]:
    """P13: its agreement runs under the new text from now on."""
    change = c.context.change
    if change.to_version_id is None or change.to_version is None or agreed_alone(c.context.terms, change):
        return ()
    how = "consent" if c.entity.rule == "consent" else "notice"
    said = {"change_id": str(change.id), "notice_id": str(c.id), "version": change.to_version,
            "version_id": str(change.to_version_id), "how": how,
            "told_at": c.entity.received_at.isoformat() if c.entity.received_at is not None else None}  # fmt: skip
    return (Tell(c.entity.agreement_id, "adopt", said),)


def agreed(c: At) -> Outcome[Notice]:
    """Both agreed on the new text: nothing of this notice is waited for any more."""
    entity = replace(
        c.entity, outcome="consented" if c.entity.rule == "consent" else "agreed", running=False,
        engages_at=None, engaged_at=c.data.since,
    )  # fmt: skip
    done = CloseTasks(("amendment_agree", "refused", "undeliverable", "consent_in_writing", "consent_awaited"))
    met = tuple(CloseDeadline(one.rule, "met") for one in c.entity.rights)
    return Outcome(entity, {"since": c.data.since}, effects=(*clear(), *met, done))


def uphold(c: At) -> Outcome[Notice]:
    """P8: never engaged for this agreement."""
    entity = replace(c.entity, outcome="upheld", running=False, engages_at=None, engaged_at=None)
    effects: list[Effect] = [*clear(), *drop_deadlines(c), CloseTasks(("decide_objection",))]
    if c.entity.engaged_at is not None:
        effects.append(disengage(c, "the objection was upheld"))
    mails = letters(c, "decision", {"decision": "uphold", "reason": c.data.reason})
    return Outcome(entity, {"reason": c.data.reason}, effects=(*effects, *mails), event="upheld")


def overrule(c: At) -> Outcome[Notice]:
    """ST-21: the processor goes on; the customer may end, from this moment."""
    overruling = c.context.terms.subprocessors.overruling
    given = next((r for r in c.context.terms.ending.rights if r.ground == "overruled_objection"), None)
    go = engage_at(c, start_of_day(c.data.engage_not_before, c.context.terms.zone))
    rights = c.entity.rights
    if overruling.then == "termination":
        rights = (
            *rights,
            Right(
                rule="overruled.termination",
                clause=given.clause if given else overruling.clause,
                form=given.form if given else "any",
            ),
        )
    entity = replace(
        c.entity,
        outcome="overruled",
        running=False,
        rights=rights,
        engage_not_before=c.data.engage_not_before,
        engages_at=c.entity.engaged_at or go,
    )
    mails = letters(
        c,
        "decision",
        {
            "decision": "overrule",
            "reason": c.data.reason,
            "engage_not_before": c.data.engage_not_before.isoformat(),
        },
    )
    return Outcome(
        entity,
        {"reason": c.data.reason, "engage_not_before": c.data.engage_not_before},
        effects=(engage_timer(go), CloseTasks(("decide_objection",)), *mails),
        event="overruled",
    )


def reply(c: At) -> Outcome[Notice]:
    """P4: until a person has read it the notice does not lapse and the gate stays no."""
    replies = (*c.entity.replies, Reply(id=c.data.inbound_id, received_at=c.data.received_at))
    text = "A message came back about this notice: read it and say what it is."
    # The window waits for it from its close on; where there is none, the processor's own period.
    ends = c.entity.closes_at or c.entity.proceeds_at
    by = ends if ends is not None and ends > c.now else None
    task = OpenTask("classify_reply", text, c.id, by, key=str(c.data.inbound_id))
    return Outcome(
        replace(c.entity, replies=replies),
        {"inbound_id": c.data.inbound_id, "received_at": c.data.received_at},
        effects=(task,),
    )


def classified(c: At) -> Outcome[Notice]:
    """P4: a person said what the reply is; a close that waited for it is done now."""
    replies = tuple(
        replace(one, classified_as=c.data.classified_as) if one.id == c.data.inbound_id else one
        for one in c.entity.replies
    )
    entity = replace(c.entity, replies=replies)
    effects: list[Effect] = []
    if any(one.classified_as is None for one in replies):
        effects.append(CloseTasks(("classify_reply",), key=str(c.data.inbound_id)))
    else:
        effects.append(CloseTasks(("classify_reply",)))
        if "waiting" in c.tags and entity.closes_at is not None and entity.closes_at <= c.now:
            effects.append(SetTimer("close", c.now, "close", RANK_CLOSE))
    return Outcome(
        entity,
        {"inbound_id": c.data.inbound_id, "classified_as": c.data.classified_as},
        effects=tuple(effects),
    )


def unreceived(entity: Notice, revision: int) -> Notice:
    """Told anew: nothing of the old text's windows is left."""
    return replace(
        entity,
        sent_at=None,
        received_at=None,
        received_how=None,
        closes_at=None,
        last_day=None,
        proceeds_at=None,
        engages_at=None,
        outcome=None,
        revision=revision,
    )


def amended(c: At) -> Outcome[Notice]:
    """P17: answers and lapses on the old text stop counting and the window starts anew."""
    entity = unreceived(_rescoped(c), c.data.revision)
    entity = replace(entity, answers=tuple(replace(one, counts=False) for one in entity.answers))
    old = ("refused", "undeliverable", "consent_awaited", "amendment_agree")
    drop = (*clear(), *drop_deadlines(c), CloseTasks(old))
    entity, effects = announce(c, entity)
    return Outcome(entity, {"revision": c.data.revision}, effects=(*drop, *effects))


def _rescoped(c: At) -> Notice:
    decision = rescope(c)
    return replace(
        c.entity,
        rule=decision.rule,
        clause=decision.clause,
        form=decision.form,
        grounds=decision.grounds,
        rights=decision.rights,
        own_period=decision.own_period,
        from_version_id=c.context.agreement.terms_version_id if c.context.change.kind == "terms" else None,
    )


def amended_held(c: At) -> Outcome[Notice]:
    """Objections carry over to the new text; should one be taken back, the window is that of the new text."""
    entity = unreceived(_rescoped(c), c.data.revision)
    effects: tuple[Effect, ...]
    entity, effects = announce(c, entity)
    said = {"revision": c.data.revision, "carried_over": True}
    return Outcome(replace(entity, running=False), said, effects=(*drop_deadlines(c), *effects))


def amended_after(c: At) -> Outcome[Notice]:
    """It led to an engagement before: the customer is told, and what it has stands."""
    entity = replace(c.entity, revision=c.data.revision)
    mails = letters(c, "announcement", {"revision": c.data.revision, "copy": True}, together=True)
    return Outcome(entity, {"revision": c.data.revision, "carried_over": True}, effects=mails)


def rejoin(c: At) -> Outcome[Notice]:
    """The end of the agreement was taken back (P23): it is told anew and gets a full window (P15)."""
    c.data = Amended(revision=c.context.change.revision)
    return amended(c)


def supersede(c: At) -> Outcome[Notice]:
    """P17: the new text does not concern this agreement."""
    why = rescope(c).why
    entity = replace(c.entity, outcome="superseded", running=False, engages_at=None)
    effects: tuple[Effect, ...] = (
        *clear(), *drop_deadlines(c), CloseTasks(("consent_awaited", "amendment_agree")),
        *(letters(c, "superseded", {"why": why}) if _told(c) else ()))  # fmt: skip
    return Outcome(entity, {"why": why}, effects=effects, event="superseded")


def _told(c: At) -> bool:
    return c.entity.sent_at is not None or c.entity.received_at is not None


AWAITED = (
    "decide_objection", "undeliverable", "refused", "consent_in_writing", "consent_awaited", "classify_reply",
    "amendment_agree",
)  # fmt: skip
"""Tasks that fall with their notice."""


def withdrawn(c: At) -> Outcome[Notice]:
    """P18: closes the window, ends what began, tells everyone who was told."""
    return _cancel(c, "the change was withdrawn", tell=True, revive=True)


def change_ended(c: At) -> Outcome[Notice]:
    """The change ran its course and ended."""
    return _cancel(c, "the change ended", tell=True)


def agreement_ended(c: At) -> Outcome[Notice]:
    """The agreement ended first; nothing is left to answer."""
    return _cancel(c, "the agreement ended", tell=False)


def _cancel(c: At, why: str, *, tell: bool, revive: bool = False) -> Outcome[Notice]:
    entity = replace(c.entity, outcome="cancelled", running=False, engages_at=None, engaged_at=None)
    effects: list[Effect] = [
        *clear(),
        *drop_deadlines(c),
        CloseTasks(AWAITED),
    ]
    # A text that binds goes on to, unless it was taken back: another text takes its place, and no end of a change.
    if c.entity.engaged_at is not None and (revive or c.context.change.kind != "terms"):
        effects.append(disengage(c, why, revive=revive))
    if tell and _told(c):
        effects += letters(c, "withdrawal", {"why": why, "reason": c.context.change.withdrawn_why or ""})
    return Outcome(entity, {"why": why}, effects=tuple(effects), event="cancelled")
