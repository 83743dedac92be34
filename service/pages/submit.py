"""A form of a page as one command: who answers, when it arrived, once for each showing of the page."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from uuid import UUID

from litestar.connection import Request
from markupsafe import Markup

from db.session import UNDONE, Connection, OutcomeUnknownError, find_row, transaction, writing
from service.http.services import Services, parts_of
from service.http.turns import held_still
from service.links import digest
from service.pages.erasure import ask_erasure, confirm_erasure, load_erasure
from service.pages.forms import LONGEST_GROUNDS, Form, Trouble, refused
from service.pages.read import (
    LONGEST_TOKEN,
    ContactPage,
    NoticePage,
    OpenLink,
    open_calendar,
    open_link,
    read_contact,
    read_notice,
)
from service.pages.run_command import NotOurs, Posted, Taken, Unsure
from service.pages.seal import FIELD, Sealed, read_seal
from service.pages.sections.deadlines import DEADLINES
from service.pages.sections.registry import SECTIONS, Taking
from service.pages.words import Words, words_in
from workflows.agreement.certificate import AskCertificate
from workflows.errors import BadInput, NotFound, Refused
from workflows.model.agreement import Agreement, Choose
from workflows.model.notice import Answer, Answering, Notice
from workflows.notice.open_answers import ANSWERS

FormOutcome = Taken | NotOurs | Unsure | Trouble | None
"""What becomes of a form; None where the link opens nothing."""

_TRIES: Final = 3
_EVIDENCE: Final = "page form {}"


async def take_answer(request: Request[Any, Any, Any], token: str, form: Form) -> FormOutcome:
    """Record an answer to a notice; None where the link opens nothing."""
    parts = parts_of(request)

    async def work(posted: Posted) -> FormOutcome:
        page = await load_notice(posted.connection, parts, token)
        if page is None:
            return None
        w = words_in(page.customer.language)
        seal = _seal(parts, page.link, form)
        about = answered(page, form)
        if seal is None or about is None:
            return NotOurs()
        if (trouble := _answer_trouble(form, seal, w)) is not None:
            return trouble
        notice: Notice | None = await posted.hold(page.link, about.notice.id)
        if notice is None:
            return None
        if _same(notice.answers, seal.nonce, form):
            return Taken(seal.nonce)
        data = Answering(
            grounds=form["grounds"] or None,
            channel="link",
            received_at=posted.at,
            by=page.contact.name,
            evidence=_EVIDENCE.format(seal.nonce),
            contact_id=page.contact.id,
        )
        await posted.run(page.link, about.notice.id, form["answer"], data)
        return Taken(seal.nonce)

    return await take_form(request, token, form, load_notice, work, named=form["notice"])


async def take_choice(request: Request[Any, Any, Any], token: str, form: Form) -> FormOutcome:
    """Record that a customer asks for its data, or send the mail that asks whether they may go (P23); None where
    the link opens nothing."""
    parts = parts_of(request)

    async def work(posted: Posted) -> FormOutcome:
        page = await load_contact(posted.connection, parts, token)
        if page is None:
            return None
        w = words_in(page.customer.language)
        seal = _seal(parts, page.link, form)
        if seal is None:
            return NotOurs()
        if seal.stale:
            return Trouble(status=409, message=w("error.stale"), field="choice")
        wanted = next((one for one in page.agreements if str(one.agreement.id) == form["agreement"]), None)
        if form["choice"] not in ("return", "erase", "certificate") or wanted is None:
            return Trouble(status=400, message=w("error.choice"), field="choice")
        agreement = wanted.agreement.id
        entity: Agreement | None = await posted.hold(page.link, agreement)
        if form["choice"] == "erase":
            return await ask_erasure(posted, page, wanted, seal)
        ours = entity is not None and entity.customer_id == page.customer.id
        if form["choice"] == "certificate":
            if not ours or entity is None or entity.certificate_asked_at is None:
                evidence = _EVIDENCE.format(seal.nonce)
                asked = AskCertificate(channel="link", by=page.contact.name, received_at=posted.at, evidence=evidence)
                await posted.run(page.link, agreement, "ask-certificate", asked)
            return Taken(seal.nonce, "certificate")
        if ours and entity is not None and entity.choice is not None and entity.choice.data == "return":
            return Taken(seal.nonce, "return")
        data = Choose(
            data="return",
            format=form["format"][:LONGEST_GROUNDS] or None,
            channel="link",
            received_at=posted.at,
            by=page.contact.name,
            evidence=_EVIDENCE.format(seal.nonce),
        )
        await posted.run(page.link, agreement, "choose", data)
        return Taken(seal.nonce, "return")

    return await take_form(request, token, form, load_contact, work, named=form["agreement"])


async def take_section(request: Request[Any, Any, Any], token: str, form: Form) -> FormOutcome:
    """Carry out the form of a section; None where the link opens nothing."""
    parts = parts_of(request)

    async def work(posted: Posted) -> FormOutcome:
        page = await load_contact(posted.connection, parts, token)
        if page is None:
            return None
        seal = _seal(parts, page.link, form)
        section = next((one for one in SECTIONS if one.name == form["section"]), None)
        if seal is None or section is None or section.take is None:
            return NotOurs()
        if seal.stale:
            w = words_in(page.customer.language)
            return Trouble(status=409, message=w("error.stale"), field=section.name)
        taking = Taking(posted=posted, page=page, form=form, seal=seal)
        return await section.take(taking) or Taken(seal.nonce, section.name)

    return await take_form(request, token, form, load_contact, work)


async def take_erasure(request: Request[Any, Any, Any], token: str, form: Form) -> FormOutcome:
    """Record that erasure was confirmed; None where the link opens nothing."""

    async def work(posted: Posted) -> FormOutcome:
        return await confirm_erasure(posted, token, form, time.time())

    return await take_form(request, token, form, load_erasure, work)


def answered(page: NoticePage, form: Form) -> NoticePage | None:
    """Which of the page's notices a form answers: its own, unless the form names another of them."""
    return next((one for one in page.all if form["notice"] in ("", str(one.notice.id))), None)


