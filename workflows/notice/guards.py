"""Conditions of the notice: each says why not, or None where it holds. Pure."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from workflows.deletion.items import live_services
from workflows.errors import BadInput, NotAllowed, Problem
from workflows.machine.recipients import contact_with_address, recipients
from workflows.machine.vocabulary import D_co, Standing, StepInput
from workflows.model.notice import (
    Answer,
    Answering,
    ContactsChanged,
    Decide,
    DeemedReceived,
    Notice,
    NoticeContext,
    Resend,
)
from workflows.model.outages import open_until, outage_on
from workflows.model.parties import Contact, Customer
from workflows.model.replies import Bounced, Receipt
from workflows.names import name_keys
from workflows.notice.scope import Decision, decide, unasked
from workflows.terms.due import clock_of, due
from workflows.terms.model import Form, Ground, Terms
from workflows.terms.names import AFTER_DECISION, ALTERNATIVE, ENDS
from workflows.time import calendar_for, count, local_day, parse_period, start_of_day

NoticeStep = StepInput[Notice, NoticeContext, D_co]
NoticeStanding = Standing[Notice, NoticeContext]
NoticeAlone = Standing[Notice, object]
SPOKEN = frozenset({"phone", "in_person"})
_NEVER = datetime.min.replace(tzinfo=UTC)


class TerminationOffer(msgspec.Struct, frozen=True, kw_only=True):
    """The right to end that a notice gives; `closes_at` (UTC) null: without a last moment."""

    ground: Ground
    clause: str
    form: Form
    closes_at: datetime | None
    reasons: bool
    takes_effect: Literal["receipt", "after", "engagement"]


def arrived(ctx: NoticeStep[Answering]) -> datetime:
    """When the answer reached the processor: as told, else the command's own instant (UTC)."""
    return _arrival(ctx.entity, ctx.data) or ctx.at


def _arrival(notice: Notice, data: Answering) -> datetime | None:
    told = data.received_at
    if told is not None and notice.sent_at is not None and told < notice.sent_at:
        wrong = f"lies before the notice was sent ({notice.sent_at.isoformat()})"
        raise BadInput(f"received_at {wrong}.", (Problem("received_at", wrong),))
    return told


def standing(answers: tuple[Answer, ...], kind: str) -> list[Answer]:
    """Answers of one kind that still count and were not taken back by the same voice."""
    left: list[Answer] = []
    for answer in answers:
        if not answer.counts or answer.late:
            continue
        if answer.answer == "take-back":
            left = [one for one in left if not same_voice(one.by, answer.by)]
        elif answer.answer != "acknowledge":
            left = [one for one in left if not same_voice(one.by, answer.by)]
            left.append(answer)
    return [one for one in left if one.answer == kind]


def same_voice(one: str | None, other: str | None) -> bool:
    """Whether two answers came from one person; unnamed ones speak for the customer as a whole."""
    return one is None or other is None or one == other


def standing_no(ctx: NoticeAlone) -> list[Answer]:
    """The protective answers that stand: objections, or refusals under consent (P6)."""
    return standing(ctx.entity.answers, "refuse" if ctx.entity.rule == "consent" else "object")


def own_period_end(ctx: NoticeStanding, at: datetime) -> datetime:
    """The processor's own time before engaging (P7): its choice, so the literal end stands."""
    return count(
        parse_period(ctx.context.processor.notice_time),
        at,
        zone=ctx.context.terms.zone,
        calendar=calendar_for(ctx.context.terms.calendar),
        party="processor",
    ).due_at


def begun(ctx: NoticeStep) -> bool:
    """Whether the engagement has begun; for an answer, whether it had when the answer arrived (P5, P9)."""
    since = ctx.entity.engaged_at
    if since is None:
        return False
    return not isinstance(ctx.data, Answering) or (_arrival(ctx.entity, ctx.data) or ctx.at) >= since


def termination(ctx: NoticeStanding) -> TerminationOffer | None:
    """The right to end that this notice offers; of several, the one that stays open longest."""
    endings = [one for one in ctx.entity.rights if one.rule in ENDS]
    if not endings:
        return None
    right = max(endings, key=lambda one: (one.closes_at is None, one.closes_at or ctx.entity.received_at or _NEVER))
    ground = ENDS[right.rule]
    given = next((one for one in ctx.context.terms.ending.rights if one.ground == ground), None)
    return TerminationOffer(
        ground=ground,
        clause=right.clause,
        form=right.form,
        closes_at=right.closes_at,
        reasons=given.reasons if given else False,
        takes_effect=given.takes_effect if given else "receipt",
    )


