"""Messages that are due, with what they are about: read in a few statements for a whole batch."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection, try_lock
from db.spans import Span, Value, span
from workflows.engine.engine import Engine
from workflows.machine.messages import DEADLINE_NEAR
from workflows.message.table import OUTGOING
from workflows.model.agreement import Agreement
from workflows.model.change import Change
from workflows.model.notice import Notice
from workflows.model.parties import Contact, Customer, Entity, Language, Processor, Subprocessor
from workflows.notice.timers import AWAITED
from workflows.terms.model import Terms

T = TypeVar("T")

WAITING: Final = OUTGOING.tagged("waits")
LONG: Final = timedelta(hours=1)
"""A mail that goes so much later than it was asked for is told of apart, with a link to what asked for it."""
REMINDING: Final = [DEADLINE_NEAR.trigger, AWAITED.trigger]
"""What subjects are told when they are to remind a customer."""


class Message(Entity, frozen=True, kw_only=True):
    """A claimed row of the outbox; `content` None until it was rendered. Instants UTC."""

    state: str
    subject_id: UUID
    customer_id: UUID
    contact_id: UUID
    kind: str
    address: str
    language: Language
    data: dict[str, Any]
    content: bytes | None
    message_id: str | None
    dated_at: datetime | None
    created_at: datetime
    tries: int
    leased_until: datetime
    traceparent: str | None = None
    """What it came from (`db.spans.here`)."""

    @property
    def waits(self) -> bool:
        return self.state in WAITING


def spanned(what: str, message: Message, now: datetime) -> AbstractContextManager[Span]:
    """A span of what is done with a message, in the trace of what it came from; `now` UTC."""
    named: dict[str, Value] = {
        "termijn.message": str(message.id),
        "termijn.subject": str(message.subject_id),
        "termijn.mail": message.kind,
        "termijn.tries": message.tries,
    }
    late = now - message.created_at > LONG
    return span(f"{what} {message.kind}", named, kind="client", cause=message.traceparent, late=late)


class MessageContext(msgspec.Struct, frozen=True, kw_only=True):
    """A notice, an agreement, or another `kind` of subject that has one as its parent, with the rows around it.

    `state` is the subject's own. `open` False once its life is over; `announced` False once a notice's change was taken
    back or ended.
    """

    kind: str
    state: str
    open: bool
    announced: bool
    processor: Processor
    agreement: Agreement
    terms: Terms
    notice: Notice | None = None
    change: Change | None = None
    subprocessor: Subprocessor | None = None
    replaced: Subprocessor | None = None
    listed: tuple[Subprocessor, ...] = ()
    statement: str | None = None
    """The version of the statement that the change makes together with others (P19)."""
    texts: tuple[Terms, Terms] | None = None
    """Where a notice tells of a new text: the one it was laid beside, and the new one."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message with what it is about and whom it goes to."""

    message: Message
    about: MessageContext
    customer: Customer
    contact: Contact


