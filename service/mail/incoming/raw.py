"""What came back as a whole message (RFC 5322), from a mailbox or posted. Pure."""

import hashlib
from email.message import Message
from typing import Final

from service.mail.incoming.matched import (  # fmt: skip
    TEXT_LIMIT,
    Kind,
    Matched,
    addresses_in,
    best,
    clip,
    links_in,
    names_in,
    storable,
)
from service.mail.incoming.nondelivery import nondelivery, said_automatic, vacation
from service.mail.incoming.parsing import (  # fmt: skip
    TooOddError,
    attachments_of,
    content_of,
    decoded,
    field,
    head_of,
    mailboxes,
    parsed,
    parts,
    text_of,
    words_of,
)
from service.mail.incoming.reports import Report, originals, report_of

_QUOTED: Final = 200_000
"""Bytes of each text in which links are looked for."""


def match_raw(raw: bytes) -> Matched:
    """Tell what a whole message is; one that cannot be taken apart is kept for a person."""
    try:
        return _match(raw)
    except (RecursionError, TooOddError):
        return _unreadable(raw)


def _match(raw: bytes) -> Matched:
    mail = parsed(raw)
    name, sender = _sender(mail)
    subject = clip(words_of(field(mail, "Subject")))
    text = text_of(mail)
    named = names_in(_went_to(mail), field(mail, "In-Reply-To", "References"))
    report = report_of(mail) or nondelivery(mail, raw, sender, subject, text)
    automatic = False
    if report is not None:
        named = best(named, names_in(*originals(mail)), names_in(text))
    else:
        kind: Kind = "reply" if named is not None or text or sender else "unknown"
        automatic = said_automatic(mail) or vacation(mail, subject)
        report = Report(kind=kind, status="auto-replied" if automatic else None, words=clip(text))
    return Matched(
        kind=report.kind,
        message_id=named.id if named else None,
        seal=named.seal if named else None,
        temporary=report.temporary,
        automatic=automatic,
        unclear=report.unclear or (report.kind == "unknown" and not report.words),
        recipients=addresses_in(_went_to(mail)),
        senders=_senders(mail, sender),
        name=name,
        mentioned=report.concerns or addresses_in(text),
        links=_links(mail),
        attachments=attachments_of(mail),
        external_id=_identity(mail, raw),
        sender=sender,
        subject=subject,
        text=text[:TEXT_LIMIT],
        status=report.status,
        words=report.words,
    )


def _unreadable(raw: bytes) -> Matched:
    """Parts in parts without end, or lines without end: its fields alone say whose it may be."""
    mail = head_of(raw)
    name, sender = _sender(mail)
    named = names_in(_went_to(mail), field(mail, "In-Reply-To", "References"))
    return Matched(
        kind="unknown",
        message_id=named.id if named else None,
        seal=named.seal if named else None,
        unclear=True,
        recipients=addresses_in(_went_to(mail)),
        senders=_senders(mail, sender),
        name=name,
        external_id=_identity(mail, raw),
        sender=sender,
        subject=clip(words_of(field(mail, "Subject"))),
        text="",
        status=None,
        words="its parts are nested too deeply, or are too many, to be read",
    )


def _went_to(mail: Message) -> str:
    return field(mail, "Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")


def _sender(mail: Message) -> tuple[str, str]:
    name, address = next(iter(mailboxes(field(mail, "From"))), ("", ""))
    return clip(name)[:200], storable(address)[:254]


def _senders(mail: Message, sender: str) -> tuple[str, ...]:
    others = [address for name in ("Reply-To", "Sender") for _, address in mailboxes(field(mail, name))]
    return tuple(dict.fromkeys(storable(one)[:254] for one in (sender, *others[:10]) if one))


def _links(mail: Message) -> tuple[str, ...]:
    """In every text of it: the plain one may have lost what the other still quotes."""
    texts = [
        decoded(content_of(part)[:_QUOTED])
        for part in parts(mail)
        if part.get_content_maintype() == "text" and not part.is_multipart()
    ]
    return links_in("\n".join(texts))


def _identity(mail: Message, raw: bytes) -> str:
    return storable(field(mail, "Message-ID").strip())[:200] or f"sha256:{hashlib.sha256(raw).hexdigest()}"
