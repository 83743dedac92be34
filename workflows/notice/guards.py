"""Conditions of the notice: each says why not, or None where it holds. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workflows.errors import BadInput, NotAllowed, Problem
from workflows.machine.vocabulary import StepInput
from workflows.model.notice import Answer, Answering, Bounce, Notice, NoticeContext, Receipt
from workflows.notice.scope import Decision, decide
from workflows.terms.due import due
from workflows.terms.model import Terms
from workflows.terms.names import AMENDMENT
from workflows.time import calendar_for, count, end_of_day, parse_period, start_of_day

NoticeStep = StepInput[Notice, NoticeContext]
SPOKEN = frozenset({"phone", "in_person"})


def arrived(ctx: NoticeStep) -> datetime:
    """When the answer reached the processor: as told, else the command's own instant (UTC)."""
    data = ctx.data
    told = data.received_at if isinstance(data, Answering) else None
    if told is not None and ctx.entity.sent_at is not None and told < ctx.entity.sent_at:
        wrong = f"lies before the notice was sent ({ctx.entity.sent_at.isoformat()})"
        raise BadInput(f"received_at {wrong}.", (Problem("received_at", wrong),))
    return told or ctx.at


def window_end(ctx: NoticeStep) -> datetime | None:
    """The last moment of the window that decides, or None where the agreement gives none (P7)."""
    return ctx.entity.closes_at


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


def standing_no(ctx: NoticeStep) -> list[Answer]:
    """The protective answers that stand: objections, or refusals under consent (P6)."""
    return standing(ctx.entity.answers, "refuse" if ctx.entity.rule == "consent" else "object")


def answered(ctx: NoticeStep) -> bool:
    """Whether anybody answered the text as it is now; that proves its receipt (P1, P17)."""
    return any(one.revision == ctx.entity.revision for one in ctx.entity.answers)


def _counts(ctx: NoticeStep) -> str | None:
    data = ctx.data
    assert isinstance(data, Receipt | Bounce)
    if data.copy:
        return "a further copy starts no window and takes none back"
    if ctx.entity.counting_contact in (None, data.contact_id):
        return None
    return "another contact's receipt starts this window"


def _copy(ctx: NoticeStep) -> str | None:
    return None if _counts(ctx) is not None else "this contact's receipt is the one that counts"


def _unanswered(ctx: NoticeStep) -> str | None:
    return "an answer outweighs a bounce" if answered(ctx) else None


def _copy_or_answered(ctx: NoticeStep) -> str | None:
    if _copy(ctx) is None or answered(ctx):
        return None
    return "this contact's receipt counts and nobody has answered"


def _not_answered(ctx: NoticeStep) -> str | None:
    if answered(ctx):
        return "The customer has answered this notice, so it was received; record what it answered instead."
    return None


def _has_address(ctx: NoticeStep) -> str | None:
    wanted = ctx.data.contact_id
    for contact in ctx.context.customer.contacts:
        if contact.email and wanted in (None, contact.id):
            return None
    return "No such contact with an e-mail address; correct the customer's contacts first (PATCH customers)."


def _counts_for(ctx: NoticeStep) -> str | None:
    if ctx.entity.counting_contact in (None, ctx.data.contact_id):
        return None
    return "another contact's receipt starts this window"


def _between_dispatch_and_now(ctx: NoticeStep) -> str | None:
    if not ctx.data.evidence.strip():
        return "deemed-received needs evidence: say what proves the arrival."
    if ctx.entity.sent_at is None or ctx.data.at < ctx.entity.sent_at:
        return "It cannot have been received before it was sent; give an instant after sent_at."
    if ctx.data.at > ctx.now:
        return "It cannot have been received in the future; give an instant up to now."
    return None


