"""What an inbound message is, and how texts say which of our messages they mean. Pure."""

import re
from typing import Final, Literal
from uuid import UUID

import msgspec

Kind = Literal["reply", "bounce", "delivery", "unknown"]

TEXT_LIMIT: Final = 20_000
_WORDS_LIMIT: Final = 500
_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_SEAL: Final = r"(?:\.([0-9a-f]{20}))?@"
_VERP: Final = re.compile(rf"bounce\+([0-9a-f]{{32}}){_SEAL}", re.IGNORECASE)
_OWN_ID: Final = re.compile(rf"<?({_UUID}){_SEAL}", re.IGNORECASE)
_BARE_ID: Final = re.compile(rf"(?:^|[\s,])<?({_UUID})>?(?=$|[\s,])", re.IGNORECASE)
STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS: Final = re.compile(r"[^\s<>,;:\"()@\[\]]{1,64}@[^\s<>,;:\"()@\[\]]{1,255}")
_MOST_ADDRESSES: Final = 50
_LINK: Final = re.compile(r"(?:/|%2F|%252F)([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])", re.IGNORECASE)
_MOST_LINKS: Final = 20


class Named(msgspec.Struct, frozen=True):
    """An outbox row that something names, with the seal that only its own mail carries; None without one."""

    id: UUID
    seal: str | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """What a message brings besides its words; `number` tells it from others of the same message."""

    number: int
    name: str
    type: str
    size: int


class Matched(msgspec.Struct, frozen=True, kw_only=True):
    """What an inbound message is.

    `message_id` is the outbox row it answers, None where nothing names one, and `seal` what proves that whoever
    says so has seen that mail. `vouched` where the word of who posted it is enough. `external_id` is the same
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
    seal: str | None = None
    vouched: bool = False
    temporary: bool = False
    """The report says that the mail has not arrived yet, and may still."""
    automatic: bool = False
    """A machine answered, such as an out-of-office note."""
    unclear: bool = False
    """A person has to say what it is."""
    recipients: tuple[str, ...] = ()
    """Every address it went to, in lower case."""
    senders: tuple[str, ...] = ()
    """Every address that it says it comes from, `sender` first."""
    name: str = ""
    """The name that its sender goes by."""
    mentioned: tuple[str, ...] = ()
    """Addresses that it is about, or that its text names."""
    links: tuple[str, ...] = ()
    """What may be tokens of our links, quoted in it."""
    attachments: tuple[Attachment, ...] = ()


def names_in(*places: str) -> Named | None:
    """The outbox row that a return path or one of our Message-IDs names; return paths first, sealed ones before."""
    found = [
        Named(UUID(one[1]), one[2].lower() if one[2] else None)
        for pattern in (_VERP, _OWN_ID)
        for place in places
        for one in pattern.finditer(place)
    ]
    return best(*found)


def best(*named: Named | None) -> Named | None:
    """Of the messages that a mail names, the first with a seal, else the first."""
    known = [one for one in named if one is not None]
    return next((one for one in known if one.seal is not None), next(iter(known), None))


def bare_names_in(*places: str) -> Named | None:
    """The outbox row by its id alone, as a notice's `attempts` show it."""
    return next((Named(UUID(found[1])) for place in places if (found := _BARE_ID.search(place))), None)


def addresses_in(text: str) -> tuple[str, ...]:
    """What looks like addresses in a text, in lower case, as far as one message may name any."""
    found = dict.fromkeys(one[0].lower().strip(".'`*") for one in _ADDRESS.finditer(text[:TEXT_LIMIT]))
    return tuple(found)[:_MOST_ADDRESSES]


def links_in(text: str) -> tuple[str, ...]:
    """What may be tokens of our links in a text, however a mail program wrote the address around them."""
    return tuple(dict.fromkeys(one[1] for one in _LINK.finditer(text)))[:_MOST_LINKS]


def clean(text: str) -> str:
    """The text with runs of empty lines cut to one."""
    kept: list[str] = []
    for line in storable(text[: 10 * TEXT_LIMIT]).replace("\r\n", "\n").split("\n"):
        if line.strip() or (kept and kept[-1]):
            kept.append(line.rstrip() and line)
    return "\n".join(kept).strip()


def storable(text: str) -> str:
    """Without NUL and halves of surrogate pairs, which no database takes."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def clip(text: str) -> str:
    """On one line, and no longer than words need to be."""
    return " ".join(storable(text).split())[:_WORDS_LIMIT]
