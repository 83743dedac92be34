"""What comes back about a message: a bounce (P2), a delivery report (P1), a reply that a person has to read (P4).

Whatever it is, it is kept. One that was posted before does nothing again.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine
from workflows.errors import BadInput, NotFound, Problem, Refused
from workflows.ids import new_id
from workflows.kinds import WORKFLOWS
from workflows.machine.offers import notice_actions
from workflows.machine.vocabulary import Command
from workflows.model.notice import Answering, Notice
from workflows.notice.table import NOTICE

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

_RECEIPTS: Final = ("announcement", "agreement", "breach_notice")
"""Messages whose receipt counts."""
_RETURNS: Final = ("bounce", "delivery")
"""What is no answer: it tells whether a message arrived."""
InboundOutcome = Literal["taken", "no_effect", "untied", "forged"]
"""What came of it: its subject heard of it, had no use for it, nothing of ours is named, or by an address that we
never made."""

_SEALED: Final = re.compile(r"\.([0-9a-f]{20})@")


class Inbound(msgspec.Struct, frozen=True, kw_only=True):
    """An inbound message. `message` is the outbox row it names; instants are UTC.

    `seal` proves that it comes from somewhere where that message was; where the word of who posted it is enough
    (`vouched`) it may be absent, never wrong. `temporary`: not arrived for now, and may still.
    """

    kind: Kind
    message: UUID | None = None
    seal: str | None = None
    vouched: bool = False
    temporary: bool = False
    external_id: str | None = None
    sender: str = ""
    subject: str = ""
    text: str = ""
    words: str = ""
    received_at: datetime


class Classification(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says that an inbound message is; `notice_id` where nothing tied it to one.

    `contact_id` is whose message came back or arrived; absent: the one whose receipt counts.
    """

    said: Said
    by: str | None = None
    grounds: str | None = None
    evidence: str | None = None
    notice_id: UUID | None = None
    contact_id: UUID | None = None


class Acting(msgspec.Struct, frozen=True, kw_only=True):
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


async def ingest(connection: Connection, desk: Acting, processor: UUID, came: Inbound) -> tuple[UUID, bool]:
    """Keep what came back and do what follows from it; its id, and whether it is new."""
    about = await _about(connection, desk, came)
    forged = bool(about) and _forged(came, about[0])
    if forged:
        about = []
    first = about[0] if about else {}
    row = {
        "id": new_id(),
        "processor_id": processor,
        "subject_id": first.get("subject_id"),
        "message_id": first.get("message_id"),
        "contact_id": first.get("contact_id"),
        "kind": came.kind,
        "sender": came.sender,
        "subject_line": came.subject,
        "content": came.text or came.words,
        "external_id": came.external_id,
        "received_at": came.received_at,
        "recorded_at": desk.now,
        "outcome": "forged" if forged else "untied",
    }
    made = await connection.fetchval(sql("insert_inbound"), msgspec.json.encode(row).decode())
    if made is None:
        earlier = await connection.fetchval(sql("inbound_posted_before"), [processor], came.external_id)
        return earlier, False
    if about:
        moved = [await _follow(connection, desk, made, came, one) for one in about]
        became: InboundOutcome = "taken" if any(moved) else "no_effect"
        await connection.execute(sql("inbound_became"), list(desk.processors), made, became)
    return made, True


async def _about(connection: Connection, desk: Acting, came: Inbound) -> list[dict[str, Any]]:
    """What it is about: all that the mail it names told of, else the only live notice of its sender."""
    if came.message is not None:
        rows = await _told(connection, desk, came.message)
        if rows:
            return rows
    if came.kind == "reply" and came.sender:
        rows = await connection.fetch(sql("notices_of_sender"), list(desk.processors), came.sender, came.received_at)
        if len(rows) == 1:
            return [
                {
                    "subject_id": rows[0]["id"],
                    "subject_kind": "notice",
                    "subject_state": rows[0]["state"],
                    "contact_id": rows[0]["contact_id"],
                    "message_id": None,
                    "kind": "",
                }
            ]
    return []


