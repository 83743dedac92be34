"""A contact's own page in words: agreements, subprocessors, open notices, the data, all answers. Pure."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from markupsafe import Markup

from service.pages.change_view import headline_of
from service.pages.choice_view import Asking, certificate_asking, erasure_asking, return_asking
from service.pages.life import LIVES, view_life
from service.pages.notice_status import title
from service.pages.notice_view import Given, view_answer
from service.pages.read import AtWork, ContactPage, Held, Told
from service.pages.sections.deadlines import deadline_rows
from service.pages.words import Words, words_in
from service.pictures.picture import Picture
from workflows.agreement.guards import on_signature, signed_by_all
from workflows.agreement.table import AGREEMENT
from workflows.agreement.versions import texts
from workflows.model.agreement import Agreement, MainContract
from workflows.model.terms_version import TermsVersion
from workflows.notice.fact_shapes import NoticeFacts, NoticeRows
from workflows.notice.facts import notice_facts
from workflows.terms.explain import UNDATED, explained
from workflows.terms.model import Terms
from workflows.terms.phrases import section_title

TokenFor = Callable[[UUID, int, str], str]


class OpenNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that still lives; `token` where this contact has a link to it."""

    headline: Markup
    status: Markup
    until: Markup | None
    token: str | None
    pass_on: str | None


class SubprocessorAtWork(msgspec.Struct, frozen=True, kw_only=True):
    """A subprocessor: at work `since` a day, no more `until` one, or announced with how that stands."""

    name: str
    service: str
    country: str
    address: str = ""
    contact: str = ""
    since: Markup | None = None
    until: Markup | None = None
    waits: Markup | None = None
    """Why it does not work yet, where nothing in the agreement is in its way."""
    state: Markup | None = None


class RulesView(msgspec.Struct, frozen=True):
    """The agreement's rules on one thing, in plain words."""

    title: str
    lines: tuple[Markup, ...]


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    title: str
    state: Markup
    contracts: tuple[Markup, ...]
    texts: tuple[Markup, ...]
    """Versions of its terms, the one that binds first."""
    rules: tuple[RulesView, ...]
    data: tuple[Markup, ...]
    chosen: Markup | None
    returning: Asking | None
    erasing: Asking | None
    certifying: Asking | None
    at_work: tuple[SubprocessorAtWork, ...]
    may_hold: tuple[SubprocessorAtWork, ...]
    """Those that worked until the end, and may have data until these are confirmed as gone."""
    life: Picture | None
    text: "TextView | None"
    sign_token: str | None
    signed: bool
    """Whether both parties have, so that there is a record of it."""


class TextView(msgspec.Struct, frozen=True, kw_only=True):
    """The text of an agreement: what it is called, and by what one knows that it is the same."""

    name: str
    sha256: str


class AnswerTo(msgspec.Struct, frozen=True):
    """An answer with the headline of what it answered."""

    headline: Markup
    given: Given


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    notices: tuple[OpenNotice, ...]
    agreements: tuple[AgreementView, ...]
    announced: tuple[SubprocessorAtWork, ...]
    answers: tuple[AnswerTo, ...]


def view_contact(p: ContactPage, token_for: TokenFor) -> ContactView:
    """The page in the customer's language; `token_for` derives the token of a link that exists."""
    w = words_in(p.customer.language)
    agreements = p.agreement_of
    notices = tuple(_noticed(p, one, agreements[one.notice.agreement_id]) for one in p.notices)
    lives = _lives(p, notices, w)
    return ContactView(
        notices=tuple(_open_notice(p, one, w, token_for) for one in notices if one.facts.undecided),
        agreements=tuple(_agreement(p, one, lives.get(one.agreement.id), w, token_for) for one in p.agreements),
        announced=tuple(_announced(one, w) for one in notices if _is_announced(one)),
        answers=_answers(notices, w),
    )


def _lives(p: ContactPage, notices: tuple["Noticed", ...], w: Words) -> dict[UUID, Picture | None]:
    """The lives of the first agreements, drawn."""
    rows = deadline_rows(p.more.get("deadlines", ()))
    lives: dict[UUID, Picture | None] = {}
    for held in p.agreements[:LIVES]:
        id = held.agreement.id
        told = [(one.facts, one.told.settled) for one in notices if one.told.notice.agreement_id == id]
        lives[id] = view_life(p, held, told, [one for one in rows if one.agreement_id == id], w)
    return lives


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """A notice of the customer with its facts, in the zone of its agreement."""

    told: Told
    facts: NoticeFacts
    zone: str


