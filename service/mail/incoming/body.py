"""From the body of a post to the messages in it, each with what was received of it, byte for byte. Pure.

A whole message, JSON, a form, or what Amazon SNS posts: JSON that calls itself plain text. Nothing that a post names
is ever fetched.
"""

from collections.abc import Mapping
from email.message import Message
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from msgspec.structs import replace

from service.mail.incoming.inbound import match, usable
from service.mail.incoming.matched import Attachment, Matched
from service.mail.incoming.parsing import (  # fmt: skip
    TooOddError,
    attachment_in,
    attachments_of,
    content_of,
    decoded,
    parsed,
    parts,
)
from service.mail.incoming.posted import Fields
from workflows.engine.inbound import Received
from workflows.errors import BadInput, Problem

MESSAGE: Final = "message/rfc822"
JSON: Final = "application/json"
URLENCODED: Final = "application/x-www-form-urlencoded"
FORMS: Final = (URLENCODED, "multipart/form-data")
LARGEST: Final = 25 * 1024 * 1024
"""Bytes of one message, attachments included: what most mail servers take."""
MOST_EVENTS: Final = 1000
_MOST_MARKS: Final = 1_000_000
"""Marks of JSON that may make an object each: a post of these alone would fill the memory."""
_MOST_FIELDS: Final = 500
_TYPE: Final = 200
_EVENTS: Final = ("mandrill_events", "events", "event", "payload")
"""Fields of a form in which some providers put their JSON."""
_NOTHING: Final = "Nothing in this says what came back: give the whole message, or its kind and what ties it."
_MISSING: Final = (
    Problem("raw", "may hold the whole message (RFC 5322), as it is or in base64"),
    Problem("kind", "may be reply, bounce or delivery"),
    Problem("message_id", "may name the message that came back or arrived, as a notice's `attempts` show it"),
    Problem("in_reply_to", "may name the message that a reply answers"),
    Problem("from", "may be the address of who wrote it, with `text`"),
)


