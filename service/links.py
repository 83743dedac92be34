"""Links that let a contact in: 256 bits derived from the server's secret, of which only a digest is kept.

A token is HMAC-SHA256(secret, link id and generation): mails can be rendered later and again without
storing it, and raising the generation makes the old one open nothing.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.ids import new_id
from workflows.secret_key import keys_of

Purpose = Literal["notice", "contact", "erasure", "signature"]
"""`notice` opens one notice for one contact, `contact` the contact's own page; `erasure` confirms for one
agreement that its data are to be erased (P23), once; `signature` signs one agreement for the customer."""

_PATHS: Final[Mapping[Purpose, str]] = {"notice": "n", "contact": "p", "erasure": "e", "signature": "a"}
_ID: Final = 16
_MAC: Final = 32
_CALENDAR: Final = b"termijn calendar\0"
_FEED: Final = b"termijn feed\0"
_SUBSCRIPTION: Final = b"termijn subscription\0"
TOKEN: Final = 43
"""Characters of a token: base64url of 32 bytes. The last one carries four bits alone, so it is a letter or a digit."""
CALENDAR_TOKEN: Final = 64


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A link that somebody needs.

    `subject` is the notice, or the customer for purpose `contact`. `told_at` is when a message that tells
    the contact anew was made: a link revoked before that is given a new generation, any other stays dead.
    """

    processor: UUID
    customer: UUID
    contact: UUID
    purpose: Purpose
    subject: UUID
    told_at: datetime | None = None

    @property
    def key(self) -> tuple[UUID, str, UUID]:
        """A contact has one link for each purpose and subject."""
        return (self.contact, self.purpose, self.subject)


class _Found(msgspec.Struct, frozen=True):
    id: UUID
    generation: int
    revoked_at: datetime | None
    kept: bytes