def _noticed(p: ContactPage, told: Told, agreement: Agreement) -> Noticed:
    terms = p.terms[agreement.terms_version_id]
    rows = NoticeRows(
        state=told.state,
        notice=told.notice,
        change=told.change,
        agreement=agreement,
        customer=p.customer,
        processor=p.processor,
        subprocessor=told.subprocessor,
        replaced=told.replaced,
        terms=terms,
        now=p.now,
    )
    return Noticed(told=told, facts=notice_facts(rows), zone=terms.zone)


def _open_notice(p: ContactPage, one: Noticed, w: Words, token_for: TokenFor) -> OpenNotice:
    told, facts = one.told, one.facts
    token = (
        token_for(told.link_id, told.generation, told.kept) if told.link_id and told.generation and told.kept else None
    )
    return OpenNotice(
        headline=headline_of(w, facts),
        status=title(w, told.state, facts.rule),
        until=w("right.until", until=w.last(facts.answer_by, one.zone)) if facts.answer_by is not None else None,
        token=token,
        pass_on=_pass_on(p, facts, w) if p.customer.role == "processor" else None,
    )


def _pass_on(p: ContactPage, facts: NoticeFacts, w: Words) -> str:
    """P28: what a customer that is a processor itself can send to its own customers; its last moment is its own."""
    text, sub = facts.text, facts.text.subprocessor
    said = [w("passon.intro", processor=p.processor.name), headline_of(w, facts) + "."]
    lines = (
        ("service", sub.service if sub is not None else None),
        ("country", w.place(text.country)),
        ("countries", ", ".join(w.country(one) for one in sub.countries) if sub is not None else None),
        ("address", sub.address if sub is not None else None),
        ("contact", sub.contact if sub is not None else None),
        ("categories", ", ".join(sub.categories) if sub is not None else None),
        ("transfer_basis", sub.transfer_basis if sub is not None else None),
        ("reason", text.reason),
        ("effective_on", w.day(text.effective_on).striptags() if text.effective_on is not None else None),
    )
    told = [w("passon.fact", label=w(f"fact.{key}"), value=value) for key, value in lines if value]
    return "\n".join(one.unescape() for one in (*said, *told, w("passon.answer")))


def _is_announced(one: Noticed) -> bool:
    return one.facts.live and one.facts.begun_at is None and one.facts.text.subprocessor is not None


def _announced(one: Noticed, w: Words) -> SubprocessorAtWork:
    text, sub = one.facts.text, one.facts.text.subprocessor
    assert sub is not None
    return SubprocessorAtWork(
        name=headline_of(w, one.facts),
        service=sub.service,
        country=w.announced_place(text, one.zone),
        address=sub.address or "",
        contact=sub.contact or "",
        state=title(w, one.told.state, one.facts.rule),
    )


def _agreement(p: ContactPage, held: Held, life: Picture | None, w: Words, token_for: TokenFor) -> AgreementView:
    agreement = held.agreement
    terms = p.terms[agreement.terms_version_id]
    sections = _sections(terms, agreement.facts, w)
    mine = [one for one in p.at_work if one.agreement_id == agreement.id]
    return AgreementView(
        id=agreement.id,
        title=terms.title,
        state=w(f"state.{held.state}"),
        contracts=tuple(_contract(one, w) for one in agreement.main_contracts),
        texts=tuple(text_words(one, terms, w) for one in reversed(texts(agreement))),
        rules=_asked_of_nobody(sections, w),
        data=_data_lines(sections, w),
        chosen=_chosen(agreement, terms, w),
        returning=return_asking(held, terms, p.now, w),
        erasing=erasure_asking(held, terms, w),
        certifying=certificate_asking(held, terms, w),
        at_work=tuple(_at_work(one, terms, w) for one in mine if one.until is None),
        may_hold=tuple(_at_work(one, terms, w) for one in mine if one.until is not None and _may_hold(held, one)),
        life=life,
        text=TextView(name=held.text.name, sha256=held.text.sha256) if held.text is not None else None,
        sign_token=_sign_token(held, terms, token_for),
        signed=signed_by_all(agreement.signatures) is not None,
    )