class MessageContexts(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch of messages is about: rows by subject and customer, each decoded once."""

    subjects: dict[UUID, "MessageContext | Exception"]
    customers: dict[UUID, "Customer | Exception"]
    overtaken: frozenset[UUID]
    """Announcements after which the same contact was sent another about the same notice."""

    def letter(self, message: Message) -> Letter | None:
        """The message with its surroundings; None where its contact is no longer one of the customer's.

        Raises what decoding the rows raised, or KeyError where they are gone.
        """
        about = self.subjects[message.subject_id]
        if isinstance(about, Exception):
            raise about
        customer = self.customers[message.customer_id]
        if isinstance(customer, Exception):
            raise customer
        for contact in customer.contacts:
            if contact.id == message.contact_id:
                return Letter(message=message, about=about, customer=customer, contact=contact)
        return None


async def claim(connection: Connection, batch: int, lease: float) -> list[Message]:
    """Take up to `batch` messages that are due, oldest first, and hold them for `lease` seconds.

    What reminds goes to each contact in one mail, once all that is due has been said.
    """
    await _bundle(connection)
    rows = await connection.fetch(sql("claim_messages"), batch, lease)
    return sorted((_message(row) for row in rows), key=lambda one: one.id)


async def own_due(connection: Connection, processors: Sequence[UUID], batch: int) -> list[Message]:
    """Up to `batch` messages that this very transaction made and that are due, oldest first."""
    rows = await connection.fetch(sql("own_messages"), list(processors), batch)
    return [_message(row) for row in rows]


async def _bundle(connection: Connection) -> None:
    """Put what reminds one contact into one mail, unless more is to come, or another worker is at it."""
    at: datetime | None = await connection.fetchval(sql("reminders_complete"), REMINDING)
    if at is not None and await try_lock(connection, "reminders"):
        await connection.execute(sql("bundle_reminders"), REMINDING, at)


async def read_carried(connection: Connection, messages: Sequence[Message]) -> dict[UUID, list[Message]]:
    """What goes in the mails of these messages besides, by the message that leads (P19), in the order of its making."""
    processors = list({one.processor_id for one in messages})
    found: dict[UUID, list[Message]] = {}
    for row in await connection.fetch(sql("carried_messages"), processors, [one.id for one in messages], WAITING):
        found.setdefault(row["carried_by"], []).append(_message(row))
    return found


def _message(row: Any) -> Message:
    return Message(
        id=row["id"],
        processor_id=row["processor_id"],
        state=row["state"],
        subject_id=row["subject_id"],
        customer_id=row["customer_id"],
        contact_id=row["contact_id"],
        kind=row["kind"],
        address=row["address"],
        language=row["language"],
        data=msgspec.json.decode(row["data"]),
        content=row["content"],
        message_id=row["message_id"],
        dated_at=row["dated_at"],
        created_at=row["created_at"],
        tries=row["tries"],
        leased_until=row["leased_until"],
        traceparent=row["traceparent"],
    )


async def read_around(connection: Connection, engine: Engine, messages: Sequence[Message]) -> MessageContexts:
    """The surroundings of a batch; a subject whose rows cannot be decoded holds its error."""
    processors = list({one.processor_id for one in messages})
    rows = await connection.fetch(sql("mail_subjects"), processors, list({one.subject_id for one in messages}))
    customers = await connection.fetch(sql("mail_customers"), processors, list({one.customer_id for one in messages}))
    overtaken = await connection.fetch(sql("overtaken_announcements"), processors, [one.id for one in messages])
    versions = [row[name] for row in rows for name in ("terms_version_id", "from_version_id", "to_version_id")]
    terms = await engine.terms(connection, [one for one in versions if one is not None])
    shared = _Shared()
    return MessageContexts(
        subjects={row["id"]: _about(row, terms, shared) for row in rows},
        customers={row["id"]: _customer(row["customer"]) for row in customers},
        overtaken=frozenset(row["id"] for row in overtaken),
    )


def _customer(text: str) -> Customer | Exception:
    try:
        return msgspec.json.decode(text, type=Customer)
    except msgspec.DecodeError as error:  # poison, as below
        return error


class _Shared:
    """Rows that many messages of a batch are about, each decoded once."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def decode(self, text: str, *, type: type[T]) -> T:
        if text not in self._made:
            self._made[text] = msgspec.json.decode(text, type=type)
        made: T = self._made[text]
        return made


def _about(row: Any, terms: dict[UUID, Terms], shared: _Shared) -> MessageContext | Exception:
    decode = msgspec.json.decode
    try:
        return MessageContext(
            kind=row["kind"],
            state=row["state"],
            open=row["open"],
            announced=row["announced"],
            processor=shared.decode(row["processor"], type=Processor),
            agreement=decode(row["agreement"], type=Agreement),
            terms=terms[row["terms_version_id"]],
            notice=decode(row["notice"], type=Notice) if row["notice"] else None,
            change=shared.decode(row["change"], type=Change) if row["change"] else None,
            subprocessor=shared.decode(row["subprocessor"], type=Subprocessor) if row["subprocessor"] else None,
            replaced=shared.decode(row["replaced"], type=Subprocessor) if row["replaced"] else None,
            listed=decode(row["listed"], type=tuple[Subprocessor, ...]) if row["listed"] else (),
            statement=row["statement"],
            texts=(terms[row["from_version_id"]], terms[row["to_version_id"]])
            if row["from_version_id"] is not None and row["to_version_id"] is not None
            else None,
        )
    except (msgspec.DecodeError, KeyError) as error:  # poison: told apart message by message
        return error
