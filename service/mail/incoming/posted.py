"""What a provider's webhook says came back. No provider's own format is known here: fields are found by the names
that providers commonly give them, at any depth. Pure.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from service.mail.incoming.matched import (  # fmt: skip
    STATUS,
    TEXT_LIMIT,
    Attachment,
    Kind,
    Matched,
    addresses_in,
    bare_names_in,
    clean,
    clip,
    links_in,
    names_in,
    storable,
)
from service.mail.incoming.parsing import mailboxes
from workflows.page_text import shown_text

_DEPTH: Final = 12
_MOST_ATTACHED: Final = 100
_MOST_LEAVES: Final = 20_000
_RAW: Final = ("raw", "mime", "rawmessage", "rawemail", "bodymime", "eml")
_EVENT: Final = (
    "kind", "event", "eventtype", "type", "recordtype", "notificationtype", "action", "state",
)  # fmt: skip
_SEVERITY: Final = ("severity", "bouncetype", "bounceclass", "subtype", "bouncesubtype", "bounce")
OWN_NAME: Final = (
    "returnpath", "envelopefrom", "mailfrom", "recipient", "to", "rcptto", "envelopeto", "deliveredto",
    "originalrecipient", "inreplyto", "references", "originalmessageid", "messageid", "smtpid",
    "internetmessageid",
)  # fmt: skip
_THREAD: Final = ("messageid", "originalmessageid", "inreplyto", "references")
_IDENTITY: Final = ("eventid", "sgeventid", "id")
_SENDER: Final = ("from", "sender", "fromemail", "source")
_SENDERS: Final = (*_SENDER, "replyto")
_ABOUT: Final = (
    "recipient", "email", "emailaddress", "to", "rcptto", "envelopeto", "deliveredto", "originalrecipient",
    "finalrecipient", "destination", "recipients",
)  # fmt: skip
_SUBJECT: Final = ("subject",)
_BODY: Final = ("text", "textbody", "bodyplain", "strippedtext", "plain", "body")
_HTML: Final = ("html", "htmlbody", "bodyhtml")
_STATUS_NAMES: Final = ("status", "statuscode", "enhancedstatus", "enhancedcode", "code")
_WORDS: Final = (
    "words", "diagnosticcode", "diagnostic", "reason", "description", "response", "details", "error", "message",
)  # fmt: skip
_PREFIXES: Final = re.compile(r"(activity|email|message|transactional|smtp)(?=[a-z]{4})")
"""What some providers put before each of their words."""

# What an event's words mean; a provider's word for a soft bounce is the last one on that mail, its word for a delay
# is not.
_BOUNCES: Final = frozenset(
    ("bounce", "bounced", "hardbounce", "hardbounced", "softbounce", "softbounced", "failed", "failure", "dropped",
     "rejected", "reject", "undeliverable", "undelivered", "notdelivered", "deliveryfailed", "deliveryfailure",
     "permanentfailure", "permanentfail", "invalid", "invalidemail", "blocked", "outofband", "policyrejection",
     "suppressed", "expired", "returned", "discarded", "generationfailure", "generationrejection")
)  # fmt: skip
_TRIES: Final = frozenset(("failed", "failure", "permanentfailure", "temporaryfailure"))
"""Words for an attempt as well as for the end: how severe it is tells which."""
_DELAYS: Final = frozenset(
    ("deferred", "deferral", "delayed", "delay", "deliverydelay", "deliverydelayed", "transient", "temporary",
     "temporaryfailure", "temporaryfail", "temporarilydeferred", "retry", "retrying", "requeued")
)  # fmt: skip
_SOFT: Final = frozenset(
    ("temporary", "transient", "soft", "softbounce", "softbounced", "notahardbounce", "undetermined")
)
_SAYS_NOTHING: Final = frozenset(("general", "undetermined", "other", "unknown"))
_DELIVERIES: Final = frozenset(("delivered", "delivery", "deliveryreport"))
_REPLIES: Final = frozenset(("reply", "replied", "inbound", "inboundmessage", "inboundemail", "received"))
_COMPLAINTS: Final = frozenset(("complaint", "complained", "spamcomplaint", "spamreport", "spam"))
_AUTOMATIC: Final = frozenset(
    ("autoresponder", "autoresponse", "autoreply", "autoreplied", "outofoffice", "vacation", "oof")
)  # fmt: skip
"""Absence notes, which some providers count among bounces."""
_ODD: Final = frozenset(
    ("challengeverification", "challengeresponse", "addresschange", "subscribe", "unsubscribe", "openrelaytest",
     "spamnotification", "virusnotification", "subscriptionconfirmation", "unsubscribeconfirmation")
)  # fmt: skip
"""What is no word on the delivery, and somebody has to see."""
_CLASSES: Final[Mapping[str, frozenset[str]]] = {
    "60": frozenset(("autoreply",)), "80": frozenset(("subscribe",)), "90": frozenset(("unsubscribe",)),
    "100": frozenset(("challengeresponse",)),
}  # fmt: skip
"""Numbers by which classes of bounces are commonly told, as far as they are no bounces."""


class Fields:
    """The leaves of a JSON object by plain name: `Message-Id`, `message_id` and `messageId` are one."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._found: dict[str, list[str]] = {}
        self._attached: list[Mapping[str, Any]] = []
        self._left = _MOST_LEAVES
        self._add(given, 0)

    def _add(self, given: Mapping[str, Any], depth: int) -> None:
        """Outer fields come before inner ones."""
        inner: list[Mapping[str, Any]] = []
        for name, value in given.items():
            self._left -= 1 + (len(value) if isinstance(value, list | tuple) else 0)
            if self._left < 0:
                return
            plain = re.sub(r"[^a-z0-9]", "", str(name).lower())
            for one in value if isinstance(value, list | tuple) else (value,):
                if isinstance(one, Mapping):
                    pair = {key.lower(): text for key, text in one.items() if isinstance(text, str)}
                    if plain == "attachments":
                        self._attached.append(pair)
                    elif set(pair) == {"name", "value"}:  # a list of header fields
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
        return [text for name in names for text in self._found.get(name, ())]

    def first(self, names: tuple[str, ...]) -> str:
        """The first of them, or an empty text."""
        return next(iter(self.all(names)), "")

    def raw(self) -> bytes | None:
        """A whole message within, as it is or in base64."""
        text = self.first(_RAW)
        if not text and "Received" in self.all(("notificationtype",)):
            text = self.first(("content",))
        if not text:  # some give the message the name that others give an address
            text = next((one for one in self.all(("email",)) if "\n" in one), "")
        if not text:
            return None
        if re.match(r"[!-9;-~]+:", text):  # a header field comes first
            return text.encode("utf-8", "replace")
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None

    def attached(self) -> Iterator[tuple[Attachment, bytes]]:
        """Attachments as some providers give them: a name, a type, the content in base64."""
        for number, one in enumerate(self._attached[:_MOST_ATTACHED]):
            named = {re.sub(r"[^a-z]", "", name): text for name, text in one.items()}
            try:
                content = base64.b64decode(named.get("content") or named.get("data") or "", validate=True)
            except (binascii.Error, ValueError):
                continue
            if content:
                name = clip(named.get("name") or named.get("filename") or "")[:200]
                kind = clip(named.get("contenttype") or named.get("type") or "")[:200]
                yield Attachment(number=number, name=name, type=kind, size=len(content)), content


