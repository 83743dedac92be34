"""A contact's own page in words: agreements, subprocessors, open notices, the data, all answers. Pure."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import msgspec
from markupsafe import Markup

from service.pages.change_view import headline
from service.pages.notice_view import Given, view_answer
from service.pages.read import ContactPage, Held, Told
from service.pages.words import Words, words_in
from workflows.agreement import AGREEMENT
from workflows.deletion import end_event
from workflows.entities import Agreement, Contact, MainContract
from workflows.notice import NOTICE
from workflows.terms.due import due
from workflows.terms.explain import Section, explained
from workflows.terms.model import Terms
from workflows.terms.phrases import phrases_in

TokenFor = Callable[[UUID, int], str]


class OpenNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that still lives; `token` where this contact has a link to it."""

    headline: Markup
    status: Markup
    until: Markup | None
    token: str | None


class Worker(msgspec.Struct, frozen=True):
    """A subprocessor: at work `since` a day, or announced with how that stands."""

    name: str
    service: str
    country: str
    since: Markup | None
    state: Markup | None = None


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """That return of the data may be asked, until when where the agreement says so."""

    until: Markup | None


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    """One agreement."""

    id: UUID
    title: str
    state: Markup
    contracts: tuple[Markup, ...]
    rules: tuple[Section, ...]
    data: tuple[str, ...]
    chosen: Markup | None
    asking: Asking | None
    at_work: tuple[Worker, ...]


class AnswerTo(msgspec.Struct, frozen=True):
    """An answer with the headline of what it answered."""

    headline: Markup
    given: Given


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page shows."""

    notices: tuple[OpenNotice, ...]
    agreements: tuple[AgreementView, ...]
    announced: tuple[Worker, ...]
    contacts: tuple[tuple[Contact, tuple[Markup, ...]], ...]
    answers: tuple[AnswerTo, ...]


def view_contact(p: ContactPage, token_for: TokenFor) -> ContactView:
    """The page in the customer's language; `token_for` derives the token of a link that exists."""
    w = words_in(p.customer.language)
    zones = {one.agreement.id: p.terms[one.agreement.terms_version_id].zone for one in p.agreements}
    return ContactView(
        notices=tuple(_open_notice(p, one, w, zones, token_for) for one in p.notices if _is_open(one)),
        agreements=tuple(_agreement(p, one, w) for one in p.agreements),
        announced=tuple(_announced(one, w) for one in p.notices if _is_announced(one)),
        contacts=tuple((one, _roles(one, w)) for one in p.customer.contacts),
        answers=_answers(p, w, zones),
    )


def may_ask_return(held: Held, terms: Terms, now: datetime) -> bool:
    """Whether return of the data can still be asked: by its state, in time, and not asked already."""
    agreement = held.agreement
    if "choose" not in AGREEMENT.actions(held.state):
        return False
    if agreement.choice is not None and agreement.choice.data == "return":
        return False
    until = _return_until(agreement, terms)
    return until is None or now < until


def _return_until(agreement: Agreement, terms: Terms) -> datetime | None:
    if terms.end.data != "choice" or agreement.ended_on is None:
        return None
    return due(terms, "end.choice", end_event(agreement, terms.zone), agreement.facts).due_at


def _open_notice(p: ContactPage, told: Told, w: Words, zones: dict[UUID, str], token_for: TokenFor) -> OpenNotice:
    zone = zones.get(told.notice.agreement_id, p.processor.timezone)
    ends = [one.closes_at for one in told.notice.rights if NOTICE.answers("received", told.state)]
    closes = [one for one in ends if one is not None and one > p.now]
    token = token_for(told.link_id, told.generation) if told.link_id and told.generation else None
    return OpenNotice(
        headline=headline(w, told.change.kind, told.name, told.old),
        status=_status(told, w),
        until=w("right.until", until=w.last(min(closes), zone)) if closes else None,
        token=token,
    )


def _status(told: Told, w: Words) -> Markup:
    key = f"status.{told.state}"
    return w(key if w.has(key) else f"{key}_{told.notice.rule}")


def _is_open(told: Told) -> bool:
    """Not settled, and nothing has begun on it: an answer still decides something."""
    return told.live and told.notice.outcome is None and told.notice.engaged_at is None


def _is_announced(told: Told) -> bool:
    return told.live and told.notice.engaged_at is None and told.name is not None


def _announced(told: Told, w: Words) -> Worker:
    return Worker(
        headline(w, told.change.kind, told.name, told.old),
        told.service or "",
        w.country(told.country),
        None,
        _status(told, w),
    )


def _agreement(p: ContactPage, held: Held, w: Words) -> AgreementView:
    agreement = held.agreement
    terms = p.terms[agreement.terms_version_id]
    sections = explained(terms, w.lang)
    return AgreementView(
        id=agreement.id,
        title=terms.title,
        state=w(f"state.{held.state}"),
        contracts=tuple(_contract(one, w) for one in agreement.main_contracts),
        rules=tuple(one for one in sections if one.title != phrases_in(w.lang).sections["needed"]),
        data=_data_lines(sections, w),
        chosen=_chosen(agreement, terms, w),
        asking=_asking(p, held, terms, w),
        at_work=tuple(
            Worker(one.name, one.service, w.country(one.country), w.day_of(one.since, terms.zone))
            for one in p.at_work
            if one.agreement_id == agreement.id
        ),
    )


def _data_lines(sections: tuple[Section, ...], w: Words) -> tuple[str, ...]:
    """The sentences on the data at the end, out of all the rules."""
    title = phrases_in(w.lang).sections["end"]
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


def _asking(p: ContactPage, held: Held, terms: Terms, w: Words) -> Asking | None:
    if not may_ask_return(held, terms, p.now):
        return None
    until = _return_until(held.agreement, terms)
    return Asking(until=w("contact.choice_until", until=w.last(until, terms.zone)) if until else None)


def _roles(contact: Contact, w: Words) -> tuple[Markup, ...]:
    return tuple(w(f"contact.role_{role}") for role in contact.roles) or (w("contact.no_role"),)


def _answers(p: ContactPage, w: Words, zones: dict[UUID, str]) -> tuple[AnswerTo, ...]:
    found = [(answer.received_at, told, answer) for told in p.notices for answer in told.notice.answers]
    found.sort(key=lambda one: one[0], reverse=True)
    return tuple(
        AnswerTo(
            headline(w, told.change.kind, told.name, told.old),
            view_answer(answer, w, zones.get(told.notice.agreement_id, p.processor.timezone)),
        )
        for _, told, answer in found
    )
