"""Signing in by mail: a link that lets a user in once, within a quarter of an hour.

Fetching the link changes nothing; the button on its page posts, and signs in. The token is derived from the link's id
and the server's secret, so that the mail can be written later, and again.
"""

import re
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.links import about_of, tokens_of
from service.people.mails import SIGN_IN, queue_mail
from service.people.sessions import begin_session
from workflows.ids import new_id
from workflows.words import Language

LIFE: Final = timedelta(minutes=15)
_SCOPE: Final = b"termijn sign in\0"
_BACK: Final = re.compile(r"/board(?:[/?][A-Za-z0-9/?&=%._~:@!$'()*+,;-]*)?")
_LONGEST_BACK: Final = 2_000


class SignInLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that lets somebody in: whom, and to which page."""

    id: UUID
    user_id: UUID
    processor_id: UUID | None
    name: str
    language: Language
    back: str


def sign_in_tokens(secret: str, link: UUID) -> tuple[str, ...]:
    """The tokens of a link, as `tokens_of`."""
    return tokens_of(secret, _SCOPE, link)


def sign_in_token(secret: str, link: UUID) -> str:
    """The one of them that is given out."""
    return sign_in_tokens(secret, link)[-1]


def safe_back(text: str) -> str:
    """A page below /board to come back to, as it was given; /board for anything else, so that no address of another
    site gets in."""
    ours = len(text) <= _LONGEST_BACK and _BACK.fullmatch(text) and not text.startswith("/board/in")
    return text if ours and "//" not in text and ".." not in text else "/board"


async def make_link(connection: Connection, user: UUID, processor: UUID | None, back: str = "/board") -> UUID:
    """A link for a user; the caller commits."""
    link = new_id()
    await connection.execute(sql("insert_user_link"), link, user, processor, safe_back(back), LIFE)
    return link


async def ask_to_sign_in(connection: Connection, address: str, back: str, now: datetime) -> None:
    """A mail with a link for everybody who signs in with this address, none where nobody does; the caller commits.

    The transaction is an admin's: nobody's processor is known before.
    """
    for row in await connection.fetch(sql("users_at"), address):
        link = await make_link(connection, row["id"], row["processor_id"], back)
        await queue_mail(connection, row["id"], row["processor_id"], SIGN_IN, now, link=link)


async def opened(connection: Connection, secret: str, token: str) -> SignInLink | None:
    """The link that a token is of; None for one that was used, is too old or is none of ours."""
    claimed = about_of(token, secret, sign_in_tokens)
    if claimed is None:
        return None
    row = await connection.fetchrow(sql("open_user_link"), claimed)
    return msgspec.convert(dict(row), SignInLink) if row is not None else None


async def sign_in(connection: Connection, link: SignInLink) -> str | None:
    """Use a link up: the secret of a new session; None where another was quicker. The caller commits."""
    mine = [link.processor_id] if link.processor_id is not None else []
    if await connection.fetchval(sql("use_user_link"), mine, link.id) is None:
        return None
    return await begin_session(connection, link.user_id, link.processor_id)


async def forget_sign_ins(connection: Connection) -> None:
    """Links, their mails and sessions that ended a month ago; the worker's. The ledger says what people did."""
    for block in ("forget_sign_in_mails", "forget_sign_in_links", "forget_sessions"):
        await connection.execute(sql(block))
