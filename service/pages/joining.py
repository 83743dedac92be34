"""The page on which a stranger becomes a customer: read, filled in, and signed by the link of a mail.

What is posted makes nothing yet: a mail goes to the address that was typed, and only who opens its link may sign. Then
the customer and the agreement are made by the commands that the API runs, and the processor's people have a task: it is
in force once they have signed, too.
"""

import hashlib
import time
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.params import FromPath

from db.queries import sql
from db.session import UNDONE, Connection, OutcomeUnknownError, transaction, writing
from service.applications import Application, hand_in, how_asked, opened, signed
from service.files.saving import as_saved
from service.http.services import Services, parts_of
from service.links import ensure_link
from service.pages.after import after, count_form
from service.pages.contact_view import RulesView, rules_under
from service.pages.forms import LARGEST_FORM, Form, Trouble, from_elsewhere, read_pairs
from service.pages.joining_blanks import BlankView, blanks_of
from service.pages.joining_form import PERSONS, ROLES, countries, read_applied, say_person
from service.pages.render import HEADERS, page, plain
from service.pages.run_command import NotOurs, Taken, Unsure
from service.pages.seal import FIELD, make_seal, read_seal
from service.pages.signing import lacking
from service.pages.words import Words, words_in
from workflows.errors import BadInput, NotFound, Refused
from workflows.intake.checks import LINE
from workflows.intake.joining import Offer, offered, sign_up
from workflows.machine.acting import Acting
from workflows.model.agreement import Sign
from workflows.model.parties import Processor
from workflows.words import Language

_MOST_FIELDS: Final = 60
_OF_A_PEER: Final = 10
"""Times the limit of an address that one place may hand in, whatever addresses it names."""
_TRIES: Final = 3
_LATER: Final = {"Retry-After": "3600"}


class JoiningPage(msgspec.Struct, frozen=True, kw_only=True):
    """A processor's page, and what it offers now."""

    processor: Processor
    offer: Offer

    @property
    def mark(self) -> str:
        """What tells this offer from another one."""
        said = msgspec.json.encode(
            [self.offer.pinned.id, self.offer.text.sha256, self.offer.joining.facts], order="deterministic"
        )
        return hashlib.sha256(said).hexdigest()

    def blanks(self, w: Words) -> tuple[BlankView, ...]:
        """What the rules leave blank, and what is said there."""
        return blanks_of(self.offer.pinned.terms, self.offer.joining.facts, w)

    def rules(self, w: Words) -> tuple[RulesView, ...]:
        """The rules in words, with their blanks filled."""
        return rules_under(self.offer.pinned.terms, self.offer.joining.facts, w)


class Over(msgspec.Struct, frozen=True):
    """Nothing is to be signed by this link (any more): why, by the name of its sentence, and the page to go to."""

    why: str
    slug: str
    language: Language


_Outcome = Taken | NotOurs | Unsure | Trouble | Over | None


async def open_joining(connection: Connection, parts: Services, slug: str) -> JoiningPage | None:
    """The page of that address, None where its processor wants none; the transaction sees that processor from here."""
    found = await connection.fetchval(sql("open_joining"), slug) if "\x00" not in slug else None
    if found is None:
        return None
    text = await connection.fetchval(sql("one_processor"), [found], found)
    processor = msgspec.json.decode(text, type=Processor)
    offer = await offered(connection, parts.engine, processor)
    return JoiningPage(processor=processor, offer=offer) if offer is not None else None


