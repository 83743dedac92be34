"""Conditions of the notice: each says why not, or None where it holds. Pure."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from workflows.errors import BadInput, NotAllowed, Problem
from workflows.machine.vocabulary import Carrier
from workflows.model.notice import (
    Answer,
    Answering,
    Bounce,
    Notice,
    NoticeContext,
    Receipt,
)
from workflows.notice.scope import AMENDMENT, Decision, decide
from workflows.terms.due import due
from workflows.terms.model import Terms
from workflows.time import calendar_for, count, end_of_day, parse_period, start_of_day

At = Carrier[Notice, NoticeContext]
SPOKEN = frozenset({"phone", "in_person"})


def arrived(c: At) -> datetime:
    """When the answer reached the processor: as told, else the command's own instant (UTC)."""
    data = c.data
    told = data.received_at if isinstance(data, Answering) else None
    if told is not None and c.entity.sent_at is not None and told < c.entity.sent_at:
        wrong = f"lies before the notice was sent ({c.entity.sent_at.isoformat()})"
        raise BadInput(f"received_at {wrong}.", (Problem("received_at", wrong),))
    return told or c.at


def window_end(c: At) -> datetime | None:
    """The last moment of the window that decides, or None where the agreement gives none (P7)."""
    return c.entity.closes_at


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


def standing_no(c: At) -> list[Answer]:
    """The protective answers that stand: objections, or refusals under consent (P6)."""
    return standing(c.entity.answers, "refuse" if c.entity.rule == "consent" else "object")


def answered(c: At) -> bool:
    """Whether anybody answered the text as it is now; that proves its receipt (P1, P17)."""
    return any(one.revision == c.entity.revision for one in c.entity.answers)


def _counts(c: At) -> str | None:
    data = c.data
    assert isinstance(data, Receipt | Bounce)
    if data.copy:
        return "a further copy starts no window and takes none back"
    if c.entity.counting_contact in (None, data.contact_id):
        return None
    return "another contact's receipt starts this window"


def _copy(c: At) -> str | None:
    return None if _counts(c) is not None else "this contact's receipt is the one that counts"


def _unanswered(c: At) -> str | None:
    return "an answer outweighs a bounce" if answered(c) else None


def _copy_or_answered(c: At) -> str | None:
    if _copy(c) is None or answered(c):
        return None
    return "this contact's receipt counts and nobody has answered"


def _not_answered(c: At) -> str | None:
    if answered(c):
        return "The customer has answered this notice, so it was received; record what it answered instead."
    return None


def _has_address(c: At) -> str | None:
    wanted = c.data.contact_id
    for contact in c.context.customer.contacts:
        if contact.email and wanted in (None, contact.id):
            return None
    return "No such contact with an e-mail address; correct the customer's contacts first (PATCH customers)."


def _counts_for(c: At) -> str | None:
    if c.entity.counting_contact in (None, c.data.contact_id):
        return None
    return "another contact's receipt starts this window"


def _between_dispatch_and_now(c: At) -> str | None:
    if not c.data.evidence.strip():
        return "deemed-received needs evidence: say what proves the arrival."
    if c.entity.sent_at is None or c.data.at < c.entity.sent_at:
        return "It cannot have been received before it was sent; give an instant after sent_at."
    if c.data.at > c.now:
        return "It cannot have been received in the future; give an instant up to now."
    return None


def _closes_in_future(c: At) -> str | None:
    for right in c.entity.rights:
        found = due(c.context.terms, right.rule, c.data.at, c.context.agreement.facts)
        if found.due_at is not None and found.due_at <= c.now:
            return (
                f"Received then, the window would have closed at {found.due_at.isoformat()}: a window is "
                "never closed in the past. Give a later instant, or send the notice again."
            )
    return None


def own_period_end(c: At, at: datetime) -> datetime:
    """The processor's own time before engaging (P7): its choice, so the literal end stands."""
    return count(
        parse_period(c.context.processor.notice_time),
        at,
        zone=c.context.terms.zone,
        calendar=calendar_for(c.context.terms.calendar),
        party="processor",
    ).due_at


