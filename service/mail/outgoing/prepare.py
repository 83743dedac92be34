"""From claimed messages to what can be handed over: read around, linked, rendered once and kept.

A message may lead others (P19): they go in its mail, and what becomes of that mail becomes of each of them.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.certificate.mail_attachment import attachments
from service.files.enclosing import texts_enclosed
from service.links import Wanted, ensure_links
from service.mail.kinds.registry import purpose_of
from service.mail.outgoing.config import MailConfig
from service.mail.outgoing.mime import Attached
from service.mail.outgoing.outbox import Letter, Message, MessageContexts, read_around, read_carried, spanned
from service.mail.outgoing.render import Opened, Rendered, render, return_path
from service.mail.outgoing.verdict import Verdict, dropped, impossible, settled, why_not
from workflows.engine.engine import Engine
from workflows.engine.poison import places
from workflows.ids import new_id
from workflows.machine.receipts import ANNOUNCEMENT
from workflows.mail_address import BadAddress, one_address
from workflows.message.table import OUTGOING

log = logging.getLogger(__name__)


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A mail ready to be handed over: the message that leads it and those it carries; `dated_at` is when it was
    made, UTC."""

    message: Message
    carried: tuple[Message, ...] = ()
    sender: str
    recipient: str
    content: bytes
    dated_at: datetime


async def prepare(
    connection: Connection, engine: Engine, config: MailConfig, messages: Sequence[Message], now: datetime
) -> list[Parcel | Verdict]:
    """Each message ready to be sent, or what becomes of it instead; what was rendered is stored."""
    carried = await read_carried(connection, messages)
    groups = [(message, *carried.get(message.id, ())) for message in messages]
    everyone = [one for group in groups for one in group]
    standing, gone = await _standing(connection, config, await read_around(connection, engine, everyone), everyone, now)
    leaders = [standing[one.id].letter for one in messages if one.id in standing]
    documents: dict[UUID, Attached | Exception] = {
        **await attachments(connection, engine, leaders),
        **await texts_enclosed(connection, leaders),
    }
    prepared: list[Parcel | Verdict] = []
    fresh: list[tuple[Message, Rendered]] = []
    again: list[list[Message]] = []
    for lead, *others in groups:
        prepared += [gone[one.id] for one in (lead, *others) if one.id in gone]
        left = [standing[one.id] for one in (lead, *others) if one.id in standing]
        if not left:
            continue
        members = [one.letter.message for one in left]
        if len(left) <= len(others) and (lead.id in gone or lead.content is not None):
            # The mail as it was made, or would be, says more than what is left to say: that goes out by itself.
            again.append(members)
            prepared += [dropped(one, now) for one in members]
            continue
        document = documents.get(lead.id)
        try:
            if isinstance(document, Exception):
                raise document
            with spanned("render", lead, now):
                made = _made(left, config, now, document)
            recipient = one_address(lead.address)
        except BadAddress as error:
            prepared += [impossible(one, f"its address {error}", now) for one in members]
            continue
        except Exception as error:  # a message that cannot be written is set apart, the others go on
            prepared += [_poison(one, error, now) for one in members]
            continue
        if lead.content is None:
            fresh.append((lead, made))
        parcel = Parcel(
            message=lead,
            carried=tuple(members[1:]),
            sender=return_path(made.message_id, config.bounces_to),
            recipient=recipient,
            content=made.content,
            dated_at=made.dated_at,
        )
        prepared.append(parcel)
    await _repeat(connection, again)
    stored = await _store(connection, fresh)
    lost = {message.id for message, _ in fresh} - stored
    return [one for one in prepared if isinstance(one, Verdict) or one.message.id not in lost]


