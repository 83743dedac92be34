"""The variables of each kind's template, made from a message and the rows around it. Pure."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, Literal

import msgspec

from service.mail.kinds.entries import choice as choice_after
from service.mail.kinds.registry import MAIL_KINDS
from service.mail.kinds.rights import OVERRULED, act_of, expected
from service.mail.kinds.source import Source
from service.mail.kinds.views import (
    NOTICE_KINDS,
    AnswerView,
    DataView,
    Framing,
    LineView,
    MailAgreement,
    MailChange,
    MailNotice,
    MailRight,
    Sub,
)
from service.mail.outgoing.outbox import Letter
from service.wording import last_day_of, say_country
from workflows.deletion.items import said
from workflows.model.end_reason import reason_of
from workflows.model.notice import Answer, Notice, Right
from workflows.model.parties import Language, Subprocessor
from workflows.notice.guards import standing
from workflows.notice.scope import agreed_alone
from workflows.terms.differences import Difference, differences
from workflows.terms.due import due
from workflows.time import local_day, parse_period

PLACED: Final = ("add", "replace", "relocate")
MOST_LINES: Final = 30
"""Lines of a new text's changes that a mail holds; the page has them all."""


def variables(letter: Letter, framing: Framing) -> dict[str, Any]:
    """Everything the template of the letter's kind may name.

    Raises ValueError for a kind that nobody writes, KeyError and ValueError for a message without its data.
    """
    source = Source(letter=letter, framing=framing)
    kind = letter.message.kind
    about = letter.about
    made: dict[str, Any] = {
        "processor": about.processor.name,
        "can_reply": framing.can_reply,
        "customer": letter.customer.name,
        "passes_on": letter.customer.role == "processor",
        "contact": letter.contact.name,
        "agreement": _agreement(source),
        "notice_url": framing.notice_url,
        "page_url": framing.page_url,
        "host": framing.host,
    }
    if kind in NOTICE_KINDS:
        made["change"] = _change(source)
        made["notice"] = _notice(source, expected(letter, framing.now))
    more = MAIL_KINDS[kind].make if kind in MAIL_KINDS else _MORE.get(kind)
    if more is None:
        raise ValueError(f"there is no template for messages of kind {kind!r}")
    return made | more(source)


def _agreement(s: Source) -> MailAgreement:
    contracts = s.letter.about.agreement.main_contracts
    return MailAgreement(title=s.terms.title, references=", ".join(one.reference for one in contracts))


def _sub(one: Subprocessor | None, lang: Language) -> Sub | None:
    if one is None:
        return None
    return Sub(
        name=one.name,
        service=one.service,
        country=say_country(one.country, lang),
        categories=", ".join(one.categories),
        transfer_basis=one.transfer_basis or "",
    )


def _change(s: Source) -> MailChange:
    change, about = s.change, s.letter.about
    sub = about.subprocessor
    country = change.country or (sub.country if sub is not None else "")
    origin = change.from_country or (sub.country if sub is not None and change.kind == "relocate" else "")
    lines = _lines(s)
    return MailChange(
        kind=change.kind,
        name=sub.name if sub is not None else "",
        sub=_sub(sub, s.lang),
        replaced=_sub(about.replaced, s.lang),
        country=say_country(country, s.lang) if country else "",
        from_country=say_country(origin, s.lang) if origin and origin != country else "",
        version=change.to_version or "",
        version_now=about.agreement.terms_version if change.kind == "terms" else "",
        services=", ".join(change.services),
        reason=change.reason,
        wished=s.day(change.effective_on) if change.effective_on is not None else "",
        lines=lines[:MOST_LINES],
        more=len(lines[MOST_LINES:]),
    )


def _lines(s: Source) -> tuple[LineView, ...]:
    """What a new text changes in the one that the notice was laid beside."""
    texts = s.letter.about.texts
    if texts is None:
        return ()

    def said(one: Difference, text: str) -> str:
        return say_country(text, s.lang) if one.country and text else text

    found = differences(*texts, s.lang)
    return tuple(LineView(label=one.label, was=said(one, one.was), becomes=said(one, one.becomes)) for one in found)


