"""What came back: a reply, a bounce or a delivery report, and the message it answers. Pure.

It comes as the raw message (RFC 5322) from a mailbox, or as JSON from a provider's webhook. No provider's
own format is known here: fields are found by the names that providers commonly give them, at any depth.
The message is named by the return path it went to, by the Message-ID in In-Reply-To or References, or by
the original's header in a delivery status notification (RFC 3464).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import Message
from email.utils import getaddresses, parseaddr
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

Kind = Literal["reply", "bounce", "delivery", "unknown"]

_TEXT_LIMIT: Final = 20_000
_WORDS_LIMIT: Final = 500
_DEPTH: Final = 12
_VERP: Final = re.compile(r"bounce\+([0-9a-f]{32})@", re.IGNORECASE)
_OWN_ID: Final = re.compile(r"<?([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})@", re.IGNORECASE)
_BARE_ID: Final = re.compile(
    r"(?:^|[\s,])<?([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})>?(?=$|[\s,])", re.IGNORECASE
)
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_TAGS: Final = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_BLANKS: Final = re.compile(r"\n\s*\n\s*\n+")


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """What an inbound message is.

    `message_id` is the outbox row it answers, None where nothing names one. `external_id` is the same
    for the same message however often it is posted; None where it has no identity of its own. `status`
    is an enhanced status code (RFC 3463), an event's own word, or `auto-replied`; `words` say in short
    what the server or person said.
    """

    kind: Kind
    message_id: UUID | None
    external_id: str | None
    sender: str
    subject: str
    text: str
    status: str | None
    words: str


def match(given: bytes | Mapping[str, Any]) -> Matched:
    """Tell what came back, from a raw message or from the fields of a posted JSON object.

    Never raises for odd content: what cannot be told is `unknown`.
    """
    if isinstance(given, bytes):
        return _match_raw(given)
    fields = _Fields(given)
    raw = fields.raw()
    return _match_raw(raw) if raw is not None else _match_fields(fields)


def usable(given: Mapping[str, Any]) -> bool:
    """Whether a posted object says anything to go by: a whole message, a kind with some words or a name, or a
    name of the message, the sender or the event itself.
    """
    fields = _Fields(given)
    if fields.raw() is not None:
        return True
    found = _match_fields(fields)
    if fields.all(_OWN_NAME) or found.sender or found.external_id is not None:
        return True
    return found.kind != "unknown" and bool(found.text or found.subject or found.words)


# --- a raw message -------------------------------------------------------------------------------------


def _match_raw(raw: bytes) -> Matched:
    mail = message_from_bytes(raw, policy=policy.compat32)  # lenient: it parses anything
    to = _header(mail, "Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
    sender = parseaddr(_header(mail, "From"))[1]
    text = _text(mail)
    report = _report(mail)
    status: str | None = None
    kind: Kind = "reply"
    words = _clip(text)
    named = _named(to, _header(mail, "In-Reply-To", "References"))
    if report is not None:
        kind, status, words = report
        named = named or _named(*_originals(mail)) or _named(text)
    elif _sent_by_a_server(mail, sender):
        found = _STATUS.search(text)
        status = found[1] if found is not None else None
        kind = "unknown" if status is not None and status.startswith("4") else "bounce"
        named = named or _named(*_originals(mail)) or _named(text)
    elif _automatic(mail):
        status = "auto-replied"
    if kind == "reply" and named is None and not text and not sender:
        kind = "unknown"
    return Matched(
        kind=kind,
        message_id=named,
        external_id=_header(mail, "Message-ID").strip()[:200] or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        sender=sender[:254],
        subject=_clip(_decoded(mail, "Subject")),
        text=text[:_TEXT_LIMIT],
        status=status,
        words=words,
    )


def _header(mail: Message, *names: str) -> str:
    return " ".join(str(value) for name in names for value in mail.get_all(name, ()))


def _decoded(mail: Message, name: str) -> str:
    try:
        return str(policy.default.header_fetch_parse(name, _header(mail, name)))
    except (ValueError, LookupError, IndexError):
        return _header(mail, name)


def _named(*places: str) -> UUID | None:
    """The outbox row that a return path or one of our Message-IDs names; return paths first."""
    for pattern in (_VERP, _OWN_ID):
        for place in places:
            if found := pattern.search(place):
                return UUID(found[1])
    return None


def _named_bare(*places: str) -> UUID | None:
    """The outbox row by its id alone, as a notice's `attempts` show it."""
    return next((UUID(found[1]) for place in places if (found := _BARE_ID.search(place))), None)


