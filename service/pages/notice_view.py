"""A notice's page in words: what changes, the rights and their last moments, silence, what was answered. Pure."""

import msgspec
from markupsafe import Markup

from service.pages.change_view import ChangeView, Fact
from service.pages.notice_base import Base, endings
from service.pages.notice_offers import DISTINCT, Offer, grounds_hint, offers
from service.pages.notice_status import Status, status
from service.pages.read import NoticePage
from service.pages.words import Words
from workflows.model.notice import Answer, Right
from workflows.notice.guards import standing
from workflows.notice.scope import agreed_alone
from workflows.notice.table import NOTICE
from workflows.terms.clauses import as_found
from workflows.terms.model import TerminationRight
from workflows.terms.names import OBJECTION
from workflows.time import parse_period


class RightView(msgspec.Struct, frozen=True):
    """A right: its name, until when, and what else is to be known of it."""

    title: Markup
    lines: tuple[Markup, ...]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was given."""

    title: Markup
    by: Markup | None
    when: Markup
    how: Markup
    entered: Markup | None
    late: bool
    counts: bool
    grounds: str


class NoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page shows; `over`: an answer would change nothing any more."""

    change: ChangeView
    status: Status
    course: tuple[Fact, ...]
    rights: tuple[RightView, ...]
    no_right: Markup | None
    nothing: tuple[Markup, ...]
    offers: tuple[Offer, ...]
    over: bool
    grounds_hint: Markup
    given: tuple[Given, ...]


def view_notice(p: NoticePage) -> NoticeView:
    """The page of a notice in its customer's language."""
    v = Base(p)
    offered = offers(v)
    return NoticeView(
        change=v.change,
        status=status(v),
        course=_course(v),
        rights=tuple(_right(v, one) for one in p.notice.rights),
        no_right=None if p.notice.rights else v.w("right.none"),
        nothing=_nothing(v),
        offers=offered,
        over=v.final,
        grounds_hint=grounds_hint(v, offered),
        given=tuple(view_answer(one, v.w, v.zone) for one in p.notice.answers),
    )


def name_together(p: NoticePage, view: NoticeView, w: Words) -> Markup:
    """What a notice is called beside others: its change, and the agreement it is for."""
    references = ", ".join(one.reference for one in p.agreement.main_contracts)
    return w("together.name", headline=view.change.headline, agreement=references or p.terms.title)


def view_answer(answer: Answer, w: Words, zone: str) -> Given:
    """An answer as lists show it."""
    apart = answer.recorded_at != answer.received_at and answer.channel != "link"
    return Given(
        title=w(f"given.{answer.answer}"),
        by=w("given.by", name=answer.by) if answer.by else None,
        when=w("given.received", when=w.at(answer.received_at, zone)),
        how=w(f"channel.{answer.channel}"),
        entered=w("given.recorded", when=w.at(answer.recorded_at, zone)) if apart else None,
        late=answer.late,
        counts=answer.counts,
        grounds=answer.grounds or "",
    )


def _course(v: Base) -> tuple[Fact, ...]:
    notice = v.p.notice
    found: list[Fact] = []
    if notice.sent_at is not None:
        found.append(Fact(v.w("fact.sent"), v.w.at(notice.sent_at, v.zone)))
    if notice.received_at is not None:
        when = v.w.at(notice.received_at, v.zone)
        how = f"received.{notice.received_how or 'direct'}"
        found.append(Fact(v.w("fact.received"), v.w(how, when=when)))
    return tuple(found)


def _right(v: Base, right: Right) -> RightView:
    ending = {one.rule: given for one, given in endings(v.p)}
    if right.rule in ending:
        title = v.w("right.terminate", what=v.what(ending[right.rule]))
    else:
        title = v.w("right.object" if right.rule == OBJECTION else "right.consent")
    lines = [_until(v, right)]
    if right.form == "written":
        lines.append(v.w("right.written"))
    lines += _grounds(v, right, ending.get(right.rule))
    lines.append(v.w("page.clause", clause=_clause(v, right.clause)))
    return RightView(v.w.capital(title), tuple(lines))


def _clause(v: Base, clause: str) -> str:
    return as_found(v.p.terms, clause, v.w.lang)


def _grounds(v: Base, right: Right, ending: TerminationRight | None) -> list[Markup]:
    rule = v.p.terms.rules.get(right.rule)
    needs = ending.reasons if ending is not None else rule is not None and rule.grounds == "required"
    if needs:
        return [v.w("right.grounds_required")]
    return [v.w("right.grounds_asked")] if rule is not None and rule.grounds == "asked" else []


def _until(v: Base, right: Right) -> Markup:
    if right.closes_at is not None:
        key = "right.was_until" if v.past(right.closes_at) else "right.until"
        return v.w(key, until=v.last(right.closes_at))
    period = _period(v, right)
    if period and v.p.notice.received_at is None and not v.final:
        return v.w("right.from_receipt", period=period)
    return v.w("right.no_end")


def _period(v: Base, right: Right) -> str:
    """How long the agreement gives, in words; empty where it gives no length."""
    rule = v.p.terms.rules.get(right.rule)
    if rule is None:
        return ""
    length = rule.period or (v.p.agreement.facts.get(rule.field) if rule.field else None)
    return parse_period(length).words(v.w.lang) if length else ""


def _nothing(v: Base) -> tuple[Markup, ...]:
    notice = v.p.notice
    if v.final or _any_stands(notice.answers) or not _silence_counts(v):
        return ()
    match notice.rule:
        case "objection":
            lines = _own(v) if notice.own_period else _silence(v)
        case "consent":
            lines = [v.say("nothing.consent")]
            if (wished := v.wished()) is not None:
                lines.append(v.say("nothing.consent_from", day=wished))
        case "termination_right":
            lines = [v.w("nothing.ending")]
        case "information" if agreed_alone(v.p.terms, v.p.change):
            lines = [v.w("nothing.to_agree_measure" if v.p.change.kind == "measure" else "nothing.to_agree")]
        case "information":
            go = notice.engages_at
            ahead = go is not None and go > v.p.now
            lines = (
                [v.say("nothing.information", day=v.day(go))]
                if ahead and go is not None
                else [v.say("nothing.information_now")]
            )
    if notice.rule != "termination_right" and endings(v.p):
        lines.append(v.w("nothing.ending_beside"))
    return tuple(lines)


def _silence_counts(v: Base) -> bool:
    """Whether saying nothing still leads somewhere: before receipt, and while a window can close."""
    return NOTICE.answers("received", v.p.state) and v.p.notice.engaged_at is None


def _silence(v: Base) -> list[Markup]:
    go = v.p.notice.engages_at
    return [v.say("nothing.objection", day=v.day(go)) if go else v.say("nothing.objection_later")]


def _own(v: Base) -> list[Markup]:
    proceeds = v.p.notice.proceeds_at
    if proceeds is None:
        period = parse_period(v.p.processor.notice_time).words(v.w.lang)
        return [v.w("nothing.own_later", period=period)]
    key = "nothing.own_over" if v.past(proceeds) else "nothing.own"
    said = v.w(key, until=v.last(proceeds))
    return [said] if v.past(proceeds) else [said, *_silence(v)]


def _any_stands(answers: tuple[Answer, ...]) -> bool:
    """Whether some answer stands, so that nobody need be told what silence does."""
    return any(standing(answers, kind) for kind in (*DISTINCT, "terminate"))