def _closes_in_future(ctx: NoticeStep) -> str | None:
    for right in ctx.entity.rights:
        found = due(ctx.context.terms, right.rule, ctx.data.at, ctx.context.agreement.facts)
        if found.due_at is not None and found.due_at <= ctx.now:
            return (
                f"Received then, the window would have closed at {found.due_at.isoformat()}: a window is "
                "never closed in the past. Give a later instant, or send the notice again."
            )
    return None


def own_period_end(ctx: NoticeStep, at: datetime) -> datetime:
    """The processor's own time before engaging (P7): its choice, so the literal end stands."""
    return count(
        parse_period(ctx.context.processor.notice_time),
        at,
        zone=ctx.context.terms.zone,
        calendar=calendar_for(ctx.context.terms.calendar),
        party="processor",
    ).due_at


def _own_period_ahead(ctx: NoticeStep) -> str | None:
    if ctx.entity.own_period and own_period_end(ctx, ctx.data.at) <= ctx.now:
        return "Received then, the processor's own period would be over already: give a later instant."
    return None


def _late(ctx: NoticeStep) -> str | None:
    end = window_end(ctx)
    return None if end is not None and arrived(ctx) >= end else "it is in time"


def _timely(ctx: NoticeStep) -> str | None:
    return "it is late" if _late(ctx) is None else None


def _may_object(ctx: NoticeStep) -> str | None:
    if ctx.entity.rule == "objection":
        return None
    return (
        f"This notice gives no right to object: its rule is {ctx.entity.rule} ({ctx.entity.clause}). "
        "Possible answers follow from its rights."
    )


def _may_consent(ctx: NoticeStep) -> str | None:
    if ctx.entity.rule == "consent":
        return None
    return f"This notice asks for no consent: its rule is {ctx.entity.rule} ({ctx.entity.clause})."


def _form_met(ctx: NoticeStep) -> str | None:
    if ctx.entity.form == "written" and ctx.data.channel in SPOKEN:
        return f"{ctx.entity.clause} requires writing"
    return None


def _form_missing(ctx: NoticeStep) -> str | None:
    return "the form is met" if _form_met(ctx) is None else None


def _in_form(ctx: NoticeStep) -> str | None:
    rule = termination(ctx)
    if rule is not None and rule[1] == "written" and ctx.data.channel in SPOKEN:
        return f"Termination must be in writing ({rule[0]}): use the link, mail or letter."
    return None


def _one_voice(ctx: NoticeStep) -> str | None:
    others = [a for a in standing_no(ctx) if not same_voice(a.by, ctx.data.by)]
    return "another contact refused; the protective answer stands" if others else None


def _two_voices(ctx: NoticeStep) -> str | None:
    return "it is the same voice" if _one_voice(ctx) is None else None


def begun(ctx: NoticeStep) -> bool:
    """Whether the engagement has begun; for an answer, whether it had when the answer arrived (P5, P9)."""
    since = ctx.entity.engaged_at
    return since is not None and (not isinstance(ctx.data, Answering) or arrived(ctx) >= since)


def _not_engaged(ctx: NoticeStep) -> str | None:
    return "the engagement has begun" if begun(ctx) else None


def _engaged(ctx: NoticeStep) -> str | None:
    return None if begun(ctx) else "the engagement has not begun"


def _own_answer(ctx: NoticeStep) -> str | None:
    kind = {"objected": "object", "consented": "consent", "refused": "refuse"}[ctx.state]
    others = [a for a in standing(ctx.entity.answers, kind) if not same_voice(a.by, ctx.data.by)]
    return "another contact gave the answer that stands" if others else None


def _another_voice(ctx: NoticeStep) -> str | None:
    return "it is the same voice" if _own_answer(ctx) is None else None


def _window_over(ctx: NoticeStep) -> str | None:
    end = window_end(ctx)
    return None if end is not None and arrived(ctx) >= end else "the window still runs"


def _window_runs(ctx: NoticeStep) -> str | None:
    return "the window is over" if _window_over(ctx) is None else None


