"""The pages: a notice's, a contact's own, one that confirms an erasure, a processor's public one.

Reading changes nothing.

GET and HEAD only read; the one form of a page posts to the page's own path and is answered by a redirect.
"""

import time
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post, route
from litestar.connection import ASGIConnection, Request
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath
from litestar.plugins.problem_details import ProblemDetailsException
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from db.queries import sql
from db.session import transaction
from service.calendar import answer, calendar
from service.certificate.signed import signed_record
from service.face import LOGO
from service.files.saving import SANDBOX, as_saved, attached
from service.http.limits import WINDOW
from service.http.problems import as_problem
from service.http.services import parts_of
from service.links import calendar_token, kept_token
from service.pages.after import after, count_form, seal_of, window_of
from service.pages.astray import lead_on
from service.pages.choice_view import cost, view_erasure
from service.pages.contact_view import view_contact
from service.pages.erasure import load_erasure
from service.pages.forms import LARGEST_FORM, LONGEST_GROUNDS, Form, Trouble, from_elsewhere, read_form
from service.pages.joining import ROUTES as JOINING
from service.pages.notice_view import NoticeView, name_together, view_answer, view_notice
from service.pages.public import public_feed, public_json, public_schema, show_public
from service.pages.read import ContactPage, ErasurePage, NoticePage
from service.pages.render import HEADERS, asked_languages, asset, front, page, plain
from service.pages.seal import FIELD, read_seal
from service.pages.sections.deadlines import entries
from service.pages.sections.registry import SECTIONS
from service.pages.signing import save_signed_text, show_signature, sign_agreement
from service.pages.submit import (
    answered,
    load_calendar,
    load_contact,
    load_notice,
    noted,
    take_answer,
    take_choice,
    take_erasure,
    take_section,
)
from service.pages.subscribe import answer_subscription, show_subscription, subscribe
from service.pages.words import words_in
from workflows.agreement.guards import signed_by_all
from workflows.errors import NotFound, Unavailable

_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_PLAIN_OF_STATUS: Final = {404: "not_found", 413: "large"}
_TRIES: Final = 3
"""Times the limit of a link that may be posted to it, forms or not."""
_Page = NoticePage | ContactPage | ErasurePage


DRAWN_TOGETHER: Final = 4
"""Up to so many notices on one page have pictures: of very many, they would make it heavy."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One of the notices on a page: its words, its form's own field, and what was wrong with that form.

    `prefix` goes before the names that the page's parts have within it.
    """

    p: NoticePage
    view: NoticeView
    name: Markup
    prefix: str
    seal: str
    trouble: Trouble | None
    typed: Form | None


@get("/")
async def show_front(request: Request[Any, Any, Any]) -> Response[Any]:
    """Where to go from here."""
    return front(asked_languages(request), mailbox=parts_of(request).settings.mail_sink is not None)