def _nested(text: str) -> list[Mapping[str, Any]]:
    try:
        return [msgspec.json.decode(text, type=dict[str, Any])]
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return []


def match_fields(fields: Fields) -> Matched:
    """Tell what an event or a posted message is."""
    events = [_PREFIXES.sub("", re.sub(r"[^a-z]", "", text.lower()), count=1) for text in fields.all(_EVENT)]
    severity = [re.sub(r"[^a-z]", "", text.lower()) for text in fields.all(_SEVERITY)]
    for number in fields.all(("bounceclass",)):
        severity += _CLASSES.get(number.strip(), ())
    status = next((found[1] for text in fields.all((*_STATUS_NAMES, *_WORDS)) if (found := STATUS.search(text))), None)
    page = fields.first(_HTML)
    text = clean(fields.first(_BODY) or shown_text(page))
    named = names_in(*fields.all(OWN_NAME)) or bare_names_in(*fields.all(_THREAD))
    senders = [one for said in fields.all(_SENDERS)[:10] for one in mailboxes(said)]
    name, sender = senders[0] if senders else ("", "")
    words = clip(fields.first(_WORDS) or text)
    why = {re.sub(r"[^a-z]", "", one.lower()) for one in fields.all(("action", "bouncesubtype"))} - _SAYS_NOTHING
    told = _told(set(events), set(severity), bool(status or words or why), bool(text and sender))
    if subscribe := fields.first(("subscribeurl",)):
        text = clean(f"{fields.first(('message',))}\n\n{subscribe}")
    event = next((one for one in events if one in _BOUNCES | _DELIVERIES | _REPLIES), None)
    if _COMPLAINTS.intersection(events):
        event = "complaint"
    written = told.kind == "reply" or told.unclear
    return Matched(
        kind=told.kind,
        message_id=named.id if named else None,
        seal=named.seal if named else None,
        vouched=True,
        temporary=told.temporary,
        automatic=told.automatic,
        unclear=told.unclear,
        external_id=_identity(fields, told.kind),
        sender=storable(sender)[:254],
        senders=tuple(dict.fromkeys(storable(address)[:254] for _, address in senders)),
        name=clip(name)[:200],
        mentioned=addresses_in("\n".join((*(() if told.kind == "reply" else fields.all(_ABOUT)), text))),
        attachments=tuple(one for one, _ in fields.attached()),
        links=links_in(f"{text}\n{page[: 10 * TEXT_LIMIT]}") if written else (),
        subject=clip(fields.first(_SUBJECT)),
        text=text[:TEXT_LIMIT],
        status=status or event,
        words=words,
    )


