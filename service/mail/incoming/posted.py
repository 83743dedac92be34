"""What a provider's webhook says came back. No provider's own format is known here: fields are found by the names
that providers commonly give them, at any depth. Pure.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from email.utils import getaddresses
from typing import Any, Final

import msgspec

from service.mail.incoming.matched import (  # fmt: skip
    STATUS,
    TEXT_LIMIT,
    Kind,
    Matched,
    bare_names_in,
    clean,
    clip,
    names_in,
    storable,
    untagged,
)

_DEPTH: Final = 12
_RAW: Final = ("raw", "mime", "rawmessage", "rawemail", "bodymime", "eml")
_EVENT: Final = (
    "kind", "event", "eventtype", "type", "recordtype", "notificationtype", "action", "state",
)  # fmt: skip
_SEVERITY: Final = ("severity", "bouncetype", "bounceclass", "subtype")
OWN_NAME: Final = (
    "returnpath", "envelopefrom", "mailfrom", "recipient", "to", "rcptto", "envelopeto", "deliveredto",
    "originalrecipient", "inreplyto", "references", "originalmessageid", "messageid", "smtpid",
    "internetmessageid",
)  # fmt: skip
_THREAD: Final = ("messageid", "originalmessageid", "inreplyto", "references")
_IDENTITY: Final = ("eventid", "sgeventid", "id")
_SENDER: Final = ("from", "sender", "fromemail", "source")
_SUBJECT: Final = ("subject",)
_BODY: Final = ("text", "textbody", "bodyplain", "strippedtext", "plain", "body")
_HTML: Final = ("html", "htmlbody", "bodyhtml")
_STATUS_NAMES: Final = ("status", "statuscode", "enhancedstatus", "enhancedcode", "code")
_WORDS: Final = (
    "words", "diagnosticcode", "diagnostic", "reason", "description", "response", "details", "error", "message",
)  # fmt: skip
_BOUNCES: Final = frozenset(
    ("bounce", "bounced", "hardbounce", "failed", "failure", "dropped", "rejected", "reject", "undeliverable",
     "emailbounced", "permanentfailure", "invalid", "invalidemail", "blocked", "outofband", "policyrejection")
)  # fmt: skip
_DELIVERIES: Final = frozenset(("delivered", "delivery", "emaildelivered", "deliveryreport"))
_REPLIES: Final = frozenset(("reply", "replied", "inbound", "inboundmessage", "emailreceived", "received"))
_TEMPORARY: Final = frozenset(
    ("temporary", "transient", "soft", "softbounce", "deferred", "delayed", "delay", "deliverydelay",
     "emaildeliverydelayed", "notahardbounce")
)  # fmt: skip
_COMPLAINTS: Final = frozenset(("complaint", "complained", "spamcomplaint", "spamreport", "spam", "emailcomplained"))


class Fields:
    """The leaves of a JSON object by plain name: `Message-Id`, `message_id` and `messageId` are one."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._found: dict[str, list[str]] = {}
        self._add(given, 0)

    def _add(self, given: Mapping[str, Any], depth: int) -> None:
        """Outer fields come before inner ones."""
        inner: list[Mapping[str, Any]] = []
        for name, value in given.items():
            plain = re.sub(r"[^a-z0-9]", "", str(name).lower())
            for one in value if isinstance(value, list | tuple) else (value,):
                if isinstance(one, Mapping):
                    pair = {key.lower(): text for key, text in one.items() if isinstance(text, str)}
                    if set(pair) == {"name", "value"}:  # a list of header fields
                        inner.append({pair["name"]: pair["value"]})
                    else:
                        inner.append(one)
                elif plain == "message" and isinstance(one, str) and one.startswith("{"):
                    inner += _nested(one)  # an event within a notification of another service
                elif plain == "hardbounce" and one is False:
                    self._found.setdefault("subtype", []).append("not a hard bounce")
                elif isinstance(one, str | int | float) and not isinstance(one, bool):
                    self._found.setdefault(plain, []).append(str(one))
        if depth < _DEPTH:
            for one in inner:
                self._add(one, depth + 1)

    def all(self, names: tuple[str, ...]) -> list[str]:
        """Every text under any of these names."""
        return [text for name in names for text in self._found.get(name, ())]

    def first(self, names: tuple[str, ...]) -> str:
        """The first of them, or an empty text."""
        return next(iter(self.all(names)), "")

    def raw(self) -> bytes | None:
        """A whole message within, as it is or in base64."""
        text = self.first(_RAW)
        if not text:
            return None
        if re.match(r"[!-9;-~]+:", text):  # a header field comes first
            return text.encode("utf-8", "replace")
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None


def _nested(text: str) -> list[Mapping[str, Any]]:
    try:
        return [msgspec.json.decode(text, type=dict[str, Any])]
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return []


def match_fields(fields: Fields) -> Matched:
    """Tell what an event or a posted message is."""
    events = [re.sub(r"[^a-z]", "", text.lower()) for text in fields.all(_EVENT)]
    severity = [re.sub(r"[^a-z]", "", text.lower()) for text in fields.all(_SEVERITY)]
    status = next((found[1] for text in fields.all((*_STATUS_NAMES, *_WORDS)) if (found := STATUS.search(text))), None)
    text = clean(fields.first(_BODY) or untagged(fields.first(_HTML)))
    named = names_in(*fields.all(OWN_NAME)) or bare_names_in(*fields.all(_THREAD))
    sender = next((address for _, address in getaddresses(fields.all(_SENDER)) if "@" in address), "")
    kind = _kind(events, severity, status, bool(text and sender))
    event = next((one for one in events if one in _BOUNCES | _DELIVERIES | _REPLIES), None)
    if _COMPLAINTS.intersection(events):
        event = "complaint"
    later = any(one in _TEMPORARY for one in (*events, *severity)) or (status or "").startswith("4")
    return Matched(
        kind=kind,
        message_id=named.id if named else None,
        seal=named.seal if named else None,
        vouched=True,
        temporary=kind == "unknown" and later,
        external_id=_identity(fields, kind),
        sender=storable(sender)[:254],
        subject=clip(fields.first(_SUBJECT)),
        text=text[:TEXT_LIMIT],
        status=status or event,
        words=clip(fields.first(_WORDS) or text),
    )


def _kind(events: list[str], severity: list[str], status: str | None, written: bool) -> Kind:
    """A failure that is only for now is no bounce; what a person wrote is a reply; a complaint is neither."""
    if _COMPLAINTS.intersection(events):
        return "unknown"
    if any(one in _TEMPORARY for one in (*events, *severity)):
        return "unknown"
    if any(one in _BOUNCES for one in events):
        return "unknown" if status is not None and status.startswith("4") else "bounce"
    if any(one in _DELIVERIES for one in events):
        return "delivery"
    if any(one in _REPLIES for one in events) or written:
        return "reply"
    return "unknown"


def _identity(fields: Fields, kind: Kind) -> str | None:
    """Its own name: an event's id, which some providers share between a delivery and a later bounce; for a
    reply the Message-ID, unless that is the one it answers.
    """
    if given := fields.first(("externalid",)):
        return storable(given)[:200]
    if own := fields.first(_IDENTITY):
        return f"{kind}:{storable(own)[:200]}"
    if kind == "reply":
        theirs = (text for text in fields.all(("messageid",)) if names_in(text) is None and bare_names_in(text) is None)
        return next((storable(text)[:200] for text in theirs), None)
    return None