def outage_before(ctx: NoticeStanding, closes_at: datetime | None) -> datetime | None:
    """When customers could answer again after an outage on the last day of what closes then (P3), or None."""
    return outage_on(closes_at, ctx.context.outages, ctx.context.terms.zone)


def rescope(ctx: NoticeStep) -> Decision:
    """Whether and by which rule the amended text concerns the agreement now."""
    x = ctx.context
    return decide(x.terms, x.change, x.subprocessor, x.agreement, frozenset(x.engaged), coming(ctx), at=ctx.now)


def coming(ctx: NoticeStanding) -> Terms | None:
    """The text that the change leads to, where it changes the text."""
    to = ctx.context.change.to_version_id
    return ctx.context.versions.get(to) if to is not None else None


# --- delivery ----------------------------------------------------------------------------------------


def is_counting_receipt(ctx: NoticeStep[Receipt | Bounced]) -> str | None:
    return _counts(ctx.entity, ctx.data)


def _counts(notice: Notice, data: Receipt | Bounced) -> str | None:
    if data.copy:
        return "a further copy starts no window and takes none back"
    if notice.counting_contact in (None, data.contact_id):
        return None
    return "another contact's receipt starts this window"


def undoes_receipt(ctx: NoticeStep[Bounced]) -> str | None:
    """An answer outweighs a bounce (P1); who counts as told by a page is not told by the mail."""
    return _counts(ctx.entity, ctx.data) or told_by_receipt(ctx) or not_answered(ctx)


def not_answered(ctx: NoticeAlone) -> str | None:
    """Of the text as it is now; an answer proves its receipt (P1, P17)."""
    if any(one.revision == ctx.entity.revision for one in ctx.entity.answers):
        return "The customer has answered this notice, so it was received; record what it answered instead."
    return None


def addressees(customer: Customer, terms: Terms) -> tuple[Contact, ...]:
    """Whom a notice goes to: only a contact whom the terms name can receive it (P1); the first one's receipt counts."""
    return recipients(customer, terms.notice_contacts, otherwise="nobody")


def nobody_named(terms: Terms) -> str:
    """What is missing where a notice has no addressee; the words go on after `has`."""
    return f"no contact with an e-mail address and the role {' or '.join(terms.notice_contacts)}"


def has_address(ctx: NoticeStep[Resend]) -> str | None:
    customer, terms = ctx.context.customer, ctx.context.terms
    if ctx.data.contact_id is None:
        if addressees(customer, terms):
            return None
        return f"The customer has {nobody_named(terms)}; correct its contacts first (PATCH customers)."
    if contact_with_address(customer, ctx.data.contact_id) is not None:
        return None
    return "The customer has no such contact with an e-mail address; correct its contacts first (PATCH customers)."


def to_counting_contact(ctx: NoticeStep[Resend]) -> str | None:
    if ctx.entity.counting_contact in (None, ctx.data.contact_id):
        return None
    return "another contact's receipt starts this window"


def between_dispatch_and_now(ctx: NoticeStep[DeemedReceived]) -> str | None:
    if not ctx.data.evidence.strip():
        return "Deemed receipt needs proof: say in `evidence` what shows the arrival."
    if ctx.entity.sent_at is None or ctx.data.at < ctx.entity.sent_at:
        return "The notice cannot have been received before it was sent; give an instant after sent_at."
    if ctx.data.at > ctx.now:
        return "The notice cannot have been received in the future; give an instant up to now."
    return None


def closes_in_future(ctx: NoticeStep[DeemedReceived]) -> str | None:
    terms = ctx.context.terms
    for right in ctx.entity.rights:
        if right.rule not in terms.rules or clock_of(terms, right.rule).starts != "receipt":
            continue
        found = due(ctx.context.terms, right.rule, ctx.data.at, ctx.context.agreement.facts)
        if found.due_at is not None and found.due_at <= ctx.now:
            return (
                f"Received then, the window would have closed at {found.due_at.isoformat()}: a window is "
                "never closed in the past. Give a later instant, or send the notice again."
            )
    return None


def own_period_ahead(ctx: NoticeStep[DeemedReceived]) -> str | None:
    if ctx.entity.own_period and own_period_end(ctx, ctx.data.at) <= ctx.now:
        return "Received then, the processor's own period would be over already: give a later instant."
    return None


# --- answers -----------------------------------------------------------------------------------------


def may_object(ctx: NoticeAlone) -> str | None:
    if ctx.entity.rule == "objection":
        return None
    return (
        f"This notice gives no right to object: its rule is {ctx.entity.rule} ({ctx.entity.clause}). "
        "Possible answers follow from its rights."
    )