def _right(s: Source, right: Right) -> MailRight:
    kind = act_of(right.rule)
    rule = s.terms.rules.get(right.rule)
    ground = "overruled_objection" if right.rule == OVERRULED else "amendment"
    ending = next((one for one in s.terms.ending.rights if one.ground == ground), None)
    reasons = kind == "terminate" and ending is not None and ending.reasons
    return MailRight(
        kind=kind,
        clause=s.clause(right.clause),
        until=s.last(right.closes_at),
        written=right.form == "written",
        grounds="required" if reasons else rule.grounds if rule is not None else "none",
        ends=s.falls(ending) if kind == "terminate" else "",
    )


def _notice(s: Source, notice: Notice) -> MailNotice:
    rules, change = s.terms.subprocessors, s.change
    starts, day = _starts(s, notice)
    overruling = rules.overruling
    return MailNotice(
        rule=notice.rule,
        clause=s.clause(notice.clause),
        written=notice.form == "written",
        rights=tuple(_right(s, one) for one in notice.rights),
        closes=s.last(notice.closes_at),
        own=s.last(notice.proceeds_at) if notice.own_period else None,
        starts=starts,
        starts_day=day,
        amended=notice.revision > 1,
        objected=bool(standing(notice.answers, "object")),
        engaged=notice.engaged_at is not None,
        place_decides=notice.rule == "consent" and change.kind in PLACED and rules.rule == "objection",
        overruling="none" if not overruling.allowed else
        "termination" if overruling.then == "termination" else "allowed",
    )  # fmt: skip


def _starts(s: Source, notice: Notice) -> tuple[Literal["day", "after_yes", "at_once", "once_agreed"], str]:
    """The customer's earliest day (P13): its own yes, or the wished day where that is later."""
    if agreed_alone(s.terms, s.change):
        return "once_agreed", ""
    engages = notice.engages_at
    if engages is not None and engages > s.framing.now:
        return "day", s.day(local_day(engages, s.terms.zone))
    if engages is None and notice.rule == "consent":
        wished = s.change.effective_on
        ahead = wished is not None and wished > local_day(s.framing.now, s.terms.zone)
        return "after_yes", s.day(wished) if wished is not None and ahead else ""
    return "at_once", ""


def _given(s: Source) -> Answer | None:
    """The answer that the message confirms."""
    kind, received = s.data["answer"], s.instant("received_at")
    return next((a for a in reversed(s.notice.answers) if a.answer == kind and a.received_at == received), None)


def _confirmation(s: Source) -> dict[str, Any]:
    answer = _given(s)
    return {
        "answer": AnswerView(
            kind=s.data["answer"],
            by=(answer.by if answer is not None else None) or "",
            received=s.moment(s.instant("received_at")),
            grounds=(answer.grounds if answer is not None else None) or "",
            late=answer.late if answer is not None else False,
            counts=answer.counts if answer is not None else True,
        )
    }


def _decision(s: Source) -> dict[str, Any]:
    not_before = s.data.get("engage_not_before")
    right = next((one for one in s.notice.rights if one.rule == OVERRULED), None)
    return {
        "decision": s.data["decision"],
        "reason": s.data["reason"],
        "not_before": s.day(date.fromisoformat(not_before)) if not_before else "",
        "way_out": _right(s, right) if right is not None else None,
    }


def _withdrawal(s: Source) -> dict[str, Any]:
    return {"ended": reason_of(s.data) == "change_ended", "reason": s.data.get("reason") or ""}


def _reminder(s: Source) -> dict[str, Any]:
    """A window of a rule that the notice does not have is none: Raises ValueError."""
    closes = s.data.get("closes_at")
    right = next((one for one in s.notice.rights if one.rule == s.data["rule"]), None)
    if right is None:
        raise ValueError(f"the notice gives no right of rule {s.data['rule']!r}")
    until = datetime.fromisoformat(closes) if closes else None
    return {"right": _right(s, msgspec.structs.replace(right, closes_at=until))}


def _held_open(s: Source) -> dict[str, Any]:
    before = s.data.get("last_day_before")
    return {
        "held_until": s.last(s.instant("closes_at")),
        "held_from": s.day(date.fromisoformat(before)) if before else "",
    }


