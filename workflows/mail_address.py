"""One e-mail address, and only one: what a contact, a Reply-To and `RCPT TO` may be (RFC 5321, 4.1.2). Pure.

What is taken in is what can be sent to: intake, settings, the outbox and the pages ask this module alone.
"""

import re
from email.errors import MessageError
from email.headerregistry import Address
from functools import lru_cache
from typing import Final

import idna

from workflows.unicode import normalise

_LONGEST: Final = 254  # RFC 5321, 4.5.3.1.3, without the brackets
_PLAIN: Final = re.compile(
    r"(?=.{1,253}\Z)(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!..--)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
"""Host names that come back as they are: small letters, digits and hyphens (RFC 1123), with nothing encoded."""
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class BadAddress(ValueError):
    """This cannot be one recipient; the words go on where a field's name ends: `is not one e-mail address: …`."""


def one_address(text: str) -> str:
    """Read `local@domain`; the domain comes back in its ASCII form (RFC 5890).

    Raises BadAddress for a list, a display name, a quoted or non-ASCII local part, an address literal
    and anything with a control character: each of them can smuggle in a second recipient or a header.
    """
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        raise BadAddress("is not one e-mail address: write it such as name@example.org, without a name around it")
    address = f"{local}@{_domain(domain)}"
    if len(address) > _LONGEST or len(local) > 64:
        raise BadAddress(f"is no e-mail address: it has at most {_LONGEST} characters, 64 of them before the @")
    return address


def address_problem(text: str) -> str | None:
    """Say what is wrong with an e-mail address; None where mail can be sent to it."""
    try:
        one_address(text)
    except BadAddress as error:
        return str(error)
    return None


def same_mailbox(one: str | None, other: str | None) -> bool:
    """Whether two addresses reach one mailbox, however they are written; two that are absent do."""
    return _key(one or "") == _key(other or "")


def _key(text: str) -> str:
    try:
        return one_address(text).casefold()
    except BadAddress:  # of an older release, or none at all
        return text.casefold()


def _domain(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else _looked_through(text)


@lru_cache(maxsize=4096)
def _looked_through(text: str) -> str:
    """The standard library's parser has the last word on what is one address and nothing more."""
    if text.endswith("."):
        raise BadAddress("has a dot at its end: leave it out")
    try:
        domain = idna.encode(text, uts46=True).decode()
        parsed = Address(addr_spec=f"name@{domain}")
    except (ValueError, IndexError, MessageError) as error:  # idna's are ValueErrors; the parser may run off the end
        raise BadAddress("has a domain that cannot exist: what follows @ is a host name such as example.org") from error
    if normalise("NFKC", text).casefold() != normalise("NFC", text).casefold():
        raise BadAddress("has a domain in unusual characters: write what follows @ in plain letters and digits")
    if "." not in domain and domain != "localhost":
        raise BadAddress("has a domain without a dot: what follows @ is a host name such as example.org")
    if parsed.domain != domain:
        raise BadAddress("has a domain that cannot exist: what follows @ is a host name such as example.org")
    return domain
