"""Forms below /board carry a value that their cookie repeats, so that no other site can post them.

Litestar's own middleware, confined to the board, with a secret that is known once the service runs. Its cookie is named
after that secret: two services on one machine do not spoil each other's forms.
"""

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from litestar.config.csrf import CSRFConfig
from litestar.connection import Request
from litestar.exceptions import HTTPException, PermissionDeniedException
from litestar.middleware.base import MiddlewareProtocol
from litestar.middleware.csrf import CSRFMiddleware
from litestar.template.base import csrf_token
from litestar.types import ASGIApp, Receive, Scope, Send
from markupsafe import Markup

from service.http.origins import from_elsewhere
from service.http.session_cookie import cookie_of
from service.pages.forms import LARGEST_FORM
from service.people.sessions import Session, find_session
from service.settings import Settings

_SCOPE: Final = b"termijn board forms"
_WITH_FILES: Final = b"multipart/form-data"
_WRITES: Final = ("POST", "PUT", "PATCH", "DELETE")


class Csrf(MiddlewareProtocol):
    """Before every route below /board. Raises PermissionDeniedException."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through that reads, or that one of our own pages posts."""
        try:
            await self._through(scope, receive, send)
        except HTTPException:  # refused before anybody looked who asks: it is said in that person's language
            if scope["state"].get("session") is None:
                scope["state"]["session"] = await _holder(scope)
            raise

    async def _through(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings = scope["litestar_app"].state.parts.settings
        config = csrf_config(settings)
        if scope.get("method") in _WRITES and from_elsewhere(scope, settings):
            raise PermissionDeniedException("Another site posted this.")
        checked = _Checked(self._app, config)
        if scope.get("method") not in _WRITES:
            await checked(scope, receive, send)
        elif dict(scope["headers"]).get(b"content-type", b"").lower().startswith(_WITH_FILES):
            async with _with_files(scope, receive):
                await checked(scope, receive, send)
        else:
            await checked(scope, _bounded(receive), send)


@asynccontextmanager
async def _with_files(scope: Scope, receive: Receive) -> AsyncIterator[None]:
    """A form with files, read before anybody asks who posts it: of those alone who are signed in.

    Whoever refuses it afterwards does not know of its files, so they are closed here. Raises PermissionDeniedException.
    """
    request: Request[Any, Any, Any] = scope["litestar_app"].request_class(scope=scope, receive=receive)
    if await _holder(scope) is None:
        raise PermissionDeniedException("Sign in first.")
    form = await request.form()
    try:
        yield
    finally:
        await form.close()


async def _holder(scope: Scope) -> Session | None:
    """Who is signed in, by the cookie of a request. Raises NotWrittenError where the database is away."""
    request: Request[Any, Any, Any] = scope["litestar_app"].request_class(scope=scope)
    parts = scope["litestar_app"].state.parts
    secret = request.cookies.get(cookie_of(parts.settings.base_url).name, "")
    return await find_session(parts.pool, secret) if secret else None


def _bounded(receive: Receive) -> Receive:
    """A form without files, of whoever it is: 413 for more than the longest."""
    came = 0

    async def bounded() -> Any:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b"")) if message["type"] == "http.request" else 0
        if came > LARGEST_FORM:
            raise HTTPException(status_code=413)
        return message

    return bounded


class _Checked(CSRFMiddleware):
    def _csrf_tokens_match(self, request_csrf_token: Any, cookie_csrf_token: str) -> bool:
        both = (request_csrf_token, cookie_csrf_token)
        # A field may come twice, and hold what no comparison of digests takes.
        return all(isinstance(one, str) and one.isascii() for one in both) and super()._csrf_tokens_match(*both)


def csrf_config(settings: Settings) -> CSRFConfig:
    """How forms are told from others'."""
    secret = hmac.digest(settings.secret_key.encode(), _SCOPE, "sha256").hex()
    cookie = cookie_of(settings.base_url, f"termijn-form-{secret[:8]}")
    return CSRFConfig(
        secret=secret[8:],
        cookie_name=cookie.name,
        cookie_secure=cookie.secure,
        cookie_httponly=True,
        cookie_samesite="lax",
    )


def csrf_field(request: Request[Any, Any, Any]) -> Markup:
    """What each form has in it."""
    context: Mapping[str, Any] = {"request": request}
    return Markup('<input type="hidden" name="_csrf_token" value="{}">').format(csrf_token(context))
