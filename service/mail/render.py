"""From a letter to its bytes, once: every attempt sends the same Message-ID, Date and body. Pure."""

from datetime import datetime

import msgspec

from service.links import url
from service.mail.address import BadAddress, one_address
from service.mail.config import MailConfig
from service.mail.mime import compose, date_field, mailbox, one_line, unstructured
from service.mail.outbox import Letter, Message
from service.mail.texts import Texts
from service.mail.variables import variables
from service.mail.views import Framing


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is kept and sent; `dated_at` is the instant in its Date field, UTC."""

    message_id: str
    subject: str
    content: bytes
    dated_at: datetime


def message_id(message: Message, host: str) -> str:
    """The Message-ID (RFC 5322, 3.6.4): one for all attempts."""
    return f"<{message.id}@{host}>"


def return_path(message: Message, domain: str) -> str:
    """The envelope's sender: a bounce comes back to it and so names the message (VERP)."""
    return f"bounce+{message.id.hex}@{domain}"


def render(
    letter: Letter,
    config: MailConfig,
    texts: Texts,
    *,
    notice_token: str | None,
    page_token: str | None,
    now: datetime,
) -> Rendered:
    """Make the message, dated `now` (UTC, the one clock).

    A link whose token is None is left out. Raises BadAddress where the contact's address is not one
    recipient, and ValueError, KeyError or jinja2's TemplateError where the message cannot be written.
    """
    message, processor = letter.message, letter.about.processor
    to = one_address(message.address)
    reply_to = _reply_to(processor.reply_to)
    framing = Framing(
        can_reply=reply_to is not None,
        notice_url=url(config.base_url, "notice", notice_token) if notice_token is not None else None,
        page_url=url(config.base_url, "contact", page_token) if page_token is not None else None,
        host=config.base_url.partition("://")[2],
        now=now,
    )
    written = texts.write(message.kind, message.language, variables(letter, framing))
    subject = one_line(written.subject)
    own_id = message_id(message, config.host)
    fields = [
        ("Date", date_field(now)),
        ("From", mailbox(processor.name, config.mail_from)),
        ("To", mailbox(letter.contact.name, to)),
        ("Subject", unstructured(subject, len("Subject: "))),
        ("Message-ID", own_id),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", message.language),
    ]
    if reply_to is not None:
        fields.insert(3, ("Reply-To", mailbox(processor.name, reply_to)))
    return Rendered(
        message_id=own_id,
        subject=subject,
        content=compose(fields, written.text, written.html, f"=_{message.id.hex}"),
        dated_at=now,
    )


def _reply_to(given: str | None) -> str | None:
    """Where replies are read; an address that is none is as good as missing, and the mail says so."""
    if not given:
        return None
    try:
        return one_address(given)
    except BadAddress:
        return None
