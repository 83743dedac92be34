"""From a view to an answer: templates, the stylesheet and the headers that every page has."""

import hashlib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.connection import Request

from service.face import SHEET, Face, face, sheet
from service.kept_templates import KeptTemplates
from service.pages.words import Words, words_in
from workflows.model.parties import Processor
from workflows.words import LANGUAGES, Language

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    # Nobody else hears of an address. Without any referrer, browsers would post our own forms as `Origin: null`.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
_KINDS: Final = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


def page(template: str, w: Words, status: int = 200, **values: Any) -> Response[str]:
    """Render a page template in one language."""
    return _html(_environment().get_template(template).render(w=w, lang=w.lang, assets=assets(), **values), status)


def plain(
    request: Request[Any, Any, Any],
    key: str,
    status: int,
    headers: dict[str, str] | None = None,
    *,
    link: str = "",
    lang: Language | None = None,
) -> Response[str]:
    """A page that says one thing, in every language: before a link is known, so is nobody's language.

    `link` leads on from there, in the words of `plain.{key}_link`; `lang` is the reader's language, where it is known.
    """
    asked = asked_languages(request)
    said = _by_preference(asked if lang is None else f"{lang},{asked}")
    text = _environment().get_template("plain.html").render(said=said, key=key, assets=assets(), link=link)
    return _html(text, status, headers)


def front(asked: str, *, mailbox: bool) -> Response[str]:
    """What stands at the address itself, in every language: where to go from here."""
    said = _by_preference(asked)
    return _html(_environment().get_template("front.html").render(said=said, mailbox=mailbox, assets=assets()), 200)


def asked_languages(request: Request[Any, Any, Any]) -> str:
    """What the reader's browser asks for (`Accept-Language`): it names them in the order that it wants."""
    return request.headers.get("accept-language", "")


def _by_preference(asked: str) -> list[Words]:
    """Every language, those that the reader's browser asks for first."""
    wanted = [one.strip()[:2].casefold() for one in asked.split(",")]
    places = {lang: wanted.index(lang) for lang in LANGUAGES if lang in wanted}
    return [words_in(lang) for lang in sorted(LANGUAGES, key=lambda one: places.get(one, len(wanted)))]


def feed(w: Words, **values: Any) -> str:
    """An Atom feed (RFC 4287)."""
    return _environment().get_template("feed.xml").render(w=w, lang=w.lang, **values)


@cache
def assets() -> dict[str, str]:
    """File names under `/assets` that change with what is in them, by the names they have here."""
    found: dict[str, str] = {}
    for file in files("service.pages.static").iterdir():
        stem, _, kind = file.name.rpartition(".")
        if kind in _KINDS:
            found[file.name] = f"{stem}-{hashlib.sha256(file.read_bytes()).hexdigest()[:12]}.{kind}"
    return found


@lru_cache(maxsize=64)
def asset(name: str) -> tuple[bytes, str] | None:
    """The bytes and media type of a file under `/assets`, None for an unknown name."""
    coloured = SHEET.fullmatch(name)
    if coloured is not None:
        return sheet(f"#{coloured[1]}").encode(), _KINDS["css"]
    real = next((mine for mine, public in assets().items() if public == name), None)
    if real is None:
        return None
    return files("service.pages.static").joinpath(real).read_bytes(), _KINDS[real.rpartition(".")[2]]


def _html(text: str, status: int, headers: dict[str, str] | None = None) -> Response[str]:
    kind = {"Content-Type": "text/html; charset=utf-8"}
    return Response(text, status_code=status, headers={**HEADERS, **kind, **(headers or {})})


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("service.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=KeptTemplates("service.pages", "page"),
    )
    made.globals["face_of"] = face_of
    return made


def face_of(processor: Processor) -> Face:
    """What stands above a processor's pages."""
    return face(processor.name, processor.display_name, processor.colour, processor.logo)
