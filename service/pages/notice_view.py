"""A notice's page in words: what changes, the rights and their last moments, silence, what was answered. Pure."""

from typing import Final

import msgspec
from markupsafe import Markup

from service.pages.change_view import ChangeView, Fact
from service.pages.counted import drawn
from service.pages.notice_base import Base
from service.pages.notice_offers import Offer, grounds_hint, offers
from service.pages.notice_status import Status, status
from service.pages.read import NoticePage
from service.pages.words import Words
from service.pictures.picture import Picture
from workflows.machine.vocabulary import Standing
from workflows.model.notice import Answer
from workflows.notice.beginning import told_at
from workflows.notice.fact_shapes import Act, RightFacts
from workflows.terms.counting import week_of
from workflows.terms.phrases import rule_title
from workflows.time import parse_period


class RightView(msgspec.Struct, frozen=True):
    """A right: its name, until when, and what else is to be known of it; `counted` as a picture."""

    title: Markup
    lines: tuple[Markup, ...]
    counted: Picture | None = None


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
    clause: Markup
    nothing: tuple[Markup, ...]
    offers: tuple[Offer, ...]
    over: bool
    grounds_hint: Markup
    given: tuple[Given, ...]


def view_notice(p: NoticePage, *, draws: bool = False) -> NoticeView:
    """The page of a notice in its customer's language; `draws`: with pictures of how its windows were counted."""
    v = Base(p)
    offered = offers(v)
    return NoticeView(
        change=v.change,
        status=status(v),
        course=_course(v),
        rights=tuple(_right(v, one, draws=draws) for one in v.facts.rights),
        no_right=None if v.facts.rights else v.w("right.none"),
        clause=v.w("page.clause", clause=v.clause(v.facts.clause)) if v.facts.clause else Markup(),
        nothing=_nothing(v),
        offers=offered,
        over=v.facts.final,
        grounds_hint=grounds_hint(v, offered),
        given=tuple(view_answer(one.answer, v.w, v.zone) for one in v.facts.answers),
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
    facts = v.facts
    found: list[Fact] = []
    if facts.sent_at is not None:
        found.append(Fact(v.w("fact.sent"), v.w.at(facts.sent_at, v.zone)))
    if facts.received_at is not None:
        when = v.w.at(facts.received_at, v.zone)
        how = f"received.{facts.received_how or 'direct'}"
        found.append(Fact(v.w("fact.received"), v.w(how, when=when)))
    later = [(v.w(f"given.{one.answer.answer}"), one.answer.received_at) for one in facts.answers]
    if v.p.settled is not None:
        later.append((v.w(f"status.{v.p.settled.how}"), v.p.settled.at))
    if facts.begun_at is not None:
        later.append((v.w("fact.begun"), facts.begun_at))
    found += [Fact(what, v.w.at(at, v.zone)) for what, at in sorted(later, key=lambda one: one[1])]
    return tuple(found)


def _right(v: Base, right: RightFacts, *, draws: bool) -> RightView:
    title = v.w("right.terminate", what=v.what(right)) if right.act == "terminate" else v.w(_RIGHTS[right.act])
    lines = [_until(v, right)]
    if right.form != "any":
        lines.append(v.w(f"right.{right.form}"))
    if right.grounds != "none":
        lines.append(v.w(f"right.grounds_{right.grounds}"))
    if right.clause:
        lines.append(v.w("page.clause", clause=v.clause(right.clause)))
    return RightView(v.w.capital(title), tuple(lines), _counted(v, right) if draws else None)


def _counted(v: Base, right: RightFacts) -> Picture | None:
    """How the window of a right was counted, once it runs."""
    p = v.p
    if right.closes_at is None or right.rule not in p.terms.rules:
        return None
    standing = Standing(state=p.state, tags=frozenset(), entity=p.notice, context=p.rows.context)
    at = told_at(standing, p.notice, right.rule)
    name = f"counted-{p.notice.id}-{right.rule.replace('.', '-')}"
    title = rule_title(right.rule, v.w.lang)
    return drawn(name, title, p.terms, right.rule, at, right.closes_at, p.agreement.facts, p.now, v.w)


_RIGHTS: Final[dict[Act, str]] = {"object": "right.object", "consent": "right.consent"}


def _until(v: Base, right: RightFacts) -> Markup:
    if right.closes_at is not None:
        return v.w("right.was_until" if right.over else "right.until", until=v.last(right.closes_at))
    if right.period is not None and not v.facts.final:
        return v.w("right.from_receipt", period=parse_period(right.period).words(v.w.lang, week_of(v.p.terms)))
    if right.uncounted is not None:
        return v.w("right.uncounted", period=parse_period(right.uncounted).words(v.w.lang, week_of(v.p.terms)))
    return v.w("right.no_end")


def _nothing(v: Base) -> tuple[Markup, ...]:
    """What follows where nobody says anything more; nothing where that leads nowhere, or has led there."""
    silence = v.facts.silence
    match silence.kind:
        case "none" | "held" | "begun" | "closing":
            return ()
        case "goes_ahead":
            lines = [v.begins("nothing.objection", "nothing.objection_later")]
        case "own":
            lines = _own(v)
        case "consent":
            lines = [v.say("nothing.consent")]
            if (wished := v.wished()) is not None:
                lines.append(v.say("nothing.consent_from", day=wished))
        case "ending":
            lines = [v.w("nothing.ending")]
        case "to_agree":
            lines = [v.w("nothing.to_agree_measure" if v.facts.kind == "measure" else "nothing.to_agree")]
        case "told":
            lines = [_told(v)]
    if silence.lapses_beside:
        lines.append(v.w("nothing.ending_beside"))
    return tuple(lines)


def _told(v: Base) -> Markup:
    starts = v.facts.starts
    if starts.kind == "after_receipt":
        return v.say("nothing.information_received")
    return v.begins("nothing.information", "nothing.information_now")


def _own(v: Base) -> list[Markup]:
    """The processor's own time of waiting, and what follows it."""
    silence = v.facts.silence
    own = _OWN_ENDING if v.facts.rule == "termination_right" else _OWN
    if silence.until is None:
        period = parse_period(silence.period or v.p.processor.notice_time).words(v.w.lang, week_of(v.p.terms))
        return [v.w(own["later"], period=period)]
    said = v.w(own["over" if silence.over else "runs"], until=v.last(silence.until))
    ahead = v.facts.starts.kind == "day"
    return [said, v.begins("nothing.objection", "nothing.objection_later")] if ahead else [said]


_OWN: Final = {"later": "nothing.own_later", "over": "nothing.own_over", "runs": "nothing.own"}
_OWN_ENDING: Final = {
    "later": "nothing.own_ending_later",
    "over": "nothing.own_ending_over",
    "runs": "nothing.own_ending",
}
