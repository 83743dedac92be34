"""A person says what an inbound message is; whatever waited for that is told (P4)."""

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from db.queries import sql
from db.session import Connection
from workflows.engine.engine import Engine
from workflows.engine.inbound import RETURNS, Inbound, Kind, follow, sent_to, told_by
from workflows.errors import BadInput, NotFound, Problem, Refused
from workflows.kinds import WORKFLOWS
from workflows.machine.acting import Acting
from workflows.machine.messages import CLASSIFIED, REPLY
from workflows.machine.signals import Message
from workflows.machine.vocabulary import Command
from workflows.model.evidence import FileNamed
from workflows.model.notice import Answering
from workflows.model.replies import Classified, ReplyIn

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
    said: action for flow in WORKFLOWS.values() for said, action in flow.table.answers.items()
}
"""The answers among them, with the action that each is."""

BY_ACTION: Final[dict[str, str]] = {action: said for said, action in ANSWERS.items()}


class Classification(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says that an inbound message is; `notices` where nothing tied it to one, or it is about some of
    those that wait for it.

    `contact_id` is whose message came back or arrived; absent: the one whose receipt counts.
    """

    said: Said
    by: str | None = None
    grounds: str | None = None
    evidence: str | None = None
    notices: tuple[UUID, ...] = ()
    contact_id: UUID | None = None


class _Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Who heard of a message: the subjects it is tied to, the notices that wait for it besides, and who was asked."""

    tied: list[UUID]
    held: list[UUID]
    asked: list[UUID]

    @property
    def all(self) -> list[UUID]:
        """Each of them once."""
        return list(dict.fromkeys((*self.tied, *self.held, *self.asked)))


async def classify(
    connection: Connection, engine: Engine, acting: Acting, inbound: UUID, reading: Classification
) -> None:
    """Say what a message is; an answer is given to its notice with the instant at which it had come in.

    A reply to a mail that told of several notices answers each of them whose rights have that answer, unless some are
    named. All in one: where a notice does not take the answer, nothing is classified. Whatever else waited for it goes
    on.

    Raises NotFound, BadInput, Refused.
    """
    row = await connection.fetchrow(sql("lock_inbound"), list(acting.processors), inbound)
    if row is None:
        raise NotFound(f"There is no inbound message with the id {inbound}; look at the list for its id.")
    if row["classified_at"] is not None:
        raise Refused("This message was classified before; what it led to is corrected on the notice itself.",
                      guard="unclassified")  # fmt: skip
    waiting = await _waiting(connection, acting, row)
    wanted = await _wanted(connection, acting, waiting, reading)
    commands, heard = await _told_what(connection, replace(acting, files=()), row, waiting, wanted, reading)
    if reading.said in ANSWERS:
        answer = _answer(row, reading)
        proved = replace(acting, files=(*acting.files, *kept_as(row)))
        takers = wanted if reading.notices else await _takers(connection, acting, wanted, ANSWERS[reading.said])
        commands += [proved.command(one, ANSWERS[reading.said], answer, requested=True) for one in takers]
    if reading.said in RETURNS:
        for one in wanted or waiting.tied[:1]:
            await _return(connection, engine, acting, row, one, reading)
    # What it says before that it was read: a window that waited for the reading closes on the answer, not before it.
    if commands or heard:
        await engine.run(connection, acting.processors, [*commands, *heard])
    await connection.execute(
        sql("classify_inbound"), list(acting.processors), inbound, reading.said, acting.actor, acting.now,
        next(iter(wanted), None),
    )  # fmt: skip


async def _waiting(connection: Connection, acting: Acting, row: Any) -> _Waiting:
    told = await told_by(connection, acting, row["message_id"]) if row["message_id"] is not None else []
    tied = [row["subject_id"]] if row["subject_id"] else []
    if row["kind"] not in RETURNS and told:
        tied = [one["subject_id"] for one in told]
    maybe = {row["processor_id"], *tied, *(one["customer_id"] for one in told)}
    asked = await connection.fetch(sql("asked_about_inbound"), list(acting.processors), sorted(maybe), str(row["id"]))
    return _Waiting(tied=tied, held=list(row["held"]), asked=[one["about"] for one in asked])


async def _wanted(connection: Connection, acting: Acting, waiting: _Waiting, reading: Classification) -> list[UUID]:
    """The notices that it is about: those named, else those it is tied to, else the only one that waits for it."""
    if reading.notices:
        by_id = await _states(connection, acting, reading.notices)
        for one in reading.notices:
            if one not in by_id or not _takes_answers(by_id[one]):
                raise NotFound(f"There is no notice with the id {one}; look at the list for its id.")
        return list(dict.fromkeys(reading.notices))
    by_id = await _states(connection, acting, waiting.tied)
    notices = [one for one in waiting.tied if _takes_answers(by_id[one])]
    if notices or reading.said not in (*ANSWERS, *RETURNS):
        return notices
    if len(waiting.held) == 1:
        return waiting.held
    if reading.said in RETURNS and any(WORKFLOWS[by_id[one]["kind"]].table.receipts for one in waiting.tied):
        return []
    message = "names no notice: say with `notice_id` which one this message answers"
    if reading.said in RETURNS:
        message = "names no notice: say with `notice_id` which one's message came back or arrived"
    if waiting.held:
        message += f"; {', '.join(map(str, waiting.held))} wait for it (several: `notice_ids`)"
    raise BadInput(f"notice_id {message}.", (Problem("notice_id", message),))


async def _return(
    connection: Connection, engine: Engine, acting: Acting, row: Any, subject: UUID, reading: Classification
) -> None:
    """What follows from a bounce or a delivery report that a person recognised, as from one that named its message."""
    if row["kind"] == reading.said and row["subject_id"] == subject:
        return  # it was tied when it came in
    own = row["contact_id"] if subject == row["subject_id"] or subject in row["held"] else None
    contact = reading.contact_id or own
    sent = await sent_to(connection, acting, subject, contact)
    if sent is None:
        message = "is nobody to whom this was sent: name the contact, as `attempts` of the notice show it"
        raise BadInput(f"contact_id {message}.", (Problem("contact_id", message),))
    kind: Kind = "bounce" if reading.said == "bounce" else "delivery"
    came = Inbound(kind=kind, words=row["content"][:500], received_at=acting.at)
    for about in await told_by(connection, acting, sent):
        await follow(connection, engine, acting, row["id"], came, about)


async def _told_what(
    connection: Connection, acting: Acting, row: Any, waiting: _Waiting, wanted: list[UUID], reading: Classification
) -> tuple[list[Command], list[Command]]:
    """The commands that say to which notices it belongs, and those that say to all who waited that it was read."""
    by_id = await _states(connection, acting, [*wanted, *waiting.all])
    commands: list[Command] = []
    read: list[Command] = []
    written = reading.said not in RETURNS
    chosen = wanted or waiting.tied
    for one in waiting.all:
        if one not in chosen and _answers(by_id[one], CLASSIFIED):
            other = "other" if _takes_answers(by_id[one]) else reading.said
            read.append(acting.command(one, CLASSIFIED.trigger, Classified(row["id"], other)))
    for one in chosen:
        if written and one not in waiting.all and _answers(by_id[one], REPLY):
            commands.append(acting.command(one, REPLY.trigger, ReplyIn(row["id"], row["received_at"])))
        if (written or one in waiting.all) and _answers(by_id[one], CLASSIFIED):
            read.append(acting.command(one, CLASSIFIED.trigger, Classified(row["id"], reading.said)))
    return commands, read


async def _states(connection: Connection, acting: Acting, ids: Sequence[UUID]) -> dict[UUID, Any]:
    rows = await connection.fetch(sql("subject_states"), list(acting.processors), list(ids))
    return {one["id"]: one for one in rows}


async def _takers(connection: Connection, acting: Acting, tied: list[UUID], action: str) -> list[UUID]:
    """The notices whose rights have the answer: an objection to a mail is none to what the mail only tells of.
    All of them where none has it, so that the first says why not."""
    if len(tied) < 2:
        return tied
    rows = await connection.fetch(sql("notices_to_answer"), list(acting.processors), tied)
    fit = {row["id"] for row in rows if _offers(row, action)}
    return [one for one in tied if one in fit] or tied


def _offers(row: Any, action: str) -> bool:
    flow = WORKFLOWS[row["kind"]]
    return flow.offers(action, row["state"], msgspec.json.decode(row["entity"], type=flow.table.entity))


def _answers(subject: Any, message: Message[Any]) -> bool:
    return WORKFLOWS[subject["kind"]].answers(message.trigger, subject["state"])


def _takes_answers(subject: Any) -> bool:
    return bool(WORKFLOWS[subject["kind"]].table.answers)


def kept_as(row: Any) -> tuple[FileNamed, ...]:
    """The message itself, which proves what was read in it."""
    return (FileNamed(row["file_id"], row["sha256"].hex()),) if row["sha256"] is not None else ()


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
