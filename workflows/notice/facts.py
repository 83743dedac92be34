"""What is to be said of a notice, decided once. Mails, pages and the own page only put it in words. Pure.

Nothing here is a sentence and nothing is of a language. Whoever renders a notice asks for its facts, and compares no
states, instants or answers of its own.
"""

from datetime import date, datetime
from typing import Final, Literal

from msgspec.structs import replace

from workflows.change.announced import announced_text, earlier_text
from workflows.machine.vocabulary import Standing
from workflows.model.change import AnnouncedText
from workflows.model.notice import Answer, Notice, Right
from workflows.model.per_language import in_language
from workflows.notice.beginning import awaits_publication
from workflows.notice.fact_shapes import (
    Act,
    AmendedFacts,
    AnswerFacts,
    Effect,
    Ends,
    Grounds,
    NoticeFacts,
    NoticeRows,
    ObjectedFacts,
    RightFacts,
    SilenceFacts,
    StartFacts,
    TextChange,
)
from workflows.notice.guards import standing
from workflows.notice.scope import agreed_alone
from workflows.notice.table import NOTICE, UNRECEIVED
from workflows.notice.window import open_window
from workflows.terms.due import due
from workflows.terms.model import TerminationRight, Terms
from workflows.terms.names import ALTERNATIVE, AUTHORISATION, ENDS, OBJECTION
from workflows.time import local_day

ENGAGING: Final = ("add", "replace", "relocate")


def notice_facts(rows: NoticeRows) -> NoticeFacts:
    """The facts of a notice as it stands."""
    notice, change, terms = rows.notice, rows.change, rows.terms
    text = in_language(
        announced_text(change, rows.subprocessor, rows.replaced, rows.now, notice.revision), rows.customer.language
    )
    rules = terms.subprocessors
    starts = _starts(rows, text)
    silence = _silence(rows)
    live = "live" in NOTICE.states[rows.state].tags
    return NoticeFacts(
        kind=change.kind,
        text=text,
        version_now=rows.agreement.terms_version if change.terms == rows.agreement.terms else None,
        amended=_amended(rows, text),
        rule=notice.rule,
        clause=notice.clause,
        form=notice.form,
        rights=tuple(right_facts(rows, one) for one in notice.rights),
        closes_at=notice.closes_at,
        window_over=_past(notice.closes_at, rows.now),
        starts=starts,
        silence=silence,
        reasons_asked=_reasons_asked(rows),
        solution_until=notice.alternative_until if not _past(notice.alternative_until, rows.now) else None,
        solution_from=_counted_unreasoned(rows),
        begun_at=notice.engaged_at,
        stands_against=_stands_against(rows),
        objections=_objections(notice),
        wished_ahead=_wished_ahead(rows, text),
        place_decides=notice.rule == "consent" and change.kind in ENGAGING and rules.rule == "objection",
        unsaid=any(one.rule == AUTHORISATION for one in notice.rights),
        overruling="none" if not rules.over_objection.allowed else
        "termination" if rules.over_objection.then == "termination" else "allowed",
        barred_by=_barred_by(rows),
        objected=_objected(rows),
        overruled_ends=_overruled_ends(terms),
        sent_at=notice.sent_at,
        received_at=notice.received_at,
        received_how=notice.received_how,
        answers=tuple(AnswerFacts(answer=one, effect=_effect(rows, one, silence)) for one in notice.answers),
        unread_reply=any(one.classified_as is None for one in notice.replies),
        answer_by=_answer_by(rows),
        undecided=live and notice.outcome is None and notice.engaged_at is None,
        over_on=rows.agreement.ended_on if live and _past(rows.agreement.ended_at, rows.now) else None,
        live=live,
        final=NOTICE.states[rows.state].final,
    )  # fmt: skip


