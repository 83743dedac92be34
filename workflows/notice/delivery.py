"""What delivery makes of a notice: sent, received, bounced. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from workflows.machine.effects import (
    CloseDeadline,
    CloseTasks,
    Disengage,
    Effect,
    OpenTask,
    RevokeLinks,
    Send,
    Tell,
)
from workflows.machine.messages import TEXT_TAKEN_BACK
from workflows.machine.recipients import contact_with_address, to_each
from workflows.machine.signals import Timer
from workflows.machine.vocabulary import Outcome
from workflows.model.end_reason import WORDS, EndReason
from workflows.model.evidence import ids_of
from workflows.model.notice import (
    Answer,
    Answered,
    Answering,
    ContactsChanged,
    DeemedReceived,
    Notice,
    NotReceived,
    Resend,
)
from workflows.model.parties import Contact
from workflows.model.replies import Bounced, Receipt, sealed
from workflows.model.task_words import InEach, clause_words, in_each, task_words
from workflows.model.terms_version import TakenBack
from workflows.notice.emergency import engaged_first
from workflows.notice.guards import (
    NoticeStanding,
    NoticeStep,
    addressees,
    arrived,
    not_answered,
)
from workflows.notice.publication import told_by_page
from workflows.notice.scope import unasked
from workflows.notice.timers import ASSUMED, ENGAGE, TIMERS
from workflows.notice.window import open_window, windows
from workflows.words import said_in

ASK: Final = "ask_authorisation"
"""The task of deciding whether a customer is asked whose agreement has no word on subprocessors."""
RELAY_ASSUMED = timedelta(days=5)
"""Behind a relay, without a bounce: received this long after hand-over (P1)."""


def letters(
    ctx: NoticeStanding,
    kind: str,
    data: dict[str, Any] | None = None,
    *,
    only: UUID | None = None,
    to: Sequence[Contact] | None = None,
    counting: UUID | None = None,
    together: bool = False,
    reminds: bool = False,
) -> tuple[Send, ...]:
    """One message to each recipient, or to one contact; in one mail with what else goes to it (P19), or alone.

    `to` are the recipients where they are known already. The receipt of `counting` is the one that starts the window
    (P1). What `reminds` goes in the contact's one mail of the day.
    """
    customer, change = ctx.context.customer, ctx.context.change
    if only is not None:
        alone = contact_with_address(customer, only)
        to = (alone,) if alone is not None else ()
    elif to is None:
        to = addressees(customer, ctx.context.terms)
    bundle = (change.announcement_id or change.id) if together else None
    return to_each(kind, customer, to, data or {}, counting=counting, together=bundle, reminds=reminds)


def clear(*timers: Timer[Any]) -> tuple[Effect, ...]:
    """Forget these timers; without any named, all that a window sets."""
    return tuple(one.clear() for one in timers or TIMERS)


def drop_deadlines(ctx: NoticeStanding) -> tuple[Effect, ...]:
    """The deadlines of the notice's rights are no longer wanted."""
    return tuple(CloseDeadline(right.rule, "dropped") for right in ctx.entity.rights)


def answer(
    ctx: NoticeStep[Answering], kind: Answered, *, late: bool = False, counts: bool = True
) -> tuple[Answer, ...]:
    """All answers with this one, as it was given, received and entered (P5)."""
    data = ctx.data
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
            files=ids_of(ctx.command.files),
            late=late,
            revision=ctx.entity.revision,
            counts=counts,
        ),
    )


