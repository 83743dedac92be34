"""What comes back about a message: a bounce (P2), a delivery report (P1), a reply that a person has to read (P4).

Whatever it is, it is kept, byte for byte. One that was posted before does nothing again. What can only be told by a
person waits for one: with the notice that it is tied to, or with every open notice of those customers whose it may be.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine
from workflows.engine.senders import Company, Guess, Person, clues, guesses
from workflows.engine.subscribers import came_back
from workflows.ids import new_id
from workflows.kinds import WORKFLOWS
from workflows.machine.acting import Acting
from workflows.machine.messages import BOUNCED, DELAYED, RECEIVED, REPLY
from workflows.machine.receipts import hears_receipt, hears_return
from workflows.message.table import OUTGOING
from workflows.model.evidence import FileNamed
from workflows.model.replies import Bounced, Receipt, ReplyIn
from workflows.model.task_words import InEach, after, task_words

Kind = Literal["reply", "bounce", "delivery", "signature", "unknown"]
RETURNS: Final = ("bounce", "delivery")
"""What is no answer: it tells whether a message arrived."""
_CAME_BACK: Final = frozenset(OUTGOING.tagged("failed"))
"""Where a message stands once it came back: whatever is said of its arrival later was before that, since providers
promise no order (P2)."""
_MAYBE_THERE: Final = OUTGOING.tagged("maybe_there")
_WAITING: Final = OUTGOING.tagged("waits")
_REPORTED: Final = {"bounced": "came_back", "delivered": "arrived", "deferred": "delayed"}
"""What is written beside the attempts of a message, with the trigger of its table."""
InboundOutcome = Literal["taken", "no_effect", "untied", "forged"]
"""What came of it: its subject heard of it, had no use for it, nothing of ours is named, or by an address that we
never made."""

_SEALED: Final = re.compile(r"\.([0-9a-f]{20})@")


class Received(msgspec.Struct, frozen=True, kw_only=True):
    content: bytes
    name: str
    type: str


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """An inbound message. `message` is the outbox row it names; instants are UTC.

    `seal` proves that it comes from somewhere where that message was; where the word of who posted it is enough
    (`vouched`) it may be absent, never wrong. `temporary`: not arrived for now, and may still. `unclear`: a person
    has to say what it is. `senders`, `name` and `mentioned` say whose it may be, `links` what may be tokens of ours.
    """

    kind: Kind
    message: UUID | None = None
    seal: str | None = None
    vouched: bool = False
    temporary: bool = False
    automatic: bool = False
    unclear: bool = False
    external_id: str | None = None
    sender: str = ""
    senders: tuple[str, ...] = ()
    name: str = ""
    mentioned: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    words: str = ""
    attachments: tuple[dict[str, Any], ...] = ()
    received: Received | None = None
    received_at: datetime

    @property
    def written(self) -> bool:
        """Whether a person has to read it."""
        return self.kind == "reply" or self.unclear

    @property
    def sha256(self) -> str | None:
        """The digest of what was received, hex."""
        return hashlib.sha256(self.received.content).hexdigest() if self.received is not None else None


class _Tie(msgspec.Struct, kw_only=True):
    """What it is about: `about` are the subjects it is tied to, `held` the notices that wait though nothing but its
    sender ties it to them, `customers` those whose it may be."""

    about: list[dict[str, Any]] = []
    forged: bool = False
    customers: list[UUID] = []
    contact: UUID | None = None
    held: list[Any] = []


async def ingest(
    connection: Connection, engine: Engine, acting: Acting, processor: UUID, came: Inbound
) -> tuple[UUID, bool]:
    """Keep what came back and do what follows from it; its id, and whether it is new."""
    if (earlier := await taken_before(connection, processor, came)) is not None:
        return earlier, False
    of_subscriber = await _of_subscriber(connection, processor, came, acting.now)
    quoted = await _quoted(connection, acting, came.links)
    tie = await _tie(connection, acting, came, quoted)
    first = tie.about[0] if tie.about else {}
    only = tie.customers[0] if len(tie.customers) == 1 else None
    tied = {
        "subject_id": first.get("subject_id") or only,
        "message_id": first.get("message_id"),
        "contact_id": first.get("contact_id") or tie.contact,
        "content": _covered(came, quoted),
        "outcome": "forged" if tie.forged else "untied",
        "held": [one["id"] for one in tie.held],
    }
    made, new, _ = await put_down(connection, acting, processor, came, tied)
    if not new:
        return made, False
    if of_subscriber:
        await connection.execute(sql("inbound_became"), list(acting.processors), made, "taken")
    else:
        await _follow_all(connection, engine, acting, processor, made, came, tie)
    return made, True


async def put_down(
    connection: Connection, acting: Acting, processor: UUID, came: Inbound, tied: Mapping[str, Any]
) -> tuple[UUID, bool, tuple[FileNamed, ...]]:
    """Write down what came in, byte for byte: its id, whether it is new, and the file that it is kept as."""
    row = {
        "id": new_id(),
        "processor_id": processor,
        "kind": came.kind,
        "sender": came.sender,
        "subject_line": came.subject,
        "external_id": came.external_id,
        "received_at": came.received_at,
        "recorded_at": acting.now,
        "automatic": came.automatic,
        "attachments": came.attachments,
        **tied,
    }
    made = await connection.fetchval(sql("insert_inbound"), msgspec.json.encode(row).decode())
    if made is None:  # somebody else's a moment ago
        return await taken_before(connection, processor, came), False, ()  # type: ignore[return-value]  # it is there
    kept = (await _keep(connection, acting, processor, made, came.received),) if came.received is not None else ()
    return made, True, kept


async def _of_subscriber(connection: Connection, processor: UUID, came: Inbound, at: datetime) -> bool:
    """Whether a mail came back that went to a subscriber of the public page, who is nobody's customer."""
    if came.kind != "bounce" or came.temporary or came.message is None or not (came.vouched or came.seal):
        return False
    return await came_back(connection, processor, came.message, at, came.seal)


