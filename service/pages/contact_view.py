"""A contact's own page in words: agreements, subprocessors, open notices, the data, all answers. Pure."""

from collections.abc import Callable
from uuid import UUID

import msgspec
from markupsafe import Markup

from service.pages.change_view import headline
from service.pages.choice_view import Asking, erasure_asking, return_asking
from service.pages.notice_view import Given, view_answer
from service.pages.read import ContactPage, Held, Told
from service.pages.words import Words, words_in
from workflows.agreement.versions import texts
from workflows.model.agreement import Agreement, MainContract
from workflows.model.text import Text
from workflows.notice.table import NOTICE
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
    pass_on: str | None


class SubprocessorAtWork(msgspec.Struct, frozen=True, kw_only=True):
    """A subprocessor: at work `since` a day, or announced with how that stands."""

    name: str
    service: str
    country: str
    address: str = ""
    contact: str = ""
    since: Markup | None = None
    state: Markup | None = None


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    """One agreement."""

    id: UUID
    title: str
    state: Markup
    contracts: tuple[Markup, ...]
    texts: tuple[Markup, ...]
    """Versions of its terms, the one that binds first."""
    rules: tuple[Section, ...]
    data: tuple[str, ...]
    chosen: Markup | None
    returning: Asking | None
    erasing: Asking | None
    at_work: tuple[SubprocessorAtWork, ...]


class AnswerTo(msgspec.Struct, frozen=True):
    """An answer with the headline of what it answered."""

    headline: Markup
    given: Given


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page shows."""

    notices: tuple[OpenNotice, ...]
    agreements: tuple[AgreementView, ...]
    announced: tuple[SubprocessorAtWork, ...]
    answers: tuple[AnswerTo, ...]


def view_contact(p: ContactPage, token_for: TokenFor) -> ContactView:
    """The page in the customer's language; `token_for` derives the token of a link that exists."""
    w = words_in(p.customer.language)
    zones = {one.agreement.id: p.terms[one.agreement.terms_version_id].zone for one in p.agreements}
    return ContactView(
        notices=tuple(_open_notice(p, one, w, zones, token_for) for one in p.notices if _is_open(one)),
        agreements=tuple(_agreement(p, one, w) for one in p.agreements),
        announced=tuple(_announced(one, w) for one in p.notices if _is_announced(one)),
        answers=_answers(p, w, zones),
    )


def _open_notice(p: ContactPage, told: Told, w: Words, zones: dict[UUID, str], token_for: TokenFor) -> OpenNotice:
    zone = zones.get(told.notice.agreement_id, p.processor.timezone)
    waits = "waiting" in NOTICE.states[told.state].tags
    ends = [one.closes_at for one in told.notice.rights if waits]
    closes = [one for one in ends if one is not None and one > p.now]
    token = token_for(told.link_id, told.generation) if told.link_id and told.generation else None
    return OpenNotice(
        headline=headline(w, told.change.kind, told.name, told.old),
        status=_status(told, w),
        until=w("right.until", until=w.last(min(closes), zone)) if closes else None,
        token=token,
        pass_on=_pass_on(p, told, w) if p.customer.role == "processor" else None,
    )


def _pass_on(p: ContactPage, told: Told, w: Words) -> str:
    """P28: what a customer that is a processor itself can send to its own customers; its last moment is its own."""
    change = told.change
    said = [w("passon.intro", processor=p.processor.name), headline(w, change.kind, told.name, told.old) + "."]
    facts = (
        ("service", told.service),
        ("country", w.place(told.country)),
        ("address", told.address),
        ("reason", change.reason),
        ("effective_on", w.day(change.effective_on).striptags() if change.effective_on is not None else None),
    )
    lines = [w("passon.fact", label=w(f"fact.{key}"), value=value) for key, value in facts if value]
    return "\n".join(one.unescape() for one in (*said, *lines, w("passon.answer")))


def _status(told: Told, w: Words) -> Markup:
    key = f"status.{told.state}"
    return w(key if w.has(key) else f"{key}_{told.notice.rule}")


def _is_open(told: Told) -> bool:
    """Not settled, and nothing has begun on it: an answer still decides something."""
    return told.live and told.notice.outcome is None and told.notice.engaged_at is None


def _is_announced(told: Told) -> bool:
    return told.live and told.notice.engaged_at is None and told.name is not None


def _announced(told: Told, w: Words) -> SubprocessorAtWork:
    return SubprocessorAtWork(
        name=headline(w, told.change.kind, told.name, told.old),
        service=told.service or "",
        country=w.place(told.country),
        address=told.address or "",
        contact=told.contact or "",
        state=_status(told, w),
    )


def _agreement(p: ContactPage, held: Held, w: Words) -> AgreementView:
    agreement = held.agreement
    terms = p.terms[agreement.terms_version_id]
    sections = tuple(
        Section(one.title, tuple(w.soft(line) for line in one.lines))
        for one in explained(terms, w.lang, agreement.facts)
    )
    return AgreementView(
        id=agreement.id,
        title=terms.title,
        state=_state(held, terms, w),
        contracts=tuple(_contract(one, w) for one in agreement.main_contracts),
        texts=tuple(_text(one, terms, w) for one in reversed(texts(agreement))),
        rules=tuple(one for one in sections if one.title != phrases_in(w.lang).sections["needed"]),
        data=_data_lines(sections, w),
        chosen=_chosen(agreement, terms, w),
        returning=return_asking(held, terms, p.now, w),
        erasing=erasure_asking(held, terms, w),
        at_work=tuple(
            SubprocessorAtWork(
                name=one.name,
                service=one.service,
                country=w.place(one.country),
                address=one.address or "",
                contact=one.contact or "",
                since=w.day_of(one.since, terms.zone),
            )
            for one in p.at_work
            if one.agreement_id == agreement.id
        ),
    )


def _state(held: Held, terms: Terms, w: Words) -> Markup:
    """Where it stands; one that outlives its contract until the data are gone is not called ended (I-23)."""
    outliving = f"state.{held.state}_outlives"
    return w(outliving if terms.ending.in_force_until == "last_data" and w.has(outliving) else f"state.{held.state}")


def _text(text: Text, terms: Terms, w: Words) -> Markup:
    if text.since is None:
        return w("contact.text", version=text.version)
    return w("contact.text_since", version=text.version, day=w.day_of(text.since, terms.zone))


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