async def _told(connection: Connection, desk: Acting, message: UUID) -> list[dict[str, Any]]:
    rows = await connection.fetch(sql("message_answered"), list(desk.processors), message)
    return [{**dict(row), "message_id": row["id"]} for row in rows]


def _forged(came: Inbound, about: dict[str, Any]) -> bool:
    """Whether what says that a message came back or arrived cannot know: anybody can write such a mail, and a
    message's id stands in lists; its seal only in the mail itself. A reply is read by a person in any case.
    """
    if came.kind not in _RETURNS:
        return False
    if came.vouched and came.seal is None:
        return False
    own = _SEALED.search(about["own_id"] or "")
    if own is None:  # made before mails had seals; one that was never made cannot come back
        return about["own_id"] is None
    return came.seal != own[1]


async def _follow(connection: Connection, desk: Acting, made: UUID, came: Inbound, about: dict[str, Any]) -> bool:
    """Tell its subject, and write it beside the attempts of its message; whether the subject had any use for it."""
    subject = about["subject_id"]
    match came.kind:
        case "bounce":
            await _record(connection, desk, about, "bounced", came.words or came.text)
            # What else is said about a notice takes nothing back: the notice itself had arrived. Nor does what
            # comes back of a mail after which the contact was told anew.
            if about["overtaken"] or (about["subject_kind"] == "notice" and about["kind"] != "announcement"):
                return False
            data = {"contact_id": about["contact_id"], "words": came.words}
            if about["subject_kind"] == "notice":
                data["copy"] = about["copy"]
            return await desk.try_to(connection, subject, "bounced", data)
        case "delivery":
            await _record(connection, desk, about, "delivered", came.words)
            if about["overtaken"] or about["kind"] not in _RECEIPTS:
                return False
            data = {"contact_id": about["contact_id"], "how": "delivery_report"}
            if about["subject_kind"] == "notice":
                data["copy"] = about["copy"]
            return await desk.try_to(connection, subject, "received", data)
        case "reply":
            data = {"inbound_id": made, "received_at": came.received_at}
            if WORKFLOWS[about["subject_kind"]].answers("reply", about["subject_state"]):
                return await desk.try_to(connection, subject, "reply", data)
        case "unknown":
            if came.temporary:
                await _record(connection, desk, about, "deferred", came.words)
    return False


async def _record(connection: Connection, desk: Acting, about: dict[str, Any], outcome: str, words: str) -> None:
    await connection.execute(
        sql("record_return"), list(desk.processors), about["message_id"], outcome, words[:500], desk.now
    )


async def classify(connection: Connection, desk: Acting, inbound: UUID, reading: Classification) -> None:
    """Say what a message is; an answer is given to its notice with the instant at which it had come in.

    A reply to a mail that told of several notices answers each of them whose rights have that answer, unless one is
    named. All in one: where a notice does not take the answer, nothing is classified.

    Raises NotFound, BadInput, Refused.
    """
    row = await connection.fetchrow(sql("lock_inbound"), list(desk.processors), inbound)
    if row is None:
        raise NotFound(f"There is no inbound message with the id {inbound}; look at the list for its id.")
    if row["classified_at"] is not None:
        raise Refused("This message was classified before; what it led to is corrected on the notice itself.",
                      guard="unclassified")  # fmt: skip
    tied, commands, heard = await _tied(connection, desk, row, reading)
    if reading.said in ANSWERS:
        if not tied:
            message = "names no notice: say with `notice_id` which one this message answers"
            raise BadInput(f"notice_id {message}.", (Problem("notice_id", message),))
        answer = _answer(row, reading)
        takers = await _takers(connection, desk, tied, ANSWERS[reading.said])
        commands += [desk.command(one, ANSWERS[reading.said], answer, requested=True) for one in takers]
    if reading.said in _RETURNS:
        await _return(connection, desk, row, next(iter(tied), None), reading)
    # What it says before that it was read: a window that waited for the reading closes on the answer, not before it.
    if commands or heard:
        await desk.engine.run(connection, desk.processors, [*commands, *heard])
    await connection.execute(
        sql("classify_inbound"), list(desk.processors), inbound, reading.said, desk.actor, desk.now,
        next(iter(tied), None),
    )  # fmt: skip