def noted(answers: tuple[Answer, ...], nonce: str) -> Answer | None:
    """The last answer that came from the showing of the page with this nonce."""
    return next((one for one in reversed(answers) if one.evidence == _EVIDENCE.format(nonce)), None)


def _same(answers: tuple[Answer, ...], nonce: str, form: Form) -> bool:
    """Whether the last word from this showing of the page was this very form; another answer from it counts."""
    last = noted(answers, nonce)
    return last is not None and last.answer == form["answer"] and (last.grounds or "") == form["grounds"]


async def load_notice(connection: Connection, parts: Services, token: str) -> NoticePage | None:
    """What a token of a notice opens."""
    link = await open_link(connection, token, "notice")
    return await read_notice(connection, parts.engine, parts.settings.secret_key, link) if link else None


async def load_contact(connection: Connection, parts: Services, token: str) -> ContactPage | None:
    """What a token of a contact's own page opens."""
    link = await open_link(connection, token, "contact")
    blocks = {one.name: one.block for one in SECTIONS if one.block}
    return await read_contact(connection, parts.engine, link, blocks) if link else None


async def load_calendar(connection: Connection, parts: Services, token: str) -> ContactPage | None:
    """What a token that reads a calendar opens: the own page, with its deadlines alone."""
    link = await open_calendar(connection, parts.settings.secret_key, token)
    return await read_contact(connection, parts.engine, link, {DEADLINES.name: DEADLINES.block}) if link else None


async def take_form(
    request: Request[Any, Any, Any],
    token: str,
    form: Form,
    load: Callable[[Connection, Services, str], Awaitable[Any]],
    work: Callable[[Posted], Awaitable[FormOutcome]],
    *,
    named: str = "",
) -> FormOutcome:
    """Do it in one transaction, again after a deadlock; a guard's no becomes words in the right language.

    `named` is the subject that the form says it is about, where it may be another than the link's.
    """
    parts = parts_of(request)
    for left in reversed(range(_TRIES)):
        try:
            async with _turn(parts, token, named), writing(parts.pool) as (connection, now):
                at = min(request.scope["state"]["arrived"], now)
                outcome = await work(Posted(connection, parts, at=at, now=now))
            break
        except OutcomeUnknownError:
            return Unsure(form[FIELD])
        except UNDONE:
            if not left:
                raise
        except (Refused, BadInput, NotFound) as error:
            async with transaction(parts.pool, readonly=True) as connection:
                page = await load(connection, parts, token)
            if page is None:
                return None
            w = words_in(page.customer.language)
            if isinstance(error, Refused):
                return refused(error, w)
            return Trouble(status=409, message=w("error.not_now"), field="answer")
    if isinstance(outcome, Taken):
        await parts.doorbell.ring()
    return outcome


@asynccontextmanager
async def _turn(parts: Services, token: str, named: str) -> AsyncIterator[None]:
    """A turn at what is written to. Raises Unavailable where none comes in time."""
    processor = subject = parent = None
    row = await find_row(parts.pool, "link_opens", digest(token)) if len(token) <= LONGEST_TOKEN else None
    if row is not None:
        processor, subject = row["processor_id"], row["subject_id"]
        with suppress(ValueError):
            subject = UUID(named)
        parent = await held_still(parts.pool, [processor], subject)
    async with parts.turns.to_write(processor, subject, parent):
        yield


def _seal(parts: Services, link: OpenLink, form: Form) -> Sealed | None:
    return read_seal(parts.settings.secret_key, link.id, form[FIELD], time.time())


def _answer_trouble(form: Form, seal: Sealed, w: Words) -> Trouble | None:
    answer, grounds = form["answer"], form["grounds"]
    if seal.stale:
        return Trouble(status=409, message=w("error.stale"), field="answer")
    if answer not in ANSWERS:
        return Trouble(status=400, message=w("error.unknown" if answer else "error.choose"), field="answer")
    if len(grounds) > LONGEST_GROUNDS:
        message: Markup = w("error.too_long", count=w.number(LONGEST_GROUNDS), given=w.number(len(grounds)))
        return Trouble(status=422, message=message, field="grounds")
    return None