@get("/j/{slug:str}")
async def show_joining(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """The agreement, its text and its rules, and the form by which one asks to sign it."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await open_joining(connection, parts_of(request), slug)
    return _joining(request, found) if found is not None else plain(request, "not_found", 404)


@get("/j/{slug:str}/text")
async def save_joining_text(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """The text, to be saved."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await open_joining(connection, parts_of(request), slug)
        if found is None:
            return plain(request, "not_found", 404)
    return await as_saved(parts_of(request).files, found.processor.id, found.offer.text, HEADERS)


@post("/j/{slug:str}", status_code=200, request_max_body_size=LARGEST_FORM)
async def apply(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """The form: a mail asks whether it is theirs. The answer is the same whoever it is."""
    form, parts = await _read(request), parts_of(request)
    if from_elsewhere(request):
        return plain(request, "join_form", 403)
    limiter = parts.limiter
    await limiter.take("join", f"from {limiter.address_of(request.scope)}", request.scope, times=_OF_A_PEER)
    async with transaction(parts.pool, readonly=True) as connection:
        found = await open_joining(connection, parts, slug)
    if found is None:
        return plain(request, "not_found", 404)
    seal = read_seal(parts.settings.secret_key, found.processor.id, form[FIELD], time.time())
    if seal is None:
        return plain(request, "join_form", 403)
    w = words_in(_language(request, found, form))
    if seal.stale or form["offer"] != found.mark:
        return _joining(request, found, form, [Trouble(status=409, message=w("join.error_changed"), field="agreement")])
    applied, troubles = read_applied(form, found.offer, w)
    if applied is None:
        return _joining(request, found, form, troubles)
    await limiter.take("join", str(applied.contacts[0].email).casefold(), request.scope)
    async with writing(parts.pool) as (connection, now):
        again = await open_joining(connection, parts, slug)
        if again is None:
            return plain(request, "join_closed", 410, lang=w.lang)
        if again.mark != found.mark:
            return plain(request, "join_changed", 409, link=slug, lang=w.lang)
        secret = parts.settings.secret_key
        taken = await hand_in(connection, secret, again.processor.id, again.offer, applied, seal.nonce, now)
    if not taken:
        return plain(request, "many_hour", 429, _LATER, lang=w.lang)
    await parts.doorbell.ring()
    return plain(request, "join_asked", 200, lang=w.lang)


@get("/w/{token:str}")
async def show_application(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """What was typed, the text, and the form that signs."""
    return await _application(request, token)


@get("/w/{token:str}/text")
async def save_application_text(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The text that is to be signed, to be saved."""
    parts = parts_of(request)
    async with transaction(parts.pool, readonly=True) as connection:
        found = await opened(connection, parts.settings.secret_key, token)
        state = await _over(connection, parts, found) if found is not None else None
        if found is None or not isinstance(state, Offer):
            return plain(request, "not_found", 404)
    return await as_saved(parts.files, found.processor.id, state.text, HEADERS)


@post("/w/{token:str}", request_max_body_size=LARGEST_FORM)
async def sign_application(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The form that signs: the customer and the agreement are there from now on."""
    form = await _read(request)
    if from_elsewhere(request):
        return plain(request, "form", 403)
    await count_form(request, token)
    outcome = await _take(request, token, form)
    match outcome:
        case Over():
            return _is_over(request, outcome)
        case Trouble():
            return await _application(request, token, form, outcome)
    if isinstance(outcome, Taken):
        await parts_of(request).doorbell.ring()
    return after(request, outcome, token)


async def _read(request: Request[Any, Any, Any]) -> Form:
    fields: dict[str, str] = {}
    for name, clean in await read_pairs(request, _MOST_FIELDS):
        fields[name] = clean if fields.get(name, clean) == clean else ""
    return Form(fields)


async def _over(connection: Connection, parts: Services, found: Application) -> Offer | Over:
    """What an application may be signed under, or why it may not."""
    slug, lang = found.processor.slug, found.language
    if found.applied is None:
        return Over("join_signed", slug, lang)
    offer = await offered(connection, parts.engine, found.processor)
    if offer is None:
        return Over("join_closed", slug, lang)
    if found.too_old:
        return Over("join_expired", slug, lang)
    if not found.is_of(offer):
        return Over("join_changed", slug, lang)
    return offer


async def _take(request: Request[Any, Any, Any], token: str, form: Form) -> _Outcome:
    """Sign, once, in one transaction; whoever comes second finds it signed. None where the link opens nothing."""
    parts = parts_of(request)
    for left in reversed(range(_TRIES)):
        try:
            async with writing(parts.pool) as (connection, now):
                acted = Acting(
                    actor="", role="contact", at=min(request.scope["state"]["arrived"], now), now=now, processors=()
                )
                return await _sign(connection, parts, token, form, acted)
        except OutcomeUnknownError:
            return Unsure(form[FIELD])
        except UNDONE:
            if not left:
                raise
        except (Refused, BadInput, NotFound):
            async with transaction(parts.pool, readonly=True) as connection:
                found = await opened(connection, parts.settings.secret_key, token)
            if found is None:
                return None
            return Trouble(status=409, message=words_in(found.language)("error.not_now"), field="sign")
    raise AssertionError("the last try returns or raises")


async def _sign(connection: Connection, parts: Services, token: str, form: Form, acted: Acting) -> _Outcome:
    secret = parts.settings.secret_key
    found = await opened(connection, secret, token, to_sign=True)
    if found is None:
        return None
    offer = await _over(connection, parts, found)
    if isinstance(offer, Over) or found.applied is None:
        return offer if isinstance(offer, Over) else None
    seal = read_seal(secret, found.id, form[FIELD], time.time())
    if seal is None:
        return NotOurs()
    w = words_in(found.language)
    if seal.stale or form["text"] != offer.text.sha256:
        return Trouble(status=409, message=w("error.stale"), field="sign")
    if (trouble := lacking(form, w)) is not None:
        return trouble
    acting = msgspec.structs.replace(acted, actor=f"link:{found.id}", processors=(found.processor.id,))
    data = Sign(
        party="controller",
        name=form["name"],
        function=form["function"],
        channel="link",
        evidence=f"page form {seal.nonce}; {await how_asked(connection, found)}",
        text_sha256=offer.text.sha256,
    )
    made = await sign_up(connection, parts.engine, acting, offer, found.applied, data)
    await signed(connection, secret, found, acted.now)
    customer = made.customer
    own = await ensure_link(
        connection, secret, found.processor.id, customer.id, customer.contacts[0].id, "contact", customer.id, acted.now
    )
    return Taken(seal.nonce, "joined", own)


def _language(request: Request[Any, Any, Any], found: JoiningPage, form: Form | None = None) -> Language:
    """That of the page: as it was asked for or typed, else the first."""
    asked = form["lang"] if form is not None else request.query_params.get("lang")
    known = found.offer.joining.languages
    return next((one for one in known if one == asked), known[0])


def _joining(
    request: Request[Any, Any, Any], found: JoiningPage, form: Form | None = None, troubles: list[Trouble] | None = None
) -> Response[Any]:
    w = words_in(_language(request, found, form))
    return page(
        "joining.html",
        w,
        troubles[0].status if troubles else 200,
        p=found,
        slug=found.processor.slug,
        title=found.offer.pinned.terms.title,
        blanks=found.blanks(w),
        rules=found.rules(w),
        countries=countries(w.lang),
        languages=[words_in(one) for one in found.offer.joining.languages],
        persons=PERSONS,
        roles=ROLES,
        seal=make_seal(parts_of(request).settings.secret_key, found.processor.id, time.time()),
        seal_name=FIELD,
        longest=LINE,
        troubles=troubles or [],
        wrong={one.field for one in troubles or ()},
        typed=form or Form({}),
    )


async def _application(
    request: Request[Any, Any, Any], token: str, form: Form | None = None, trouble: Trouble | None = None
) -> Response[Any]:
    parts = parts_of(request)
    async with transaction(parts.pool, readonly=True) as connection:
        found = await opened(connection, parts.settings.secret_key, token)
        offer = await _over(connection, parts, found) if found is not None else None
    if found is None or offer is None:
        return plain(request, "not_found", 404)
    if isinstance(offer, Over) or found.applied is None:
        assert isinstance(offer, Over)
        return _is_over(request, offer)
    w = words_in(found.language)
    shown = JoiningPage(processor=found.processor, offer=offer)
    return page(
        "join_sign.html",
        w,
        trouble.status if trouble is not None else 200,
        p=shown,
        applied=found.applied,
        persons=[say_person(one, w) for one in found.applied.contacts],
        title=offer.pinned.terms.title,
        blanks=shown.blanks(w),
        rules=shown.rules(w),
        token=token,
        seal=make_seal(parts.settings.secret_key, found.id, time.time()),
        seal_name=FIELD,
        longest=LINE,
        trouble=trouble,
        typed=form,
    )


def _is_over(request: Request[Any, Any, Any], over: Over) -> Response[Any]:
    if over.why == "join_signed":
        return plain(request, over.why, 200, lang=over.language)
    link = f"../j/{over.slug}?lang={over.language}" if over.why != "join_closed" else ""
    return plain(request, over.why, 410, link=link, lang=over.language)


ROUTES: Final = (
    show_joining,
    save_joining_text,
    apply,
    show_application,
    save_application_text,
    sign_application,
)
