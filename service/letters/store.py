"""Letters: made of what the mail would say, kept byte for byte, and listed with when they were posted.

No mail carries them and no link stands in them: who made one may not answer for who receives it.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from service.certificate.facts import number_of
from service.certificate.saying import CATALOGUE
from service.letters.facts import LetterFacts, address_lines, day_of, sender_lines
from service.letters.press import press_letter
from service.mail.kinds.source import Source
from service.mail.kinds.variables import variables
from service.mail.kinds.views import Framing
from service.mail.outgoing.outbox import Letter, Message, read_around
from service.mail.texts.shelf import Shelf, load_shelf
from workflows.agreement.certificate import not_confirmed
from workflows.breach.case import report
from workflows.breach.mails import REPORT
from workflows.engine.engine import Engine
from workflows.errors import BadInput, NotFound, Problem
from workflows.ids import new_id
from workflows.machine.receipts import ANNOUNCEMENT
from workflows.machine.vocabulary import Standing
from workflows.model.parties import Contact, Customer, Processor
from workflows.model.posting import LetterPosted, LetterWritten, PostedHow, RecordPosting, WriteLetter
from workflows.time import local_day
from workflows.words import Language

_NOBODY: Final = UUID(int=0)
DELETED: Final = "deleted"
KIND_OF: Final[Mapping[str, str]] = {"notice": ANNOUNCEMENT, "breach_case": REPORT, "agreement": DELETED}
"""The kind of mail whose words a letter about a subject has."""


class LetterShown(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that was made, and where somebody said so, when it was posted. Erased, its PDF is gone."""

    id: UUID
    processor_id: UUID
    subject: UUID
    kind: str
    contact_id: UUID | None
    language: Language
    number: str
    sha256: str
    made_at: datetime
    made_by: str
    erased_at: datetime | None
    posted_on: date | None
    posted_how: PostedHow | None
    outdated: bool


def letter_shown(row: Any) -> LetterShown:
    """A row of `list_letters`."""
    return LetterShown(
        id=row["id"],
        processor_id=row["processor_id"],
        subject=row["subject_id"],
        kind=row["kind"],
        contact_id=row["contact_id"],
        language=row["language"],
        number=row["number"],
        sha256=row["sha256"].hex(),
        made_at=row["made_at"],
        made_by=row["made_by"],
        erased_at=row["erased_at"],
        posted_on=date.fromisoformat(row["posted_on"]) if row["posted_on"] else None,
        posted_how=row["posted_how"],
        outdated=row["outdated"],
    )


class LetterRead(msgspec.Struct, frozen=True):
    """A letter as it was made; `content` None once it was erased."""

    id: UUID
    subject: UUID
    number: str
    sha256: bytes
    made_at: datetime
    content: bytes | None


async def read_letter(connection: Connection, processors: Sequence[UUID], id: UUID) -> LetterRead:
    """Raises NotFound, also for another processor's."""
    row = await connection.fetchrow(sql("read_letter"), list(processors), id)
    if row is None:
        raise NotFound(f"There is no letter with the id {id}; look at /api/v1/letters for its id.")
    return LetterRead(row["id"], row["subject_id"], row["number"], row["sha256"], row["made_at"], row["content"])


async def posting_of(
    connection: Connection,
    processors: Sequence[UUID],
    subject: UUID,
    asked: RecordPosting,
    zone: str,
    *,
    revision: int | None = None,
) -> LetterPosted:
    """What a step is told of a posting; `revision` is that of the text that the subject tells now.

    Raises BadInput where the letter is none about this subject.
    """
    row = await connection.fetchrow(sql("read_letter"), list(processors), asked.letter_id)
    if row is None or row["subject_id"] != subject:
        message = "is no letter about this: make it with write-letter first; GET letters?subject= lists them"
        raise BadInput(f"letter_id {message}.", (Problem("letter_id", message),))
    before = await connection.fetch(sql("letter_postings"), list(processors), subject)
    mine = [one["on"] for one in before if one["letter_id"] == asked.letter_id]
    sent = [one["letter_id"] for one in before if one["sent"] and one["stands"] and one["revision"] == revision]
    return LetterPosted(
        letter_id=asked.letter_id,
        sha256=row["sha256"].hex(),
        on=asked.on,
        how=asked.how,
        written_on=local_day(row["made_at"], zone),
        revision=row["revision"],
        recorded_on=mine[-1] if mine else None,
        counting=sent[-1] if sent else None,
        number=asked.number,
        evidence=asked.evidence,
        correction=asked.correction,
    )


