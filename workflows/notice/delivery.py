"""What delivery makes of a notice: sent, received, bounced, and the windows that begin with receipt. Pure."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from workflows.machine.effects import (
    RANK_CLOSE,
    RANK_ENGAGE,
    RANK_PROCEED,
    ClearTimer,
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    OpenDeadline,
    OpenTask,
    RevokeLinks,
    Send,
    SetTimer,
    Tell,
)
from workflows.machine.vocabulary import Outcome
from workflows.model.notice import Answer, Answered, Answering, Notice, Right
from workflows.model.parties import Contact
from workflows.model.reminders import following, of_consent
from workflows.notice.guards import NoticeStep, arrived, own_period_end
from workflows.notice.scope import agreed_alone
from workflows.terms.due import due
from workflows.terms.names import OBJECTION
from workflows.time import start_of_day

RELAY_ASSUMED = timedelta(days=5)
"""Behind a relay, without a bounce: received this long after hand-over (P1)."""

_MAY = {
    OBJECTION: "Object to the change",
    "subprocessor.consent": "Consent to the change",
    "amendment.termination": "End the agreement because of the change",
}
WINDOW_TIMERS = ("close", "proceed", "right_closed", "engage", "assumed", "awaited")


def recipients(ctx: NoticeStep) -> tuple[Contact, ...]:
    """Whom the terms name: contacts with one of its roles and an address, `contract` first (P1)."""
    return named_contacts(ctx.context.customer.contacts, ctx.context.terms.notice_contacts)


def named_contacts(contacts: tuple[Contact, ...], roles: tuple[str, ...]) -> tuple[Contact, ...]:
    """Contacts with an address and one of `roles`, in the order of `roles`."""
    named = [contact for contact in contacts if contact.email and set(contact.roles) & set(roles)]
    return tuple(sorted(named, key=lambda one: 0 if "contract" in one.roles else 1))


def letters(
    ctx: NoticeStep, kind: str, data: dict[str, Any] | None = None, only: Any = None, *, together: bool = False
) -> tuple[Send, ...]:
    """One message to each recipient, or to one contact; in one mail with what else goes to it (P19), or alone."""
    to = recipients(ctx)
    change = ctx.context.change
    if only is not None:
        to = tuple(one for one in ctx.context.customer.contacts if one.id == only and one.email)
    return tuple(
        Send(
            kind=kind,
            customer=ctx.context.customer.id,
            contact=one.id,
            address=one.email or "",
            language=ctx.context.customer.language,
            data=data or {},
            counts=kind == "announcement" and one.id == ctx.entity.counting_contact and not (data or {}).get("copy"),
            together=(change.announcement_id or change.id) if together else None,
        )
        for one in to
    )


def clear(*names: str) -> tuple[Effect, ...]:
    """Forget these timers; without names, all that a window sets."""
    return tuple(ClearTimer(name) for name in names or WINDOW_TIMERS)


def drop_deadlines(ctx: NoticeStep, how: str = "dropped") -> tuple[Effect, ...]:
    """Close the deadlines of the notice's rights, as met or as no longer wanted."""
    return tuple(CloseDeadline(right.rule, "met" if how == "met" else "dropped") for right in ctx.entity.rights)


def wished_from(ctx: NoticeStep) -> datetime | None:
    """The first instant of the wished day, in the agreement's zone (P13), or None."""
    day = ctx.context.change.effective_on
    return start_of_day(day, ctx.context.terms.zone) if day is not None else None


def engage_at(ctx: NoticeStep, own_yes: datetime) -> datetime:
    """P13: the later of the own yes and the wished day, UTC."""
    wished = wished_from(ctx)
    return max(own_yes, wished) if wished is not None else own_yes


def engage_timer(at: datetime) -> SetTimer:
    """Begin the engagement at that instant."""
    return SetTimer("engage", at, "engage", RANK_ENGAGE)


