"""The page's own hidden field: proof that a post comes from a page we showed for this very link.

It needs no cookie. Another site cannot make one, one link's does not fit another, and its nonce tells
the same form sent twice from two answers.
"""

import base64
import binascii
import hmac
import secrets
from typing import Final
from uuid import UUID

import msgspec

from workflows.secret_key import keys_of

FIELD: Final = "form"
STALE_SECONDS: Final = 30 * 24 * 3600
"""A page open for longer may show what has long changed: it is shown anew before an answer counts."""

_NONCE: Final = 12
_TIME: Final = 6
_SCOPE: Final = b"termijn page form\0"


class Sealed(msgspec.Struct, frozen=True):
    """A genuine field: which showing of the page it was, and whether that is too long ago."""

    nonce: str
    stale: bool


def make_seal(secret: str, link: UUID, now: float) -> str:
    """A new field for a page of this link; `now` in seconds of real time, since leases are too."""
    body = int(now).to_bytes(_TIME, "big") + secrets.token_bytes(_NONCE)
    return base64.urlsafe_b64encode(body + _mac(secret, link, body)).decode()


def read_seal(secret: str, link: UUID, text: str, now: float) -> Sealed | None:
    """What a posted field says, or None where it was not made here for this link."""
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    if base64.urlsafe_b64encode(raw).decode() != text:  # the last letter has bits that mean nothing
        return None
    body, mac = raw[: _TIME + _NONCE], raw[_TIME + _NONCE :]
    if not any([hmac.compare_digest(mac, _mac(one, link, body)) for one in keys_of(secret)]):
        return None
    issued = int.from_bytes(body[:_TIME], "big")
    return Sealed(body[_TIME:].hex(), stale=now - issued > STALE_SECONDS)


def _mac(secret: str, link: UUID, body: bytes) -> bytes:
    return hmac.digest(secret.encode(), _SCOPE + link.bytes + body, "sha256")
