"""From a view to a page of the board: templates, words, and the headers that every page has."""

from functools import cache
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Response
from litestar.connection import Request
from litestar.datastructures import Cookie
from markupsafe import Markup

from service.board.csrf import csrf_field
from service.board.house import House, house_of
from service.board.theme import THEMES, theme_of
from service.board.words import BoardWords, asked_language, board_words
from service.http.auth import session_of
from service.http.services import parts_of
from service.http.session_cookie import cookie_of
from service.kept_templates import KeptTemplates
from service.pages.render import HEADERS, asked_languages, assets
from service.pages.words import words_in
from workflows.words import LANGUAGES, Language

LANGUAGE_COOKIE: Final = "termijn-language"
KEPT: Final = 365 * 24 * 3600
"""Seconds for which a browser keeps it."""
NAV: Final = (
    "", "agreements", "customers", "changes", "breaches", "requests", "audits", "matters", "tasks", "inbound",
    "calendar", "subprocessors", "upstream-notices", "watches", "terms",
)  # fmt: skip
"""The parts of the board, by the address of each below it."""


def show(
    request: Request[Any, Any, Any], template: str, status: int = 200, *, lang: Language | None = None, **values: Any
) -> Response[str]:
    """Render a template in the language of whoever is signed in, else in `lang`, of who last was, or the browser's.

    Every template has `w`, its words; `root`, the way from this page to the service's own address; `csrf`, what each
    form has in it; `session`, who is signed in, or None; `house`, whose board it is, or None; `nav`, the parts of
    the board, and `here`, the one that this page is in; `theme`, how it is shown; `simulated`, what a clock shows that
    is set by hand, or None.
    """
    session, house = session_of(request), house_of(request)
    w = words_for(request, lang)
    text = _environment().get_template(template).render(
        w=w, lang=w.lang, root=root(request), assets=assets(), session=session, csrf=csrf_field(request),
        house=house, nav=NAV, here=_here(request), theme=theme_of(request), themes=THEMES,
        tongues=[words_in(one) for one in LANGUAGES], back_here=_back_here(request),
        simulated=_simulated(request, w, house), **values
    )  # fmt: skip
    kind = {"Content-Type": "text/html; charset=utf-8"}
    cookies = _language_kept(request, session.language) if session is not None else ()
    return Response(text, status_code=status, headers={**HEADERS, **kind}, cookies=cookies)


def _language_kept(request: Request[Any, Any, Any], language: Language) -> tuple[Cookie, ...]:
    """The browser keeps its reader's language, for pages on which nobody is signed in: nothing where it has it."""
    named = cookie_of(parts_of(request).settings.base_url, LANGUAGE_COOKIE)
    if request.cookies.get(named.name) == language:
        return ()
    kept = Cookie(key=named.name, value=language, max_age=KEPT, path="/", httponly=True, samesite="lax")
    kept.secure = named.secure
    return (kept,)


def _kept_language(request: Request[Any, Any, Any]) -> Language | None:
    said = request.cookies.get(cookie_of(parts_of(request).settings.base_url, LANGUAGE_COOKIE).name, "")
    return next((one for one in LANGUAGES if one == said), None)


def _simulated(request: Request[Any, Any, Any], w: BoardWords, house: House | None) -> Markup | None:
    """Nobody shall take a day that was set by hand for today."""
    if house is None or parts_of(request).settings.clock != "simulated":
        return None
    return w.at(house.now, house.timezone)


def words_for(request: Request[Any, Any, Any], lang: Language | None = None) -> BoardWords:
    """The words of whoever is signed in, else of `lang`, of who was last signed in here, or of the browser."""
    session = session_of(request)
    if session is not None:
        return board_words(session.language)
    return board_words(lang or _kept_language(request) or asked_language(asked_languages(request)))


def root(request: Request[Any, Any, Any]) -> str:
    """The way from a page to the service's own address, with a slash at its end: a proxy may have it below a path of
    its own."""
    # As the browser has it: the path by which routes are found has no slash at its end.
    path = request.scope["raw_path"].partition(b"?")[0]
    return "../" * (path.count(b"/") - 1) or "./"


def _here(request: Request[Any, Any, Any]) -> str:
    path: str = request.scope["path"]
    return (path.rstrip("/") + "//").split("/")[2]


def _back_here(request: Request[Any, Any, Any]) -> str:
    """The address of this page, to come back to; after a post that of its form."""
    query = request.scope["query_string"].decode("latin-1") if request.scope["method"] == "GET" else ""
    return request.scope["path"] + (f"?{query}" if query else "")


def go(request: Request[Any, Any, Any], path: str, **cookies: Any) -> Response[Any]:
    """A redirect to a page of ours; `path` begins with a slash."""
    where = root(request) + quote(path.lstrip("/"), safe="/?&=%._~:@!$'()*+,;-#")
    return Response(b"", status_code=303, headers={**HEADERS, "Location": where}, **cookies)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("service.board", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=KeptTemplates("service.board", "board"),
    )