def _own_period_ahead(c: At) -> str | None:
    if c.entity.own_period and own_period_end(c, c.data.at) <= c.now:
        return "Received then, the processor's own period would be over already: give a later instant."
    return None


def _late(c: At) -> str | None:
    end = window_end(c)
    return None if end is not None and arrived(c) >= end else "it is in time"


def _timely(c: At) -> str | None:
    return "it is late" if _late(c) is None else None


def _may_object(c: At) -> str | None:
    if c.entity.rule == "objection":
        return None
    return (
        f"This notice gives no right to object: its rule is {c.entity.rule} ({c.entity.clause}). "
        "Possible answers follow from its rights."
    )


def _may_consent(c: At) -> str | None:
    if c.entity.rule == "consent":
        return None
    return f"This notice asks for no consent: its rule is {c.entity.rule} ({c.entity.clause})."


def _form_met(c: At) -> str | None:
    if c.entity.form == "written" and c.data.channel in SPOKEN:
        return f"{c.entity.clause} requires writing"
    return None


def _form_missing(c: At) -> str | None:
    return "the form is met" if _form_met(c) is None else None


def _in_form(c: At) -> str | None:
    rule = termination(c)
    if rule is not None and rule[1] == "written" and c.data.channel in SPOKEN:
        return f"Termination must be in writing ({rule[0]}): use the link, mail or letter."
    return None


def _one_voice(c: At) -> str | None:
    others = [a for a in standing_no(c) if not same_voice(a.by, c.data.by)]
    return "another contact refused; the protective answer stands" if others else None


def _two_voices(c: At) -> str | None:
    return "it is the same voice" if _one_voice(c) is None else None


def begun(c: At) -> bool:
    """Whether the engagement has begun; for an answer, whether it had when the answer arrived (P5, P9)."""
    since = c.entity.engaged_at
    return since is not None and (not isinstance(c.data, Answering) or arrived(c) >= since)


def _not_engaged(c: At) -> str | None:
    return "the engagement has begun" if begun(c) else None


def _engaged(c: At) -> str | None:
    return None if begun(c) else "the engagement has not begun"


def _own_answer(c: At) -> str | None:
    kind = {"objected": "object", "consented": "consent", "refused": "refuse"}[c.state]
    others = [a for a in standing(c.entity.answers, kind) if not same_voice(a.by, c.data.by)]
    return "another contact gave the answer that stands" if others else None


def _another_voice(c: At) -> str | None:
    return "it is the same voice" if _own_answer(c) is None else None


def _window_over(c: At) -> str | None:
    end = window_end(c)
    return None if end is not None and arrived(c) >= end else "the window still runs"


def _window_runs(c: At) -> str | None:
    return "the window is over" if _window_over(c) is None else None


def _reason_given(c: At) -> str | None:
    if c.context.terms.subprocessors.refusal_needs_reason and not (c.data.grounds or "").strip():
        if c.data.channel == "link":
            return None  # asked for afterwards: a refusal is never lost for want of a reason
        return f"A refusal needs its reason ({c.context.terms.subprocessors.clause}): give `grounds`."
    return None


def termination(c: At) -> tuple[str, str, datetime | None, bool] | None:
    """The right to end that this notice offers: clause, form, last moment, reasons required."""
    for right in c.entity.rights:
        if right.rule in (AMENDMENT, "overruled.termination"):
            ground = "amendment" if right.rule == AMENDMENT else "overruled_objection"
            given = next((r for r in c.context.terms.ending.rights if r.ground == ground), None)
            return right.clause, right.form, right.closes_at, given.reasons if given else False
    return None


def _may_terminate(c: At) -> str | None:
    if termination(c) is not None:
        return None
    return "This notice gives no right to end the agreement."


def _reasons_given(c: At) -> str | None:
    rule = termination(c)
    if rule is not None and rule[3] and not (c.data.grounds or "").strip():
        return f"Ending on this ground needs reasons ({rule[0]}): say why in `grounds`."
    return None