def _barred_by(rows: NoticeRows) -> str:
    over = rows.terms.subprocessors.overruling
    objects = rows.notice.rule == "objection" and rows.change.kind in ENGAGING
    return over.clause if objects and over is not None and not (over.allowed or over.reading) else ""


def _reasons_asked(rows: NoticeRows) -> bool:
    given = standing(rows.notice.answers, "object")
    return (
        rows.notice.rule == "objection"
        and rows.notice.grounds == "required"
        and bool(given)
        and not any((one.grounds or "").strip() for one in given)
    )


def _counted_unreasoned(rows: NoticeRows) -> datetime | None:
    """When the objection arrived without the reasons asked for from which the time to find a solution is counted."""
    until, terms = rows.notice.alternative_until, rows.terms
    if until is None or rows.notice.grounds != "required" or _past(until, rows.now):
        return None
    bare = (
        one.received_at for one in rows.notice.answers if one.answer == "object" and not (one.grounds or "").strip()
    )
    return next((at for at in bare if due(terms, ALTERNATIVE, at, rows.agreement.facts).due_at == until), None)


def _objections(notice: Notice) -> Literal["none", "past", "earlier_text"]:
    revisions = [one.revision for one in notice.answers if one.answer == "object" and not one.late]
    if not revisions:
        return "none"
    return "past" if notice.revision in revisions else "earlier_text"


def _answer_by(rows: NoticeRows) -> datetime | None:
    if "waiting" not in NOTICE.states[rows.state].tags:
        return None
    ahead = (one.closes_at for one in rows.notice.rights)
    return min((one for one in ahead if one is not None and one > rows.now), default=None)


def as_received(rows: NoticeRows) -> NoticeRows:
    """The same as its receipt `now` will make it: by the very code that will open its windows, so that whoever is
    told before reads the moments that will count."""
    notice = rows.notice
    if notice.received_at is not None:
        return rows
    standing_now = Standing(state=rows.state, tags=frozenset(), entity=notice, context=rows.context)
    opened, _ = open_window(standing_now, notice, rows.now, "direct", now=rows.now)
    return replace(rows, notice=opened, state="open" if rows.state in UNRECEIVED else rows.state)


def act_of(rule: str) -> Act:
    """What a customer does that uses the right of this rule."""
    if rule == OBJECTION:
        return "object"
    return "terminate" if rule in ENDS else "consent"


def right_facts(rows: NoticeRows, right: Right) -> RightFacts:
    act = act_of(right.rule)
    rule, ending = rows.terms.rules.get(right.rule), _ending(rows.terms, right)
    grounds: Grounds = rule.grounds if rule is not None else "none"
    if act == "terminate":
        grounds = "required" if ending is not None and ending.reasons else grounds
    return RightFacts(
        act=act,
        rule=right.rule,
        clause=right.clause,
        closes_at=right.closes_at,
        over=_past(right.closes_at, rows.now),
        period=_period(rows, right) if rows.notice.received_at is None and right.closes_at is None else None,
        uncounted=ending.period if ending is not None and ending.ground != "objection" else None,
        form=right.form,
        grounds=grounds,
        ends=_falls(rows.terms, ending) if act == "terminate" else None,
    )


def _ending(terms: Terms, right: Right) -> TerminationRight | None:
    ground = ENDS.get(right.rule)
    return next((one for one in terms.ending.rights if one.ground == ground), None)


def _objected(rows: NoticeRows) -> ObjectedFacts | None:
    """The right to end that an objection to a subprocessor gives; None where it gives none."""
    terms, notice = rows.terms, rows.notice
    given = next((one for one in terms.ending.rights if one.ground == "objection"), None)
    if given is None or notice.rule != "objection":
        return None
    sought = terms.rules.get(ALTERNATIVE)
    length = None
    if sought is not None:
        length = sought.period or (rows.agreement.facts.get(sought.field) if sought.field else None)
    return ObjectedFacts(ends=_falls(terms, given), clause=given.clause, after=length)