async def _standing(
    connection: Connection, config: MailConfig, around: MessageContexts, messages: Sequence[Message], now: datetime
) -> tuple[dict[UUID, Opened], dict[UUID, Verdict]]:
    """Messages that are still to be sent, with the links they carry, and what becomes of the others; by id."""
    letters: list[Letter] = []
    gone: dict[UUID, Verdict] = {}
    for message in messages:
        if not message.waits:
            gone[message.id] = settled(message)
            continue
        if message.id in around.overtaken:
            gone[message.id] = dropped(message, now)
            continue
        try:
            letter = around.letter(message)
        except Exception as error:  # one bad item stops nothing else
            gone[message.id] = _poison(message, error, now)
            continue
        if letter is None:
            gone[message.id] = dropped(message, now)
        else:
            letters.append(letter)
    wanted = [one for letter in letters for one in _links(letter)]
    tokens = dict(
        zip(
            [one.key for one in wanted],
            await ensure_links(connection, config.secret, wanted, now),
            strict=True,
        )
    )
    standing: dict[UUID, Opened] = {}
    for letter in letters:
        page, *about = [tokens[one.key] for one in _links(letter)]
        opened = Opened(letter=letter, page=page, about=about[0] if about else None)
        try:
            why = why_not(letter, opened.about, now)
        except Exception as error:  # as above
            gone[letter.message.id] = _poison(letter.message, error, now)
            continue
        if why is not None:
            gone[letter.message.id] = dropped(letter.message, now)
        else:
            standing[letter.message.id] = opened
    return standing, gone


def _links(letter: Letter) -> tuple[Wanted, ...]:
    """The contact's own page, and the notice's where the message is about one, or a link of the kind's own."""
    message = letter.message
    page = Wanted(
        processor=message.processor_id, customer=message.customer_id, contact=message.contact_id,
        purpose="contact", subject=message.customer_id,
    )  # fmt: skip
    if (own := purpose_of(message.kind)) is not None:
        made_at = message.created_at
        return (page, msgspec.structs.replace(page, purpose=own, subject=message.subject_id, told_at=made_at))
    if letter.about.notice is None:
        return (page,)
    told_at = message.created_at if message.kind == ANNOUNCEMENT else None
    notice = msgspec.structs.replace(page, purpose="notice", subject=message.subject_id, told_at=told_at)
    return (page, notice)


def _made(opened: Sequence[Opened], config: MailConfig, now: datetime, document: Attached | None) -> Rendered:
    """Render the mail, unless an earlier attempt did: then as it was rendered."""
    letter = opened[0].letter
    message = letter.message
    if message.content is not None:
        return Rendered(
            message_id=message.message_id or "",
            subject="",
            content=message.content,
            dated_at=message.dated_at or message.created_at,
        )
    texts = config.shelf.of(letter.about.processor.slug)
    return render(opened, config, texts, now=now, document=document)


async def _repeat(connection: Connection, groups: Sequence[Sequence[Message]]) -> None:
    """New messages in place of these, the first of each group leading the others; the old ones are dropped, and
    should that be lost they count as overtaken."""
    if not groups:
        return
    old: list[UUID] = []
    new: list[UUID] = []
    leads: list[UUID | None] = []
    for group in groups:
        made = [new_id() for _ in group]
        old += [one.id for one in group]
        new += made
        leads += [None, *[made[0]] * (len(made) - 1)]
    processors = list({one.processor_id for group in groups for one in group})
    await connection.execute(sql("repeat_messages"), old, new, leads, processors, OUTGOING.table.initial)


async def _store(connection: Connection, fresh: list[tuple[Message, Rendered]]) -> set[UUID]:
    """Keep what was made; the ids of those that nobody else had made before us."""
    if not fresh:
        return set()
    rows = await connection.fetch(
        sql("store_rendered"),
        list({message.processor_id for message, _ in fresh}),
        [message.id for message, _ in fresh],
        [made.message_id for _, made in fresh],
        [made.subject for _, made in fresh],
        [made.content for _, made in fresh],
        [made.dated_at for _, made in fresh],
    )
    return {row["id"] for row in rows}


def _poison(message: Message, error: Exception, now: datetime) -> Verdict:
    """What an error says may be a customer's words: its kind is kept, and its places go to the log."""
    log.error("message %s cannot be made: %s\n%s", message.id, type(error).__name__, places(error))
    return impossible(message, f"it cannot be made: {type(error).__name__}", now)
