"""What came back: a reply, a bounce or a delivery report, and the message it answers. Pure.

It comes as the raw message from a mailbox, or as JSON from a provider's webhook. The message is named by the return
path it went to, by the Message-ID in In-Reply-To or References, or by the original's header in a delivery status
notification (RFC 3464).
"""

from collections.abc import Mapping
from typing import Any

from service.mail.incoming.matched import Kind, Matched, Named
from service.mail.incoming.posted import OWN_NAME, Fields, match_fields
from service.mail.incoming.raw import match_raw

__all__ = ["Kind", "Matched", "Named", "match", "usable"]


def match(given: bytes | Mapping[str, Any]) -> Matched:
    """Tell what came back, from a raw message or from the fields of a posted JSON object.

    Never raises for odd content: what cannot be told is `unknown`.
    """
    if isinstance(given, bytes):
        return match_raw(given)
    fields = Fields(given)
    raw = fields.raw()
    return match_raw(raw) if raw is not None else match_fields(fields)


def usable(given: Mapping[str, Any]) -> bool:
    """Whether a posted object says anything to go by: a whole message, a kind with some words or a name, or a
    name of the message, the sender or the event itself.
    """
    fields = Fields(given)
    if fields.raw() is not None:
        return True
    found = match_fields(fields)
    if fields.all(OWN_NAME) or found.sender or found.external_id is not None:
        return True
    return found.kind != "unknown" and bool(found.text or found.subject or found.words)
