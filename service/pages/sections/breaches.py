"""The register of breaches that is open to a customer, on its contacts' own pages: what it was told of."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from markupsafe import Markup

from service.pages.forms import Trouble
from service.pages.read import ContactPage
from service.pages.sections.section import Section, Taking
from service.pages.words import Words, words_in
from workflows.breach.words import answers, kind_words, open_questions, summary
from workflows.model.breach import Acknowledged, Breach, BreachCase
from workflows.model.per_language import say
from workflows.terms.clauses import in_words
from workflows.terms.counting import week_of
from workflows.terms.law import AUTHORITY, rule_of, said_besides, told_of_people
from workflows.time import parse_period

NAME: Final = "breaches"


class BreachView(msgspec.Struct, frozen=True, kw_only=True):
    """A breach as a customer sees it; `confirmable` while nobody there has said that the report arrived."""

    id: str
    title: Markup
    discovered: Markup
    kind: Markup | None
    supplier: str
    told: Markup
    informed: Markup | None
    authority: Markup | None
    own_time: str
    """How long the customer has to report it once it knows, in words; empty where neither text nor law says that."""
    own_clause: str
    own_soon: bool
    """Whether that is an outer limit, and as soon as possible the duty."""
    own_people: str
    own_besides: str
    answers: tuple[tuple[Markup, str], ...]
    open_questions: tuple[Markup, ...]
    updates: tuple[tuple[Markup, str], ...]
    conclusion: str
    settled: bool
    confirmable: bool


def view(p: ContactPage, rows: Sequence[Any], w: Words) -> tuple[BreachView, ...] | None:
    """The customer's breaches, newest first; None where there never was one."""
    return tuple(_one(p, row, w) for row in rows) or None


def _one(p: ContactPage, row: Any, w: Words) -> BreachView:
    breach = msgspec.json.decode(row["breach"], type=Breach)
    case = msgspec.json.decode(row["case"], type=BreachCase)
    terms = p.terms[row["terms_version_id"]]
    zone = terms.zone
    asked = terms.breach.contents if terms.breach is not None else ()
    own = rule_of(terms, AUTHORITY)
    days = own is not None and own.period is not None and parse_period(own.period).unit != "hours"
    kind = kind_words(terms, case.kind, w.lang)
    assert case.notified_at is not None
    return BreachView(
        id=str(case.id),
        title=w("breach.title", summary=summary(breach, w.lang)),
        discovered=w.at(breach.discovered_at, zone),
        kind=w.marked(kind) if kind is not None else None,
        supplier=row["supplier"] or "",
        told=w.at(case.notified_at, zone),
        informed=w.at(case.informed_at, zone) if case.informed_at is not None else None,
        authority=(w.last if days else w.at)(case.authority_due_at, zone)
        if case.authority_due_at is not None
        else None,
        own_time=parse_period(own.period).words(w.lang, week_of(terms))
        if own is not None and own.period is not None
        else "",
        own_clause=in_words(terms, own.clause, w.lang) if own is not None else "",
        own_soon=own is not None and own.target,
        own_people=in_words(terms, told_of_people(terms), w.lang),
        own_besides=said_besides(terms, AUTHORITY, w.lang),
        answers=tuple((w.marked(question), answer) for question, answer in answers(terms, breach, asked, w.lang)),
        open_questions=tuple(map(w.marked, open_questions(terms, breach, asked, w.lang))) if row["open"] else (),
        updates=tuple((w.at(one.at, zone), say(one.text, w.lang)) for one in breach.updates if one.text),
        conclusion=breach.conclusion_in.get(w.lang) or breach.conclusion,
        settled=not row["open"],
        confirmable=row["open"] and case.answered_at is None,
    )


async def take(taking: Taking) -> Trouble | None:
    """The report arrived: the customer itself says so."""
    page, wanted = taking.page, taking.form["case"]
    row = next((one for one in page.more[NAME] if str(one["id"]) == wanted), None)
    if row is None:
        return Trouble(status=409, message=words_in(page.customer.language)("error.not_now"), field=NAME)
    await taking.act(row["id"], "acknowledge", Acknowledged(by=page.contact.name), requested=True)
    return None


BREACHES: Final = Section(name=NAME, block="breaches_of_customer", view=view, take=take)
