"""Applications: what strangers typed on a processor's page, until they sign by a mail's link or a week is over."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from db.spans import here
from service.links import about_of, tokens_of
from workflows.ids import new_id
from workflows.intake.joining import Offer
from workflows.model.joining import Applied
from workflows.model.parties import Processor
from workflows.secret_key import keys_of
from workflows.words import Language

OPEN_FOR: Final = timedelta(hours=48)
"""How long the link of the mail opens anything, from when it was sent."""
MOST_WAITING: Final = 2_000
"""Applications that may wait with one processor: whoever floods a page fills no disk."""
_SCOPE: Final = b"termijn application\0"
_ASKED: Final = b"termijn application asked\0"


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What a stranger typed, and what was on the page then: the rules with their blanks filled, and the text's digest
    (hex). Once it was signed nothing is left of what was typed. Instants are UTC."""

    id: UUID
    processor: Processor
    language: Language
    terms_version_id: UUID
    facts: dict[str, Any]
    text_sha256: str
    applied: Applied | None
    applied_at: datetime
    sent_at: datetime | None
    signed_at: datetime | None
    now: datetime

    @property
    def too_old(self) -> bool:
        """Whether its link opens nothing any more."""
        return self.now >= (self.sent_at or self.applied_at) + OPEN_FOR

    def is_of(self, offer: Offer | None) -> bool:
        """Whether the processor still offers just that."""
        return (
            offer is not None
            and offer.pinned.id == self.terms_version_id
            and offer.text.sha256 == self.text_sha256
            and offer.joining.facts == self.facts
        )


def application_tokens(secret: str, application: UUID) -> tuple[str, ...]:
    """What opens the page on which an application is signed, and nothing else, as `tokens_of`."""
    return tokens_of(secret, _SCOPE, application)


def application_token(secret: str, application: UUID) -> str:
    """The one of them that is given out."""
    return application_tokens(secret, application)[-1]


async def hand_in(
    connection: Connection, secret: str, processor: UUID, offer: Offer, applied: Applied, nonce: str, at: datetime
) -> bool:
    """Keep what was typed, and have its address asked by a mail unless it left three of them unanswered within a week;
    False where too many wait.

    `nonce` names the showing of the page: the same handed in again is one, and other content takes the place of what
    was not signed yet, as when somebody goes back to mend an address. The caller commits.
    """
    typed = msgspec.json.encode(applied).decode()
    for name in (nonce, f"{nonce} {hashlib.sha256(typed.encode()).hexdigest()}"):
        made = await connection.fetchval(
            sql("hand_in_application"),
            new_id(),
            processor,
            name,
            applied.language,
            offer.pinned.id,
            msgspec.json.encode(offer.joining.facts).decode(),
            bytes.fromhex(offer.text.sha256),
            applied.contacts[0].email,
            typed,
            at,
            MOST_WAITING,
            OPEN_FOR,
            here(),
        )
        if made is not None:
            if not await connection.fetchval(sql("note_application"), processor, _known_by(secret, applied), at):
                await connection.execute(sql("leave_application"), [processor], made)
            return True
        there = await connection.fetchrow(sql("handed_in_before"), [processor], name, typed)
        if there is None or there["same"] is not None:
            return there is not None
        # That one is signed, and nothing of it is left to compare with: this is another.
    return True


async def opened(connection: Connection, secret: str, token: str, *, to_sign: bool = False) -> Application | None:
    """The application of a link, locked where it is about to be signed; None for a link that is none of ours."""
    claimed = about_of(token, secret, application_tokens)
    if claimed is None:
        return None
    row = await connection.fetchrow(sql("open_application"), claimed)
    if row is None:
        return None
    mine = [row["processor_id"]]
    if to_sign:
        await connection.execute(sql("lock_application"), mine, claimed)
    found = await connection.fetchrow(sql("read_application"), mine, claimed)
    return _application(found) if found is not None else None


async def signed(connection: Connection, secret: str, one: Application, at: datetime) -> None:
    """It is over: what was typed stands in the customer's record from now on."""
    if one.applied is not None:
        for key in keys_of(secret):
            await connection.execute(sql("forget_ask"), [one.processor.id], _known_by(key, one.applied))
    await connection.execute(sql("application_signed"), [one.processor.id], one.id, at)


def _known_by(secret: str, applied: Applied) -> bytes:
    """What is remembered of an address that was asked, which tells it to nobody."""
    return hmac.digest(secret.encode(), _ASKED + str(applied.contacts[0].email).lower().encode(), "sha256")


def _application(row: Any) -> Application:
    return Application(
        id=row["id"],
        processor=msgspec.json.decode(row["processor"], type=Processor),
        language=row["language"],
        terms_version_id=row["terms_version_id"],
        facts=msgspec.json.decode(row["facts"]),
        text_sha256=row["text_sha256"].hex(),
        applied=msgspec.json.decode(row["typed"], type=Applied) if row["typed"] is not None else None,
        applied_at=row["applied_at"],
        sent_at=row["sent_at"],
        signed_at=row["signed_at"],
        now=row["now"],
    )


async def how_asked(connection: Connection, one: Application) -> str:
    """Whose mailbox was proven: the address, when its mail went (UTC), and the mail's Message-ID, as far as they are
    known. Personal; the application does not keep it once it was signed.
    """
    row = await connection.fetchrow(sql("how_application_asked"), [one.processor.id], one.id)
    at = row["sent_at"].isoformat() if row["sent_at"] is not None else None
    return "; ".join(said for said in (row["address"], at, row["own_id"]) if said)