def _overruled_ends(terms: Terms) -> Ends | None:
    """What the right over an overruled objection brings to its end; None where the file does not say."""
    given = next((one for one in terms.ending.rights if one.ground == "overruled_objection"), None)
    return _falls(terms, given) if given is not None else None


def _falls(terms: Terms, ending: TerminationRight | None) -> Ends:
    if ending is None or ending.ends == "agreement":
        return "agreement"
    if ending.ends == "service":
        return "service"
    return "main_contract_alone" if terms.ending.in_force_until == "last_data" else "main_contract"


def _period(rows: NoticeRows, right: Right) -> str | None:
    """How long the agreement gives, None where it gives no length."""
    rule = rows.terms.rules.get(right.rule)
    if rule is None:
        return None
    return rule.period or (rows.agreement.facts.get(rule.field) if rule.field else None)


def _past(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and now >= instant


def _stands_against(rows: NoticeRows) -> bool:
    """Whether an answer stands against the change, and nobody has settled it."""
    return "said_no" in NOTICE.states[rows.state].tags


def _amended(rows: NoticeRows, text: AnnouncedText) -> AmendedFacts | None:
    """The text in place of another that this customer was told (P17)."""
    notice = rows.notice
    if notice.revision <= notice.first_revision:
        return None
    lang = rows.customer.language
    earlier = earlier_text(rows.change, notice.revision)
    before = in_language(earlier, lang) if earlier is not None else None
    told = next((one for one in rows.change.announced if one.revision == notice.revision), None)
    first = in_language(told, lang) if told is not None else text
    changes = [] if before is None else [
        TextChange(field=field, was=was, becomes=becomes)
        for field, was, becomes in _fields(before, text) if was != becomes
    ]  # fmt: skip
    anew = notice.engaged_at is None and notice.outcome != "overruled"
    return AmendedFacts(at=first.at, why=first.why, anew=anew, changes=tuple(changes))


_Value = str | date | tuple[str, ...] | None


def _fields(before: AnnouncedText, text: AnnouncedText) -> list[tuple[str, _Value, _Value]]:
    """Every field of two texts, side by side."""
    old, new = before.subprocessor, text.subprocessor
    found: list[tuple[str, _Value, _Value]] = [
        (field, getattr(old, field, None) or None, getattr(new, field, None) or None)
        for field in ("name", "service", "address", "contact", "countries", "categories", "transfer_basis")
    ]
    found.insert(2, ("country", before.country, text.country))
    was, becomes = (one.name if one is not None else None for one in (before.replaced, text.replaced))
    return [
        *found,
        ("replaces", was, becomes),
        ("version", before.to_version, text.to_version),
        ("services", before.services or None, text.services or None),
        ("reason", before.reason or None, text.reason or None),
        ("effective_on", before.effective_on, text.effective_on),
    ]


def _wished_ahead(rows: NoticeRows, text: AnnouncedText) -> date | None:
    """The day that the processor wishes, while it is ahead (P13)."""
    day = text.effective_on
    return day if day is not None and day > local_day(rows.now, rows.terms.zone) else None


def _starts(rows: NoticeRows, text: AnnouncedText) -> StartFacts:
    notice, zone = rows.notice, rows.terms.zone
    if notice.engaged_at is not None:
        return StartFacts(kind="begun", day=local_day(notice.engaged_at, zone))
    if NOTICE.states[rows.state].final or _stands_against(rows):
        return StartFacts(kind="held")
    if agreed_alone(rows.terms, rows.change):
        return StartFacts(kind="once_agreed")
    engages = notice.engages_at
    if engages is not None and engages > rows.now:
        return StartFacts(kind="day", day=local_day(engages, zone))
    if engages is None and notice.rule == "consent":
        return StartFacts(kind="after_yes", day=_wished_ahead(rows, text))
    if engages is None and notice.received_at is None:
        return StartFacts(kind="after_receipt", day=_wished_ahead(rows, text))
    if engages is None and awaits_publication(rows.context, notice):
        return StartFacts(kind="after_publication")
    return StartFacts(kind="now")


def _silence(rows: NoticeRows) -> SilenceFacts:
    notice = rows.notice
    if NOTICE.states[rows.state].final:
        return SilenceFacts(kind="none")
    if notice.engaged_at is not None:
        return SilenceFacts(kind="begun", lapses_beside=_lapses_beside(rows))
    if _stands_against(rows):
        return SilenceFacts(kind="held")
    if any(standing(notice.answers, kind) for kind in ("consent", "terminate")):
        return SilenceFacts(kind="none")
    if not NOTICE.answers("received", rows.state):
        return SilenceFacts(kind="none")
    return replace(_unanswered(rows), lapses_beside=_lapses_beside(rows))


def _lapses_beside(rows: NoticeRows) -> bool:
    """Whether a right to end runs beside the rule that decides (P11), and lapses with its last moment."""
    rights = [one for one in rows.notice.rights if one.rule in ENDS and not _past(one.closes_at, rows.now)]
    return bool(rights) and (rows.notice.rule != "termination_right" or rows.notice.engaged_at is not None)


def _unanswered(rows: NoticeRows) -> SilenceFacts:
    """What silence means while nothing is answered and nothing has begun."""
    notice, now = rows.notice, rows.now
    match notice.rule:
        case "objection" if notice.own_period:
            if notice.proceeds_at is None:
                return SilenceFacts(kind="own", period=rows.processor.notice_time)
            return SilenceFacts(kind="own", until=notice.proceeds_at, over=_past(notice.proceeds_at, now))
        case "objection":
            return SilenceFacts(kind="closing" if _past(notice.closes_at, now) else "goes_ahead")
        case "consent":
            return SilenceFacts(kind="consent")
        case "termination_right" if notice.own_period:
            if notice.proceeds_at is None:
                return SilenceFacts(kind="own", period=rows.processor.notice_time)
            return SilenceFacts(kind="own", until=notice.proceeds_at, over=_past(notice.proceeds_at, now))
        case "termination_right" if notice.closes_at is None and notice.received_at is not None:
            return SilenceFacts(kind="told")  # it begins beside a right without a last moment
        case "termination_right":
            return SilenceFacts(kind="closing" if _past(notice.closes_at, now) else "ending")
        case "information" if agreed_alone(rows.terms, rows.change):
            return SilenceFacts(kind="to_agree")
        case "information":
            return SilenceFacts(kind="told")


def _effect(rows: NoticeRows, answer: Answer, silence: SilenceFacts) -> Effect:
    notice = rows.notice
    if answer.late:
        return "late"
    if not answer.counts:
        return "none"
    if answer.answer == "acknowledge":
        return "noted"
    if answer.answer == "terminate":
        return "ends"
    if NOTICE.states[rows.state].final:
        return "settled"
    against = _stands_against(rows)
    if answer.answer == "take-back":
        if _taken_up_since(notice, answer):
            return "overtaken"
        if against:
            return "disagreement"
        return "goes_ahead" if silence.kind in ("none", "begun", "closing") else "reopens"
    if answer not in standing(notice.answers, answer.answer):
        return "overtaken"
    match answer.answer:
        case "consent":
            return "disagreement" if against else "allows"
        case "object" if against:
            return "holds_after_beginning" if notice.engaged_at is not None else "holds"
        case "refuse" if against:
            return "keeps"
        case _:
            return "settled"


def _taken_up_since(notice: Notice, answer: Answer) -> bool:
    """Whether the voice that took its answer back has answered again since."""
    later = notice.answers[notice.answers.index(answer) + 1 :]
    return any(
        one.by == answer.by and one.counts and not one.late and one.answer in ("object", "consent", "refuse")
        for one in later
    )
