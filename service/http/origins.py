"""Which sites' pages may post to us: our own alone, as the browser says it of each post."""

from typing import Final
from urllib.parse import urlsplit

from litestar.types import Scope

from service.http.hosts import host_of, is_loopback
from service.settings import Settings

_ELSEWHERE: Final = ("cross-site", "same-site")
_OPAQUE: Final = "null"
_PORTS: Final = {"http": "80", "https": "443"}


def from_elsewhere(scope: Scope, settings: Settings) -> bool:
    """Whether another site's page made a browser post this: `Sec-Fetch-Site` or `Origin` says so.

    A program that says neither is no browser. `Origin: null` is said of our own forms too, by browsers within apps and
    where somebody hides referrers; what another's page sends so, browsers mark as cross-site beside it.
    """
    site, origins = _said(scope, b"sec-fetch-site"), _said(scope, b"origin")
    if any(one in _ELSEWHERE for one in site):
        return True
    if not origins or origins == [_OPAQUE]:
        return False
    return not (len(origins) == 1 and _is_ours(origins[0], scope, settings))


def _is_ours(origin: str, scope: Scope, settings: Settings) -> bool:
    """The base URL's, or that of the host that the request names: a proxy may have another name for us."""
    parts = urlsplit(settings.base_url)
    host = host_of(scope)
    insecure = parts.scheme == "http" or is_loopback(host)
    named = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    known = {_plain(parts.scheme, parts.netloc), _plain("https", named)} | {f"https://{one}" for one in settings.hosts}
    return origin in (known | {_plain("http", named)} if insecure else known)


def _plain(scheme: str, netloc: str) -> str:
    """An origin as browsers write it: in lower case, without the port that its scheme has anyway."""
    return f"{scheme}://{netloc.strip().lower().removesuffix(f':{_PORTS[scheme]}')}"


def _said(scope: Scope, header: bytes) -> list[str]:
    return [value.decode("latin-1").strip().lower() for name, value in scope["headers"] if name == header]
