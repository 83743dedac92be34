"""Who wants to be told by mail of what a public page announces: a link of its own, and nothing else that is kept."""

import hmac
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.links import about_of, subscription_tokens
from workflows.ids import new_id
from workflows.words import Language

_ASKED: Final = b"termijn asked\0"


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as its own page shows it. Instants are UTC."""

    id: UUID
    processor_id: UUID
    processor: str
    language: Language
    confirmed_at: datetime | None
    ended_at: datetime | None


async def ask(
    connection: Connection, secret: str, processor: UUID, address: str, language: Language, at: datetime
) -> None:
    """Ask an address whether it wants to be told: a mail goes to it, unless it was confirmed, was asked just now, or
    did not answer three times in a row within the week."""
    if not await connection.fetchval(sql("note_ask"), processor, _known_by(secret, address), at):
        return
    row = await connection.fetchrow(sql("ask_subscription"), new_id(), processor, address, language, at)
    if row is not None and row["confirmed_at"] is None:
        await connection.execute(sql("ask_to_confirm"), new_id(), processor, row["id"], at)


async def opened(connection: Connection, secret: str, token: str) -> Subscription | None:
    """The subscription that a link is about; None for a link that is none of ours."""
    claimed = about_of(token, secret, subscription_tokens)
    if claimed is None:
        return None
    row = await connection.fetchrow(sql("open_subscription"), claimed)
    if row is None:
        return None
    found = await connection.fetchrow(sql("read_subscription"), [row["processor_id"]], row["id"])
    return msgspec.convert(dict(found), Subscription) if found is not None else None


async def confirm(connection: Connection, secret: str, one: Subscription, at: datetime) -> None:
    """It is told from now on."""
    address = await connection.fetchval(sql("confirm_subscription"), [one.processor_id], one.id, at)
    if address is not None:
        await connection.execute(sql("forget_ask"), [one.processor_id], _known_by(secret, address))


async def end(connection: Connection, one: Subscription, at: datetime) -> None:
    """It hears nothing more, and its address is kept no longer."""
    await connection.execute(sql("end_subscription"), [one.processor_id], one.id, at)


def _known_by(secret: str, address: str) -> bytes:
    """What is remembered of an address, which tells it to nobody."""
    return hmac.digest(secret.encode(), _ASKED + address.lower().encode(), "sha256")