def answer(ctx: NoticeStep, kind: Answered, *, late: bool = False, counts: bool = True) -> tuple[Answer, ...]:
    """All answers with this one, as it was given, received and entered (P5)."""
    data = ctx.data
    assert isinstance(data, Answering)
    return (
        *ctx.entity.answers,
        Answer(
            answer=kind,
            by=data.by,
            channel=data.channel,
            received_at=arrived(ctx),
            recorded_at=ctx.now,
            recorded_by=ctx.command.actor,
            grounds=data.grounds,
            evidence=data.evidence,
            late=late,
            revision=ctx.entity.revision,
            counts=counts,
        ),
    )


def said(ctx: NoticeStep, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event's words on an answer, and the personal part that stands beside the ledger."""
    data = ctx.data
    public = {"channel": data.channel, "received_at": arrived(ctx).isoformat(), **more}
    private = {
        key: value
        for key, value in (("by", data.by), ("grounds", data.grounds), ("evidence", data.evidence))
        if value is not None
    }
    return public, private


def received_by_answer(ctx: NoticeStep, entity: Notice) -> Notice:
    """An answer proves receipt (P1); it starts no window that was not running."""
    if entity.received_at is not None:
        return entity
    return replace(entity, received_at=arrived(ctx), received_how="answer", sent_at=entity.sent_at or arrived(ctx))


def confirm(ctx: NoticeStep, kind: str) -> tuple[Effect, ...]:
    """All contacts are told of every answer (P6)."""
    return letters(ctx, "confirmation", {"answer": kind, "received_at": arrived(ctx).isoformat()})


def open_window(ctx: NoticeStep, at: datetime, how: Any) -> tuple[Notice, tuple[Effect, ...]]:
    """The notice was received at `at`: windows and the processor's own period begin (I-08, P7)."""
    entity = replace(ctx.entity, received_at=at, received_how=how, sent_at=ctx.entity.sent_at or at)
    effects: list[Effect] = [ClearTimer("assumed"), CloseTasks(("undeliverable",))]
    rights: list[Right] = []
    ends: list[datetime] = []
    for right in entity.rights:
        found = due(ctx.context.terms, right.rule, at, ctx.context.agreement.facts) if _known(ctx, right) else None
        if found is None or found.due_at is None:
            rights.append(replace(right, closes_at=None, last_day=None))
            continue
        rights.append(replace(right, closes_at=found.due_at, last_day=found.last_day))
        ends.append(found.due_at)
        effects.append(OpenDeadline(found, _MAY.get(right.rule, "Answer the notice"), ctx.entity.agreement_id))
        if right.rule == OBJECTION or entity.rule == "termination_right":
            entity = replace(entity, closes_at=found.due_at, last_day=found.last_day)
            effects.append(SetTimer("close", found.due_at, "close", RANK_CLOSE))
        else:
            effects.append(SetTimer("right_closed", found.due_at, "right_closed", RANK_CLOSE))
    if entity.own_period:
        own = own_period_end(ctx, at)
        entity = replace(entity, proceeds_at=own, engages_at=engage_at(ctx, own))
        ends.append(own)
        effects.append(SetTimer("proceed", own, "proceed", RANK_PROCEED))
    elif entity.rule == "information" and agreed_alone(ctx.context.terms, ctx.context.change):
        entity = replace(entity, engages_at=None)
        effects.append(to_agree(ctx))
    elif entity.rule == "information":
        go = engage_at(ctx, at)
        entity = replace(entity, engages_at=go)
        effects.append(engage_timer(go))
    elif entity.closes_at is not None:
        entity = replace(entity, engages_at=engage_at(ctx, entity.closes_at))
    entity = replace(entity, rights=tuple(rights), running=bool(ends))
    return entity, (*effects, *await_consent(ctx, entity))


def to_agree(ctx: NoticeStep) -> OpenTask:
    """A new text that no notice makes binding: somebody consults the customer, and records what was agreed."""
    terms, change = ctx.context.terms, ctx.context.change
    why = f" ({terms.amendment.clause})" if terms.amendment.clause else ""
    text = (
        f"Version {change.to_version} binds this customer only once both agree in writing{why}: consult, then enter it "
        f"(POST agreements/{ctx.entity.agreement_id}/amend). If you do not agree, the present text stays."
    )
    wished = wished_from(ctx)
    data = {"agreement_id": str(ctx.entity.agreement_id), "to_version": change.to_version}
    return OpenTask(
        "amendment_agree", text, ctx.id, wished if wished is not None and wished > ctx.now else None, data=data
    )


def await_consent(ctx: NoticeStep, entity: Notice) -> tuple[Effect, ...]:
    """The timer that asks again for a consent without a period (CO-A3: silence is none)."""
    if entity.rule != "consent" or entity.rights[0].closes_at is not None or entity.received_at is None:
        return ()
    at = following(of_consent(ctx.context.processor.reminders, entity.received_at, ctx.context.terms.zone), ctx.now)
    return (SetTimer("awaited", at, "awaited"),) if at is not None else ()


def _known(ctx: NoticeStep, right: Right) -> bool:
    return right.rule in ctx.context.terms.rules


def handed_over(ctx: NoticeStep) -> Outcome[Notice]:
    """P1: behind a relay, receipt is proven by a report, an answer, or five days without a bounce."""
    entity = replace(ctx.entity, sent_at=ctx.at, running=True)
    return Outcome(entity, effects=(SetTimer("assumed", ctx.at + RELAY_ASSUMED, "assumed"),))


def maybe_sent(ctx: NoticeStep) -> Outcome[Notice]:
    """No answer after DATA: it may have arrived, so who may know of it is told of what follows (P18)."""
    return Outcome(replace(ctx.entity, sent_at=ctx.entity.sent_at or ctx.at))


def received(ctx: NoticeStep) -> Outcome[Notice]:
    """P1: the counting contact received it: windows run from now."""
    entity, effects = open_window(ctx, ctx.at, ctx.data.how)
    return Outcome(entity, {"how": ctx.data.how, **windows(entity)}, effects=effects)


def windows(entity: Notice) -> dict[str, Any]:
    """What the event tells of the windows that began."""
    return {
        "received_at": entity.received_at,
        "closes_at": entity.closes_at,
        "proceeds_at": entity.proceeds_at,
        "rights": [{"rule": r.rule, "clause": r.clause, "closes_at": r.closes_at} for r in entity.rights],
    }


def assumed(ctx: NoticeStep) -> Outcome[Notice]:
    """P1: five days behind a relay without a bounce; shown as assumed."""
    entity, effects = open_window(ctx, ctx.at, "assumed")
    return Outcome(entity, {"how": "assumed", **windows(entity)}, effects=effects)


def received_while_held(ctx: NoticeStep) -> Outcome[Notice]:
    """The new text reached a customer whose objection stands: its window is known, and waits (P17)."""
    entity, _ = open_window(ctx, ctx.at, ctx.data.how)
    return Outcome(replace(entity, running=False), {"how": ctx.data.how, **windows(entity)}, event="received")


def receipt_of_copy(ctx: NoticeStep) -> Outcome[Notice]:
    """Another contact's receipt: evidence, it starts nothing."""
    return Outcome(ctx.entity, {"contact_id": ctx.data.contact_id, "how": ctx.data.how}, event="copy_received")


def deemed_received(ctx: NoticeStep) -> Outcome[Notice]:
    """P2: received at an instant for which a manager has evidence."""
    entity, effects = open_window(ctx, ctx.data.at, "deemed")
    said = {"reason": ctx.data.reason, "evidence": ctx.data.evidence}
    return Outcome(entity, {"how": "deemed", **windows(entity)}, said, effects)


def _undelivered(ctx: NoticeStep, contact: Any, text: str) -> tuple[Notice, tuple[Effect, ...]]:
    """P2: the window and a lapse are taken back, an engagement that rested on it ends."""
    entity = replace(
        ctx.entity,
        received_at=None,
        received_how=None,
        closes_at=None,
        last_day=None,
        proceeds_at=None,
        engages_at=None,
        engaged_at=None,
        outcome=None,
        running=False,
        rights=tuple(replace(right, closes_at=None, last_day=None) for right in ctx.entity.rights),
    )
    effects: tuple[Effect, ...] = (*clear(), *drop_deadlines(ctx))
    if contact is not None:
        effects = (*effects, RevokeLinks(contact))
    if ctx.entity.engaged_at is not None:
        effects = (*effects, disengage(ctx, "the notice it rested on was never received"))
    task = OpenTask("undeliverable", text, ctx.id, key=str(contact or ""))
    return entity, (*effects, task)


def disengage(ctx: NoticeStep, why: str, *, revive: bool = True) -> Disengage | Tell:
    """End the engagement that rests on this notice; what it had replaced works on (P16), unless the change ran
    its course. A new text that binds on it does so no more."""
    change = ctx.context.change
    if change.kind == "terms":
        return Tell(ctx.entity.agreement_id, "text_taken_back", {"notice_id": str(ctx.id), "why": why})
    before = change.replaces_id or (change.subprocessor_id if change.kind == "relocate" else None)
    return Disengage(ctx.entity.agreement_id, ctx.now, why, notice=ctx.id, revive=before if revive else None)


def bounced(ctx: NoticeStep) -> Outcome[Notice]:
    """P2: a bounce, however late, unless somebody answered."""
    text = "The notice came back undelivered: find a working address and send it again."
    entity, effects = _undelivered(ctx, ctx.data.contact_id, text)
    return Outcome(entity, {"contact_id": ctx.data.contact_id}, {"words": ctx.data.words}, effects)


def bounce_of_copy(ctx: NoticeStep) -> Outcome[Notice]:
    """Another contact's copy came back, or somebody has answered: the window stands."""
    text = "A copy of the notice came back undelivered: correct this contact's address."
    task = OpenTask("bounced_copy", text, ctx.id, key=str(ctx.data.contact_id))
    return Outcome(
        ctx.entity,
        {"contact_id": ctx.data.contact_id},
        {"words": ctx.data.words},
        (RevokeLinks(ctx.data.contact_id), task),
        event="copy_bounced",
    )


def not_received(ctx: NoticeStep) -> Outcome[Notice]:
    """P2: a manager knows that it did not arrive."""
    text = "The customer did not receive the notice: correct the contact and send it again."
    entity, effects = _undelivered(ctx, ctx.entity.counting_contact, text)
    return Outcome(entity, {}, {"reason": ctx.data.reason}, effects)


def announce(ctx: NoticeStep, entity: Notice, *, together: bool = True) -> tuple[Notice, tuple[Effect, ...]]:
    """Send the announcement to the contacts the terms name; the first `contract` contact's receipt counts."""
    to = recipients(ctx)
    if not to:
        text = "The customer has no contact with an e-mail address: add one and send the notice."
        return (
            replace(entity, counting_contact=None, running=False),
            (OpenTask("undeliverable", text, ctx.id),),
        )
    entity = replace(entity, counting_contact=to[0].id, running=True)
    ctx.entity = entity
    return entity, letters(ctx, "announcement", {"revision": entity.revision}, together=together)


def resend(ctx: NoticeStep) -> Outcome[Notice]:
    """P2: sending again starts a full window."""
    fresh = replace(ctx.entity, sent_at=None)
    if ctx.data.contact_id is not None:
        ctx.entity = replace(fresh, counting_contact=ctx.data.contact_id, running=True)
        mails = letters(ctx, "announcement", {"revision": fresh.revision}, only=ctx.data.contact_id)
        return Outcome(ctx.entity, {"contact_id": ctx.data.contact_id}, effects=(*mails,))
    entity, effects = announce(ctx, fresh, together=False)
    return Outcome(entity, effects=effects)


def resend_copy(ctx: NoticeStep) -> Outcome[Notice]:
    """One more copy; the window that runs stays as it is."""
    mails = letters(ctx, "announcement", {"revision": ctx.entity.revision, "copy": True}, only=ctx.data.contact_id)
    return Outcome(ctx.entity, {"contact_id": ctx.data.contact_id}, effects=mails, event="copy_sent")