class LetterMaker(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter is made with: the connection of a write, templates, the instant (UTC), and who asks."""

    connection: Connection
    engine: Engine
    templates: Path | None
    now: datetime
    actor: str

    async def write(self, subject: UUID, kind: str, entity: Any, context: Any, asked: WriteLetter) -> LetterWritten:
        """Make the letter about a subject as it stands, and keep it; the caller commits.

        Raises BadInput where the contact is none of the customer's.
        """
        customer: Customer = context.customer
        contact = _contact(customer, asked.contact_id)
        letter = await self._letter(subject, kind, entity, context, contact)
        facts = self._facts(letter, contact, context)
        said = msgspec.json.encode(facts, order="deterministic")
        number = number_of(said)
        content = await asyncio.to_thread(press_letter, facts, number)
        digest = hashlib.sha256(content)
        made = new_id()
        await self.connection.execute(
            sql("insert_letter"), made, entity.processor_id, subject, facts.kind, asked.contact_id, facts.language,
            number, said.decode(), content, digest.digest(), self.now, self.actor,
        )  # fmt: skip
        return LetterWritten(letter_id=made, sha256=digest.hexdigest(), contact_id=asked.contact_id)

    async def _letter(self, subject: UUID, kind: str, entity: Any, context: Any, contact: Contact | None) -> Letter:
        """The mail that the letter stands for, which nobody sends."""
        customer: Customer = context.customer
        message = Message(
            id=new_id(),
            processor_id=entity.processor_id,
            state="queued",
            subject_id=subject,
            customer_id=customer.id,
            contact_id=contact.id if contact is not None else _NOBODY,
            kind=KIND_OF[kind],
            address="",
            language=customer.language,
            data=_said(kind, entity, context),
            content=None,
            message_id=None,
            dated_at=None,
            created_at=self.now,
            tries=0,
            leased_until=self.now,
        )
        found = await read_around(self.connection, self.engine, [message])
        about = found.subjects[subject]
        if isinstance(about, Exception):
            raise about
        to = contact or Contact(id=_NOBODY, name=customer.name)
        return Letter(message=message, about=about, customer=customer, contact=to)

    def _facts(self, letter: Letter, contact: Contact | None, context: Any) -> LetterFacts:
        lang = letter.message.language
        processor = letter.about.processor
        framing = Framing(
            can_reply=bool(processor.reply_to), notice_url=None, page_url=None, host="", now=self.now, by_letter=True
        )
        given = variables(Source(letter=letter, framing=framing))
        words = _shelf(self.templates).of(processor.slug).on_paper(letter.message.kind, lang, given)
        said = CATALOGUE.in_language(lang)
        on = local_day(self.now, letter.about.terms.zone)
        attention = said("letter.attention", contact=contact.name) if contact is not None else ""
        own = sender_lines(processor, letter.customer)
        return LetterFacts(
            subject=letter.message.subject_id,
            kind=letter.message.kind,
            revision=letter.message.data.get("revision"),
            language=lang,
            sender=processor.name,
            sender_address=own,
            address=address_lines(letter.customer, contact, processor, attention),
            on=on,
            day=day_of(on, lang),
            about=words.title,
            parts=words.parts,
            reply=_reply(said, processor, own),
        )


def _reply(said: Callable[..., str], processor: Processor, own: tuple[str, ...]) -> str:
    """How the sender is reached: by the ways that are on record, and no other."""
    values = {"processor": processor.name, "post": ", ".join(own), "address": processor.reply_to or ""}
    match bool(own), bool(processor.reply_to):
        case True, True:
            return said("letter.reply_both", **values)
        case True, False:
            return said("letter.reply_post", **{name: values[name] for name in ("processor", "post")})
        case False, True:
            return said("letter.reply_mail", **{name: values[name] for name in ("processor", "address")})
        case _:
            return ""


def _said(kind: str, entity: Any, context: Any) -> dict[str, Any]:
    """What the step that asks for the mail gives along."""
    standing = Standing[Any, Any](state="", tags=frozenset(), entity=entity, context=context)
    match kind:
        case "breach_case":
            return report(standing, entity)
        case "agreement":
            return {
                "not_confirmed": not_confirmed(standing, entity),
                "certificate": entity.certificate_asked_at is not None,
            }
        case _:
            return {"revision": entity.revision}


def _contact(customer: Customer, asked: UUID | None) -> Contact | None:
    if asked is None:
        return None
    for one in customer.contacts:
        if one.id == asked:
            return one
    message = "is none of this customer's contacts"
    raise BadInput(f"contact_id {message}.", (Problem("contact_id", message),))


@cache
def _shelf(folder: Path | None) -> Shelf:
    """Loaded where the first letter needs it; a file that changes later counts from the next start."""
    return load_shelf(folder)