async def _return(connection: Connection, desk: Acting, row: Any, notice: UUID | None, reading: Classification) -> None:
    """What follows from a bounce or a delivery report that a person recognised, as from one that named its message."""
    subject = notice or row["subject_id"]
    if subject is None:
        message = "names no notice: say with `notice_id` which one's message came back or arrived"
        raise BadInput(f"notice_id {message}.", (Problem("notice_id", message),))
    if row["kind"] == reading.said and row["subject_id"] == subject:
        return  # it was tied when it came in
    own = row["contact_id"] if subject == row["subject_id"] else None
    contact = reading.contact_id or own
    sent = await connection.fetchval(sql("message_to_contact"), list(desk.processors), subject, contact)
    if sent is None:
        message = "is nobody to whom this was sent: name the contact, as `attempts` of the notice show it"
        raise BadInput(f"contact_id {message}.", (Problem("contact_id", message),))
    kind: Kind = "bounce" if reading.said == "bounce" else "delivery"
    came = Inbound(kind=kind, words=row["content"][:500], received_at=desk.at)
    for about in await _told(connection, desk, sent):
        await _follow(connection, desk, row["id"], came, about)


_Tied = tuple[list[UUID], list[Command], list[Command]]


async def _tied(connection: Connection, desk: Acting, row: Any, reading: Classification) -> _Tied:
    """The notices it belongs to, the commands that say so, and those that say that it was read."""
    known: list[UUID] = [row["subject_id"]] if row["subject_id"] else []
    if row["message_id"] is not None and row["kind"] not in _RETURNS:
        known = [one["subject_id"] for one in await _told(connection, desk, row["message_id"])]
    wanted = [reading.notice_id] if reading.notice_id is not None else known
    if not wanted:
        return [], [], []
    states = await connection.fetch(sql("subject_states"), list(desk.processors), [*wanted, *known])
    by_id = {one["id"]: one for one in states}
    for one in wanted:
        if one not in by_id or (reading.notice_id is not None and by_id[one]["kind"] != "notice"):
            raise NotFound(f"There is no notice with the id {one}; look at the list for its id.")
    commands: list[Command] = []
    read: list[Command] = []
    heard = {"inbound_id": row["id"], "classified_as": reading.said}
    came = {"inbound_id": row["id"], "received_at": row["received_at"]}
    for one in known:
        if one not in wanted and _answers(by_id[one], "classified"):
            read.append(desk.command(one, "classified", {**heard, "classified_as": "other"}))
    written = reading.said not in _RETURNS
    for one in wanted:
        if written and one not in known and _answers(by_id[one], "reply"):
            commands.append(desk.command(one, "reply", came))
        if (written or one in known) and _answers(by_id[one], "classified"):
            read.append(desk.command(one, "classified", heard))
    return [one for one in wanted if by_id[one]["kind"] == "notice"], commands, read


async def _takers(connection: Connection, desk: Acting, tied: list[UUID], action: str) -> list[UUID]:
    """Of several notices, those whose rights have the answer: an objection to a mail is none to what it only tells of.
    All of them where none has it, so that the first says why not."""
    if len(tied) < 2:
        return tied
    rows = await connection.fetch(sql("notices_to_answer"), list(desk.processors), tied)
    fit = {
        row["id"]
        for row in rows
        if action in notice_actions(NOTICE.actions(row["state"]), msgspec.json.decode(row["entity"], type=Notice))
    }
    return [one for one in tied if one in fit] or tied


def _answers(subject: Any, trigger: str) -> bool:
    return WORKFLOWS[subject["kind"]].answers(trigger, subject["state"])


def _answer(row: Any, reading: Classification) -> Answering:
    by = (reading.by or row["sender"] or "").strip()
    if not by:
        message = "is required: this message names no sender; say who gave the answer"
        raise BadInput(f"by {message}.", (Problem("by", message),))
    return Answering(
        grounds=reading.grounds,
        channel="mail",
        received_at=row["received_at"],
        by=by,
        evidence=reading.evidence or f"inbound {row['id']}",
    )