async def taken_before(connection: Connection, processor: UUID, came: Inbound) -> UUID | None:
    """What was taken in under the same identity; None where that is new, or nobody said one."""
    if came.external_id is None:
        return None
    found: UUID | None = await connection.fetchval(sql("inbound_posted_before"), [processor], came.external_id)
    return found


async def _keep(connection: Connection, acting: Acting, processor: UUID, made: UUID, received: Received) -> FileNamed:
    digest, file = hashlib.sha256(received.content).digest(), new_id()
    await connection.execute(
        sql("keep_received"), file, processor, made, digest, received.name, received.type, received.content,
        acting.now, acting.actor,
    )  # fmt: skip
    return FileNamed(file, digest.hex())


def _covered(came: Inbound, quoted: Sequence[Any]) -> str:
    """The message without the tokens of links that it quotes: who reads it must not be able to answer with them."""
    text = came.text or came.words
    opens = {row["token_sha256"] for row in quoted}
    for token in came.links:
        if _digest(token) in opens:
            text = text.replace(token, "X" * len(token))
    return text


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


async def _quoted(connection: Connection, acting: Acting, links: Sequence[str]) -> list[Any]:
    if not links:
        return []
    return list(await connection.fetch(sql("links_quoted"), list(acting.processors), [_digest(one) for one in links]))


async def _tie(connection: Connection, acting: Acting, came: Inbound, quoted: Sequence[Any]) -> _Tie:
    """What the mail it names told of; else what the links open that it quotes; else whose it may be by its sender."""
    if came.message is not None and (told := await told_by(connection, acting, came.message)):
        return _Tie(forged=True) if _forged(came, told[0]) else _Tie(about=told)
    if not (came.written or came.kind == "bounce"):
        return _Tie()
    if about := await _by_link(connection, acting, came, quoted):
        return _Tie(about=about)
    own = {row["customer_id"]: row["contact_id"] for row in quoted}
    if own:
        found = [Guess(customer=one, processor=acting.processors[0], contact=contact) for one, contact in own.items()]
    else:
        found = await guess(connection, acting.processors, came)
    if not found:
        return _Tie()
    customers = sorted({one.customer for one in found})
    contacts = {one.contact for one in found}
    contact = next(iter(contacts)) if len(contacts) == 1 else None
    live = await connection.fetch(sql("notices_of_customers"), list(acting.processors), customers, came.received_at)
    if came.kind == "reply" and contact is not None and len(live) == 1:
        one = live[0]
        return _Tie(about=[_about(one["kind"], one["id"], one["state"], one["customer_id"], contact)])
    return _Tie(customers=customers, contact=contact, held=[one for one in live if one["open"]])