def may_consent(ctx: NoticeAlone) -> str | None:
    if ctx.entity.rule == "consent":
        return None
    return f"This notice asks for no consent: its rule is {ctx.entity.rule} ({ctx.entity.clause})."


def may_terminate(ctx: NoticeAlone) -> str | None:
    if any(one.rule in ENDS for one in ctx.entity.rights):
        return None
    return "This notice gives no right to end the agreement."


def window_over(ctx: NoticeStep[Answering]) -> str | None:
    """When the answer arrived, with what our outages made the window longer by: while an objection stands nothing
    closes, so nothing has been held open either (P3). A notice without a window has none that is over (P7)."""
    end = ctx.entity.closes_at
    if end is None or arrived(ctx) < end:
        return "the window still runs"
    return None if arrived(ctx) >= open_until(end, ctx.context.outages, ctx.context.terms) else "it was held open"


def in_due_form(ctx: NoticeStep[Answering]) -> str | None:
    if ctx.entity.form == "any" or ctx.data.channel not in SPOKEN:
        return None
    if ctx.entity.form == "text":
        return f"{ctx.entity.clause} requires text form, such as a mail"
    return f"{ctx.entity.clause} requires writing"


def one_voice(ctx: NoticeStep[Answering]) -> str | None:
    others = [a for a in standing_no(ctx) if not same_voice(a.by, ctx.data.by)]
    return "another contact refused; the protective answer stands" if others else None


def own_answer(ctx: NoticeStep[Answering]) -> str | None:
    kind = {"objected": "object", "consented": "consent", "refused": "refuse"}[ctx.state]
    others = [a for a in standing(ctx.entity.answers, kind) if not same_voice(a.by, ctx.data.by)]
    return "another contact gave the answer that stands" if others else None


def latest_word(ctx: NoticeStep[Answering]) -> str | None:
    """Whenever it is entered, an answer takes nothing away that its own voice said after it (P5)."""
    at = arrived(ctx)
    for one in ctx.entity.answers:
        said = one.counts and not one.late and one.answer not in ("acknowledge", "terminate")
        if said and one.received_at > at and same_voice(one.by, ctx.data.by):
            return "A later answer is on record, and that counts: correct `received_at` if it is wrong."
    return None


def engaged(ctx: NoticeStep) -> str | None:
    return None if begun(ctx) else "the engagement has not begun"


def right_to_end_over(ctx: NoticeStep[Answering]) -> str | None:
    offer = termination(ctx)
    if offer is not None and offer.closes_at is not None and arrived(ctx) >= offer.closes_at:
        return None
    return "it is in time"


def reasons_given(ctx: NoticeStep[Answering]) -> str | None:
    offer = termination(ctx)
    if offer is not None and offer.reasons and not (ctx.data.grounds or "").strip():
        return f"Ending on this ground needs reasons ({offer.clause}): say why in `grounds`."
    return None


def in_form(ctx: NoticeStep[Answering]) -> str | None:
    offer = termination(ctx)
    if offer is None or offer.form == "any" or ctx.data.channel not in SPOKEN:
        return None
    if offer.form == "text":
        return f"Termination must be in text form ({offer.clause}), such as a mail: use the link, mail or letter."
    return f"Termination must be in writing ({offer.clause}): use the link, mail or letter."


# --- time --------------------------------------------------------------------------------------------


def outage_as_it_closed(ctx: NoticeStanding) -> str | None:
    return None if outage_before(ctx, ctx.entity.closes_at) is not None else "customers could answer"


def outage_as_right_closed(ctx: NoticeStanding) -> str | None:
    offer = termination(ctx)
    return None if offer and outage_before(ctx, offer.closes_at) is not None else "customers could answer"


def replies_read(ctx: NoticeAlone) -> str | None:
    if any(reply.classified_as is None for reply in ctx.entity.replies):
        return "a reply waits to be read"
    return None


def heard_to_be_delayed(ctx: NoticeAlone) -> str | None:
    """The last that was heard of it decides whether its receipt may be assumed."""
    return None if ctx.entity.delayed_at is not None else "nobody said that it had not arrived"


def counting_lost(ctx: NoticeStep[ContactsChanged]) -> str | None:
    """Whether what was sent cannot reach whom it should any more."""
    counting = ctx.entity.counting_contact
    if unasked(ctx.entity):
        return "nobody has decided yet that it is told"
    known = {one.id for one in ctx.context.customer.contacts}
    return None if counting not in known or counting in ctx.data.moved else "its contact is where it was"