def answer_fields(ctx: NoticeStep[Answering], **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the event tells of an answer, and the personal part that stands beside the ledger."""
    data = ctx.data
    public = {"channel": data.channel, "received_at": arrived(ctx).isoformat(), **more}
    private = {
        key: value
        for key, value in (("by", data.by), ("grounds", data.grounds), ("evidence", data.evidence))
        if value is not None
    }
    return public, private


def received_by_answer(ctx: NoticeStep[Answering], entity: Notice) -> Notice:
    """An answer proves receipt (P1); it starts no window that was not running."""
    if entity.received_at is not None:
        return entity
    return replace(entity, received_at=arrived(ctx), received_how="answer", sent_at=entity.sent_at or arrived(ctx))


def confirm(ctx: NoticeStep[Answering], kind: str) -> tuple[Effect, ...]:
    """All contacts are told of every answer (P6)."""
    return letters(ctx, "confirmation", {"answer": kind, "received_at": arrived(ctx).isoformat()})


def handed_over(ctx: NoticeStep) -> Outcome[Notice]:
    """P1: behind a relay, receipt is proven by a report, an answer, or five days without a bounce."""
    entity = replace(ctx.entity, sent_at=ctx.at, running=True)
    return Outcome(entity, effects=(ASSUMED.at(ctx.at + RELAY_ASSUMED),))


def maybe_sent(ctx: NoticeStep) -> Outcome[Notice]:
    """No answer after DATA: it may have arrived, so who may know of it is told of what follows (P18)."""
    return Outcome(replace(ctx.entity, sent_at=ctx.entity.sent_at or ctx.at))


def received(ctx: NoticeStep[Receipt]) -> Outcome[Notice]:
    """P1: the counting contact received it: windows run from now."""
    entity, effects = open_window(ctx, ctx.entity, ctx.at, ctx.data.how, now=ctx.now)
    return Outcome(entity, {"how": ctx.data.how, **windows(entity), **sealed(ctx.data.sha256)}, effects=effects)


def assumed(ctx: NoticeStep) -> Outcome[Notice]:
    """P1: five days behind a relay without a bounce; shown as assumed."""
    entity, effects = open_window(ctx, ctx.entity, ctx.at, "assumed", now=ctx.now)
    return Outcome(entity, {"how": "assumed", **windows(entity)}, effects=effects)


def received_while_held(ctx: NoticeStep[Receipt]) -> Outcome[Notice]:
    """The new text reached a customer whose objection stands: its window is known, and waits (P17)."""
    entity, _ = open_window(ctx, ctx.entity, ctx.at, ctx.data.how, now=ctx.now)
    said = {"how": ctx.data.how, **windows(entity), **sealed(ctx.data.sha256)}
    return Outcome(replace(entity, running=False), said)


def delayed(ctx: NoticeStep[Bounced]) -> Outcome[Notice]:
    """It has not arrived yet, and is still tried: no bounce, and unless more is heard never assumed to have arrived."""
    entity = replace(ctx.entity, delayed_at=ctx.at)
    return Outcome(entity, {"contact_id": ctx.data.contact_id, **sealed(ctx.data.sha256)}, {"words": ctx.data.words})


def not_assumed(ctx: NoticeStep) -> Outcome[Notice]:
    """The last that was heard is that it had not arrived. Its link lives: it may still arrive, and then counts."""
    text = task_words("not_arrived")
    entity = replace(ctx.entity, running=False)
    task = OpenTask("undeliverable", text, ctx.id, key=str(ctx.entity.counting_contact or ""))
    return Outcome(entity, {"delayed_at": ctx.entity.delayed_at}, effects=(task,))


def receipt_of_copy(ctx: NoticeStep[Receipt]) -> Outcome[Notice]:
    """Another contact's receipt: evidence, it starts nothing."""
    said = {"contact_id": ctx.data.contact_id, "how": ctx.data.how, **sealed(ctx.data.sha256)}
    return Outcome(ctx.entity, said)


def deemed_received(ctx: NoticeStep[DeemedReceived]) -> Outcome[Notice]:
    """P2: received at an instant for which a manager has evidence."""
    entity, effects = open_window(ctx, ctx.entity, ctx.data.at, "deemed", now=ctx.now)
    personal = {"reason": ctx.data.reason, "evidence": ctx.data.evidence}
    return Outcome(entity, {"how": "deemed", **windows(entity)}, personal, effects)


def _undelivered(ctx: NoticeStep, contact: UUID | None, text: InEach) -> tuple[Notice, tuple[Effect, ...]]:
    """P2: the window and a lapse are taken back, an engagement that rested on it ends; one of an emergency rested on
    that."""
    stays = ctx.entity.emergency
    entity = replace(
        ctx.entity,
        received_at=None,
        received_how=None,
        delayed_at=None,
        closes_at=None,
        last_day=None,
        proceeds_at=None,
        engages_at=ctx.entity.engages_at if stays else None,
        engaged_at=ctx.entity.engaged_at if stays else None,
        outcome=None,
        running=False,
        rights=tuple(replace(right, closes_at=None, last_day=None) for right in ctx.entity.rights),
    )
    effects: tuple[Effect, ...] = (*clear(), *drop_deadlines(ctx))
    if stays and ctx.entity.engages_at is not None and ctx.entity.engaged_at is None:
        effects = (*effects, ENGAGE.at(ctx.entity.engages_at))
    if contact is not None:
        effects = (*effects, RevokeLinks(contact))
    if ctx.entity.engaged_at is not None and not stays:
        effects = (*effects, disengage(ctx, "never_received"))
    task = OpenTask("undeliverable", text, ctx.id, key=str(contact or ""))
    return entity, (*effects, task)


def disengage(ctx: NoticeStep, reason: EndReason, *, revive: bool = True) -> Disengage | Tell:
    """End the engagement that rests on this notice; what it had replaced works on (P16), unless the change ran
    its course. A new text that binds on it does so no more."""
    change = ctx.context.change
    if change.kind == "terms":
        return TEXT_TAKEN_BACK.to(ctx.entity.agreement_id, TakenBack(notice_id=ctx.id, why=WORDS[reason]))
    before = change.replaces_id or (change.subprocessor_id if change.kind == "relocate" else None)
    return Disengage(ctx.entity.agreement_id, ctx.now, reason, notice=ctx.id, revive=before if revive else None)


def bounced(ctx: NoticeStep[Bounced]) -> Outcome[Notice]:
    """P2: a bounce, however late, unless somebody answered."""
    text = task_words("undelivered")
    entity, effects = _undelivered(ctx, ctx.data.contact_id, text)
    said = {"contact_id": ctx.data.contact_id, **sealed(ctx.data.sha256)}
    return Outcome(entity, said, {"words": ctx.data.words}, effects)


def bounced_at_last(ctx: NoticeStep[Bounced]) -> Outcome[Notice]:
    """It was not assumed to have arrived, and now it is known that it never will: its link dies too."""
    entity = replace(ctx.entity, delayed_at=None)
    said = {"contact_id": ctx.data.contact_id, **sealed(ctx.data.sha256)}
    return Outcome(entity, said, {"words": ctx.data.words}, (RevokeLinks(ctx.data.contact_id),))


def bounce_of_copy(ctx: NoticeStep[Bounced]) -> Outcome[Notice]:
    """Another contact's copy came back, or somebody has answered: the window stands. So does the link of a contact
    that answered through it: it is in the right hands."""
    text = task_words("bounced_copy")
    task = OpenTask("bounced_copy", text, ctx.id, key=str(ctx.data.contact_id))
    dead = () if _answered_by_link(ctx) else (RevokeLinks(ctx.data.contact_id),)
    return Outcome(
        ctx.entity,
        {"contact_id": ctx.data.contact_id, **sealed(ctx.data.sha256)},
        {"words": ctx.data.words},
        (*dead, task),
    )


def _answered_by_link(ctx: NoticeStep[Bounced]) -> bool:
    names = {one.name for one in ctx.context.customer.contacts if one.id == ctx.data.contact_id}
    return any(one.channel == "link" and one.by in names for one in ctx.entity.answers)


def not_received(ctx: NoticeStep[NotReceived]) -> Outcome[Notice]:
    """P2: a manager knows that it did not arrive."""
    text = task_words("not_received")
    entity, effects = _undelivered(ctx, ctx.entity.counting_contact, text)
    return Outcome(entity, {}, {"reason": ctx.data.reason}, effects)


def announce(
    ctx: NoticeStanding, notice: Notice, *, together: bool = True, asked: bool = False
) -> tuple[Notice, tuple[Effect, ...]]:
    """Send the announcement to the contacts the terms name; the first `contract` contact's receipt counts.

    Where the agreement has no word on it a person decides first whether the customer is `asked`.
    """
    to = addressees(ctx.context.customer, ctx.context.terms)
    if unasked(notice) and not asked:
        text = task_words(
            "ask_authorisation_law" if notice.clause else "ask_authorisation",
            law=clause_words(ctx.context.terms, notice.clause),
        )
        return replace(notice, running=False), (OpenTask(ASK, text, notice.id),)
    if not to:
        roles = ctx.context.terms.notice_contacts
        either = in_each(lambda lang: said_in(lang)("task.or").join(roles))
        text = task_words("nobody_to_tell", roles=either)
        return (
            replace(notice, counting_contact=None, running=False),
            (OpenTask("undeliverable", text, notice.id), *told_by_page(ctx, notice)),
        )
    mails = letters(ctx, "announcement", {"revision": notice.revision}, to=to, counting=to[0].id, together=together)
    return replace(notice, counting_contact=to[0].id, running=True), (*mails, *told_by_page(ctx, notice))


def announced(ctx: NoticeStep) -> Outcome[Notice]:
    """A notice begins by being told."""
    entity, effects = announce(ctx, ctx.entity)
    said = {
        "change_id": entity.change_id,
        "agreement_id": entity.agreement_id,
        "rule": entity.rule,
        "clause": entity.clause,
        "terms": f"{ctx.context.terms.id} {ctx.context.terms.version}",
    }
    if entity.emergency:
        entity, more = engaged_first(ctx, entity)
        effects = (*effects, *more)
    return Outcome(entity, said, effects=effects)


def resend(ctx: NoticeStep[Resend]) -> Outcome[Notice]:
    """P2: sending again starts a full window."""
    fresh, contact = replace(ctx.entity, sent_at=None, delayed_at=None), ctx.data.contact_id
    decided = CloseTasks((ASK,))
    if contact is not None:
        mails = letters(ctx, "announcement", {"revision": fresh.revision}, only=contact, counting=contact)
        entity = replace(fresh, counting_contact=contact, running=True)
        return Outcome(entity, {"contact_id": contact}, effects=(decided, *mails))
    entity, effects = announce(ctx, fresh, together=False, asked=True)
    return Outcome(entity, effects=(decided, *effects))


def send_anew(ctx: NoticeStep[ContactsChanged]) -> Outcome[Notice]:
    """Nothing that was sent can arrive where it should: it goes to those whom the terms name now, as if for the first
    time."""
    entity, effects = announce(ctx, replace(ctx.entity, sent_at=None, delayed_at=None), together=False)
    return Outcome(entity, {"moved": ctx.data.moved, "fresh": ctx.data.fresh}, effects=effects)


def contacts_changed(ctx: NoticeStep[ContactsChanged]) -> Outcome[Notice]:
    """Whoever came in place of somebody, or has another address now, is told of what is open; its window stands. That
    the address was wrong, and nothing had arrived, only a person can say (P2)."""
    copies = {"revision": ctx.entity.revision, "copy": True}
    named = set(ctx.context.terms.notice_contacts)
    promoted = (one for one, had in ctx.data.parts.items() if not named & set(had))
    # Whose receipt counts was sent it already, if it is new: a copy would overtake that, and count for nothing.
    new = {*ctx.data.fresh, *promoted} - {ctx.entity.counting_contact} | {*ctx.data.moved}
    to = addressees(ctx.context.customer, ctx.context.terms)
    effects: list[Effect] = [
        mail for one in to if one.id in new for mail in letters(ctx, "announcement", copies, only=one.id)
    ]
    if ctx.entity.counting_contact in ctx.data.moved and not_answered(ctx) is None:
        text = task_words("address_changed")
        effects.append(OpenTask("address_changed", text, ctx.id, _ends(ctx)))
    if to:
        effects.append(CloseTasks(("contact_gone",)))
    else:
        text = task_words("contact_gone")
        effects.append(OpenTask("contact_gone", text, ctx.id, _ends(ctx)))
    return Outcome(ctx.entity, {"moved": ctx.data.moved, "fresh": ctx.data.fresh}, effects=tuple(effects))


def _ends(ctx: NoticeStep[ContactsChanged]) -> datetime | None:
    ends = ctx.entity.closes_at or ctx.entity.proceeds_at
    return ends if ends is not None and ends > ctx.now else None


def resend_queued(ctx: NoticeStep[Resend]) -> Outcome[Notice]:
    """What waits in the outbox is overtaken by this one, so the receipt that counts is this one's. Where it had nobody
    to go to, it is sent for the first time."""
    if ctx.entity.counting_contact is None:
        return resend(ctx)
    data = {"revision": ctx.entity.revision}
    mails = letters(ctx, "announcement", data, only=ctx.data.contact_id, counting=ctx.entity.counting_contact)
    return Outcome(ctx.entity, {"contact_id": ctx.data.contact_id}, effects=mails)


def resend_copy(ctx: NoticeStep[Resend]) -> Outcome[Notice]:
    """One more copy; the window that runs stays as it is."""
    mails = letters(ctx, "announcement", {"revision": ctx.entity.revision, "copy": True}, only=ctx.data.contact_id)
    return Outcome(ctx.entity, {"contact_id": ctx.data.contact_id}, effects=mails)
