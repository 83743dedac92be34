"""A breach's page, as a call sheet: whom to reach by when, through which channel, and what they have to be told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup, escape

from service.board.desk import PageDesk
from service.board.names import Name
from service.board.penalties import forfeited
from service.board.view import Block, BoardFact, BoardPage, Line, View, fact, facts, record, some
from service.board.views.letters import letter_lines
from service.http.request_context import ReadUnit
from service.http.routes.breaches import BREACHES, BreachShown, CaseShown
from workflows.breach.words import kind_words, text
from workflows.model.parties import Contact
from workflows.terms.model import Terms
from workflows.terms.names import PLAIN

_LAST: Final = datetime.max


async def _build(desk: PageDesk, unit: ReadUnit, one: BreachShown, row: Any) -> View:
    names = await desk.names(unit, [one.subprocessor_id, *(case.agreement_id for case in one.cases)])
    waiting = sorted(
        one.cases, key=lambda case: (case.informed_at is not None, case.due_at is None, case.due_at or desk.now)
    )
    versions = [names[case.agreement_id].terms_version_id for case in waiting]
    clauses = await desk.clauses(unit, list(zip([case.clause for case in waiting], versions, strict=True)))
    texts = await unit.engine.terms(unit.connection, [one for one in versions if one is not None])
    posts = await letter_lines(desk, unit, [case.id for case in waiting])
    found = [texts[one] if one is not None else None for one in versions]
    questions = [_questions(desk, each) if each is not None else {} for each in found]
    return View(
        title=desk.wording(one.summary),
        facts=some(
            fact(desk, "discovered_at", desk.at(one.discovered_at)),
            fact(desk, "categories", desk.wordings(one.categories)),
            fact(desk, "people", _people(desk, one)),
            fact(desk, "subprocessor_id", desk.by(names, one.subprocessor_id)),
            BoardFact(desk.label("informed"), _informed(desk, one)),
            *facts(desk, one, "notified_at", "closed_at"),
            fact(desk, "conclusion", desk.wording(one.conclusion)),
        ),
        blocks=(
            *(
                _case(desk, case, clause, names[case.agreement_id], one, asked, posts[case.id], under)
                for case, clause, asked, under in zip(waiting, clauses, questions, found, strict=True)
            ),
            await record(desk, unit, one.id),
        ),
    )


def _informed(desk: PageDesk, one: BreachShown) -> Markup:
    """Of how many customers it is known that they were informed."""
    known = sum(case.informed_at is not None for case in one.cases)
    return desk.w("list.informed", informed=desk.w.number(known), total=desk.w.number(len(one.cases)))


def _people(desk: PageDesk, one: BreachShown) -> Markup:
    low, high = one.people_min, one.people_max
    if low is None and high is None:
        return desk.w("say.not_stated")
    if low is not None and high is not None:
        return desk.w("say.between", low=desk.w.number(low), high=desk.w.number(high))
    return desk.w("say.at_least", count=low) if low is not None else desk.w("say.at_most", count=high or 0)


def _case(
    desk: PageDesk,
    case: CaseShown,
    clause: str,
    agreement: Name,
    breach: BreachShown,
    questions: Mapping[str, Markup],
    letters: tuple[Line, ...],
    terms: Terms | None,
) -> Block:
    return Block(
        id=f"case-{case.id}",
        title=escape(case.customer),
        intro=_clock(desk, case),
        facts=some(
            fact(desk, "agreement_id", desk.named(agreement)),
            fact(desk, "state", desk.state("breach_case", case.state)),
            BoardFact(desk.label("due_at"), desk.last_of(case.due_at, agreement) or desk.w("say.no_period")),
            fact(desk, "clause", escape(clause)),
            BoardFact(desk.label("breach_kind"), _kind(desk, case, terms)),
            BoardFact(desk.label("report_due_at"), desk.last_of(case.report_due_at, agreement)),
            BoardFact(desk.label("breach_reported_at"), desk.at(case.reported_at) if case.report_due_at else Markup()),
            fact(desk, "channels", Markup(", ").join(desk.choice("told_by", each) for each in case.channels)),
            fact(
                desk,
                "contacts",
                Markup("<br>").join(_contact(desk, each) for each in case.contacts) or desk.w("say.no_contact"),
            ),
            BoardFact(desk.label("authority"), desk.w(f"authority.{case.authority}") if case.authority else Markup()),
            BoardFact(desk.label("authority_due_at"), desk.last_of(case.authority_due_at, agreement)),
            *(forfeited(desk, case.penalty) if case.penalty is not None else ()),
        ),
        lines=(
            *(
                Line(
                    what=questions.get(one.id) or escape(one.text),
                    more=escape(one.answer) if one.answer else desk.w("say.unanswered"),
                )
                for one in case.contents
            ),
            *(
                Line(
                    what=desk.w("say.call", contact=one.contact, outcome=desk.f(f"choice.outcome.{one.outcome}")),
                    when=desk.at(one.at),
                    more=escape(one.note),
                )
                for one in case.calls
            ),
            *letters,
        ),
        more=Markup(" · ").join(
            desk.link(
                f"breaches/{breach.id}/{action}",
                desk.f.action("breaches", action),
                agreement_id=str(case.agreement_id),
            )
            for action in _OF_A_CASE
            if action in case.actions
        ),
    )


_OF_A_CASE: Final = ("record-call", "write-letter", "record-posting")


def _kind(desk: PageDesk, case: CaseShown, terms: Terms | None) -> Markup:
    """Of which of the agreement's kinds the breach is; empty where the agreement has none."""
    if not case.kinds or terms is None:
        return Markup()
    if case.kind == PLAIN:
        return desk.f("option.breach_of_none")
    said = kind_words(terms, case.kind, desk.lang)
    return desk.f.marked(said) if said is not None else desk.w("say.kind_unsaid")


def _questions(desk: PageDesk, terms: Terms) -> dict[str, Markup]:
    """What an agreement asks to be told, by id, as its customers read it."""
    asked = terms.breach.contents if terms.breach is not None else ()
    return {one.id: desk.f.marked(text(terms, one, desk.lang)) for one in asked}


def _clock(desk: PageDesk, case: CaseShown) -> Markup:
    """How long there is left, or how late it is."""
    if case.dropped_why:
        return desk.w("clock.dropped", why=desk.f.told(case.dropped_why))
    if case.informed_at is not None:
        return desk.w("clock.informed_late" if case.late else "clock.informed", at=desk.at(case.informed_at))
    if case.due_at is None:
        return desk.w("clock.none")
    if case.due_at < desk.now:
        return Markup('<strong class="late">{}</strong>').format(desk.w("clock.late", by=desk.late_by(case.due_at)))
    return Markup("<strong>{}</strong>").format(desk.w("clock.left", left=desk.left(case.due_at)))


def _contact(desk: PageDesk, one: Contact) -> Markup:
    phone = Markup('<a href="tel:{}">{}</a>').format(_dialled(one.phone), one.phone) if one.phone else Markup()
    mail = desk.w.mail(one.email) if one.email else Markup()
    return Markup(", ").join(part for part in (escape(one.name), phone, mail) if part)


def _dialled(phone: str) -> str:
    """A number as a link dials it (RFC 3966): without what is there for the eye."""
    return "".join(sign for sign in phone if sign.isdecimal() or sign == "+")


PAGE: Final = BoardPage(BREACHES, _build)
