"""From a letter to its bytes, once: every attempt sends the same Message-ID, Date and body. Pure."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from service.face import coloured
from service.links import Purpose, url
from service.mail.kinds.digest import DIGEST, digest
from service.mail.kinds.registry import MAIL_KINDS, purpose_of
from service.mail.kinds.source import Source
from service.mail.kinds.together import TOGETHER, together
from service.mail.kinds.variables import entries, variables
from service.mail.kinds.views import Entries, Framing
from service.mail.outgoing.calendar import CalendarSheet
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.enclosed import enclosed
from service.mail.outgoing.mime import (  # fmt: skip
    UNANSWERED_BY_MACHINES,
    Attached,
    compose,
    date_field,
    mailbox,
    one_line,
    unstructured,
)
from service.mail.outgoing.outbox import Letter
from service.mail.texts.texts import Texts
from workflows.mail_address import BadAddress, one_address
from workflows.model.parties import Language


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A letter with the tokens of its links: the contact's own `page`, and what it is `about`; None leaves one out."""

    letter: Letter
    page: str | None
    about: str | None


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A message as it is kept and sent; `dated_at` is the instant in its Date field, UTC."""

    message_id: str
    subject: str
    content: bytes
    dated_at: datetime


def message_id(message: UUID, host: str, secret: str) -> str:
    """The Message-ID (RFC 5322, 3.6.4): one for all attempts, sealed, so that knowing the row's id names no mail."""
    seal = hmac.digest(secret.encode(), b"message" + message.bytes, "sha256").hex()[:20]
    return f"<{message}.{seal}@{host}>"


def return_path(own_id: str, domain: str) -> str:
    """The envelope's sender: a bounce comes back to it and so names the message (VERP), with its seal."""
    return f"bounce+{own_id.strip('<>').partition('@')[0].replace('-', '')}@{domain}"


def render(
    opened: Sequence[Opened],
    config: MailConfig,
    texts: Texts,
    *,
    now: datetime,
    document: Attached | None = None,
) -> Rendered:
    """Make the mail, dated `now` (UTC, the one clock), of the message that leads it and of those it carries (P19),
    with a `document` that goes with it.

    Raises BadAddress where the contact's address is not one recipient, and ValueError, KeyError or jinja2's
    TemplateError where the message cannot be written.
    """
    letter = opened[0].letter
    message, processor = letter.message, letter.about.processor
    to = one_address(message.address)
    reply_to = _reply_to(processor.reply_to)
    own = purpose_of(message.kind)
    sources = [
        Source(letter=one.letter, framing=_framing(one, config, own, can_reply=reply_to is not None, now=now))
        for one in opened
    ]
    said = [variables(one) for one in sources]
    each = {one.letter.message.subject_id: own for one, own in zip(sources, said, strict=True)}
    written = texts.write(*_template(sources, said))
    sheet = CalendarSheet(
        contact=message.contact_id,
        zone=letter.about.terms.zone,
        host=config.host,
        organizer=processor.name,
        address=reply_to or config.mail_from,
        now=now,
    )
    found = [entries(one) for one in sources]
    moments = Entries(tuple(entry for one in found for entry in one.entries), found[0].cancelled)
    subject = one_line(written.subject)
    own_id = message_id(message.id, config.host, config.secret)
    fields = [
        ("Date", date_field(now)),
        ("From", mailbox(processor.name, config.mail_from)),
        ("To", mailbox(letter.contact.name, to)),
        ("Subject", unstructured(subject, len("Subject: "))),
        ("Message-ID", own_id),
        *UNANSWERED_BY_MACHINES,
        ("Content-Language", message.language),
    ]
    if reply_to is not None:
        fields.insert(3, ("Reply-To", mailbox(processor.name, reply_to)))
    return Rendered(
        message_id=own_id,
        subject=subject,
        content=compose(
            fields,
            written.text,
            coloured(written.html, processor.colour),
            f"=_{message.id.hex}",
            enclosed(moments, sheet, texts, message.language, said[0], each),
            document,
        ),
        dated_at=now,
    )


def _template(sources: Sequence[Source], said: Sequence[dict[str, Any]]) -> tuple[str, Language, dict[str, Any]]:
    """The template's name, its language and its variables: the message's own, or those of several in one mail."""
    message = sources[0].letter.message
    if len(sources) == 1:
        return message.kind, message.language, said[0]
    if MAIL_KINDS[message.kind].reminds:
        return DIGEST, message.language, digest(sources, said)
    return TOGETHER, message.language, together(sources, said)


def _framing(opened: Opened, config: MailConfig, own: Purpose | None, *, can_reply: bool, now: datetime) -> Framing:
    about = url(config.base_url, own or "notice", opened.about) if opened.about is not None else None
    return Framing(
        can_reply=can_reply,
        notice_url=about if own is None else None,
        link_url=about if own is not None else None,
        page_url=url(config.base_url, "contact", opened.page) if opened.page is not None else None,
        host=config.base_url.partition("://")[2],
        now=now,
    )


def _reply_to(given: str | None) -> str | None:
    """Where replies are read; an address that is none is as good as missing, and the mail says so."""
    if not given:
        return None
    try:
        return one_address(given)
    except BadAddress:
        return None