def concerns_it(ctx: NoticeStep[ContactsChanged]) -> str | None:
    """Whether who was told of it is not who can answer it now. Whoever comes after an answer is told as well: it may
    be taken back, or another be given."""
    if unasked(ctx.entity):
        return "nobody has decided yet that it is told"
    if ctx.data.moved or ctx.data.fresh or ctx.data.parts or counting_lost(ctx) is None:
        return None
    return "those who were told of it are as they were"


def someone_to_tell(ctx: NoticeStep[ContactsChanged]) -> str | None:
    """Whether the customer has anybody with an address."""
    if any(one.email for one in ctx.context.customer.contacts):
        return None
    return "the customer has nobody with an address"


def not_yet_engaged(ctx: NoticeAlone) -> str | None:
    return "it is engaged already" if ctx.entity.engaged_at is not None else None


def current_text(ctx: NoticeStanding) -> str | None:
    return None if ctx.entity.revision >= ctx.context.change.revision else "a new text is on its way"


def agreement_runs(ctx: NoticeStanding) -> str | None:
    if ctx.context.agreement.ended_at is None or ctx.context.terms.ending.in_force_until == "last_data":
        return None
    return "the agreement is over: nobody begins to work for it"


# --- the processor decides, the change moves on ------------------------------------------------------


def upholds(ctx: NoticeStep[Decide]) -> str | None:
    return None if ctx.data.decision == "uphold" else "it overrules"


def decider(ctx: NoticeStanding) -> str | None:
    rules = ctx.context.terms.subprocessors
    if rules.decided_by == "board" and ctx.role not in ("director", "admin"):
        clause = rules.over_objection.clause
        raise NotAllowed(f"The agreement reserves this for the board ({clause}): a director decides.")
    return None


def overruling_allowed(ctx: NoticeStanding) -> str | None:
    rules = ctx.context.terms.subprocessors
    if rules.over_objection.allowed:
        return None
    return (
        "The agreement does not let the processor go on against an objection "
        f"({rules.over_objection.clause}): uphold it, or find an agreement with the customer."
    )


def no_solution_sought(ctx: NoticeStep) -> str | None:
    until = ctx.entity.alternative_until
    if until is None or until <= ctx.now:
        return None
    clause = ctx.context.terms.rules[ALTERNATIVE].clause
    return (
        f"The agreement gives until {until.isoformat()} to find a solution after an objection ({clause}): "
        "nobody goes on against it before. Uphold it, or wait."
    )


def engage_not_before_given(ctx: NoticeStep[Decide]) -> str | None:
    if ctx.data.engage_not_before is None:
        wanted = "is required to overrule: a date that leaves the customer time to end and to export"
        raise BadInput(f"engage_not_before {wanted}.", (Problem("engage_not_before", wanted),))
    begins = start_of_day(ctx.data.engage_not_before, ctx.context.terms.zone)
    if begins <= ctx.now:
        return "`engage_not_before` must lie in the future, so that the customer can end and export first."
    if AFTER_DECISION not in ctx.context.terms.rules:
        return None
    promised = due(ctx.context.terms, AFTER_DECISION, ctx.at, ctx.context.agreement.facts)
    if promised.due_at is None or begins >= promised.due_at:
        return None
    first = local_day(promised.due_at, ctx.context.terms.zone)
    if start_of_day(first, ctx.context.terms.zone) < promised.due_at:
        first += timedelta(days=1)
    return (
        f"The agreement gives the customer time after this decision ({promised.clause}): write {first.isoformat()} "
        "or a later day as `engage_not_before`."
    )


def still_concerned(ctx: NoticeStep) -> str | None:
    decision = rescope(ctx)
    return None if decision.included else decision.why


def concerns_no_service(ctx: NoticeStanding) -> str | None:
    """Whether the change is for services that the agreement does not have any more."""
    wanted, live = set(name_keys(ctx.context.change.services)), live_services(ctx.context.agreement)
    return "it is for a service that goes on" if not wanted or wanted & set(name_keys(live)) else None


def asks_consent(ctx: NoticeAlone) -> str | None:
    return None if ctx.entity.rule == "consent" else "it asks for no consent"


def engages_first(ctx: NoticeAlone) -> str | None:
    """An emergency: the subprocessor begins before anybody is told."""
    return None if ctx.entity.emergency else "it is told first"


def told_by_receipt(ctx: NoticeAlone) -> str | None:
    """Whether the customer counts as told by what it received, and not by a page that anybody can read."""
    if ctx.entity.received_how != "published":
        return None
    return "It counts as told by the publication, which no bounce undoes."


def revocable(ctx: NoticeStanding) -> str | None:
    return None if ctx.context.terms.subprocessors.revocation is not None else "a consent that was used stands"