def _reason_given(ctx: NoticeStep) -> str | None:
    if ctx.context.terms.subprocessors.refusal_needs_reason and not (ctx.data.grounds or "").strip():
        if ctx.data.channel == "link":
            return None  # asked for afterwards: a refusal is never lost for want of a reason
        return f"A refusal needs its reason ({ctx.context.terms.subprocessors.clause}): give `grounds`."
    return None


def termination(ctx: NoticeStep) -> tuple[str, str, datetime | None, bool] | None:
    """The right to end that this notice offers: clause, form, last moment, reasons required."""
    for right in ctx.entity.rights:
        if right.rule in (AMENDMENT, "overruled.termination"):
            ground = "amendment" if right.rule == AMENDMENT else "overruled_objection"
            given = next((r for r in ctx.context.terms.ending.rights if r.ground == ground), None)
            return right.clause, right.form, right.closes_at, given.reasons if given else False
    return None


def _may_terminate(ctx: NoticeStep) -> str | None:
    if termination(ctx) is not None:
        return None
    return "This notice gives no right to end the agreement."


def _reasons_given(ctx: NoticeStep) -> str | None:
    rule = termination(ctx)
    if rule is not None and rule[3] and not (ctx.data.grounds or "").strip():
        return f"Ending on this ground needs reasons ({rule[0]}): say why in `grounds`."
    return None


def _termination_late(ctx: NoticeStep) -> str | None:
    rule = termination(ctx)
    if rule is not None and rule[2] is not None and arrived(ctx) >= rule[2]:
        return None
    return "it is in time"


def _termination_timely(ctx: NoticeStep) -> str | None:
    return "the right to end has closed" if _termination_late(ctx) is None else None