async def guess(connection: Connection, processors: Sequence[UUID], came: Inbound) -> list[Guess]:
    """Customers whose message it may be. A bounce is about an address, whoever it comes from."""
    written, mentioned = (came.mentioned, ()) if came.kind == "bounce" else (came.senders, came.mentioned)
    name = "" if came.kind == "bounce" else came.name
    pieces = clues(written, name, mentioned)
    text = f"{came.subject}\n{came.text}" if came.written else ""
    rows = await connection.fetch(sql("companies_like"), list(processors), list(pieces), text.lower())
    known = [
        Company(
            id=row["id"],
            processor_id=row["processor_id"],
            name=row["name"],
            contacts=msgspec.json.decode(row["contacts"], type=tuple[Person, ...]),
        )
        for row in rows
    ]
    return guesses(known, written, name, mentioned, text)


async def _by_link(
    connection: Connection, acting: Acting, came: Inbound, quoted: Sequence[Any]
) -> list[dict[str, Any]]:
    """The notices, or the agreement, whose own links it quotes; for a bounce the mail that brought the link."""
    found: list[dict[str, Any]] = []
    for row in quoted:
        if row["purpose"] == "contact":
            continue
        if came.kind != "bounce":
            found.append(
                _about(row["subject_kind"], row["subject_id"], row["subject_state"], row["customer_id"],
                       row["contact_id"])
            )  # fmt: skip
            continue
        sent = await sent_to(connection, acting, row["subject_id"], row["contact_id"])
        if sent is not None:
            return await told_by(connection, acting, sent)
    return found


async def sent_to(connection: Connection, acting: Acting, subject: UUID, contact: UUID | None) -> UUID | None:
    """The last message sent about a subject, of those whose receipt counts, that a person may mean."""
    counting = sorted(set().union(*(one.table.receipts for one in WORKFLOWS.values())))
    found: UUID | None = await connection.fetchval(
        sql("message_to_contact"), list(acting.processors), subject, contact, counting
    )
    return found


def _about(kind: str, subject: UUID, state: str, customer: UUID, contact: UUID | None) -> dict[str, Any]:
    return {
        "subject_id": subject,
        "subject_kind": kind,
        "subject_state": state,
        "customer_id": customer,
        "contact_id": contact,
        "message_id": None,
        "kind": "",
        "copy": False,
    }


async def told_by(connection: Connection, acting: Acting, message: UUID) -> list[dict[str, Any]]:
    """What a mail told of: the message it was sent under first, then those that it carried."""
    rows = await connection.fetch(sql("message_answered"), list(acting.processors), message, _MAYBE_THERE)
    return [{**dict(row), "message_id": row["id"]} for row in rows]


def _forged(came: Inbound, about: dict[str, Any]) -> bool:
    """Whether what says that a message came back or arrived cannot know: anybody can write such a mail, and a
    message's id stands in lists; its seal only in the mail itself. A reply is read by a person in any case.
    """
    if came.kind not in RETURNS:
        return False
    if came.vouched and came.seal is None:
        return False
    own = _SEALED.search(about["own_id"] or "")
    if own is None:  # made before mails had seals; one that was never made cannot come back
        return about["own_id"] is None
    return came.seal != own[1]


async def _follow_all(
    connection: Connection, engine: Engine, acting: Acting, processor: UUID, made: UUID, came: Inbound, tie: _Tie
) -> None:
    """Tell those it is about; where none of them hears it, and a person should, tell one."""
    if tie.about:
        moved = [await follow(connection, engine, acting, made, came, one) for one in tie.about]
        became: InboundOutcome = "taken" if any(moved) else "no_effect"
        await connection.execute(sql("inbound_became"), list(acting.processors), made, became)
        if came.written and not any(moved):
            why = task_words("inbound_over")
            await ask_a_person(connection, engine, acting, processor, made, came, [tie.about[0]["customer_id"]], why)
        return
    if tie.forged:
        why = task_words("inbound_forged")
        await ask_a_person(connection, engine, acting, processor, made, came, [], why, key="forged")
        return
    if not (came.written or came.kind == "bounce"):
        return
    for one in sorted(tie.held, key=lambda row: row["id"]):
        maybe = ReplyIn(inbound_id=made, received_at=came.received_at, sha256=came.sha256, sure=False)
        await engine.run_unless_refused(connection, acting, one["id"], REPLY, maybe)
    ends = [one["ends_at"] for one in tie.held if one["ends_at"] is not None and one["ends_at"] > acting.now]
    await ask_a_person(
        connection, engine, acting, processor, made, came, tie.customers, _why(came, tie), by=min(ends, default=None)
    )


