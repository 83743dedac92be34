"""The cookie of a session: sent by its own site alone, and read by no script.

Over https its name begins with `__Host-`, so that no neighbouring host can set it. A service on this machine alone,
reached by plain http, has neither that name nor `Secure`, which browsers would not keep.
"""

from typing import Final
from urllib.parse import urlsplit

import msgspec
from litestar.datastructures import Cookie

from service.http.hosts import is_loopback
from service.people.sessions import LIFE

_NAME: Final = "termijn"


class SessionCookie(msgspec.Struct, frozen=True):
    """Its name, and whether it may be sent by https alone."""

    name: str
    secure: bool

    def holding(self, secret: str) -> Cookie:
        """What lets a browser in."""
        return self._made(secret, int(LIFE.total_seconds()))

    def gone(self) -> Cookie:
        """What makes a browser forget."""
        return self._made("", 0)

    def _made(self, value: str, seconds: int) -> Cookie:
        return Cookie(
            key=self.name, value=value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )


def on_loopback(base_url: str) -> bool:
    """Whether the service is reached by plain http, on this machine alone."""
    parts = urlsplit(base_url)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def cookie_of(base_url: str, name: str = _NAME) -> SessionCookie:
    """A cookie of the service that is reached under `base_url`."""
    plain = on_loopback(base_url)
    return SessionCookie(name if plain else f"__Host-{name}", secure=not plain)
