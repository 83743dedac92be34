"""A whole message (RFC 5322) taken apart, whatever it is: fields, parts, text, attachments. Pure.

Anybody can send one, so what could take the parser long is bounded: the length of a field, the parts that are looked
at, and lines times nesting, since every line is compared with the boundary of every part that it stands in.
"""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value, getaddresses
from itertools import islice
from typing import Any, Final

from service.mail.incoming.matched import Attachment, addresses_in, clean, storable
from workflows.page_text import shown_text

_FIELD_LIMIT: Final = 10_000
_PARAMETERS: Final = 2_000
"""Characters of one header field that are looked at; fewer where it has parameters, which take the square of them."""
_FIELDS: Final = 20
_ALL_FIELDS: Final = 1_000
_PARTS: Final = 200
_WORK: Final = 5_000_000
"""Lines times multiparts; a message of 25 MB in base64 comes to some 2 million."""
_NAME_LIMIT: Final = 200


class TooOddError(Exception):
    """The bytes are no message that can be parsed in time."""


class _Bounded(policy.Compat32):
    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[: _PARAMETERS if name.lower().startswith("content-") else _FIELD_LIMIT]


_POLICY: Final = _Bounded()


class _Lenient(Message):
    """The library raises at parameters of which one is numbered (RFC 2231) and another is not."""

    def get_param(self, *given: Any, **named: Any) -> Any:
        """As the library has it; a parameter that cannot be read is not there."""
        try:
            return super().get_param(*given, **named)
        except (TypeError, ValueError):
            return named.get("failobj", given[1] if len(given) > 1 else None)


def parsed(raw: bytes) -> Message:
    """The message; anything is one. Raises TooOddError, or RecursionError where parts are nested too deeply."""
    if raw.count(b"\n") * (1 + raw.lower().count(b"multipart/")) > _WORK:
        raise TooOddError
    return message_from_bytes(raw, _Lenient, policy=_POLICY)


def head_of(raw: bytes) -> Message:
    """The message's fields alone, where the rest cannot be taken apart."""
    head = raw[:100_000].partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    return message_from_bytes(head, _Lenient, policy=_POLICY)


def field(mail: Message, *names: str) -> str:
    """The fields of these names as they stand, in their order; folds are gone, bytes read as UTF-8 or else Latin."""
    wanted = [name.lower() for name in names]
    found: dict[str, list[Any]] = {name: [] for name in wanted}
    for key, value in islice(mail.raw_items(), _ALL_FIELDS):
        if (kept := found.get(key.lower())) is not None and len(kept) < _FIELDS:
            kept.append(value)
    return " ".join(_unfolded(value) for name in wanted for value in found[name])


def _unfolded(value: Any) -> str:
    return decoded(str(value).encode("utf-8", "surrogateescape")).replace("\r", "").replace("\n", "")


def decoded(content: bytes, charset: str | None = None) -> str:
    """Text in the character set that it says, else UTF-8, else what Windows calls Latin."""
    for one in (charset, "utf-8"):
        try:
            if one is not None and one.lower() != "us-ascii":
                return content.decode(one)
        except (LookupError, UnicodeDecodeError, ValueError):  # unknown, wrong, or no text at all
            continue
    return content.decode("cp1252", "replace")


def words_of(text: str) -> str:
    """A field's text without its encoded words (RFC 2047)."""
    if "=?" not in text:
        return text
    try:
        return "".join(
            decoded(part, charset) if isinstance(part, bytes) else part for part, charset in decode_header(text[:2_000])
        )
    except (HeaderParseError, ValueError, LookupError, IndexError):
        return text


def mailboxes(text: str) -> list[tuple[str, str]]:
    """Names and addresses in a field such as From; addresses alone where it is nested too deeply to be read."""
    try:
        found = getaddresses([text[:_PARAMETERS]])
    except (RecursionError, IndexError):
        found = [("", one) for one in addresses_in(text)]
    return [(words_of(name), address) for name, address in found if "@" in address]


def parts(mail: Message) -> Iterator[Message]:
    """Its own parts, the message itself first; a message within it is one part, not its parts."""
    left: list[Message] = [mail]
    for _ in range(_PARTS):
        if not left:
            return
        part = left.pop(0)
        yield part
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            left[:0] = [one for one in payload if isinstance(one, Message)]


def within(part: Message) -> list[Message]:
    """What a part of type `message/…` holds; a report's groups of fields are messages too."""
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def content_of(part: Message) -> bytes:
    """A part's bytes without their transfer encoding; empty for a part of parts."""
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    return b"\n".join(one.as_bytes() for one in within(part)) if part.get_content_maintype() == "message" else b""


def text_of(mail: Message) -> str:
    """The first plain text that says something, else the HTML without its tags."""
    html = ""
    for part in parts(mail):
        if part.is_multipart() or part.get_filename():
            continue
        kind = part.get_content_type()
        if kind == "text/plain" and (text := clean(decoded(content_of(part), part.get_content_charset()))):
            return text
        if kind == "text/html" and not html:
            html = clean(shown_text(decoded(content_of(part), part.get_content_charset())))
    return html


def attachments_of(mail: Message) -> tuple[Attachment, ...]:
    """The attachments of a message, in its order."""
    found: list[Attachment] = []
    for number, part in enumerate(parts(mail)):
        if not _attached(part):
            continue
        content = content_of(part)
        if content:
            kind = storable(part.get_content_type())[:_NAME_LIMIT]
            found.append(Attachment(number=number, name=_name(part), type=kind, size=len(content)))
    return tuple(found)


def attachment_in(raw: bytes, number: int) -> tuple[Attachment, bytes] | None:
    """An attachment with its bytes, None where there is none of that number."""
    try:
        mail = parsed(raw)
        one = next((one for one in attachments_of(mail) if one.number == number), None)
        part = next((part for at, part in enumerate(parts(mail)) if at == number), None)
    except (TooOddError, RecursionError):
        return None
    return (one, content_of(part)) if one is not None and part is not None else None


def _attached(part: Message) -> bool:
    """Text is what it says, unless it has a name or is given to be kept."""
    if part.get_content_maintype() == "multipart":
        return False
    return bool(
        part.get_filename()
        or part.get_content_disposition() == "attachment"
        or part.get_content_maintype() not in ("text", "message")
        or part.get_content_type() in ("message/rfc822", "message/global")
    )


def _name(part: Message) -> str:
    given = part.get_filename() or ""
    text = given if isinstance(given, str) else collapse_rfc2231_value(given)
    name = " ".join(storable(words_of(_unfolded(text))).split())
    return name.replace("\\", "/").rpartition("/")[2][:_NAME_LIMIT]