def _first(s: Source) -> dict[str, Any]:
    starts, entry = s.data.get("starts_at"), s.terms.entry
    return {
        "starts": s.moment(datetime.fromisoformat(starts)) if starts else None,
        "entry_clause": s.clause(entry.clause),
        "on_signature": entry.event == "last_signature",
        "window": parse_period(entry.period).words(s.lang) if entry.period is not None else "",
        "listed": [_sub(one, s.lang) for one in s.letter.about.listed],
    }


def _data(s: Source, last_day: date) -> DataView:
    terms, facts = s.terms, s.letter.about.agreement.facts
    chosen = s.letter.about.agreement.choice
    choice = due(terms, "end.choice", last_day, facts) if "end.choice" in terms.rules else None
    erasure = due(terms, "end.erasure", last_day, facts) if "end.erasure" in terms.rules else None
    return DataView(
        how=terms.end.data,
        clause=s.clause(terms.end.clause),
        chosen=chosen.data if chosen is not None else "",
        choice_until=s.last(choice.due_at) if choice is not None else None,
        choice_open=choice is not None,
        choice_clause=s.clause(choice.clause) if choice is not None else "",
        erased_by=s.last(erasure.due_at) if erasure is not None and erasure.boundary != "from" else None,
        erased_after=erasure is not None and erasure.boundary == "from",
        erasure_clause=s.clause(erasure.clause) if erasure is not None else "",
        declaration=terms.end.declaration,
        retention_clause=s.clause(terms.end.retention_clause),
    )


def _end_planned(s: Source) -> dict[str, Any]:
    last_day = last_day_of(s.instant("ends_at"), s.terms.zone)
    return {"last_day": s.day(last_day), "after": _data(s, last_day), "outlives": s.outlives}


def _end_confirmed(s: Source) -> dict[str, Any]:
    right = next((one for one in s.terms.ending.rights if one.ground == s.data["ground"]), None)
    return {
        "ground": s.data["ground"],
        "ends": s.falls(right),
        "outlives": s.outlives,
        "clause": s.clause(right.clause if right is not None else s.terms.ending.clause),
        "ends_at": s.last(s.instant("ends_at")),
    }


def _ended(s: Source) -> dict[str, Any]:
    last_day = date.fromisoformat(s.data["ended_on"])
    return {"last_day": s.day(last_day), "after": _data(s, last_day), "outlives": s.outlives}


def _choice(s: Source) -> dict[str, Any]:
    choice, ended_on = s.letter.about.agreement.choice, s.letter.about.agreement.ended_on
    if choice is None:
        raise ValueError("there is no choice to confirm")
    entry = choice_after(s, ended_on) if ended_on is not None else None
    until = entry.until if entry is not None else None
    return {
        "chosen": choice.data,
        "format": choice.format or "",
        "received": s.moment(choice.received_at),
        "over": ended_on is not None,
        "until": s.last(until) if until is not None and until > s.framing.now else None,
        "clause": s.clause(s.terms.end.clause),
        "returned_first": s.terms.end.data == "return_first",
    }


def _deleted(s: Source) -> dict[str, Any]:
    plan = s.letter.about.agreement.plan
    return {
        "confirmed": [
            said(one, dutch=s.lang == "nl") for one in plan if one.how == "confirmed" and one.kind != "declare"
        ],
        "outlives": s.outlives,
        "not_confirmed": list(s.data.get("not_confirmed", ())),
        "declaration_clause": s.clause(s.terms.end.declaration_clause) if s.terms.end.declaration else "",
    }


def _corrected(s: Source) -> dict[str, Any]:
    return {"reason": s.data["reason"]}


def _nothing(s: Source) -> dict[str, Any]:
    return {}


_MORE: Final[Mapping[str, Callable[[Source], dict[str, Any]]]] = {
    "announcement": _nothing,
    "reminder": _reminder,
    "confirmation": _confirmation,
    "decision": _decision,
    "withdrawal": _withdrawal,
    "superseded": _nothing,
    "held_open": _held_open,
    "agreement": _first,
    "agreement_withdrawn": _nothing,
    "end_planned": _end_planned,
    "end_confirmed": _end_confirmed,
    "ended": _ended,
    "end_cancelled": _nothing,
    "choice": _choice,
    "deleted": _deleted,
    "corrected": _corrected,
}