def token_for(secret: str, link_id: UUID, generation: int) -> str:
    """The token of a link: 43 characters of base64url."""
    said = link_id.bytes + generation.to_bytes(4, "big")
    made = hmac.digest(secret.encode(), said, "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def calendar_token(secret: str, link_id: UUID, generation: int) -> str:
    """What reads the calendar of a contact's own page and nothing else: 64 characters of base64url.

    It goes into calendar programs, which hand it on to whoever runs them; it dies with the page's own token.
    """
    made = hmac.digest(secret.encode(), _CALENDAR + link_id.bytes + generation.to_bytes(4, "big"), "sha256")
    return base64.urlsafe_b64encode(link_id.bytes + made).decode()


def feed_token(secret: str, key_id: UUID, number: int) -> str:
    """What reads the calendar of a key's holder and nothing else: 64 characters of base64url."""
    made = hmac.digest(secret.encode(), _FEED + key_id.bytes + number.to_bytes(4, "big"), "sha256")
    return base64.urlsafe_b64encode(key_id.bytes + made).decode()


def tokens_of(secret: str, scope: bytes, about: UUID) -> tuple[str, ...]:
    """The tokens that open what stands behind one id, each 64 characters of base64url: the last one is given out.

    It ends in a letter or a digit, since programs that make links of a text leave a mark at the end out of them. Those
    before it do not, and are recognised, since the first was given out once.
    """
    found: list[str] = []
    while not found or found[-1][-1] in "-_":
        more = bytes([len(found)]) if found else b""
        made = hmac.digest(secret.encode(), scope + about.bytes + more, "sha256")
        found.append(base64.urlsafe_b64encode(about.bytes + made).decode())
    return tuple(found)


def subscription_tokens(secret: str, subscription: UUID) -> tuple[str, ...]:
    """What confirms a subscription to a public page and ends it, and does nothing else, as `tokens_of`."""
    return tokens_of(secret, _SUBSCRIPTION, subscription)


def subscription_token(secret: str, subscription: UUID) -> str:
    """The one of them that is given out."""
    return subscription_tokens(secret, subscription)[-1]


def calendar_link(token: str) -> UUID | None:
    """The link, the key or the subscription that a token claims to come from; whoever asks compares the whole token
    next."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    return UUID(bytes=raw[:_ID]) if len(raw) == _ID + _MAC else None


def about_of(token: str, secret: str, tokens: Callable[[str, UUID], tuple[str, ...]]) -> UUID | None:
    """What a token of ours is about, by the function that makes all of its kind; None for one that is none of ours."""
    claimed = calendar_link(token)
    if claimed is None:
        return None
    ours = [each for key in keys_of(secret) for each in tokens(key, claimed)]
    return claimed if same_token(token, *ours) else None


def kept_token(secret: str, link_id: UUID, generation: int, kept: bytes) -> str:
    """The token whose digest is `kept`; where no key of ours gives that one, the present key's, which opens nothing."""
    tokens = [token_for(key, link_id, generation) for key in keys_of(secret)]
    return next((one for one in tokens if digest(one) == kept), tokens[0])


def same_token(token: str, *ours: str) -> bool:
    """Whether a token is one of ours, in a time that does not tell how much of it is right."""
    return any([hmac.compare_digest(one.encode(), token.encode("utf-8", "surrogatepass")) for one in ours])


def digest(token: str) -> bytes:
    """What is stored of a token, and looked up by: SHA-256, 32 bytes."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def url(base: str, purpose: Purpose, token: str) -> str:
    """Where a token leads; `base` has no slash at its end."""
    return f"{base}/{_PATHS[purpose]}/{token}"


async def ensure_link(
    connection: Connection,
    secret: str,
    processor: UUID,
    customer: UUID,
    contact: UUID,
    purpose: Purpose,
    subject: UUID,
    now: datetime,
    *,
    told_at: datetime | None = None,
) -> str | None:
    """The token of a contact's link, made where there is none yet; None where it was revoked (see `Wanted`)."""
    wanted = Wanted(
        processor=processor, customer=customer, contact=contact, purpose=purpose, subject=subject,
        told_at=told_at,
    )  # fmt: skip
    return (await ensure_links(connection, secret, [wanted], now))[0]


async def ensure_links(
    connection: Connection, secret: str, wanted: Sequence[Wanted], now: datetime
) -> list[str | None]:
    """Tokens in the order of `wanted`, None for a revoked link; the caller commits."""
    if not wanted:
        return []
    # In one order, so that two workers that need the same links cannot wait for each other.
    ordered = sorted({one.key: one for one in wanted}.values(), key=lambda one: one.key)
    found = await _read(connection, ordered)
    if missing := [one for one in ordered if one.key not in found]:
        rows = [_row(secret, one, now) for one in missing]
        await connection.execute(sql("insert_links"), _json(rows))
        found |= await _read(connection, missing)
    tokens: dict[tuple[UUID, str, UUID], str | None] = {}
    for one in wanted:
        link = found[one.key]
        told = one.told_at
        if link.revoked_at is not None and told is not None and told >= link.revoked_at:
            link = found[one.key] = await _raise(connection, secret, one, link, "revive_link")
        if one.key in tokens and tokens[one.key] is not None:
            continue
        token = kept_token(secret, link.id, link.generation, link.kept)
        if link.revoked_at is None and link.kept != digest(token):
            link = found[one.key] = await _raise(connection, secret, one, link, "renew_link")
            token = kept_token(secret, link.id, link.generation, link.kept)
        tokens[one.key] = None if link.revoked_at is not None else token
    return [tokens[one.key] for one in wanted]


async def _read(connection: Connection, wanted: Sequence[Wanted]) -> dict[tuple[UUID, str, UUID], _Found]:
    rows = await connection.fetch(
        sql("find_links"),
        list({one.processor for one in wanted}),
        [one.contact for one in wanted],
        [one.purpose for one in wanted],
        [one.subject for one in wanted],
    )
    return {
        (row["contact_id"], row["purpose"], row["subject_id"]): _Found(
            row["id"], row["generation"], row["revoked_at"], row["token_sha256"]
        )
        for row in rows
    }


async def _raise(connection: Connection, secret: str, one: Wanted, link: _Found, block: str) -> _Found:
    """A new generation: its token opens the link, those of earlier ones open nothing."""
    generation = link.generation + 1
    kept = digest(token_for(secret, link.id, generation))
    await connection.execute(sql(block), [one.processor], link.id, generation, kept)
    return (await _read(connection, [one]))[one.key]


def _row(secret: str, one: Wanted, now: datetime) -> dict[str, Any]:
    link = new_id()
    return {
        "id": link,
        "processor_id": one.processor,
        "customer_id": one.customer,
        "contact_id": one.contact,
        "purpose": one.purpose,
        "subject_id": one.subject,
        "generation": 1,
        "token_sha256": digest(token_for(secret, link, 1)).hex(),
        "created_at": now,
    }


def _json(rows: Any) -> str:
    return msgspec.json.encode(rows).decode()