def _parts(mail: Message) -> Iterator[Message]:
    for part in mail.walk():
        if isinstance(part, Message):
            yield part


def _content(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:  # a character set that nobody knows
        return payload.decode("utf-8", "replace")


def _text(mail: Message) -> str:
    """The first plain text, else the HTML without its tags."""
    html = ""
    for part in _parts(mail):
        if part.get_filename() or part.is_multipart():
            continue
        if part.get_content_type() == "text/plain":
            return _clean(_content(part))
        if part.get_content_type() == "text/html" and not html:
            html = _TAGS.sub(" ", _content(part))
    return _clean(html)


def _clean(text: str) -> str:
    return _BLANKS.sub("\n\n", _plain(text.replace("\r\n", "\n"))).strip()


def _report(mail: Message) -> tuple[Kind, str | None, str] | None:
    """A delivery status (RFC 3464) or disposition notification (RFC 8098), or None where it is neither."""
    for part in _parts(mail):
        if part.get_content_type() == "message/delivery-status":
            return _delivery_status(part)
        if part.get_content_type() == "message/disposition-notification":
            said = part.as_string().lower()
            shown = "displayed" in said or "deleted" in said
            return ("delivery" if shown else "unknown"), None, "a disposition notification"
    return None


def _delivery_status(part: Message) -> tuple[Kind, str | None, str]:
    """`failed` is a bounce and `delivered` a receipt; delayed, relayed and expanded prove nothing."""
    fields: dict[str, str] = {}
    payload = part.get_payload()
    for group in payload if isinstance(payload, list) else ():
        if isinstance(group, Message):
            fields |= {name.lower(): " ".join(str(value).split()) for name, value in group.items()}
    status = _STATUS.search(fields.get("status", ""))
    action = fields.get("action", "").lower()
    words = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get("diagnostic-code", "")
    kind: Kind = {"failed": "bounce", "delivered": "delivery"}.get(action, "unknown")  # type: ignore[assignment]  # both are Kinds
    return kind, status[1] if status is not None else None, _clip(words or action or "a report without an action")


def _originals(mail: Message) -> Iterator[str]:
    """Headers of the message that a report gives back, whole or in part, and what the report says of it."""
    for part in _parts(mail):
        kind = part.get_content_type()
        if kind == "message/rfc822":
            payload = part.get_payload()
            for inner in payload if isinstance(payload, list) else ():
                if isinstance(inner, Message):
                    yield _header(inner, "Return-Path", "Message-ID")
        elif kind == "text/rfc822-headers":
            yield _content(part)
        elif kind == "message/delivery-status":
            yield part.as_string()


def _sent_by_a_server(mail: Message, sender: str) -> bool:
    """A bounce that follows no standard: from nobody, or from a mail server's own mailbox."""
    local = sender.partition("@")[0].lower()
    back_to = mail.get("Return-Path")
    from_nobody = back_to is not None and str(back_to).strip() == "<>"
    return local in ("mailer-daemon", "postmaster") or (from_nobody and _automatic(mail))


def _automatic(mail: Message) -> bool:
    """Sent by a machine, out-of-office notes among them (RFC 3834)."""
    said = str(mail.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    return said not in ("no", "")


# --- a posted JSON object ------------------------------------------------------------------------------

_RAW: Final = ("raw", "mime", "rawmessage", "rawemail", "bodymime", "eml")
_EVENT: Final = (
    "kind", "event", "eventtype", "type", "recordtype", "notificationtype", "action", "state",
)  # fmt: skip
_SEVERITY: Final = ("severity", "bouncetype", "bounceclass", "subtype")
_OWN_NAME: Final = (
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
     "emailbounced", "permanentfailure", "invalid", "blocked")
)  # fmt: skip
_DELIVERIES: Final = frozenset(("delivered", "delivery", "emaildelivered", "deliveryreport"))
_REPLIES: Final = frozenset(("reply", "replied", "inbound", "inboundmessage", "emailreceived", "received"))
_TEMPORARY: Final = frozenset(("temporary", "transient", "soft", "softbounce", "deferred", "delayed"))


class _Fields:
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
                elif isinstance(one, str | int | float) and not isinstance(one, bool):
                    self._found.setdefault(plain, []).append(str(one))
        if depth < _DEPTH:
            for one in inner:
                self._add(one, depth + 1)

    def all(self, names: tuple[str, ...]) -> list[str]:
        return [text for name in names for text in self._found.get(name, ())]

    def first(self, names: tuple[str, ...]) -> str:
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


def _match_fields(fields: _Fields) -> Matched:
    events = [re.sub(r"[^a-z]", "", text.lower()) for text in fields.all(_EVENT)]
    severity = [re.sub(r"[^a-z]", "", text.lower()) for text in fields.all(_SEVERITY)]
    status = next((found[1] for text in fields.all((*_STATUS_NAMES, *_WORDS)) if (found := _STATUS.search(text))), None)
    text = _clean(fields.first(_BODY) or _TAGS.sub(" ", fields.first(_HTML)))
    named = _named(*fields.all(_OWN_NAME)) or _named_bare(*fields.all(_THREAD))
    sender = next((address for _, address in getaddresses(fields.all(_SENDER)) if "@" in address), "")
    kind = _kind(events, severity, status, bool(text and sender))
    event = next((one for one in events if one in _BOUNCES | _DELIVERIES | _REPLIES), None)
    return Matched(
        kind=kind,
        message_id=named,
        external_id=_identity(fields, kind),
        sender=_plain(sender)[:254],
        subject=_clip(fields.first(_SUBJECT)),
        text=text[:_TEXT_LIMIT],
        status=status or event,
        words=_clip(fields.first(_WORDS) or text),
    )


def _kind(events: list[str], severity: list[str], status: str | None, written: bool) -> Kind:
    """A failure that is only for now is no bounce; what a person wrote is a reply."""
    if any(one in _TEMPORARY for one in (*events, *severity)):
        return "unknown"
    if any(one in _BOUNCES for one in events):
        return "unknown" if status is not None and status.startswith("4") else "bounce"
    if any(one in _DELIVERIES for one in events):
        return "delivery"
    if any(one in _REPLIES for one in events) or written:
        return "reply"
    return "unknown"


def _identity(fields: _Fields, kind: Kind) -> str | None:
    """Its own name: an event's id, which some providers share between a delivery and a later bounce; for a
    reply the Message-ID, unless that is the one it answers.
    """
    if given := fields.first(("externalid",)):
        return _plain(given)[:200]
    if own := fields.first(_IDENTITY):
        return f"{kind}:{_plain(own)[:200]}"
    if kind == "reply":
        theirs = (text for text in fields.all(("messageid",)) if _named(text) is None and _named_bare(text) is None)
        return next((_plain(text)[:200] for text in theirs), None)
    return None


def _plain(text: str) -> str:
    """Without NUL and halves of surrogate pairs, which no database takes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _clip(text: str) -> str:
    return " ".join(_plain(text).split())[:_WORDS_LIMIT]
