"""Which hosts are ours, as requests name them: a page that a foreign name leads to would speak for us."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from litestar.types import Scope

_HOST: Final = b"host"
ANYWHERE: Final = ("/health/live", "/health/ready", "/metrics")
"""What is asked by address, by whoever watches over processes; it says nothing of anybody."""


def host_of(scope: Scope) -> str:
    """The host that a request names, in lower case without its port; empty where it names none, or several."""
    named = [value for name, value in scope["headers"] if name == _HOST]
    if len(named) != 1:
        return ""
    text = named[0].decode("latin-1").strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].removesuffix(".")


def is_loopback(host: str) -> bool:
    """Whether it is this machine's name for itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class Hosts:
    """The host of `base_url`, those named besides, and this machine's own names."""

    def __init__(self, base_url: str, more: Iterable[str] = ()) -> None:
        self._known = {*more, (urlsplit(base_url).hostname or "").removesuffix(".")} - {""}

    def answers(self, scope: Scope) -> bool:
        """Whether the request means us."""
        host = host_of(scope)
        return host in self._known or is_loopback(host) or scope["path"] in ANYWHERE