@get("/n/{token:str}")
async def show_notice(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """One notice: what changes, the rights, the last moments, the answers so far."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_notice(connection, parts_of(request), token)
    if found is None:
        return plain(request, "not_found", 404)
    asked = request.query_params.get("asked", "")
    seal = read_seal(parts_of(request).settings.secret_key, found.link.id, asked, time.time())
    noted_by = seal.nonce if seal is not None else request.query_params.get("noted", "")
    return _notice(request, token, found, noted_by=noted_by, unsure=seal is not None)


@post("/n/{token:str}", request_max_body_size=LARGEST_FORM)
async def answer_notice(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The page's form: one answer."""
    form = await read_form(request)
    if from_elsewhere(request):
        return plain(request, "form", 403)
    await count_form(request, token)
    outcome = await take_answer(request, token, form)
    if not isinstance(outcome, Trouble):
        return after(request, outcome, token)
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_notice(connection, parts_of(request), token)
    return _notice(request, token, found, form, outcome) if found is not None else plain(request, "not_found", 404)


@get("/p/{token:str}")
async def show_contact(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """A contact's own page: agreements, subprocessors, open notices, the data, all answers."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_contact(connection, parts_of(request), token)
    if found is None:
        return plain(request, "not_found", 404)
    return _contact(request, token, found, done=_noted_what(request))


@post("/p/{token:str}", request_max_body_size=LARGEST_FORM)
async def answer_contact(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The own page's forms: a choice for the data, or what one of its sections takes."""
    form = await read_form(request)
    if from_elsewhere(request):
        return plain(request, "form", 403)
    await count_form(request, token)
    # Whoever posts all hidden fields of the page with a choice has chosen.
    chosen = form["choice"] or not form["section"]
    outcome = await (take_choice if chosen else take_section)(request, token, form)
    if not isinstance(outcome, Trouble):
        return after(request, outcome, token)
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_contact(connection, parts_of(request), token)
    return _contact(request, token, found, form, outcome) if found is not None else plain(request, "not_found", 404)


@get("/p/{token:str}/deadlines.ics")
async def contact_calendar(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The deadlines of a contact's own page, for a calendar program to subscribe to."""
    parts = parts_of(request)
    async with transaction(parts.pool, readonly=True) as connection:
        found = await load_calendar(connection, parts, token)
    if found is None:
        return plain(request, "not_found", 404)
    w = words_in(found.customer.language)
    name = w("deadlines.calendar", processor=found.processor.name).unescape()
    body = calendar(name, w.lang, parts.settings.base_url.partition("://")[2], entries(found, w))
    return answer(body, request.headers.get("if-none-match"), HEADERS)


@get("/p/{token:str}/text/{id:uuid}")
async def save_own_text(request: Request[Any, Any, Any], token: FromPath[str], id: FromPath[UUID]) -> Response[Any]:
    """The text of one of the contact's agreements, to be saved."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_contact(connection, parts_of(request), token)
        held = next((one for one in found.agreements if one.agreement.id == id), None) if found is not None else None
        if found is None or held is None or held.text is None:
            return plain(request, "not_found", 404)
    return await as_saved(parts_of(request).files, found.link.processor, held.text, HEADERS)


@get("/p/{token:str}/signed/{id:uuid}")
async def save_signed_record(
    request: Request[Any, Any, Any], token: FromPath[str], id: FromPath[UUID]
) -> Response[Any]:
    """The record of the signatures of one of the contact's agreements, to be saved."""
    parts = parts_of(request)
    async with transaction(parts.pool, readonly=True) as connection:
        found = await load_contact(connection, parts, token)
    held = next((one for one in found.agreements if one.agreement.id == id), None) if found is not None else None
    if found is None or held is None or signed_by_all(held.agreement.signatures) is None:
        return plain(request, "not_found", 404)
    try:
        made = await signed_record(parts.pool, parts.engine, parts.seal, [found.link.processor], id, files=parts.files)
    except NotFound:
        return plain(request, "not_found", 404)
    except Unavailable as error:
        return plain(request, "busy", 503, {"Retry-After": str(error.retry_after)})
    if made.content is None:
        return plain(request, "not_found", 404)
    name = f"signed-{made.number[:16]}.pdf"
    headers = {**HEADERS, "Content-Disposition": attached(name), "Content-Security-Policy": SANDBOX}
    return Response(made.content, media_type="application/pdf", headers=headers)


@get("/e/{token:str}")
async def show_erasure(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """What would be erased, and the form that confirms it."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_erasure(connection, parts_of(request), token)
    return _erasure(request, token, found) if found is not None else plain(request, "not_found", 404)


@post("/e/{token:str}", request_max_body_size=LARGEST_FORM)
async def answer_erasure(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The form that confirms an erasure."""
    form = await read_form(request)
    if from_elsewhere(request):
        return plain(request, "form", 403)
    await count_form(request, token)
    outcome = await take_erasure(request, token, form)
    if not isinstance(outcome, Trouble):
        return after(request, outcome, token)
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_erasure(connection, parts_of(request), token)
    return _erasure(request, token, found, outcome) if found is not None else plain(request, "not_found", 404)


@route(
    [
        "/n/{name:str}/{rest:path}",
        "/p/{name:str}/{rest:path}",
        "/e/{name:str}/{rest:path}",
        "/a/{name:str}/{rest:path}",
        "/s/{name:str}/{rest:path}",
        "/j/{name:str}/{rest:path}",
        "/w/{name:str}/{rest:path}",
    ],
    http_method=["GET", "POST"],
    status_code=404,
)
async def show_nothing(request: Request[Any, Any, Any]) -> Response[Any]:
    """What stands behind an address that leads nowhere else."""
    return plain(request, "not_found", 404)


@get("/assets/{name:str}")
async def show_asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """Stylesheets, the icon and logos; a name stands for one content for ever."""
    logo = LOGO.fullmatch(name)
    found = await _logo(request, logo[1]) if logo is not None else asset(name)
    if found is None:
        return plain(request, "not_found", 404)
    return Response(
        found[0], headers={"Content-Type": found[1], "Cache-Control": _IMMUTABLE, "X-Content-Type-Options": "nosniff"}
    )


async def _logo(request: Request[Any, Any, Any], named: str) -> tuple[bytes, str] | None:
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        content: bytes | None = await connection.fetchval(sql("find_logo"), named)
    return None if content is None else (content, "image/png")


def explain(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """An error of any kind as a page, which never says what went wrong inside."""
    found = as_problem(error)
    if found.status_code == 503:
        return plain(request, "busy", 503, {"Retry-After": "1"})
    if found.status_code >= 500:
        return plain(request, "broken", 500)
    if found.status_code == 429:
        headers = dict(found.headers or {})
        # Who reads it has no use for seconds: what passes within the hour is said to take one.
        return plain(request, "many" if int(headers.get("Retry-After", "0")) <= WINDOW else "many_hour", 429, headers)
    # Whoever fills in the page for new customers has no mail of ours yet.
    kind = "join_form" if request.scope["path"].startswith("/j/") else "kind"
    return plain(request, _PLAIN_OF_STATUS.get(found.status_code, kind), found.status_code)


def _notice(
    request: Request[Any, Any, Any],
    token: str,
    found: NoticePage,
    form: Form | None = None,
    trouble: Trouble | None = None,
    noted_by: str = "",
    *,
    unsure: bool = False,
) -> Response[Any]:
    w = words_in(found.customer.language)
    about = answered(found, form) if form is not None else None
    several = len({one.notice.agreement_id for one in found.all}) > 1
    shown: list[Shown] = []
    for number, one in enumerate(found.all):
        view = view_notice(one, draws=len(found.all) <= DRAWN_TOGETHER)
        shown.append(
            Shown(
                p=one,
                view=view,
                name=name_together(one, view, w) if several else view.change.headline,
                prefix=f"n{number + 1}-" if number else "",
                seal=seal_of(parts_of(request), found.link),
                trouble=trouble if one is about else None,
                typed=form if one is about else None,
            )
        )
    on, done = None, None
    if noted_by:
        given = ((one, noted(one.p.notice.answers, noted_by)) for one in shown)
        on, done = next(((one, answer) for one, answer in given if answer is not None), (None, None))
    return page(
        "notice.html",
        w,
        trouble.status if trouble is not None else 200,
        p=found,
        notices=shown,
        changes=len({one.change.id for one in found.all}),
        token=token,
        seal_name=FIELD,
        longest=LONGEST_GROUNDS,
        trouble=trouble,
        done=done,
        not_recorded=unsure and done is None,
        done_on=on,
        done_view=view_answer(done, w, on.p.terms.zone) if done is not None and on is not None else None,
        done_when=w.at(done.received_at, on.p.terms.zone) if done is not None and on is not None else None,
    )


def _contact(
    request: Request[Any, Any, Any],
    token: str,
    found: ContactPage,
    form: Form | None = None,
    trouble: Trouble | None = None,
    done: str | None = None,
) -> Response[Any]:
    settings = parts_of(request).settings
    secret = settings.secret_key
    w = words_in(found.customer.language)
    sections = [(one, one.view(found, found.more.get(one.name, ()), w)) for one in SECTIONS]
    feed_url = f"{settings.base_url}/p/{calendar_token(secret, found.link.id, found.generation)}/deadlines.ics"
    return page(
        "contact.html",
        w,
        trouble.status if trouble is not None else 200,
        p=found,
        view=view_contact(
            found, lambda link, generation, kept: kept_token(secret, link, generation, bytes.fromhex(kept))
        ),
        sections=[(one.name, view) for one, view in sections if view is not None],
        token=token,
        seal=seal_of(parts_of(request), found.link),
        seal_name=FIELD,
        trouble=trouble,
        typed=form,
        done=w(done if w.has(done) else "contact.noted") if done is not None else None,
        feed_url=feed_url,
        webcal_url=f"webcal://{feed_url.partition('://')[2]}",
    )


def _noted_what(request: Request[Any, Any, Any]) -> str | None:
    """The sentence that says what was taken, None where nothing was."""
    asked = request.query_params
    return f"contact.noted_{asked.get('what', '')}" if "noted" in asked else None


def _erasure(
    request: Request[Any, Any, Any], token: str, found: ErasurePage, trouble: Trouble | None = None
) -> Response[Any]:
    w = words_in(found.customer.language)
    return page(
        "erasure.html",
        w,
        trouble.status if trouble is not None else 200,
        p=found,
        view=view_erasure(found),
        cost=cost(found.terms, w),
        token=token,
        seal=seal_of(parts_of(request), found.link),
        seal_name=FIELD,
        trouble=trouble,
    )


async def count(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of pages. Raises 429 for whoever fetches or posts too much."""
    del handler
    scope, parts = connection.scope, parts_of(connection)
    if scope.get("method") in ("GET", "HEAD"):
        await parts.limiter.take("page", parts.limiter.address_of(scope), scope)
    elif (token := connection.path_params.get("token")) is not None:
        # What is no form of ours sends no mail: it is counted apart, so that a broken program shuts nobody out.
        await parts.limiter.take("link", f"{window_of(connection, token)} tried", scope, times=_TRIES)


routes: list[ControllerRouterHandler] = [
    Router(
        "/",
        route_handlers=[
            show_front,
            show_notice,
            answer_notice,
            show_contact,
            answer_contact,
            contact_calendar,
            save_own_text,
            save_signed_record,
            show_erasure,
            answer_erasure,
            show_signature,
            sign_agreement,
            save_signed_text,
            show_public,
            public_json,
            public_feed,
            public_schema,
            subscribe,
            show_subscription,
            answer_subscription,
            *JOINING,
            show_asset,
            show_nothing,
        ],
        guards=[count],
        before_request=lead_on,
        exception_handlers={Exception: explain, ProblemDetailsException: explain},
        include_in_schema=False,
        opt={"public": True, "tolerant": True},
    )
]
"""What `service.app` registers."""
