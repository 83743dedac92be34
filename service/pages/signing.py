"""Signing by link: an agreement with its text and its rules in words, and one form that signs it for the customer."""

import time
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.params import FromPath
from markupsafe import Markup

from db.queries import sql
from db.session import Connection, transaction
from service.files.saving import as_saved
from service.http.services import Services, parts_of
from service.pages.after import after, count_form, seal_of
from service.pages.contact_view import RulesView, TextView, rules_of
from service.pages.forms import LARGEST_FORM, Form, Trouble, from_elsewhere, read_form
from service.pages.read import OpenLink, contact_of, open_link, own_token
from service.pages.render import HEADERS, page, plain
from service.pages.run_command import NotOurs, Posted, Taken
from service.pages.seal import FIELD, read_seal
from service.pages.submit import FormOutcome, take_form
from service.pages.words import Words, words_in
from workflows.agreement.table import AGREEMENT
from workflows.intake.checks import LINE, line_problem
from workflows.model.agreement import Agreement, BoundText, Sign
from workflows.model.parties import Contact, Customer, Processor
from workflows.terms.model import Terms


class SignaturePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page to sign an agreement is made from."""

    link: OpenLink
    contact: Contact
    customer: Customer
    processor: Processor
    agreement: Agreement
    state: str
    terms: Terms
    text: BoundText | None
    own_token: str | None


class SignatureView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says: when the customer signed, or that it may; `over`: nothing is left to sign."""

    title: str
    contracts: str
    text: TextView | None
    rules: tuple[RulesView, ...]
    signed: Markup | None
    over: bool


async def load_signature(connection: Connection, parts: Services, token: str) -> SignaturePage | None:
    """What a token that signs opens; None where its contact, or the agreement, are gone."""
    link = await open_link(connection, token, "signature")
    if link is None:
        return None
    row = await connection.fetchrow(sql("signature_page"), [link.processor], link.subject, link.customer, link.contact)
    if row is None:
        return None
    customer = msgspec.json.decode(row["customer"], type=Customer)
    contact = contact_of(customer, link)
    if contact is None:
        return None
    version = row["terms_version_id"]
    return SignaturePage(
        link=link,
        contact=contact,
        customer=customer,
        processor=msgspec.json.decode(row["processor"], type=Processor),
        agreement=msgspec.json.decode(row["agreement"], type=Agreement),
        state=row["state"],
        terms=(await parts.engine.terms(connection, [version]))[version],
        text=msgspec.json.decode(row["text"], type=BoundText) if row["text"] else None,
        own_token=own_token(parts.settings.secret_key, row),
    )


def view_signature(p: SignaturePage, w: Words) -> SignatureView:
    """The page in the customer's language."""
    signed, name = signed_at(p.agreement), p.customer.name
    return SignatureView(
        title=p.terms.title,
        contracts=", ".join(one.reference for one in p.agreement.main_contracts),
        text=TextView(name=p.text.name, sha256=p.text.sha256) if p.text is not None else None,
        rules=rules_of(p.terms, p.agreement, w),
        signed=w("sign.signed", customer=name, at=w.at(signed, p.terms.zone)) if signed is not None else None,
        over="sign" not in AGREEMENT.actions(p.state),
    )


def signed_at(agreement: Agreement) -> datetime | None:
    """When the customer signed (UTC)."""
    return next((one.at for one in agreement.signatures if one.party == "controller"), None)


@get("/a/{token:str}")
async def show_signature(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The agreement, its text and its rules, and the form that signs it."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_signature(connection, parts_of(request), token)
    return _signature(request, token, found) if found is not None else plain(request, "not_found", 404)


@post("/a/{token:str}", request_max_body_size=LARGEST_FORM)
async def sign_agreement(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The form that signs."""
    form = await read_form(request)
    if from_elsewhere(request):
        return plain(request, "form", 403)
    await count_form(request, token)
    outcome = await _take(request, token, form)
    if not isinstance(outcome, Trouble):
        return after(request, outcome, token)
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_signature(connection, parts_of(request), token)
    return _signature(request, token, found, form, outcome) if found is not None else plain(request, "not_found", 404)


@get("/a/{token:str}/text")
async def save_signed_text(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The text of the agreement, to be saved."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_signature(connection, parts_of(request), token)
        if found is None or found.text is None:
            return plain(request, "not_found", 404)
        return await as_saved(connection, found.link.processor, found.text, HEADERS)


async def _take(request: Request[Any, Any, Any], token: str, form: Form) -> FormOutcome:
    """Sign, once; whoever comes second finds it signed. None where the link opens nothing."""
    parts = parts_of(request)

    async def work(posted: Posted) -> FormOutcome:
        found = await load_signature(posted.connection, parts, token)
        if found is None:
            return None
        seal = read_seal(parts.settings.secret_key, found.link.id, form[FIELD], time.time())
        if seal is None:
            return NotOurs()
        agreement: Agreement | None = await posted.hold(found.link, found.agreement.id)
        if agreement is None:
            return None
        if signed_at(agreement) is not None:
            return Taken(seal.nonce)
        w = words_in(found.customer.language)
        there = found.text.sha256 if found.text is not None else ""
        if seal.stale or form["text"] != there:
            return Trouble(status=409, message=w("error.stale"), field="sign")
        if (trouble := lacking(form, w)) is not None:
            return trouble
        data = Sign(
            party="controller",
            name=form["name"],
            function=form["function"],
            channel="link",
            evidence=f"page form {seal.nonce}",
            text_sha256=there or None,
        )
        await posted.run(found.link, found.agreement.id, "sign", data)
        return Taken(seal.nonce)

    return await take_form(request, token, form, load_signature, work)


def lacking(form: Form, w: Words) -> Trouble | None:
    """What is missing of a signature: who signs, as what, and that they agree."""
    for field in ("name", "function"):
        if not form[field] or line_problem(form[field]):
            return Trouble(status=422, message=w(f"sign.error_{field}"), field=field)
    if form["consent"] != "yes":
        return Trouble(status=422, message=w("sign.error_consent"), field="consent")
    return None


def _signature(
    request: Request[Any, Any, Any],
    token: str,
    found: SignaturePage,
    form: Form | None = None,
    trouble: Trouble | None = None,
) -> Response[Any]:
    w = words_in(found.customer.language)
    return page(
        "signature.html",
        w,
        trouble.status if trouble is not None else 200,
        p=found,
        view=view_signature(found, w),
        token=token,
        seal=seal_of(parts_of(request), found.link),
        seal_name=FIELD,
        longest=LINE,
        trouble=trouble,
        typed=form,
    )
