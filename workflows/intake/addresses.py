"""Addresses on the network that a webhook may not lead to, and how its URL is written. Pure.

Refused is whatever is not a public unicast address: loopback, private, link-local (cloud metadata), shared
(CGNAT, RFC 6598) and every IPv6 form that wraps an IPv4 address. Resolving a name is the sender's part.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec

LONGEST_URL: Final = 2_000

_LABEL: Final = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_URL: Final = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
"""Printable ASCII without a backslash, which readers of URLs take for different things."""
_LOCAL_SUFFIXES: Final = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".onion")
_PORTS: Final = {"https": 443, "http": 80}
_NAT64: Final = IPv6Network("64:ff9b::/96")
_MORE: Final = (
    IPv4Network("192.0.0.0/24"),  # protocols and clouds' own services (RFC 6890)
    IPv4Network("192.88.99.0/24"),  # 6to4 relays (RFC 7526)
    IPv4Network("168.63.129.16/32"),  # a cloud's own services behind a public address
)
_UNICAST: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out to the world (RFC 4291, 2.4). Outside lie site-local addresses, local NAT64, and
IPv4 in its other clothes: compatible (::/96) and translated (::ffff:0:0:0/96)."""
_OPEN_PORTS: Final = (443, 8443)


class WebhookTarget(msgspec.Struct, frozen=True):
    """A URL taken apart: `host` without brackets, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, *, insecure: bool) -> WebhookTarget:
    """Take apart the URL of a webhook; with `insecure`, http to this machine is fine.

    Raises ValueError with what would be right.
    """
    if len(url) > LONGEST_URL:
        raise ValueError(f"has {len(url)} characters: at most {LONGEST_URL}")
    if not _URL.fullmatch(url):
        raise ValueError("is not a URL: write it in ASCII such as https://hooks.example.org/termijn")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL: write it such as https://hooks.example.org/termijn") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("must start with https:// and a host, such as https://hooks.example.org/termijn")
    if "@" in parts.netloc:
        raise ValueError("may hold no user or password: the signature tells the receiver who is calling")
    if "#" in url:
        raise ValueError("may have no fragment (#)")
    if port == 0:
        raise ValueError("has no such port: 1 to 65535")
    host = _host(parts)
    literal = _literal(host)
    if literal is None:
        _check_name(host, insecure)
    elif (why := refused(literal, loopback=insecure)) is not None:
        raise ValueError(f"leads to {why}: only public addresses are called")
    if parts.scheme == "http" and not (insecure and _this_machine(host)):
        raise ValueError("must be https (http is for trials: to this machine, with TERMIJN_WEBHOOK_INSECURE=1)")
    if port is not None and port not in _OPEN_PORTS and not insecure:
        raise ValueError(f"has the port {port}: only {' and '.join(map(str, _OPEN_PORTS))} are called")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return WebhookTarget(scheme=parts.scheme, host=host, port=port or _PORTS[parts.scheme], path=path)


def refused(address: str, *, loopback: bool) -> str | None:
    """Say what is wrong with an IP address as a receiver's; None where it may be called."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "no address"
    if loopback and ip.is_loopback:
        return None
    return _wrapped(ip) or _not_public(ip)


def _wrapped(ip: IPv4Address | IPv6Address) -> str | None:
    """An IPv6 address that stands for an IPv4 one; a network's NAT64 is the one honest kind."""
    if isinstance(ip, IPv4Address):
        return None
    if ip.scope_id is not None:
        return "an address of one link alone"
    if ip in _NAT64:
        return _not_public(IPv4Address(int(ip) & 0xFFFFFFFF))
    if ip.ipv4_mapped is not None or ip.sixtofour is not None or ip.teredo is not None:
        return "an IPv4 address in IPv6 clothing"
    return None


def _not_public(ip: IPv4Address | IPv6Address) -> str | None:
    if ip.is_loopback or ip.is_unspecified:
        return "this machine itself"
    if ip.is_link_local:
        return "a link-local address (where clouds keep their metadata)"
    if ip.is_multicast:
        return "a multicast address"
    wrapped_by_network = isinstance(ip, IPv6Address) and ip in _NAT64
    if isinstance(ip, IPv6Address) and ip not in _UNICAST and not wrapped_by_network:
        return "a private or reserved address"
    if (not ip.is_global and not wrapped_by_network) or any(ip in net for net in _MORE if net.version == ip.version):
        return "a private or reserved address"
    return None


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    bracketed = parts.netloc.startswith("[")
    if bracketed != (":" in host):
        raise ValueError("is not a URL: an IPv6 address stands in brackets")
    return host


def _literal(host: str) -> str | None:
    """The IP address that a host is written as, or None for a name.

    Raises ValueError for an address in another than its one plain form: `2130706433`, `0x7f.1`, `127.1`.
    """
    if ":" in host:
        try:
            IPv6Address(host)
        except ValueError:
            raise ValueError("is not a URL: what stands in brackets is no IPv6 address") from None
        return host
    if not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return None
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise ValueError("has a number for a host: write a name such as hooks.example.org") from None


def _check_name(host: str, insecure: bool) -> None:
    if insecure and _this_machine(host):
        return
    if host == "localhost" or host.endswith(_LOCAL_SUFFIXES):
        raise ValueError("leads to this machine or its own network: only public addresses are called")
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise ValueError("has no full host name: write it such as https://hooks.example.org/termijn")


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
