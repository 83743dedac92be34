"""What came back as a whole message (RFC 5322), from a mailbox or posted. Pure."""

import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message
from email.utils import parseaddr
from typing import Final

from service.mail.incoming.matched import (  # fmt: skip
    STATUS,
    TEXT_LIMIT,
    Kind,
    Matched,
    best,
    clean,
    clip,
    names_in,
    untagged,
)

_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()@]{1,64}@[^\s<>,;:\"()@]{1,255}")
_FIELD_LIMIT: Final = 10_000
"""Characters of one header field that are looked at: the library's parsers are slow on long ones."""


def match_raw(raw: bytes) -> Matched:
    """Tell what a whole message is; one whose parts are nested too deeply is kept for a person."""
    try:
        return _match(raw)
    except RecursionError:
        return _too_deep(raw)


def _match(raw: bytes) -> Matched:
    mail = message_from_bytes(raw, policy=policy.compat32)  # lenient: it parses anything
    to = _header(mail, "Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
    sender = parseaddr(_header(mail, "From"))[1]
    text = _text(mail)
    report = _report(mail)
    status: str | None = None
    kind: Kind = "reply"
    words = clip(text)
    named = names_in(to, _header(mail, "In-Reply-To", "References"))
    if report is not None:
        kind, status, words = report
        named = best(named, names_in(*_originals(mail)), names_in(text))
    elif _sent_by_a_server(mail, sender):
        found = STATUS.search(text)
        status = found[1] if found is not None else None
        kind = "unknown" if status is not None and status.startswith("4") else "bounce"
        named = best(named, names_in(*_originals(mail)), names_in(text))
    elif _automatic(mail):
        status = "auto-replied"
    if kind == "reply" and named is None and not text and not sender:
        kind = "unknown"
    temporary = kind == "unknown" and status is not None and status.startswith("4")
    return Matched(
        kind=kind,
        message_id=named.id if named else None,
        seal=named.seal if named else None,
        temporary=temporary,
        recipients=tuple(dict.fromkeys(_ADDRESS.findall(to.lower()))),
        external_id=_header(mail, "Message-ID").strip()[:200] or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        sender=sender[:254],
        subject=clip(_decoded(mail, "Subject")),
        text=text[:TEXT_LIMIT],
        status=status,
        words=words,
    )


def _too_deep(raw: bytes) -> Matched:
    """A message of parts in parts without end: kept for a person."""
    return Matched(
        kind="unknown", message_id=None, external_id=f"sha256:{hashlib.sha256(raw).hexdigest()}", sender="", subject="",
        text="", status=None, words="its parts are nested too deeply to be read",
    )  # fmt: skip


def _header(mail: Message, *names: str) -> str:
    return " ".join(str(value)[:_FIELD_LIMIT] for name in names for value in mail.get_all(name, ())[:20])


def _decoded(mail: Message, name: str) -> str:
    try:
        return str(policy.default.header_fetch_parse(name, _header(mail, name)[:2_000]))
    except (ValueError, LookupError, IndexError):
        return _header(mail, name)


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
            return clean(_content(part))
        if part.get_content_type() == "text/html" and not html:
            html = untagged(_content(part))
    return clean(html)


def _report(mail: Message) -> tuple[Kind, str | None, str] | None:
    """A delivery status (RFC 3464), disposition notification (RFC 8098) or complaint (RFC 5965), or None."""
    for part in _parts(mail):
        if part.get_content_type() == "message/feedback-report":
            return "unknown", "complaint", "the recipient reported the message as unwanted"
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
    status = STATUS.search(fields.get("status", ""))
    action = fields.get("action", "").lower()
    words = fields.get("diagnostic-code", "").partition(";")[2].strip() or fields.get("diagnostic-code", "")
    kind: Kind = {"failed": "bounce", "delivered": "delivery"}.get(action, "unknown")  # type: ignore[assignment]  # both are Kinds
    return kind, status[1] if status is not None else None, clip(words or action or "a report without an action")


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
