"""The mail by which a stranger who filled in a processor's page shows that the address is theirs: its link signs.

It goes to an address that anybody may have typed, so it holds nothing that was typed.
"""

import logging
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Final

import asyncpg

from db.queries import sql
from db.session import transaction
from db.spans import span
from service.applications import OPEN_FOR, application_token
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.outbox import LONG
from service.mail.outgoing.render import message_id, return_path
from service.mail.outgoing.smtp import NoConnection, Outcome, SmtpConnection
from workflows.engine.poison import note
from workflows.words import said_in

log = logging.getLogger(__name__)

BATCH: Final = 50
TRIES: Final = 8
"""Times that a mail is tried before it is given up."""


async def ask_applicants(pool: asyncpg.Pool, config: MailConfig, *, batch: int = BATCH) -> int:
    """Forget what nobody signed in time, and work off one batch of mails that are due; how many were taken on."""
    async with transaction(pool) as connection:
        await connection.execute(sql("forget_applications"))
        rows = await connection.fetch(sql("claim_application_mails"), batch)
    line = SmtpConnection(config)
    for row in rows:
        own_id = message_id(row["id"], config.host, str(config.secret))
        named = {"termijn.application": str(row["id"]), "termijn.processor": str(row["processor_id"])}
        late = row["now"] - row["applied_at"] > LONG
        with span(
            "send application", named, kind="client", begins=True, cause=row["traceparent"], late=late
        ) as sending:
            outcome, counts = await _attempt(line, config, row, own_id)
            sending.note({"termijn.outcome": outcome.result})
            if outcome.result != "sent":
                sending.fail(outcome.result)
        sent = outcome.result in ("sent", "unknown")
        again = outcome.result == "deferred" and (row["tries"] < TRIES or not counts)
        async with transaction(pool) as connection:
            await connection.execute(
                sql("settle_application_mail"), row["id"], sent, again, outcome.words, own_id, counts
            )
    if rows:
        await line.close()
    return len(rows)


async def _attempt(line: SmtpConnection, config: MailConfig, row: Any, own_id: str) -> tuple[Outcome, bool]:
    """What came of it, and whether it counts as a try: a server that is away uses none up."""
    try:
        content = written(config, row).as_bytes()
    except Exception as error:  # one bad row stops nothing else: all other mail goes out after this
        note(log, f"writing the mail of application {row['id']}", error)
        return Outcome("deferred", None, f"it cannot be made: {type(error).__name__}"), True
    try:
        return await line.send(return_path(own_id, config.bounces_to), row["address"], content), True
    except NoConnection as error:
        log.warning("the mail server cannot be used now; those who filled in a page wait")
        return Outcome("deferred", error.code, error.words), False


def written(config: MailConfig, row: Any) -> EmailMessage:
    """The mail of a row of `claim_application_mails`."""
    say, processor = said_in(row["language"]), row["processor"]
    hours = int(OPEN_FOR.total_seconds()) // 3600
    lines = (
        say("application.ask", processor=processor),
        f"{config.base_url}/w/{application_token(str(config.secret), row['id'])}",
        say("application.until", hours=str(hours)),
        say("application.else"),
    )
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(" ".join(processor.split()), addr_spec=config.mail_from)
    mail["To"] = Address(addr_spec=row["address"])
    if row["reply_to"]:
        mail["Reply-To"] = Address(addr_spec=row["reply_to"])
    mail["Subject"] = " ".join(say("application.subject", processor=processor).split())
    mail["Date"] = row["now"].replace(microsecond=0)
    mail["Message-ID"] = message_id(row["id"], config.host, str(config.secret))
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content("\n\n".join(str(one) for one in lines) + "\n")
    mail["Content-Language"] = row["language"]  # afterwards: content takes all such headers with it
    return mail
