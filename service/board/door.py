"""Who comes in to the board, and where those go who may not.

A page names `SIGNED_IN` as its `opt`; with `role` the least one, as in `service.http.auth`. The request then has a
Caller, as one with a key has, so that the same commands run: `RequestContext` is a page's dependency `call`, too.
"""

from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.connection import ASGIConnection, Request
from litestar.exceptions import HTTPException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from markupsafe import Markup, escape

from service.board.forms.placing import said
from service.board.forms.words import FormWords, form_words
from service.board.render import go, root, show, words_for
from service.board.words import BoardWords
from service.http.auth import ChooseFirst, NotSignedIn, session_of
from service.http.problems import as_problem
from service.http.services import parts_of
from service.http.session_cookie import cookie_of
from workflows.errors import BadInput, NotAllowed

SIGNED_IN: Final[dict[str, Any]] = {"signed_in": True, "tolerant": True}
PUBLIC: Final[dict[str, Any]] = {"public": True, "tolerant": True}
_READS: Final = ("GET", "HEAD")


async def count(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of pages for which nobody has to be signed in. Raises 429 for whoever fetches too much."""
    del handler
    limiter = parts_of(connection).limiter
    await limiter.take("page", limiter.address_of(connection.scope), connection.scope)


class SignInAgain(NotSignedIn):
    """Somebody is signed in, but too long ago for what cannot be undone."""


def insist_on_fresh(request: Request[Any, Any, Any]) -> None:
    """For what no later entry takes back, and what gives access away: the sign-in is at most a quarter of an hour ago.

    Pages ask before they show the form, so that nothing typed is lost, and again when it is posted; whoever signs in
    comes back to the form. Which actions those are stands beside them: `service.board.forms.deeds.FOR_GOOD`, and
    users, keys and the clock. Telling of a breach is none of them: there minutes count. Raises SignInAgain.
    """
    session = session_of(request)
    if session is None or not session.fresh:
        raise SignInAgain("Sign in once more: this cannot be taken back.")


def explain(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """An error of any kind as a page, which never says what went wrong inside; who is not signed in signs in first."""
    match error:
        case SignInAgain():
            # After a post one comes back to its form, which stands at the same address.
            back = _back(request) if request.scope["method"] in _READS else request.scope["path"]
            return go(request, f"/board/in?again=1&back={quote(back, safe='')}")
        case NotSignedIn() | PermissionDeniedException() if _posted_by_nobody(request):
            return _signed_out(request)
        case NotSignedIn():
            forget = cookie_of(parts_of(request).settings.base_url).gone()
            return go(request, f"/board/in?back={quote(_back(request), safe='')}", cookies=[forget])
        case ChooseFirst():
            return go(request, f"/board/processor?back={quote(_back(request), safe='')}")
    found = as_problem(error)
    w = words_for(request)
    key = f"error.{found.status_code}"
    known = key if w.has(f"{key}_title") else "error.500" if found.status_code >= 500 else "error.400"
    shown_as = w("error.form") if isinstance(error, PermissionDeniedException) else w(known)
    why = _why(error, w)
    shown = show(request, "said.html", found.status_code, title=w(f"{known}_title"), said=shown_as, why=why)
    shown.headers.update(dict(found.headers or {}))
    return shown


def _posted_by_nobody(request: Request[Any, Any, Any]) -> bool:
    """Whether a form came from somebody who was signed in when it was opened, and is no longer."""
    path: str = request.scope["path"]
    return request.scope["method"] not in _READS and session_of(request) is None and not path.startswith("/board/in")


def _signed_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """That nothing was done, and how what was typed is sent after all: a redirect loses it, a reload keeps it."""
    w = words_for(request)
    why = (Markup('<a href="{}board/in?back=/board" target="_blank">{}</a>').format(root(request), w("error.sign_in")),)
    return show(request, "said.html", 401, title=w("error.401_title"), said=w("error.401"), why=why)


def astray(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What no route answers: below /board a page, as people ask there; elsewhere a problem."""
    if request.scope["path"].startswith("/board/"):
        return explain(request, error)
    return as_problem(error).to_response(request)


def _why(error: Exception, w: BoardWords) -> tuple[Markup, ...]:
    """What exactly was wrong, where it is the reader's to mend."""
    f = form_words(w.lang)
    match error:
        case BadInput(problems=[_, *_]):
            return tuple(
                Markup("{}: {}").format(_label(w, f, one.path), said(f, one.message))
                if one.path
                else said(f, one.message)
                for one in error.problems
            )
        case BadInput() | NotAllowed():
            return (f.told(error.detail),)
    return ()


def _label(w: BoardWords, f: FormWords, name: str) -> Markup:
    """What people call a filter or a field."""
    keys = ((w, f"fact.{name}"), (f, f"field.{name}"))
    return next((words(key) for words, key in keys if words.has(key)), escape(name))


def _back(request: Request[Any, Any, Any]) -> str:
    """The page that was asked for; after a post there is none to come back to."""
    if request.scope["method"] not in _READS:
        return "/board"
    query = request.scope["query_string"].decode("latin-1")
    return request.scope["path"] + (f"?{query}" if query else "")
