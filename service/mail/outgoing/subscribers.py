"""Mails to those who subscribed to a public page: no customers of anybody, so apart from the outbox of notices.

Each is held for some minutes while it is handed over; a worker that dies leaves it to the next, so that it goes out at
least once.
"""

import logging
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

import asyncpg

from db.queries import sql
from db.session import transaction
from service.links import subscription_token
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.render import message_id, return_path
from service.mail.outgoing.smtp import NoConnection, Outcome, SmtpConnection
from workflows.engine.poison import note
from workflows.engine.subscribers import came_back
from workflows.words import said_in

log = logging.getLogger(__name__)

BATCH: Final = 50
TRIES: Final = 8
"""Times that a mail is tried before it is given up."""
WITHDRAWN: Final = -1
"""Stands for the revision of a change in the mail that tells of its withdrawal."""


async def tell_subscribers(pool: asyncpg.Pool, config: MailConfig, *, batch: int = BATCH) -> int:
    """Queue what was announced, and work off one batch of what is due; how many were taken on."""
    async with transaction(pool) as connection:
        await connection.execute(sql("forget_unconfirmed"))
        await connection.execute(sql("forget_asks"))
        await connection.execute(sql("queue_withdrawals_for_subscribers"), batch)
        await connection.execute(sql("queue_subscription_mails"), batch)
        rows = await connection.fetch(sql("claim_subscription_mails"), batch)
    line = SmtpConnection(config)
    for row in rows:
        own_id = message_id(row["id"], config.host, str(config.secret))
        outcome = await _attempt(line, config, row, own_id)
        sent = outcome.result in ("sent", "unknown")
        again = outcome.result == "deferred" and row["tries"] < TRIES
        async with transaction(pool) as connection:
            await connection.execute(sql("settle_subscription_mail"), row["id"], sent, again, outcome.words, own_id)
            if outcome.result == "rejected":
                await came_back(connection, row["processor_id"], row["id"], row["now"])
    if rows:
        await line.close()
    return len(rows)


async def _attempt(line: SmtpConnection, config: MailConfig, row: Any, own_id: str) -> Outcome:
    try:
        content = written(config, row).as_bytes()
    except Exception as error:  # one bad row stops nothing else: all other mail goes out after this
        note(log, f"writing mail {row['id']} to a subscriber", error)
        return Outcome("deferred", None, f"it cannot be made: {type(error).__name__}")
    try:
        return await line.send(return_path(own_id, config.bounces_to), row["address"], content)
    except NoConnection as error:
        log.warning("the mail server cannot be used now; subscribers wait")
        return Outcome("deferred", error.code, error.words)


def written(config: MailConfig, row: Any) -> EmailMessage:
    """The mail of a row of `claim_subscription_mails`."""
    say, now = said_in(row["language"]), row["now"]
    link = f"{config.base_url}/u/{subscription_token(str(config.secret), row['subscription_id'])}"
    page = f"{config.base_url}/s/{row['slug']}?lang={row['language']}"
    withdrawn = row["revision"] == WITHDRAWN
    blanks = {"processor": row["processor"], "name": row["name"]}
    if row["change_id"] is None:
        subject = say("subscription.ask_subject", processor=row["processor"])
        lines = [
            say("subscription.ask", processor=row["processor"]),
            link,
            say("subscription.ask_else"),
        ]
    else:
        subject = say("subscription.withdrawn_subject" if withdrawn else "subscription.told_subject", **blanks)
        told = say("subscription.withdrawn" if withdrawn else "subscription.told", **blanks)
        lines = [told, page, say("subscription.beside"), say("subscription.end"), link]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(" ".join(row["processor"].split()), addr_spec=config.mail_from)
    mail["To"] = Address(addr_spec=row["address"])
    mail["Subject"] = " ".join(str(subject).split())
    mail["Date"] = _date(now)
    mail["Message-ID"] = message_id(row["id"], config.host, str(config.secret))
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if row["change_id"] is not None:
        mail["List-Unsubscribe"] = f"<{link}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("\n\n".join(str(one) for one in lines) + "\n")
    mail["Content-Language"] = row["language"]  # afterwards: content takes all such headers with it
    return mail


def _date(now: datetime) -> datetime:
    return now.replace(microsecond=0)