def outage_on(ctx: NoticeStep, last_day_end: datetime | None) -> datetime | None:
    """When customers could answer again after an outage on the window's last day (P3), or None."""
    if last_day_end is None:
        return None
    zone = ctx.context.terms.zone
    last = (last_day_end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    begins, ends = start_of_day(last, zone), end_of_day(last, zone)
    back = [o.ended_at for o in ctx.context.outages if o.began_at < ends and o.ended_at > begins]
    return max(back) if back else None


def _outage(ctx: NoticeStep) -> str | None:
    return None if outage_on(ctx, ctx.entity.closes_at) is not None else "customers could answer"


def _no_outage(ctx: NoticeStep) -> str | None:
    return "customers could not answer" if _outage(ctx) is None else None


def _right_outage(ctx: NoticeStep) -> str | None:
    rule = termination(ctx)
    return None if rule and outage_on(ctx, rule[2]) is not None else "customers could answer"


def _right_no_outage(ctx: NoticeStep) -> str | None:
    return "customers could not answer" if _right_outage(ctx) is None else None


def _replies_read(ctx: NoticeStep) -> str | None:
    if any(reply.classified_as is None for reply in ctx.entity.replies):
        return "a reply waits to be read"
    return None


def _reply_unread(ctx: NoticeStep) -> str | None:
    return "all replies were read" if _replies_read(ctx) is None else None


def _not_yet_engaged(ctx: NoticeStep) -> str | None:
    return "it is engaged already" if ctx.entity.engaged_at is not None else None


def _current_text(ctx: NoticeStep) -> str | None:
    return None if ctx.entity.revision >= ctx.context.change.revision else "a new text is on its way"


def _agreement_runs(ctx: NoticeStep) -> str | None:
    if ctx.context.agreement.ended_at is None or ctx.context.terms.ending.in_force_until == "last_data":
        return None
    return "the agreement is over: nobody begins to work for it"


def _upholds(ctx: NoticeStep) -> str | None:
    return None if ctx.data.decision == "uphold" else "it overrules"


def _overrules(ctx: NoticeStep) -> str | None:
    return None if ctx.data.decision == "overrule" else "it upholds"


def _decider(ctx: NoticeStep) -> str | None:
    rules = ctx.context.terms.subprocessors
    if rules.decided_by == "board" and ctx.command.role not in ("director", "admin"):
        raise NotAllowed(f"The agreement reserves this for the board ({rules.overruling.clause}): a director decides.")
    return None


def _overruling_allowed(ctx: NoticeStep) -> str | None:
    rules = ctx.context.terms.subprocessors
    if rules.overruling.allowed:
        return None
    return (
        "The agreement does not let the processor go on against an objection "
        f"({rules.overruling.clause}): uphold it, or find an agreement with the customer."
    )


def _engage_not_before_given(ctx: NoticeStep) -> str | None:
    if ctx.data.engage_not_before is None:
        wanted = "is required to overrule: a date that leaves the customer time to end and to export"
        raise BadInput(f"engage_not_before {wanted}.", (Problem("engage_not_before", wanted),))
    if start_of_day(ctx.data.engage_not_before, ctx.context.terms.zone) <= ctx.now:
        return "`engage_not_before` must lie in the future, so that the customer can end and export first."
    return None


def rescope(ctx: NoticeStep) -> Decision:
    """Whether and by which rule the amended text concerns the agreement now."""
    x = ctx.context
    return decide(x.terms, x.change, x.subprocessor, x.agreement, frozenset(x.engaged), coming(ctx))


def coming(ctx: NoticeStep) -> Terms | None:
    """The text that the change leads to, where it changes the text."""
    to = ctx.context.change.to_version_id
    return ctx.context.versions.get(to) if to is not None else None


def _still_concerned(ctx: NoticeStep) -> str | None:
    decision = rescope(ctx)
    return None if decision.included else decision.why


def _not_concerned(ctx: NoticeStep) -> str | None:
    return "it is still concerned" if _still_concerned(ctx) is None else None


def _asks_consent(ctx: NoticeStep) -> str | None:
    return None if ctx.entity.rule == "consent" else "it asks for no consent"


def _asks_none(ctx: NoticeStep) -> str | None:
    return "it asks for consent" if _asks_consent(ctx) is None else None


GUARDS: dict[str, Callable[[NoticeStep], str | None]] = {
    "another_voice": _another_voice,
    "asks_consent": _asks_consent,
    "asks_none": _asks_none,
    "between_dispatch_and_now": _between_dispatch_and_now,
    "closes_in_future": _closes_in_future,
    "copy": _copy,
    "copy_or_answered": _copy_or_answered,
    "counts": _counts,
    "current_text": _current_text,
    "agreement_runs": _agreement_runs,
    "decider": _decider,
    "engage_not_before_given": _engage_not_before_given,
    "counts_for": _counts_for,
    "engaged": _engaged,
    "form_met": _form_met,
    "form_missing": _form_missing,
    "has_address": _has_address,
    "in_form": _in_form,
    "late": _late,
    "may_consent": _may_consent,
    "may_object": _may_object,
    "may_terminate": _may_terminate,
    "no_outage": _no_outage,
    "not_answered": _not_answered,
    "not_concerned": _not_concerned,
    "not_engaged": _not_engaged,
    "not_yet_engaged": _not_yet_engaged,
    "one_voice": _one_voice,
    "outage": _outage,
    "overrules": _overrules,
    "overruling_allowed": _overruling_allowed,
    "own_answer": _own_answer,
    "own_period_ahead": _own_period_ahead,
    "reason_given": _reason_given,
    "reasons_given": _reasons_given,
    "replies_read": _replies_read,
    "reply_unread": _reply_unread,
    "right_no_outage": _right_no_outage,
    "right_outage": _right_outage,
    "still_concerned": _still_concerned,
    "termination_late": _termination_late,
    "termination_timely": _termination_timely,
    "timely": _timely,
    "two_voices": _two_voices,
    "unanswered": _unanswered,
    "upholds": _upholds,
    "window_over": _window_over,
    "window_runs": _window_runs,
}
