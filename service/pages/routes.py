"""The pages: a notice's, a contact's own and a processor's public one. Reading changes nothing.

GET and HEAD only read; the one form of a page posts to the page's own path and is answered by a redirect.
"""

import time
from typing import Any, Final, Literal

import msgspec
from litestar import Response, Router, get, post
from litestar.connection import Request
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from db.session import transaction
from service.http.parts import Parts, parts_of
from service.http.problems import as_problem
from service.links import token_for
from service.pages.answering import (
    NotOurs,
    Taken,
    load_contact,
    load_notice,
    noted,
    take_answer,
    take_choice,
    take_section,
)
from service.pages.contact_view import view_contact
from service.pages.forms import LARGEST_FORM, LONGEST_GROUNDS, Form, Trouble, from_elsewhere, read_form
from service.pages.notice_view import view_answer, view_notice
from service.pages.read import ContactPage, NoticePage, PublicPage, read_public
from service.pages.render import HEADERS, asset, feed, page, plain
from service.pages.seal import FIELD, make_seal
from service.pages.sections import SECTIONS
from service.pages.words import words_in

_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_PLAIN_OF_STATUS: Final = {404: "not_found", 413: "large"}
_Page = NoticePage | ContactPage


@get("/n/{token:str}")
async def show_notice(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """One notice: what changes, the rights, the last moments, the answers so far."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_notice(connection, parts_of(request), token)
    if found is None:
        return plain("not_found", 404)
    return _notice(request, token, found, noted_by=request.query_params.get("noted", ""))


@post("/n/{token:str}", request_max_body_size=LARGEST_FORM)
async def answer_notice(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The page's form: one answer."""
    form = await read_form(request)
    if from_elsewhere(request):
        return plain("form", 403)
    outcome = await take_answer(request, token, form)
    if not isinstance(outcome, Trouble):
        return _after(outcome, token)
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_notice(connection, parts_of(request), token)
    return _notice(request, token, found, form, outcome) if found is not None else plain("not_found", 404)


@get("/p/{token:str}")
async def show_contact(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """A contact's own page: agreements, subprocessors, open notices, the data, all answers."""
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_contact(connection, parts_of(request), token)
    if found is None:
        return plain("not_found", 404)
    return _contact(request, token, found, done="noted" in request.query_params)


@post("/p/{token:str}", request_max_body_size=LARGEST_FORM)
async def answer_contact(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """The own page's form: the data are to be returned."""
    form = await read_form(request)
    if from_elsewhere(request):
        return plain("form", 403)
    outcome = await (take_section if form["section"] else take_choice)(request, token, form)
    if not isinstance(outcome, Trouble):
        return _after(outcome, token)
    async with transaction(parts_of(request).pool, readonly=True) as connection:
        found = await load_contact(connection, parts_of(request), token)
    return _contact(request, token, found, form, outcome) if found is not None else plain("not_found", 404)


@get("/s/{slug:str}")
async def show_public(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """Who works for a processor, and what is announced."""
    found = await read_public(parts_of(request).pool, slug)
    if found is None:
        return plain("not_found", 404)
    asked = request.query_params.get("lang")
    lang: Literal["nl", "en"] = "nl" if asked == "nl" else "en" if asked == "en" else found.processor.language
    return page("public.html", words_in(lang), public=found, zone=found.processor.timezone)


@get("/s/{slug:str}/subprocessors.json")
async def public_json(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """The public page as data."""
    found = await read_public(parts_of(request).pool, slug)
    if found is None:
        return plain("not_found", 404)
    body = {
        "processor": {"name": found.processor.name, "slug": found.processor.slug},
        "in_use": found.in_use,
        "announced": found.announced,
    }
    headers = {**HEADERS, "Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}
    return Response(msgspec.json.encode(body), headers=headers)


@get("/s/{slug:str}/feed.xml")
async def public_feed(request: Request[Any, Any, Any], slug: FromPath[str]) -> Response[Any]:
    """What is announced, as an Atom feed."""
    found = await read_public(parts_of(request).pool, slug)
    if found is None:
        return plain("not_found", 404)
    w = words_in(found.processor.language)
    base = parts_of(request).settings.base_url
    return feed(w, public=found, url=f"{base}/s/{found.processor.slug}", updated=_updated(found))


@get("/assets/{name:str}")
async def show_asset(name: FromPath[str]) -> Response[Any]:
    """The stylesheet and the icon; a name stands for one content for ever."""
    found = asset(name)
    if found is None:
        return plain("not_found", 404)
    return Response(
        found[0], headers={"Content-Type": found[1], "Cache-Control": _IMMUTABLE, "X-Content-Type-Options": "nosniff"}
    )


def explain(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Whatever went wrong on a page, as a page; never what it was."""
    del request
    found = as_problem(error)
    if found.status_code == 503:
        return plain("busy", 503, {"Retry-After": "1"})
    if found.status_code >= 500:
        return plain("broken", 500)
    return plain(_PLAIN_OF_STATUS.get(found.status_code, "kind"), found.status_code)


def _notice(
    request: Request[Any, Any, Any],
    token: str,
    found: NoticePage,
    form: Form | None = None,
    trouble: Trouble | None = None,
    noted_by: str = "",
) -> Response[Any]:
    w = words_in(found.customer.language)
    answer = noted(found.notice.answers, noted_by) if noted_by else None
    return page(
        "notice.html",
        w,
        trouble.status if trouble is not None else 200,
        p=found,
        view=view_notice(found),
        token=token,
        seal=_seal(parts_of(request), found),
        seal_name=FIELD,
        longest=LONGEST_GROUNDS,
        trouble=trouble,
        typed=form,
        done=answer,
        done_view=view_answer(answer, w, found.terms.zone) if answer is not None else None,
        done_when=w.at(answer.received_at, found.terms.zone) if answer is not None else None,
    )


def _contact(
    request: Request[Any, Any, Any],
    token: str,
    found: ContactPage,
    form: Form | None = None,
    trouble: Trouble | None = None,
    done: bool = False,
) -> Response[Any]:
    secret = parts_of(request).settings.secret_key
    w = words_in(found.customer.language)
    sections = [(one, one.view(found, found.more[one.name], w)) for one in SECTIONS]
    return page(
        "contact.html",
        w,
        trouble.status if trouble is not None else 200,
        p=found,
        view=view_contact(found, lambda link, generation: token_for(secret, link, generation)),
        sections=[(one.name, view) for one, view in sections if view is not None],
        token=token,
        seal=_seal(parts_of(request), found),
        seal_name=FIELD,
        trouble=trouble,
        typed=form,
        done=done,
    )


def _after(outcome: Taken | NotOurs | None, token: FromPath[str]) -> Response[Any]:
    match outcome:
        case None:
            return plain("not_found", 404)
        case NotOurs():
            return plain("form", 403)
        case Taken(nonce=nonce):
            where = f"{token}?noted={nonce}#noted"
            return Response(b"", status_code=303, headers={**HEADERS, "Location": where})


def _seal(parts: Parts, found: _Page) -> str:
    return make_seal(parts.settings.secret_key, found.link.id, time.time())


def _updated(found: PublicPage) -> str:
    return max((one.announced_at for one in found.announced), default=found.since).isoformat()


routes: list[ControllerRouterHandler] = [
    Router(
        "/",
        route_handlers=[
            show_notice,
            answer_notice,
            show_contact,
            answer_contact,
            show_public,
            public_json,
            public_feed,
            show_asset,
        ],
        exception_handlers={Exception: explain},
        include_in_schema=False,
        opt={"public": True},
    )
]
"""What `service.app` registers."""
