"""One address, and only one: what is written after `RCPT TO` and in the header fields."""

import re
from email.headerregistry import Address
from functools import lru_cache
from typing import Final

import idna

_LONGEST: Final = 254  # RFC 5321, 4.5.3.1.3, without the brackets
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


class BadAddress(ValueError):
    """This cannot be one recipient; the words say why."""


def one_address(text: str) -> str:
    """Read `local@domain`; the domain comes back in its ASCII form (RFC 5890).

    Raises BadAddress for a list, a display name, a quoted or non-ASCII local part, an address literal
    and anything with a control character: each of them can smuggle in a second recipient or a header.
    """
    local, at, domain = text.strip(" ").rpartition("@")
    if not at or not _LOCAL.fullmatch(local):
        raise BadAddress("this is not one e-mail address of the form name@domain")
    address = f"{local}@{_domain(domain)}"
    if len(address) > _LONGEST or len(local) > 64:
        raise BadAddress(f"an e-mail address has at most {_LONGEST} characters, 64 before the @")
    return address


@lru_cache(maxsize=4096)
def _domain(text: str) -> str:
    """The standard library's parser has the last word on what is one address and nothing more."""
    try:
        domain = idna.encode(text, uts46=True).decode()
        parsed = Address(addr_spec=f"name@{domain}")
    except (ValueError, IndexError) as error:  # idna's errors are ValueErrors; the parser may run off the end
        raise BadAddress("the part behind the @ is not the name of a domain") from error
    if parsed.domain != domain:
        raise BadAddress("the part behind the @ is not the name of a domain")
    return domain
