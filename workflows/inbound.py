"""What comes back about a message: a bounce (P2), a delivery report (P1), a reply that a person has to read (P4).

Whatever it is, it is kept. One that was posted before does nothing again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine import Engine
from workflows.errors import BadInput, NotFound, Problem, Refused
from workflows.ids import new_id
from workflows.kinds import WORKFLOWS
from workflows.notice_data import Answering
from workflows.step import Command

Kind = Literal["reply", "bounce", "delivery", "unknown"]
Said = Literal[
    "objection",
    "consent",
    "refusal",
    "acknowledgement",
    "take-back",
    "termination",
    "bounce",
    "delivery",
    "question",
    "other",
]
"""What a person may say that a message is."""

ANSWERS: Final[dict[str, str]] = {
    "objection": "object",
    "consent": "consent",
    "refusal": "refuse",
    "acknowledgement": "acknowledge",
    "take-back": "take-back",
    "termination": "terminate",
}
"""The answers among them, with the action of the notice that each is."""

BY_ACTION: Final[dict[str, str]] = {action: said for said, action in ANSWERS.items()}

_RECEIPTS: Final = ("announcement", "agreement")
"""Messages whose receipt counts."""
_RETURNS: Final = ("bounce", "delivery")
"""What is no answer: it tells whether a message arrived."""
_CORRECTIONS: Final = ("confirmation", "decision", "withdrawal", "superseded", "held_open")
"""Messages about a notice that take nothing back when they bounce: the notice itself had arrived."""


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """An inbound message. `message` is the outbox row it names; instants are UTC."""

    kind: Kind
    message: UUID | None = None
    external_id: str | None = None
    sender: str = ""
    subject: str = ""
    text: str = ""
    words: str = ""
    received_at: datetime


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says that an inbound message is; `notice_id` where nothing tied it to one.

    `contact_id` is whose message came back or arrived; absent: the one whose receipt counts.
    """

    said: Said
    by: str | None = None
    grounds: str | None = None
    evidence: str | None = None
    notice_id: UUID | None = None
    contact_id: UUID | None = None


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts, for which processors, and when (`at` arrival, `now` processing; UTC)."""

    engine: Engine
    processors: Sequence[UUID]
    actor: str
    at: datetime
    now: datetime
    role: str = "manager"

    def command(self, subject: UUID, trigger: str, data: Any, *, requested: bool = False) -> Command:
        """A command on one subject."""
        return Command(
            subject=subject,
            trigger=trigger,
            at=self.at,
            now=self.now,
            actor=self.actor,
            data=data,
            requested=requested,
            role=self.role,
        )

    async def try_to(self, connection: Connection, subject: UUID, trigger: str, data: Any) -> bool:
        """Tell a subject something that it may have no use for by now."""
        try:
            await self.engine.run(connection, self.processors, [self.command(subject, trigger, data)])
        except Refused:
            return False
        return True


async def take_in(connection: Connection, desk: Desk, processor: UUID, came: Came) -> tuple[UUID, bool]:
    """Keep what came back and do what follows from it; its id, and whether it is new."""
    about = await _about(connection, desk, came)
    row = {
        "id": new_id(),
        "processor_id": processor,
        "subject_id": about["subject_id"] if about else None,
        "message_id": about["message_id"] if about else None,
        "contact_id": about["contact_id"] if about else None,
        "kind": came.kind,
        "sender": came.sender,
        "subject_line": came.subject,
        "content": came.text or came.words,
        "external_id": came.external_id,
        "received_at": came.received_at,
        "recorded_at": desk.now,
    }
    made = await connection.fetchval(sql("insert_inbound"), msgspec.json.encode(row).decode())
    if made is None:
        earlier = await connection.fetchval(sql("inbound_posted_before"), [processor], came.external_id)
        return earlier, False
    if about is not None:
        await _follow(connection, desk, made, came, about)
    return made, True


async def _about(connection: Connection, desk: Desk, came: Came) -> dict[str, Any] | None:
    """What it is about: the message it names, else the only live notice of its sender."""
    if came.message is not None:
        row = await connection.fetchrow(sql("message_answered"), list(desk.processors), came.message)
        if row is not None:
            return {**dict(row), "message_id": row["id"]}
    if came.kind == "reply" and came.sender:
        rows = await connection.fetch(sql("notices_of_sender"), list(desk.processors), came.sender)
        if len(rows) == 1:
            return {
                "subject_id": rows[0]["id"],
                "subject_kind": "notice",
                "subject_state": rows[0]["state"],
                "contact_id": rows[0]["contact_id"],
                "message_id": None,
                "kind": "",
            }
    return None


async def _follow(connection: Connection, desk: Desk, made: UUID, came: Came, about: dict[str, Any]) -> None:
    subject = about["subject_id"]
    match came.kind:
        case "bounce":
            await _record(connection, desk, about, "bounced", came.words or came.text)
            if about["kind"] not in _CORRECTIONS:
                data = {"contact_id": about["contact_id"], "words": came.words}
                await desk.try_to(connection, subject, "bounced", data)
        case "delivery":
            await _record(connection, desk, about, "delivered", came.words)
            if about["kind"] in _RECEIPTS:
                data = {"contact_id": about["contact_id"], "how": "delivery_report"}
                await desk.try_to(connection, subject, "received", data)
        case "reply":
            data = {"inbound_id": made, "received_at": came.received_at}
            if WORKFLOWS[about["subject_kind"]].answers("reply", about["subject_state"]):
                await desk.try_to(connection, subject, "reply", data)
        case "unknown":
            pass


async def _record(connection: Connection, desk: Desk, about: dict[str, Any], outcome: str, words: str) -> None:
    await connection.execute(
        sql("record_return"), list(desk.processors), about["message_id"], outcome, words[:500], desk.now
    )


_Tied = tuple[UUID | None, list[Command], list[Command]]


async def classify(connection: Connection, desk: Desk, inbound: UUID, reading: Reading) -> None:
    """Say what a message is; an answer is given to its notice with the instant at which it had come in.

    Both in one: where the notice does not take the answer, nothing is classified. Raises NotFound,
    BadInput, Refused.
    """
    row = await connection.fetchrow(sql("lock_inbound"), list(desk.processors), inbound)
    if row is None:
        raise NotFound(f"There is no inbound message with the id {inbound}; look at the list for its id.")
    if row["classified_at"] is not None:
        raise Refused("This message was classified before; what it led to is corrected on the notice itself.",
                      guard="unclassified")  # fmt: skip
    tied, commands, heard = await _tied(connection, desk, row, reading)
    if reading.said in ANSWERS:
        if tied is None:
            message = "names no notice: say with `notice_id` which one this message answers"
            raise BadInput(f"notice_id {message}.", (Problem("notice_id", message),))
        commands.append(desk.command(tied, ANSWERS[reading.said], _answer(row, reading), requested=True))
    if reading.said in _RETURNS:
        await _return(connection, desk, row, tied, reading)
    # What it says before that it was read: a window that waited for the reading closes on the answer, not before it.
    if commands or heard:
        await desk.engine.run(connection, desk.processors, [*commands, *heard])
    await connection.execute(
        sql("classify_inbound"), list(desk.processors), inbound, reading.said, desk.actor, desk.now, tied
    )


async def _return(connection: Connection, desk: Desk, row: Any, notice: UUID | None, reading: Reading) -> None:
    """What follows from a bounce or a delivery report that a person recognised, as from one that named its message."""
    subject = notice or row["subject_id"]
    if subject is None:
        message = "names no notice: say with `notice_id` which one's message came back or arrived"
        raise BadInput(f"notice_id {message}.", (Problem("notice_id", message),))
    if row["kind"] == reading.said and row["subject_id"] == subject:
        return  # it was tied when it came in
    own = row["contact_id"] if subject == row["subject_id"] else None
    contact = reading.contact_id or own
    sent = await connection.fetchrow(sql("message_to_contact"), list(desk.processors), subject, contact)
    if sent is None:
        message = "is nobody to whom this was sent: name the contact, as `attempts` of the notice show it"
        raise BadInput(f"contact_id {message}.", (Problem("contact_id", message),))
    about = {
        "subject_id": subject,
        "subject_kind": sent["subject_kind"],
        "contact_id": sent["contact_id"],
        "message_id": sent["id"],
        "kind": sent["kind"],
    }
    kind: Kind = "bounce" if reading.said == "bounce" else "delivery"
    came = Came(kind=kind, words=row["content"][:500], received_at=desk.at)
    await _follow(connection, desk, row["id"], came, about)


async def _tied(connection: Connection, desk: Desk, row: Any, reading: Reading) -> _Tied:
    """The notice it belongs to, the commands that say so, and those that say that it was read."""
    known = row["subject_id"]
    wanted = reading.notice_id or known
    if wanted is None:
        return None, [], []
    states = await connection.fetch(sql("subject_states"), list(desk.processors), [wanted, *([known] if known else [])])
    by_id = {one["id"]: one for one in states}
    if wanted not in by_id or (reading.notice_id is not None and by_id[wanted]["kind"] != "notice"):
        raise NotFound(f"There is no notice with the id {wanted}; look at the list for its id.")
    commands: list[Command] = []
    read: list[Command] = []
    heard = {"inbound_id": row["id"], "classified_as": reading.said}
    came = {"inbound_id": row["id"], "received_at": row["received_at"]}
    if known is not None and known != wanted and _answers(by_id[known], "classified"):
        read.append(desk.command(known, "classified", {**heard, "classified_as": "other"}))
    written = reading.said not in _RETURNS
    if written and known != wanted and _answers(by_id[wanted], "reply"):
        commands.append(desk.command(wanted, "reply", came))
    if (written or known == wanted) and _answers(by_id[wanted], "classified"):
        read.append(desk.command(wanted, "classified", heard))
    tied = wanted if by_id[wanted]["kind"] == "notice" else None
    return tied, commands, read


def _answers(subject: Any, trigger: str) -> bool:
    return WORKFLOWS[subject["kind"]].answers(trigger, subject["state"])


def _answer(row: Any, reading: Reading) -> Answering:
    return Answering(
        grounds=reading.grounds,
        channel="mail",
        received_at=row["received_at"],
        by=reading.by or row["sender"] or None,
        evidence=reading.evidence or f"inbound {row['id']}",
    )
