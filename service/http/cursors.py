"""Cursors: where a list goes on. Opaque, bound to one list and its filters, and signed."""

import base64
import binascii
import hashlib
import hmac
from typing import Any, Final, NoReturn

import msgspec

from workflows.errors import BadInput, Problem

_SIGNATURE: Final = 16
_LONGEST: Final = 600


class Cursors:
    """Writes and reads cursors; `secret` is the deployment's."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"cursor\x00" + secret.encode()).digest()

    def write(self, of: str, after: list[Any]) -> str:
        """A cursor that goes on after these values, for the list and filters that `of` names."""
        said = msgspec.json.encode(after)
        return base64.urlsafe_b64encode(self._sign(of, said) + said).decode().rstrip("=")

    def read(self, of: str, cursor: str) -> list[Any]:
        """The values. Raises BadInput for a cursor that was not written here, or for another list."""
        if len(cursor) > _LONGEST or not cursor.isascii():
            _not_ours()
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            _not_ours()
        signature, said = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not hmac.compare_digest(signature, self._sign(of, said)):
            _not_ours()
        return msgspec.json.decode(said, type=list[Any])

    def _sign(self, of: str, said: bytes) -> bytes:
        return hmac.digest(self._key, of.encode() + b"\x00" + said, "sha256")[:_SIGNATURE]


def _not_ours() -> NoReturn:
    message = (
        "is not one that this list answered: take `next` as it is, with the same filters and `sort`, or begin without"
    )
    raise BadInput(f"cursor {message}.", (Problem("cursor", message),))