class _Told(msgspec.Struct, frozen=True):
    kind: Kind
    temporary: bool = False
    automatic: bool = False
    unclear: bool = False


def _told(events: set[str], severity: set[str], says_why: bool, written: bool) -> _Told:
    """A complaint and an absence note are no bounces, whatever the provider files them under; what is still tried is
    none yet; what a person wrote is a reply.
    """
    if _COMPLAINTS & events or _ODD & (events | severity):
        return _Told("unknown", unclear=True)
    if _AUTOMATIC & (events | severity):
        return _Told("reply", automatic=True)
    soft = _SOFT & (events | severity)
    if _DELAYS & events or (soft and _TRIES & events and not _BOUNCES & (events - _TRIES)):
        return _Told("unknown", temporary=True)
    if _BOUNCES & events:
        # Absence notes are filed as soft bounces too, and then nothing says what failed.
        return _Told("bounce") if says_why or not soft else _Told("unknown", temporary=True, unclear=True)
    if _DELIVERIES & events:
        return _Told("delivery")
    return _Told("reply") if _REPLIES & events or written else _Told("unknown")


def _identity(fields: Fields, kind: Kind) -> str | None:
    """Its own name: an event's id, which some providers share between a delivery and a later bounce; for a
    reply the Message-ID, unless that is the one it answers.
    """
    if given := fields.first(("externalid",)):
        return storable(given)[:200]
    if fields.first(("topicarn",)) and (own := fields.first(("messageid",))):
        return f"sns:{storable(own)[:196]}"
    if own := fields.first(_IDENTITY):
        return f"{kind}:{storable(own)[:200]}"
    if kind == "reply":
        theirs = (text for text in fields.all(("messageid",)) if names_in(text) is None and bare_names_in(text) is None)
        return next((storable(text)[:200] for text in theirs), None)
    return None
