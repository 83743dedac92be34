"""Mails to users: the processor's own people, who are no contacts and stand in no customer's evidence.

They wait for nothing, so they are worked off apart from messages. Each is leased while it is handed over; a worker that
dies leaves it to the next, which sends the same Message-ID, Date and words.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import asyncpg
import msgspec

from db.queries import sql
from db.session import transaction
from db.spans import span
from service.face import coloured
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.mime import UNANSWERED_BY_MACHINES, compose, date_field, mailbox, one_line, unstructured
from service.mail.outgoing.smtp import NoConnection, Outcome, SmtpConnection
from service.mail.texts.texts import PEOPLE, packaged_texts
from service.people.mails import SIGN_IN, TOLD
from service.people.sign_in import sign_in_token
from workflows.engine.poison import note

log = logging.getLogger(__name__)

BATCH: Final = 50
TRIES: Final = 8
"""Times that a mail is tried before it is given up."""
LEASE: Final = 120.0
AGAIN: Final = 30.0
"""Seconds after the first try; each later one waits twice as long."""
ANEW: Final = timedelta(days=1)
"""After so long what was told in a mail that was given up goes in another."""
OURS: Final = "Termijn"
"""From whom mail to an admin comes, who belongs to no processor."""

Make = Callable[[MailConfig, Any], dict[str, Any]]


def sign_in(config: MailConfig, row: Any) -> dict[str, Any]:
    """What the mail with a sign-in link needs."""
    return {"url": f"{config.base_url}/board/in/{sign_in_token(str(config.secret), row['link_id'])}"}


def told(config: MailConfig, row: Any) -> dict[str, Any]:
    """What the mail needs that tells of what waits: its lines, each with a page of the board, and no secret in it."""
    data: dict[str, Any] = msgspec.json.decode(row["data"])
    # What an older release wrote down says of no line whose it is: nobody but a processor's own people was told.
    lines = [{"processor": "", **one, "url": config.base_url + one["path"]} for one in data["lines"]]
    people = f"{config.base_url}/board/users/new" if any(one["processor"] for one in lines) else ""
    return {**data, "lines": lines, "url": f"{config.base_url}/board", "people": people}


KINDS: Final[Mapping[str, Make]] = {SIGN_IN: sign_in, TOLD: told}
"""By kind, which has a template of its name: what it needs besides the name, the processor and the host."""


async def mail_users(pool: asyncpg.Pool, config: MailConfig, *, batch: int = BATCH) -> int:
    """Work off one batch of what is due; how many were taken on."""
    async with transaction(pool) as connection:
        rows = await connection.fetch(sql("claim_user_mails"), batch, LEASE)
    line = SmtpConnection(config)
    for row in rows:
        named = {"termijn.user_mail": str(row["id"])}
        with span(f"send {row['kind']}", named, kind="client", begins=True) as sending:
            outcome = await _attempt(line, config, row)
            sending.note({"termijn.outcome": outcome.result})
        sent = outcome.result in ("sent", "unknown")
        again = AGAIN * 2 ** (row["tries"] - 1) if outcome.result == "deferred" and row["tries"] < TRIES else None
        async with transaction(pool) as connection:
            await connection.execute(sql("settle_user_mail"), row["id"], sent, again, outcome.words)
            if not sent and again is None:
                await connection.execute(sql("told_in_vain"), row["id"], ANEW)
    if rows:
        await line.close()
    return len(rows)


async def _attempt(line: SmtpConnection, config: MailConfig, row: Any) -> Outcome:
    try:
        content = written(config, row)
    except Exception as error:  # one bad row stops nothing else; its message may hold personal data
        note(log, f"writing mail {row['id']} to a user", error)
        return Outcome("rejected", None, f"it cannot be made: {type(error).__name__}")
    try:
        return await line.send(config.mail_from, row["email"], content)
    except NoConnection as error:
        log.warning("the mail server cannot be used now; users wait")
        return Outcome("deferred", error.code, error.words)


def written(config: MailConfig, row: Any) -> bytes:
    """The mail of a row of `claim_user_mails`. Raises KeyError for a kind that nobody writes."""
    processor = row["processor"] or OURS
    values = {
        "name": row["name"],
        "processor": processor,
        "shown_as": row["display_name"] or processor,
        "host": config.base_url.partition("://")[2],
    }
    text = packaged_texts().write(
        row["kind"], row["language"], {**values, **KINDS[row["kind"]](config, row)}, layout=PEOPLE
    )
    fields = [
        ("Date", date_field(row["created_at"])),
        ("From", mailbox(processor, config.mail_from)),
        ("To", mailbox(row["name"], row["email"])),
        ("Subject", unstructured(one_line(text.subject), len("Subject: "))),
        ("Message-ID", f"<{row['id']}@{config.host}>"),
        *UNANSWERED_BY_MACHINES,
        ("Content-Language", row["language"]),
    ]
    return compose(fields, text.text, coloured(text.html, row["colour"]), f"=_{row['id'].hex}")