def _why(came: Inbound, tie: _Tie) -> InEach:
    if not tie.customers:
        return task_words("inbound_bounce_unknown" if came.kind == "bounce" else "inbound_unknown")
    if len(tie.customers) > 1:
        said = task_words("inbound_of_several", count=len(tie.customers))
    else:
        said = task_words("inbound_bounce_untold" if came.kind == "bounce" else "inbound_no_notice")
    return after(said, task_words("inbound_waits")) if tie.held else said


async def ask_a_person(
    connection: Connection,
    engine: Engine,
    acting: Acting,
    processor: UUID,
    made: UUID,
    came: Inbound,
    customers: Sequence[UUID],
    why: InEach,
    *,
    by: datetime | None = None,
    key: str = "",
) -> None:
    """A task for a person: at the customer, where it is one's, else at the processor."""
    asked = ReplyIn(
        inbound_id=made, received_at=came.received_at, sha256=came.sha256, sure=False, due_at=by, why=why, key=key
    )
    if len(customers) == 1 and await engine.run_unless_refused(connection, acting, customers[0], REPLY, asked):
        return
    if not customers and came.kind == "bounce":
        asked = replace(asked, key=key or "returned")  # spam in our name comes back by the thousand
    elif by is None:
        ends = await connection.fetchval(sql("next_answer_due"), list(acting.processors), acting.now)
        asked = replace(asked, due_at=ends)
    await engine.run_unless_refused(connection, acting, processor, REPLY, asked)


async def follow(
    connection: Connection, engine: Engine, acting: Acting, made: UUID, came: Inbound, about: dict[str, Any]
) -> bool:
    """Tell its subject, and write it beside the attempts of its message; whether the subject had any use for it."""
    subject, flow = about["subject_id"], WORKFLOWS[about["subject_kind"]]
    if came.written:
        if came.temporary:
            await _not_yet(connection, engine, acting, came, about)
        if not flow.answers(REPLY.trigger, about["subject_state"]):
            return False
        reply = ReplyIn(inbound_id=made, received_at=came.received_at, sha256=came.sha256)
        return await engine.run_unless_refused(connection, acting, subject, REPLY, reply)
    match came.kind:
        case "bounce":
            await _record(connection, acting, about, "bounced", came.words or came.text)
            # What comes back of a mail after which the contact was told anew says nothing of what it was told.
            if about["overtaken"]:
                return False
            bounced = Bounced(about["contact_id"], came.words, about["copy"], came.sha256, about["kind"])
            if hears_return(flow, about["kind"]):
                return await engine.run_unless_refused(connection, acting, subject, BOUNCED, bounced)
            # It takes nothing back of what it is about; that the address does not work is told all the same.
            return await engine.run_unless_refused(connection, acting, about["customer_id"], BOUNCED, bounced)
        case "delivery":
            before = about["message_state"] in _CAME_BACK
            await _record(connection, acting, about, "delivered", came.words)
            if before or about["overtaken"] or not hears_receipt(flow, about["kind"]):
                return False
            receipt = Receipt(about["contact_id"], "delivery_report", about["copy"], came.sha256)
            return await engine.run_unless_refused(connection, acting, subject, RECEIVED, receipt)
        case "unknown":
            return came.temporary and await _not_yet(connection, engine, acting, came, about)
    return False


async def _not_yet(
    connection: Connection, engine: Engine, acting: Acting, came: Inbound, about: dict[str, Any]
) -> bool:
    """Record that a message has not arrived so far: unless more is heard, nobody assumes that it did (P1)."""
    if about["message_id"] is None:
        return False
    await _record(connection, acting, about, "deferred", came.words)
    flow = WORKFLOWS[about["subject_kind"]]
    if about["overtaken"] or not hears_receipt(flow, about["kind"]) or about["message_state"] in _CAME_BACK:
        return False
    if not flow.takes(DELAYED):
        return False
    delayed = Bounced(about["contact_id"], came.words, about["copy"], came.sha256, about["kind"])
    return await engine.run_unless_refused(connection, acting, about["subject_id"], DELAYED, delayed)


async def _record(connection: Connection, acting: Acting, about: dict[str, Any], outcome: str, words: str) -> None:
    await connection.execute(
        sql("record_return"),
        list(acting.processors),
        about["message_id"],
        outcome,
        words[:500],
        acting.now,
        *OUTGOING.move(_REPORTED[outcome]),
        _WAITING,
    )
