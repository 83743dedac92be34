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
from workflows.model.notice import (
    Answer,
    Answered,
    Answering,
    Notice,
    Right,
)
from workflows.model.parties import Contact
from workflows.model.reminders import following, of_consent
from workflows.notice.guards import At, arrived, own_period_end
from workflows.notice.scope import OBJECTION, agreed_alone
from workflows.terms.due import due
from workflows.time import (
    start_of_day,
)

RELAY_ASSUMED = timedelta(days=5)
"""Behind a relay, without a bounce: received this long after hand-over (P1)."""

_MAY = {
    OBJECTION: "Object to the change",
    "subprocessor.consent": "Consent to the change",
    "amendment.termination": "End the agreement because of the change",
}
WINDOW_TIMERS = ("close", "proceed", "right_closed", "engage", "assumed", "awaited")


def recipients(c: At) -> tuple[Contact, ...]:
    """Whom the terms name: contacts with one of its roles and an address, `contract` first (P1)."""
    return named_contacts(c.context.customer.contacts, c.context.terms.notice_contacts)


def named_contacts(contacts: tuple[Contact, ...], roles: tuple[str, ...]) -> tuple[Contact, ...]:
    """Contacts with an address and one of `roles`, in the order of `roles`."""
    named = [contact for contact in contacts if contact.email and set(contact.roles) & set(roles)]
    return tuple(sorted(named, key=lambda one: 0 if "contract" in one.roles else 1))


def letters(
    c: At, kind: str, data: dict[str, Any] | None = None, only: Any = None, *, together: bool = False
) -> tuple[Send, ...]:
    """One message to each recipient, or to one contact; in one mail with what else goes to it (P19), or alone."""
    to = recipients(c)
    change = c.context.change
    if only is not None:
        to = tuple(one for one in c.context.customer.contacts if one.id == only and one.email)
    return tuple(
        Send(
            kind=kind,
            customer=c.context.customer.id,
            contact=one.id,
            address=one.email or "",
            language=c.context.customer.language,
            data=data or {},
            counts=kind == "announcement" and one.id == c.entity.counting_contact and not (data or {}).get("copy"),
            together=(change.announcement_id or change.id) if together else None,
        )
        for one in to
    )


def clear(*names: str) -> tuple[Effect, ...]:
    """Forget these timers; without names, all that a window sets."""
    return tuple(ClearTimer(name) for name in names or WINDOW_TIMERS)


def drop_deadlines(c: At, how: str = "dropped") -> tuple[Effect, ...]:
    """Close the deadlines of the notice's rights, as met or as no longer wanted."""
    return tuple(CloseDeadline(right.rule, "met" if how == "met" else "dropped") for right in c.entity.rights)


def wished_from(c: At) -> datetime | None:
    """The first instant of the wished day, in the agreement's zone (P13), or None."""
    day = c.context.change.effective_on
    return start_of_day(day, c.context.terms.zone) if day is not None else None


def engage_at(c: At, own_yes: datetime) -> datetime:
    """P13: the later of the own yes and the wished day, UTC."""
    wished = wished_from(c)
    return max(own_yes, wished) if wished is not None else own_yes


def engage_timer(at: datetime) -> SetTimer:
    """Begin the engagement at that instant."""
    return SetTimer("engage", at, "engage", RANK_ENGAGE)


def answer(c: At, kind: Answered, *, late: bool = False, counts: bool = True) -> tuple[Answer, ...]:
    """All answers with this one, as it was given, received and entered (P5)."""
    data = c.data
    assert isinstance(data, Answering)
    return (
        *c.entity.answers,
        Answer(
            answer=kind,
            by=data.by,
            channel=data.channel,
            received_at=arrived(c),
            recorded_at=c.now,
            recorded_by=c.command.actor,
            grounds=data.grounds,
            evidence=data.evidence,
            late=late,
            revision=c.entity.revision,
            counts=counts,
        ),
    )