def _at_work(one: AtWork, terms: Terms, w: Words) -> SubprocessorAtWork:
    return SubprocessorAtWork(
        name=one.name,
        service=one.service_in.get(w.lang) or one.service,
        country=w.country(one.country),
        address=one.address or "",
        contact=one.contact or "",
        since=w.day_of(one.since, terms.zone),
        until=w.last(one.until, terms.zone) if one.until is not None else None,
        waits=w("began.unbound", name=one.name) if one.waits else None,
    )


def _may_hold(held: Held, one: AtWork) -> bool:
    """Whether data may still be there: while the end is being settled, until it is confirmed that it holds none."""
    if "ending" not in AGREEMENT.states[held.state].tags:
        return False
    its = [item for item in held.agreement.plan if item.subprocessor_id == one.id]
    return not its or any(item.done_at is None for item in its)


def rules_of(terms: Terms, agreement: Agreement, w: Words) -> tuple[RulesView, ...]:
    """The rules of an agreement in words."""
    return rules_under(terms, agreement.facts, w)


def rules_under(terms: Terms, facts: Mapping[str, Any], w: Words) -> tuple[RulesView, ...]:
    """The rules of terms in words, with what they leave blank filled in."""
    return _asked_of_nobody(_sections(terms, facts, w), w)


def _asked_of_nobody(sections: tuple[RulesView, ...], w: Words) -> tuple[RulesView, ...]:
    """Without what the processor has to fill in."""
    return tuple(one for one in sections if one.title != section_title("needed", w.lang))


def _sections(terms: Terms, facts: Mapping[str, Any], w: Words) -> tuple[RulesView, ...]:
    return tuple(
        RulesView(one.title, tuple(w.marked(line) for line in one.lines)) for one in explained(terms, w.lang, facts)
    )


def to_sign(agreement: Agreement, state: str) -> bool:
    """Whether the customer may still sign, and has not."""
    return "sign" in AGREEMENT.actions(state) and all(one.party != "controller" for one in agreement.signatures)


def _sign_token(held: Held, terms: Terms, token_for: TokenFor) -> str | None:
    """What opens the page to sign, where the customer has something to sign and has not."""
    wanted = held.text is not None or on_signature(terms, held.agreement)
    if (
        not wanted
        or held.link_id is None
        or held.generation is None
        or held.kept is None
        or not to_sign(held.agreement, held.state)
    ):
        return None
    return token_for(held.link_id, held.generation, held.kept)


def text_words(text: TermsVersion, terms: Terms, w: Words) -> Markup:
    """Which version of the text binds, and since when where that is not from its beginning."""
    if text.since is None:
        return w("contact.text_undated") if text.version == UNDATED else w("contact.text", version=text.version)
    if text.version == UNDATED:
        return w("contact.text_undated_since", day=w.day_of(text.since, terms.zone))
    return w("contact.text_since", version=text.version, day=w.day_of(text.since, terms.zone))


def _data_lines(sections: tuple[RulesView, ...], w: Words) -> tuple[Markup, ...]:
    """The sentences on the data at the end, out of all the rules."""
    title = section_title("end", w.lang)
    return next((one.lines for one in sections if one.title == title), ())


def _contract(one: MainContract, w: Words) -> Markup:
    if one.ends_on is None:
        return w("contact.contract", reference=one.reference, day=w.day(one.starts_on))
    return w("contact.contract_until", reference=one.reference, day=w.day(one.starts_on), end=w.day(one.ends_on))


def _chosen(agreement: Agreement, terms: Terms, w: Words) -> Markup | None:
    choice = agreement.choice
    if choice is None:
        return None
    return w(f"contact.chosen_{choice.data}", day=w.day_of(choice.received_at, terms.zone))


def _answers(notices: tuple[Noticed, ...], w: Words) -> tuple[AnswerTo, ...]:
    found = [(given.answer, one) for one in notices for given in one.facts.answers]
    found.sort(key=lambda one: one[0].received_at, reverse=True)
    return tuple(AnswerTo(headline_of(w, one.facts), view_answer(answer, w, one.zone)) for answer, one in found)