def _termination_late(c: At) -> str | None:
    rule = termination(c)
    if rule is not None and rule[2] is not None and arrived(c) >= rule[2]:
        return None
    return "it is in time"


def _termination_timely(c: At) -> str | None:
    return "the right to end has closed" if _termination_late(c) is None else None


def outage_on(c: At, last_day_end: datetime | None) -> datetime | None:
    """When customers could answer again after an outage on the window's last day (P3), or None."""
    if last_day_end is None:
        return None
    zone = c.context.terms.zone
    last = (last_day_end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    begins, ends = start_of_day(last, zone), end_of_day(last, zone)
    back = [o.ended_at for o in c.context.outages if o.began_at < ends and o.ended_at > begins]
    return max(back) if back else None


def _outage(c: At) -> str | None:
    return None if outage_on(c, c.entity.closes_at) is not None else "customers could answer"


def _no_outage(c: At) -> str | None:
    return "customers could not answer" if _outage(c) is None else None


def _right_outage(c: At) -> str | None:
    rule = termination(c)
    return None if rule and outage_on(c, rule[2]) is not None else "customers could answer"


def _right_no_outage(c: At) -> str | None:
    return "customers could not answer" if _right_outage(c) is None else None


def _replies_read(c: At) -> str | None:
    if any(reply.classified_as is None for reply in c.entity.replies):
        return "a reply waits to be read"
    return None


def _reply_unread(c: At) -> str | None:
    return "all replies were read" if _replies_read(c) is None else None


def _not_yet_engaged(c: At) -> str | None:
    return "it is engaged already" if c.entity.engaged_at is not None else None


def _current_text(c: At) -> str | None:
    return None if c.entity.revision >= c.context.change.revision else "a new text is on its way"


def _agreement_runs(c: At) -> str | None:
    if c.context.agreement.ended_at is None or c.context.terms.ending.in_force_until == "last_data":
        return None
    return "the agreement is over: nobody begins to work for it"


def _upholds(c: At) -> str | None:
    return None if c.data.decision == "uphold" else "it overrules"


def _overrules(c: At) -> str | None:
    return None if c.data.decision == "overrule" else "it upholds"


def _decider(c: At) -> str | None:
    rules = c.context.terms.subprocessors
    if rules.decided_by == "board" and c.command.role not in ("director", "admin"):
        raise NotAllowed(f"The agreement reserves this for the board ({rules.overruling.clause}): a director decides.")
    return None


def _overruling_allowed(c: At) -> str | None:
    rules = c.context.terms.subprocessors
    if rules.overruling.allowed:
        return None
    return (
        "The agreement does not let the processor go on against an objection "
        f"({rules.overruling.clause}): uphold it, or find an agreement with the customer."
    )


def _engage_not_before_given(c: At) -> str | None:
    if c.data.engage_not_before is None:
        wanted = "is required to overrule: a date that leaves the customer time to end and to export"
        raise BadInput(f"engage_not_before {wanted}.", (Problem("engage_not_before", wanted),))
    if start_of_day(c.data.engage_not_before, c.context.terms.zone) <= c.now:
        return "`engage_not_before` must lie in the future, so that the customer can end and export first."
    return None


def rescope(c: At) -> Decision:
    """Whether and by which rule the amended text concerns the agreement now."""
    x = c.context
    return decide(x.terms, x.change, x.subprocessor, x.agreement, frozenset(x.engaged), coming(c))


def coming(c: At) -> Terms | None:
    """The text that the change leads to, where it changes the text."""
    to = c.context.change.to_version_id
    return c.context.versions.get(to) if to is not None else None


def _still_concerned(c: At) -> str | None:
    decision = rescope(c)
    return None if decision.included else decision.why


def _not_concerned(c: At) -> str | None:
    return "it is still concerned" if _still_concerned(c) is None else None


def _asks_consent(c: At) -> str | None:
    return None if c.entity.rule == "consent" else "it asks for no consent"


def _asks_none(c: At) -> str | None:
    return "it asks for consent" if _asks_consent(c) is None else None


GUARDS: dict[str, Callable[[At], str | None]] = {
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
