"""Forms below /board carry a value that their cookie repeats, so that no other site can post them.

Litestar's own middleware, confined to the board, with a secret that is known once the service runs. Its cookie is named
after that secret: two services on one machine do not spoil each other's forms.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Final

from litestar.config.csrf import CSRFConfig
from litestar.connection import Request
from litestar.exceptions import PermissionDeniedException
from litestar.middleware.base import MiddlewareProtocol
from litestar.middleware.csrf import CSRFMiddleware
from litestar.template.base import csrf_token
from litestar.types import ASGIApp, Receive, Scope, Send
from markupsafe import Markup

from service.http.session_cookie import cookie_of
from service.settings import Settings

_SCOPE: Final = b"termijn board forms"
_ELSEWHERE: Final = ("cross-site", "same-site")
_WRITES: Final = ("POST", "PUT", "PATCH", "DELETE")


class Csrf(MiddlewareProtocol):
    """Before every route below /board. Raises PermissionDeniedException."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through that reads, or that one of our own pages posts."""
        config = csrf_config(scope["litestar_app"].state.parts.settings)
        from_elsewhere = dict(scope["headers"]).get(b"sec-fetch-site", b"").decode("latin-1") in _ELSEWHERE
        if from_elsewhere and scope.get("method") in _WRITES:
            raise PermissionDeniedException("Another site posted this.")
        await _Checked(self._app, config)(scope, receive, send)


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