class PostedMail(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a post: what it is, what was received of it, and when it came in, where that was said."""

    matched: Matched
    received: Received
    received_at: Any = None


def media_type(content_type: str | None) -> str:
    """The type alone, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


def is_notification(raw: bytes, headers: Mapping[str, str]) -> bool:
    """Whether plain text is a notification of Amazon SNS, by its own header or by its shape."""
    if "x-amz-sns-message-type" in headers:
        return True
    if not raw[:200].lstrip().startswith(b"{"):
        return False
    try:
        value = _decoded(raw, None)
    except BadInput:
        return False
    return isinstance(value, dict) and {"Type", "TopicArn", "MessageId"} <= set(value)


def posted(raw: bytes, content_type: str | None) -> list[PostedMail] | PostedMail:
    """The message of a post, or those of a list, without what says nothing to go by. Raises BadInput."""
    if not raw:
        raise _bad("is empty")
    kind = media_type(content_type)
    if kind == MESSAGE:
        return PostedMail(matched=match(raw), received=Received(content=raw, name="message.eml", type=MESSAGE))
    if kind in FORMS:
        return _form(raw, kind, content_type or "")
    return _json(raw, content_type)


def _json(raw: bytes, content_type: str | None) -> list[PostedMail] | PostedMail:
    if sum(map(raw.count, (b"{", b"[", b","))) > _MOST_MARKS:
        raise _bad("has too many parts to be read: give whole messages as message/rfc822")
    value = _decoded(raw, content_type)
    if isinstance(value, list) and 0 < len(value) <= MOST_EVENTS:
        found = [
            _event(one, text) for one, text in zip(value, _slices(raw), strict=True) if isinstance(one, dict)
            and usable(one)
        ]  # fmt: skip
        if not found:
            raise BadInput(_NOTHING, _MISSING)
        return found
    if not isinstance(value, dict) or not value:
        raise _bad(f"is not a JSON object with a message in it, nor a list of 1 to {MOST_EVENTS} of them")
    if not usable(value):
        raise BadInput(_NOTHING, _MISSING)
    return _event(value, raw)


def _event(given: Mapping[str, Any], raw: bytes, name: str = "event.json", kind: str = JSON) -> PostedMail:
    return PostedMail(
        matched=match(given),
        received=Received(content=raw, name=name, type=kind),
        received_at=given.get("received_at"),
    )


def _decoded(raw: bytes, content_type: str | None) -> Any:
    """JSON as it is, whatever the texts in it: a provider's is not read as strictly as what people send."""
    _, _, charset = (content_type or "").lower().replace('"', "").partition("charset=")
    for text in (raw, decoded(raw, charset.partition(";")[0].strip() or None).encode("utf-8", "replace")):
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            continue
    raise _bad("is not JSON")


def _slices(raw: bytes) -> list[bytes]:
    """Each of a list as it stands in the post; in UTF-8 where the post was in something else."""
    for text in (raw, decoded(raw).encode("utf-8", "replace")):
        try:
            return [bytes(one) for one in msgspec.json.decode(text, type=list[msgspec.Raw])]
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            continue
    raise _bad("is not JSON")


def _form(raw: bytes, kind: str, content_type: str) -> list[PostedMail] | PostedMail:
    """A form's fields; the JSON in it, where that is what it brings."""
    if kind == URLENCODED:
        fields, attached = _pairs(raw), None
    else:
        form = _parts(raw, content_type)
        fields, attached = _texts(form), attachments_of(form)
    for name in _EVENTS:
        if fields.get(name, "").lstrip().startswith(("{", "[")):
            return _json(fields[name].encode("utf-8", "replace"), None)
    if not usable(fields):
        raise BadInput(_NOTHING, _MISSING)
    made = _event(fields, raw, "form", content_type[:_TYPE])
    if attached is None or made.matched.attachments:
        return made
    return replace(made, matched=replace(made.matched, attachments=attached))


def _pairs(raw: bytes) -> dict[str, str]:
    """The fields of a form as it is in an address: bytes, read as UTF-8 or else as Latin."""
    try:
        pairs = parse_qsl(raw.decode("latin-1"), encoding="latin-1", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _bad("is a form of too many fields") from None
    return {name: decoded(text.encode("latin-1", "replace")) for name, text in pairs}


def _parts(raw: bytes, content_type: str) -> Message:
    """A form in parts, which is laid out as a message is (RFC 7578)."""
    try:
        return parsed(b"Content-Type: " + content_type.encode("latin-1", "replace")[:_TYPE] + b"\r\n\r\n" + raw)
    except (TooOddError, RecursionError):
        raise _bad("is a form that cannot be taken apart") from None


def _texts(form: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(form):
        name = part.get_param("name", header="Content-Disposition")
        if isinstance(name, str) and not part.is_multipart() and not part.get_filename():
            found[name] = decoded(content_of(part), part.get_content_charset()).rstrip("\r\n")
    return found


def _bad(message: str) -> BadInput:
    return BadInput(f"The body {message}.", (Problem("", message),))


def attachment(content: bytes, kind: str, number: int) -> tuple[Attachment, bytes] | None:
    """An attachment of a message that was received so, None where it has none of that number."""
    if media_type(kind) == MESSAGE:
        return attachment_in(content, number)
    try:
        if media_type(kind) == URLENCODED:
            fields = Fields(_pairs(content))
        elif media_type(kind) in FORMS:
            fields = Fields(_texts(_parts(content, kind)))
        else:
            value = _decoded(content, kind)
            fields = Fields(value if isinstance(value, dict) else {})
    except BadInput:
        return None
    if (raw := fields.raw()) is not None:
        return attachment_in(raw, number)
    if media_type(kind) in FORMS:
        return attachment_in(b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n" + content, number)
    return next((one for one in fields.attached() if one[0].number == number), None)