def said(c: At, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The event's words on an answer, and the personal part that stands beside the ledger."""
    data = c.data
    public = {"channel": data.channel, "received_at": arrived(c).isoformat(), **more}
    private = {
        key: value
        for key, value in (("by", data.by), ("grounds", data.grounds), ("evidence", data.evidence))
        if value is not None
    }
    return public, private


def received_by_answer(c: At, entity: Notice) -> Notice:
    """An answer proves receipt (P1); it starts no window that was not running."""
    if entity.received_at is not None:
        return entity
    return replace(entity, received_at=arrived(c), received_how="answer", sent_at=entity.sent_at or arrived(c))


def confirm(c: At, kind: str) -> tuple[Effect, ...]:
    """All contacts are told of every answer (P6)."""
    return letters(c, "confirmation", {"answer": kind, "received_at": arrived(c).isoformat()})


def open_window(c: At, at: datetime, how: Any) -> tuple[Notice, tuple[Effect, ...]]:
    """The notice was received at `at`: windows and the processor's own period begin (I-08, P7)."""
    entity = replace(c.entity, received_at=at, received_how=how, sent_at=c.entity.sent_at or at)
    effects: list[Effect] = [ClearTimer("assumed"), CloseTasks(("undeliverable",))]
    rights: list[Right] = []
    ends: list[datetime] = []
    for right in entity.rights:
        found = due(c.context.terms, right.rule, at, c.context.agreement.facts) if _known(c, right) else None
        if found is None or found.due_at is None:
            rights.append(replace(right, closes_at=None, last_day=None))
            continue
        rights.append(replace(right, closes_at=found.due_at, last_day=found.last_day))
        ends.append(found.due_at)
        effects.append(OpenDeadline(found, _MAY.get(right.rule, "Answer the notice"), c.entity.agreement_id))
        if right.rule == OBJECTION or entity.rule == "termination_right":
            entity = replace(entity, closes_at=found.due_at, last_day=found.last_day)
            effects.append(SetTimer("close", found.due_at, "close", RANK_CLOSE))
        else:
            effects.append(SetTimer("right_closed", found.due_at, "right_closed", RANK_CLOSE))
    if entity.own_period:
        own = own_period_end(c, at)
        entity = replace(entity, proceeds_at=own, engages_at=engage_at(c, own))
        ends.append(own)
        effects.append(SetTimer("proceed", own, "proceed", RANK_PROCEED))
    elif entity.rule == "information" and agreed_alone(c.context.terms, c.context.change):
        entity = replace(entity, engages_at=None)
        effects.append(to_agree(c))
    elif entity.rule == "information":
        go = engage_at(c, at)
        entity = replace(entity, engages_at=go)
        effects.append(engage_timer(go))
    elif entity.closes_at is not None:
        entity = replace(entity, engages_at=engage_at(c, entity.closes_at))
    entity = replace(entity, rights=tuple(rights), running=bool(ends))
    return entity, (*effects, *await_consent(c, entity))


def to_agree(c: At) -> OpenTask:
    """A new text that no notice makes binding: somebody consults the customer, and records what was agreed."""
    terms, change = c.context.terms, c.context.change
    why = f" ({terms.amendment.clause})" if terms.amendment.clause else ""
    text = (
        f"Version {change.to_version} binds this customer only once both agree in writing{why}: consult, then enter it "
        f"(POST agreements/{c.entity.agreement_id}/amend). If you do not agree, the present text stays."
    )
    wished = wished_from(c)
    data = {"agreement_id": str(c.entity.agreement_id), "to_version": change.to_version}
    return OpenTask("amendment_agree", text, c.id, wished if wished is not None and wished > c.now else None, data=data)


def await_consent(c: At, entity: Notice) -> tuple[Effect, ...]:
    """The timer that asks again for a consent without a period (CO-A3: silence is none)."""
    if entity.rule != "consent" or entity.rights[0].closes_at is not None or entity.received_at is None:
        return ()
    at = following(of_consent(c.context.processor.reminders, entity.received_at, c.context.terms.zone), c.now)
    return (SetTimer("awaited", at, "awaited"),) if at is not None else ()


def _known(c: At, right: Right) -> bool:
    return right.rule in c.context.terms.rules


def handed_over(c: At) -> Outcome[Notice]:
    """P1: behind a relay, receipt is proven by a report, an answer, or five days without a bounce."""
    entity = replace(c.entity, sent_at=c.at, running=True)
    return Outcome(entity, effects=(SetTimer("assumed", c.at + RELAY_ASSUMED, "assumed"),))


def maybe_sent(c: At) -> Outcome[Notice]:
    """No answer after DATA: it may have arrived, so who may know of it is told of what follows (P18)."""
    return Outcome(replace(c.entity, sent_at=c.entity.sent_at or c.at))


def received(c: At) -> Outcome[Notice]:
    """P1: the counting contact received it: windows run from now."""
    entity, effects = open_window(c, c.at, c.data.how)
    return Outcome(entity, {"how": c.data.how, **windows(entity)}, effects=effects)


def windows(entity: Notice) -> dict[str, Any]:
    """What the event tells of the windows that began."""
    return {
        "received_at": entity.received_at,
        "closes_at": entity.closes_at,
        "proceeds_at": entity.proceeds_at,
        "rights": [{"rule": r.rule, "clause": r.clause, "closes_at": r.closes_at} for r in entity.rights],
    }


def assumed(c: At) -> Outcome[Notice]:
    """P1: five days behind a relay without a bounce; shown as assumed."""
    entity, effects = open_window(c, c.at, "assumed")
    return Outcome(entity, {"how": "assumed", **windows(entity)}, effects=effects)


def received_while_held(c: At) -> Outcome[Notice]:
    """The new text reached a customer whose objection stands: its window is known, and waits (P17)."""
    entity, _ = open_window(c, c.at, c.data.how)
    return Outcome(replace(entity, running=False), {"how": c.data.how, **windows(entity)}, event="received")


def receipt_of_copy(c: At) -> Outcome[Notice]:
    """Another contact's receipt: evidence, it starts nothing."""
    return Outcome(c.entity, {"contact_id": c.data.contact_id, "how": c.data.how}, event="copy_received")


def deemed_received(c: At) -> Outcome[Notice]:
    """P2: received at an instant for which a manager has evidence."""
    entity, effects = open_window(c, c.data.at, "deemed")
    said = {"reason": c.data.reason, "evidence": c.data.evidence}
    return Outcome(entity, {"how": "deemed", **windows(entity)}, said, effects)


def _undelivered(c: At, contact: Any, text: str) -> tuple[Notice, tuple[Effect, ...]]:
    """P2: the window and a lapse are taken back, an engagement that rested on it ends."""
    entity = replace(
        c.entity,
        received_at=None,
        received_how=None,
        closes_at=None,
        last_day=None,
        proceeds_at=None,
        engages_at=None,
        engaged_at=None,
        outcome=None,
        running=False,
        rights=tuple(replace(right, closes_at=None, last_day=None) for right in c.entity.rights),
    )
    effects: tuple[Effect, ...] = (*clear(), *drop_deadlines(c))
    if contact is not None:
        effects = (*effects, RevokeLinks(contact))
    if c.entity.engaged_at is not None:
        effects = (*effects, disengage(c, "the notice it rested on was never received"))
    task = OpenTask("undeliverable", text, c.id, key=str(contact or ""))
    return entity, (*effects, task)


def disengage(c: At, why: str, *, revive: bool = True) -> Disengage | Tell:
    """End the engagement that rests on this notice; what it had replaced works on (P16), unless the change ran
    its course. A new text that binds on it does so no more."""
    change = c.context.change
    if change.kind == "terms":
        return Tell(c.entity.agreement_id, "text_taken_back", {"notice_id": str(c.id), "why": why})
    before = change.replaces_id or (change.subprocessor_id if change.kind == "relocate" else None)
    return Disengage(c.entity.agreement_id, c.now, why, notice=c.id, revive=before if revive else None)


def bounced(c: At) -> Outcome[Notice]:
    """P2: a bounce, however late, unless somebody answered."""
    text = "The notice came back undelivered: find a working address and send it again."
    entity, effects = _undelivered(c, c.data.contact_id, text)
    return Outcome(entity, {"contact_id": c.data.contact_id}, {"words": c.data.words}, effects)


def bounce_of_copy(c: At) -> Outcome[Notice]:
    """Another contact's copy came back, or somebody has answered: the window stands."""
    text = "A copy of the notice came back undelivered: correct this contact's address."
    task = OpenTask("bounced_copy", text, c.id, key=str(c.data.contact_id))
    return Outcome(
        c.entity,
        {"contact_id": c.data.contact_id},
        {"words": c.data.words},
        (RevokeLinks(c.data.contact_id), task),
        event="copy_bounced",
    )


def not_received(c: At) -> Outcome[Notice]:
    """P2: a manager knows that it did not arrive."""
    text = "The customer did not receive the notice: correct the contact and send it again."
    entity, effects = _undelivered(c, c.entity.counting_contact, text)
    return Outcome(entity, {}, {"reason": c.data.reason}, effects)


def announce(c: At, entity: Notice, *, together: bool = True) -> tuple[Notice, tuple[Effect, ...]]:
    """Send the announcement to the contacts the terms name; the first `contract` contact's receipt counts."""
    to = recipients(c)
    if not to:
        text = "The customer has no contact with an e-mail address: add one and send the notice."
        return (
            replace(entity, counting_contact=None, running=False),
            (OpenTask("undeliverable", text, c.id),),
        )
    entity = replace(entity, counting_contact=to[0].id, running=True)
    c.entity = entity
    return entity, letters(c, "announcement", {"revision": entity.revision}, together=together)


def resend(c: At) -> Outcome[Notice]:
    """P2: sending again starts a full window."""
    fresh = replace(c.entity, sent_at=None)
    if c.data.contact_id is not None:
        c.entity = replace(fresh, counting_contact=c.data.contact_id, running=True)
        mails = letters(c, "announcement", {"revision": fresh.revision}, only=c.data.contact_id)
        return Outcome(c.entity, {"contact_id": c.data.contact_id}, effects=(*mails,))
    entity, effects = announce(c, fresh, together=False)
    return Outcome(entity, effects=effects)


def resend_copy(c: At) -> Outcome[Notice]:
    """One more copy; the window that runs stays as it is."""
    mails = letters(c, "announcement", {"revision": c.entity.revision, "copy": True}, only=c.data.contact_id)
    return Outcome(c.entity, {"contact_id": c.data.contact_id}, effects=mails, event="copy_sent")
